using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Core.Triggers;

/// <summary>A time zone by IANA name, flattened once into a sorted table of offset changes.</summary>
/// <remarks>
/// <para>Instances are cached by name, immutable and thread-safe. Offsets are those of the system's time zone data, in whole minutes.</para>
/// <para>
/// Known limit: <see cref="TimeZoneInfo"/> misreads yearly rules whose time of day is not 00:00 to 23:59, which count only after the last change that the
/// data list: from 2038 on for Africa/Cairo, America/Nuuk, America/Santiago, America/Scoresbysund and Asia/Jerusalem (and their other names), from 2087 on
/// for Asia/Gaza and Asia/Hebron. There the clock changes at the right time of day, but a day too early (Greenland: too late; Gaza, Hebron: two days too early).
/// All other zones were right from 1912 to 2448 (data of 2025b).
/// </para>
/// </remarks>
public sealed class TriggerZone
{
    private const int LongestName = 64;
    private static readonly ConcurrentDictionary<string, TriggerZone> Cache = new(StringComparer.Ordinal);
    private static readonly Lazy<string[]> AllIds = new(ReadIds);

    private readonly TimeZoneInfo _info;
    private readonly Lazy<ZoneTable> _table;

    private TriggerZone(string id, TimeZoneInfo info)
    {
        Id = id;
        _info = info;
        _table = new(() => ZoneTable.Of(info));
    }

    /// <summary>Coordinated universal time, under the name "UTC".</summary>
    public static TriggerZone Utc { get; } = Find("UTC");

    /// <summary>The IANA names that this system lists, in ordinal order. <see cref="Find"/> also knows older names such as US/Eastern.</summary>
    public static IReadOnlyList<string> Ids => AllIds.Value;

    /// <summary>The IANA name.</summary>
    public string Id { get; }

    internal ZoneTable Table => _table.Value;

    /// <summary>A short text that is the same as long as all the zone's offsets are.</summary>
    internal string Rules
    {
        get
        {
            var text = new StringBuilder();
            foreach (var period in Table.Periods) text.Append(CultureInfo.InvariantCulture, $"{period.Start} {period.Offset},");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text.ToString())).AsSpan(0, 8));
        }
    }

    /// <summary>The zone of that IANA name; the case of letters is forgiven in the names of <see cref="Ids"/>.</summary>
    /// <exception cref="TimeZoneNotFoundException">The system knows no such zone; the message names a near one where there is one.</exception>
    public static TriggerZone Find(string ianaName)
    {
        ArgumentNullException.ThrowIfNull(ianaName);
        if (TryFind(ianaName, out var zone)) return zone;
        var remedy = Nearest(ianaName) is { } near ? $"did you mean '{near}'?" : "use an IANA name such as Europe/Berlin, America/New_York or UTC.";
        throw new TimeZoneNotFoundException($"'{ianaName}' is not a known time zone; {remedy}");
    }

    /// <summary>The zone of that IANA name, if the system knows it. Never throws.</summary>
    public static bool TryFind(string? name, [NotNullWhen(true)] out TriggerZone? zone)
    {
        zone = null;
        if (name is null || !LooksLikeIana(name)) return false;
        if (Cache.TryGetValue(name, out zone)) return true;
        if ((Load(name) ?? LoadInAnyCase(name)) is not { } info) return false;
        var id = info.Id;
        zone = Cache.GetOrAdd(id, static (key, found) => new TriggerZone(key, found), info);
        return true;
    }

    /// <summary>The distance from UTC in force at that instant; east is positive.</summary>
    public TimeSpan OffsetAt(DateTimeOffset instant) =>
        _table.IsValueCreated ? TimeSpan.FromSeconds(Table.OffsetAt(Clock.FloorSeconds(instant))) : _info.GetUtcOffset(instant.UtcDateTime);

    /// <summary>The same instant on this zone's wall clock. Where that clock leaves years 1-9999 the instant comes back in UTC.</summary>
    public DateTimeOffset ToLocal(DateTimeOffset instant)
    {
        var offset = OffsetAt(instant);
        var local = instant.UtcTicks + offset.Ticks;
        return local < 0 || local > DateTime.MaxValue.Ticks ? instant.ToUniversalTime() : new DateTimeOffset(local, offset);
    }

    /// <summary>The clock changes from one instant to another, both included, rising.</summary>
    public IEnumerable<ClockChange> ChangesBetween(DateTimeOffset from, DateTimeOffset to)
    {
        for (var at = Clock.SecondsFrom(from, inclusive: true) - 1; ;)
        {
            var shift = Table.Shift(at);
            var index = Table.IndexAt(at - shift) + 1;
            var start = Table[index].Start;
            if (start == Clock.Never || start + shift > Clock.FloorSeconds(to)) yield break;
            at = start + shift;
            yield return new(Clock.ToInstant(at), TimeSpan.FromSeconds(Table[index - 1].Offset), TimeSpan.FromSeconds(Table[index].Offset));
        }
    }

    /// <summary>The zone's name.</summary>
    public override string ToString() => Id;

    private static TimeZoneInfo? Load(string name)
    {
        if (string.Equals(name, "UTC", StringComparison.OrdinalIgnoreCase)) return TimeZoneInfo.Utc;
        try
        {
            return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var info) && info.HasIanaId ? info : null;
        }
        catch (Exception e) when (e is InvalidTimeZoneException or System.Security.SecurityException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static TimeZoneInfo? LoadInAnyCase(string name) =>
        Array.Find(AllIds.Value, id => id.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } listed ? Load(listed) : null;

    /// <summary>Keeps out what the system would open as a file of its own: paths, copies of the data, the machine's own zone under an alias.</summary>
    private static bool LooksLikeIana(string name)
    {
        if (name.Length is 0 or > LongestName || !char.IsAsciiLetter(name[0])) return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('/' or '_' or '-' or '+')) return false;
        return !name.Contains("//", StringComparison.Ordinal)
            && !name.StartsWith("posix", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("right/", StringComparison.OrdinalIgnoreCase)
            && !name.Equals("localtime", StringComparison.OrdinalIgnoreCase);
    }

    private static string[] ReadIds()
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal) { "UTC" };
        foreach (var info in TimeZoneInfo.GetSystemTimeZones())
            if (info.HasIanaId && LooksLikeIana(info.Id)) ids.Add(info.Id);
        return [.. ids];
    }

    /// <summary>The IANA name for a Windows name, the zone of a city, or the name with the fewest letters changed; null when nothing is near.</summary>
    private static string? Nearest(string name)
    {
        if (name.Length > LongestName) return null;
        if (TimeZoneInfo.TryConvertWindowsIdToIanaId(name, out var iana)) return iana;
        var plain = name.Trim().Replace(' ', '_');
        foreach (var id in Ids)
            if (id.EndsWith("/" + plain, StringComparison.OrdinalIgnoreCase) || id.Equals(plain, StringComparison.OrdinalIgnoreCase)) return id;
        return Spelling.Nearest(plain, Ids, atMost: 3);
    }
}

/// <summary>An instant at which a zone's offset from UTC changes.</summary>
/// <param name="At">The first instant of the new offset, in UTC.</param>
public readonly record struct ClockChange(DateTimeOffset At, TimeSpan Before, TimeSpan After)
{
    /// <summary>Whether local times are left out; otherwise some come twice.</summary>
    public bool IsGap => After > Before;
}
