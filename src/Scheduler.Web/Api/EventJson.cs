using System.Text.Json;
using Scheduler.Core.Events;

namespace Scheduler.Web.Api;

/// <summary>That an event was accepted, as the API writes it: it and all that came of it are on disk.</summary>
/// <param name="Fired">The runs that it started.</param>
/// <param name="Ignored">The schedules that follow its type and that it did not start.</param>
public sealed record EventReceiptJson(long Id, IReadOnlyList<long> Fired, IReadOnlyList<IgnoredJson> Ignored)
{
    public static EventReceiptJson Of(EventReceipt receipt) =>
        new(receipt.Id, receipt.Fired.ToList(), receipt.Ignored.Select(i => new IgnoredJson(i.Schedule, i.Words, i.Outcome, i.RunId)).ToList());
}

/// <summary>Why an event did not start a schedule.</summary>
/// <param name="Outcome">Skipped, Filtered, Debounced, Paused, NotActive, Circle, NoPermission or Flood.</param>
/// <param name="RunId">The run that is recorded as skipped, with Skipped alone.</param>
public sealed record IgnoredJson(string Schedule, string Reason, EventOutcome Outcome, long? RunId);

/// <summary>What became of an event for one schedule.</summary>
/// <param name="Outcome">Fired, or why not.</param>
/// <param name="RunId">The run that it started, or that is recorded as skipped.</param>
public sealed record VerdictJson(string Schedule, EventOutcome Outcome, string Reason, long? RunId);

/// <summary>An event as the API and the command line's <c>--json</c> write it. Its texts are a stranger's: encode them wherever they are shown.</summary>
/// <param name="By">Who sent it: a person, "webhook shop-push", or "scheduler".</param>
/// <param name="Chain">The schedules that led to it, the first one first.</param>
/// <param name="RunId">The run whose end it tells of; null where it came from outside.</param>
/// <param name="Size">Bytes of its data.</param>
/// <param name="Outcomes">How many schedules it came to what for.</param>
/// <param name="Verdicts">One for each schedule that follows its type; in lists at most 20, those that fired first.</param>
/// <param name="Data">Null in lists.</param>
public sealed record EventJson(
    long Id, string Type, string Source, DateTimeOffset At, string By, IReadOnlyList<string> Chain, long? RunId, int Size,
    IReadOnlyDictionary<EventOutcome, int> Outcomes, IReadOnlyList<VerdictJson> Verdicts, JsonElement? Data)
{
    public static EventJson Of(EventView e, bool withData) => new(
        e.Id, e.Type, e.Source, e.At, e.By, e.Chain, e.RunId, e.Size, e.Outcomes,
        e.Verdicts.Select(v => new VerdictJson(v.Schedule, v.Outcome, v.Words, v.RunId)).ToList(), withData ? JsonElement.Parse(e.Data) : null);
}

/// <summary>How a filter judges an event of the past.</summary>
/// <param name="Reason">The first condition that does not hold, with what was found; empty where it matches.</param>
public sealed record EventTrialJson(long Id, string Type, string Source, DateTimeOffset At, bool Matches, string Reason)
{
    public static EventTrialJson Of(EventTrial trial) => new(trial.Id, trial.Type, trial.Source, trial.At, trial.Mismatch is null, trial.Mismatch ?? "");
}
