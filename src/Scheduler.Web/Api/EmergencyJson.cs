using Scheduler.Core.Emergencies;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Api;

/// <summary>A sweep as the API and the command line's <c>--json</c> write it.</summary>
/// <param name="Labels">Each schedule had all of them.</param>
/// <param name="Overrides">Of concurrency, blackout and rateLimits those that its runs did not wait for.</param>
/// <param name="State">Active while a run of it waits or runs, else Ended.</param>
/// <param name="Total">How many runs it started; those that were removed by age are in none of the counts.</param>
/// <param name="Queued">Those that wait for another attempt included.</param>
/// <param name="Failed">Timed out and interrupted ones included.</param>
/// <param name="StoppedAt">When a person last stopped what was left of it.</param>
public sealed record EmergencyJson(
    long Id, IReadOnlyDictionary<string, string> Labels, string Reason, IReadOnlyList<string> Overrides, DateTimeOffset At, string By, string State,
    int Total, int Queued, int Running, int Succeeded, int Failed, int Cancelled, DateTimeOffset? StoppedAt, string? StoppedBy)
{
    public static EmergencyJson Of(EmergencyView view) => new(
        view.Id, view.Labels, view.Reason, NamesOf(view.Overrides), view.At, view.By, view.Active > 0 ? "Active" : "Ended", view.Started,
        Count(view, RunStatus.Queued) + Count(view, RunStatus.Retrying), Count(view, RunStatus.Running), Count(view, RunStatus.Succeeded), view.Bad, Count(view, RunStatus.Cancelled),
        view.StoppedAt, view.StoppedBy);

    /// <summary>As the fields of a request are called, without "override".</summary>
    public static IReadOnlyList<string> NamesOf(Overrides overrides) =>
        [.. overrides.Concurrency ? ["concurrency"] : (string[])[], .. overrides.Blackouts ? ["blackout"] : (string[])[], .. overrides.RateLimits ? ["rateLimits"] : (string[])[]];

    private static int Count(EmergencyView view, RunStatus status) => view.Counts.GetValueOrDefault(status);
}
