using System.Globalization;
using Scheduler.Core.Storage;

namespace Scheduler.Web.Components.Layout;

/// <summary>Trouble with the disk or the database, in words for people.</summary>
internal static class StorageWords
{
    public static string Title(StorageState state) => state.Trouble == StorageTrouble.DiskFull ? "The disk is full" : "Another program holds the database";

    public static string Means(StorageTrouble trouble) => trouble == StorageTrouble.DiskFull
        ? "Run logs are left out; what becomes of runs is still written while the reserve lasts, and waits for room after that. Changes may be refused."
        : "Nothing can be written: runs that end and changes that you make wait. Pages still show what was there before; no due time is lost.";

    public static string Remedy(StorageTrouble trouble) => trouble == StorageTrouble.DiskFull
        ? "Make room on the disk of the data folder. No restart is needed."
        : "See which program has scheduler.db open (a database browser, a backup tool) and close it. No restart is needed.";

    /// <summary>One line, for a health check: <c>The disk is full since 2026-11-21 08:00:00 UTC.</c></summary>
    public static string Line(StorageState state) => string.Create(CultureInfo.InvariantCulture, $"{Title(state)} since {state.Since?.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.");
}
