using System.Globalization;
using Scheduler.Core.Backfills;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Backfills;

/// <summary>How the pages speak of backfills.</summary>
internal static class BackfillWords
{
    /// <summary>What the runs of a backfill look at: most kinds can't see the past.</summary>
    public static string LooksAt(IJobKind? kind) => kind is { KnowsThePast: true }
        ? "Where a path belongs to a git repository, its runs look at the commit at which the branch was at the past instant; what they find there opens and closes nothing of today. Any other path they look at as it is now."
        : "Its runs look at the targets as they are now. The past instant is a label: a scan of today can't tell what was there then.";

    public static string Path(long id) => string.Create(CultureInfo.InvariantCulture, $"/backfills/{id}");

    public static string NewPath(string schedule, DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        $"/backfills/new?schedule={Uri.EscapeDataString(schedule)}" + (from is { } first && to is { } last
            ? $"&from={Uri.EscapeDataString(Core.Fields.Instants.Print(first))}&to={Uri.EscapeDataString(Core.Fields.Instants.Print(last))}" : "");

    public static StateLook Look(BackfillState state) => state switch
    {
        BackfillState.Running => StateLook.Running,
        BackfillState.Paused => StateLook.Paused,
        BackfillState.Completed => StateLook.Completed,
        BackfillState.Partial => StateLook.Partial,
        BackfillState.Failed => StateLook.Failed,
        BackfillState.Cancelled => StateLook.Cancelled,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A backfill's state without a look."),
    };

    public static StateLook Look(SlotState state) => state == SlotState.Waiting ? StateLook.Waiting : StateLook.Of((RunStatus)state);

    public static string Word(BackfillMode mode) => mode switch
    {
        BackfillMode.All => "All",
        BackfillMode.Missing => "Missing",
        _ => "Missing or failed",
    };

    public static string Word(BackfillOnFailure onFailure) => onFailure switch
    {
        BackfillOnFailure.Continue => "The others go on",
        BackfillOnFailure.FailFast => "The rest is cancelled",
        _ => "It is tried once more, after the others",
    };

    public static string Word(BackfillOrder order) => order == BackfillOrder.OldestFirst ? "Oldest first" : "Newest first";

    public static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Count(int count, string noun) => $"{Number(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>How long it goes on: <c>12 min left</c>; what keeps anybody from telling, otherwise.</summary>
    public static string Left(BackfillView backfill) => backfill switch
    {
        { FinishedAt: not null } => "over",
        { State: BackfillState.Paused } => "paused",
        { TimeLeft: { } left } => $"{DurationText.Of(left)} left",
        { State: BackfillState.Running } => "not known yet",
        _ => "ends in a moment",
    };

    /// <summary>For screen readers, and as the tooltip of a bar.</summary>
    public static string Summary(SlotCounts slots)
    {
        (int Count, string Word)[] parts =
        [
            (slots.Succeeded, "succeeded"), (slots.Failed, "failed"), (slots.Running + slots.Retrying, "running"), (slots.Waiting + slots.Queued, "waiting"),
            (slots.Cancelled, "cancelled"), (slots.Skipped, "skipped"),
        ];
        return $"{Count(slots.Total, "slot")}: {string.Join(", ", parts.Where(p => p.Count > 0).Select(p => $"{Number(p.Count)} {p.Word}"))}";
    }
}
