using Scheduler.Core.Workers;

namespace Scheduler.Web.Api;

/// <summary>What the scheduler does now.</summary>
/// <param name="Engine">Starting, Running, StandingBy or Stopped.</param>
/// <param name="EngineReason">Why it does not run; empty while it does.</param>
/// <param name="NextDueAt">The soonest due instant of all active schedules, or null.</param>
/// <param name="LagMs">How late the last due occurrence was recorded.</param>
public sealed record StatusJson(
    EngineStatus Engine, string EngineReason, IReadOnlyList<PoolJson> Pools, ScheduleCountsJson Schedules, DateTimeOffset? NextDueAt, long LagMs, DateTimeOffset Now, string Version);

public sealed record PoolJson(string Name, int Slots, int Active, int Queued);

public sealed record ScheduleCountsJson(int Total, int Active, int Paused);
