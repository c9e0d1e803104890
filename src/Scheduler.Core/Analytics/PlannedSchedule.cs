using Scheduler.Core.Schedules;

namespace Scheduler.Core.Analytics;

/// <summary>A schedule, or a draft of one, as the forecast sees it.</summary>
/// <param name="Name">Its name; what <see cref="LoadForecast.Without"/> asks by.</param>
/// <param name="Pool">Whose workers it takes.</param>
/// <param name="Timing">When it falls due.</param>
/// <param name="ExpectedDuration">How long one run will hold a worker.</param>
/// <param name="Concurrency">What it does while its own earlier run goes on.</param>
/// <param name="IsMeasured">Whether the duration comes from its own runs; otherwise it is <see cref="DefaultDuration"/>, a guess.</param>
public sealed record PlannedSchedule(string Name, string Pool, Timing Timing, TimeSpan ExpectedDuration, ConcurrencyPolicy Concurrency = ConcurrencyPolicy.Forbid, bool IsMeasured = true)
{
    /// <summary>What a schedule that never ran is taken to last.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromMinutes(5);
}
