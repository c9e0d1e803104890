namespace Scheduler.Web.Time;

/// <summary>Whose clock the screens show.</summary>
public enum ZoneChoice { Schedule, Mine, Utc }

/// <summary>
/// The viewer's zone and the choice made in the top bar. One for each page or circuit; every screen formats instants
/// through it, mostly by way of <c>&lt;When&gt;</c>.
/// </summary>
public sealed class ViewerTime(TimeProvider clock)
{
    /// <summary>Raised when the viewer chose another clock; components that show instants render anew.</summary>
    public event Action? Changed;

    public ZoneChoice Choice { get; private set; } = ZoneChoice.Schedule;

    /// <summary>The browser's zone; UTC until it has told.</summary>
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    public DateTimeOffset Now => clock.GetUtcNow();

    public void Start(ZoneChoice choice, string? zone)
    {
        Choice = choice;
        Zone = Find(zone) ?? TimeZoneInfo.Utc;
    }

    public void Choose(ZoneChoice choice)
    {
        if (Choice == choice) return;
        Choice = choice;
        Changed?.Invoke();
    }

    /// <param name="at">The instant.</param>
    /// <param name="scheduleZone">The IANA zone of the schedule that it belongs to, or null for an instant of no schedule.</param>
    /// <param name="seconds">Whether seconds matter here.</param>
    public InstantText Show(DateTimeOffset at, string? scheduleZone = null, bool seconds = false) =>
        InstantText.Of(at, ShownZone(scheduleZone), Zone, Now, seconds);

    /// <summary>The zone in which an instant of a schedule with this zone is shown.</summary>
    public TimeZoneInfo ShownZone(string? scheduleZone = null) => Choice switch
    {
        ZoneChoice.Utc => TimeZoneInfo.Utc,
        ZoneChoice.Mine => Zone,
        _ => Find(scheduleZone) ?? Zone,
    };

    private static TimeZoneInfo? Find(string? id) => id is { Length: > 0 and < 100 } && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;
}
