using System.Runtime.CompilerServices;

namespace Scheduler.Core.Triggers;

/// <summary>Day numbers (0 is 0001-01-01, a Monday) and dates of the Gregorian calendar, after Neri and Schneider.</summary>
internal static class Calendar
{
    /// <summary>9999-12-31.</summary>
    internal const int LastDay = 3_652_058;

    internal const int LastYear = 9999;

    private const int DaysBeforeYearOne = 306; // the algorithm counts from 0000-03-01

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ToDate(int day, out int year, out int month, out int dayOfMonth)
    {
        var n1 = 4 * (uint)(day + DaysBeforeYearOne) + 3;
        var century = n1 / 146_097;
        var n2 = n1 % 146_097 | 3;
        var product = 2_939_745UL * n2;
        var yearOfCentury = (uint)(product >> 32);
        var dayOfYear = (uint)product / 2_939_745 / 4;
        var n3 = 2_141 * dayOfYear + 197_913;
        var januaryOrLater = dayOfYear >= 306 ? 1 : 0; // the algorithm's year begins in March
        year = (int)(100 * century + yearOfCentury) + januaryOrLater;
        month = (int)(n3 >> 16) - 12 * januaryOrLater;
        dayOfMonth = (int)((n3 & 0xFFFF) / 2_141) + 1;
    }

    /// <summary>The day number of the first of a month.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int FirstOf(int year, int month)
    {
        var early = month <= 2 ? 1 : 0;
        var y = (uint)(year - early);
        var m = (uint)(month + 12 * early);
        var century = y / 100;
        return (int)(365 * y + y / 4 - century + century / 4 + (979 * m - 2_919) / 32) - DaysBeforeYearOne;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int LengthOf(int year, int month) =>
        month == 2 ? (IsLeap(year) ? 29 : 28) : 30 | (month ^ (month >> 3));

    internal static bool IsLeap(int year) => (year & (year % 100 != 0 ? 3 : 15)) == 0;

    /// <summary>0 is Sunday.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int WeekdayOf(int day) => (int)((uint)(day + 1) % 7);
}
