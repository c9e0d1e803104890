using System.Globalization;
using System.Numerics;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Analytics;

/// <summary>A better time of day for a draft.</summary>
/// <param name="Trigger">The draft's trigger with this time, as a trigger text in the form that it was written in.</param>
/// <param name="At">On the wall clock of the draft's zone.</param>
/// <param name="Peak">The most runs of others that want a worker at one time while the draft's run lasts.</param>
/// <param name="NearestStart">How far the nearest start of another run is, before or after; null where nothing else starts.</param>
/// <param name="Reason">As in <c>03:20: the pool is idle, nearest other start 40 min away</c>.</param>
public sealed record QuietSlot(string Trigger, TimeOnly At, int Peak, TimeSpan? NearestStart, string Reason);

/// <summary>Times of day at which a daily, weekly or monthly draft meets the least queueing.</summary>
/// <param name="Suggestions">Three at most, the best first; null where no other time can be suggested.</param>
/// <param name="Reason">Why there is none, or what was looked at, in words.</param>
public sealed record QuietSlots(IReadOnlyList<QuietSlot>? Suggestions, string Reason)
{
    private const int MostSuggested = 3, MinutesOfDay = 24 * 60, Apart = 20, FarEnough = 45, Step = 15;

    /// <summary>
    /// Looks through every minute of the day, except the full hour, when everybody starts, and times that a clock change of the coming year touches.
    /// The lowest peak of demand over the draft's expected duration comes first; then the distance to other starts, in steps of a quarter of an hour
    /// up to three quarters, further making no difference; then the nearness to the time that was wished.
    /// </summary>
    /// <param name="others">The forecast without the draft.</param>
    /// <param name="draft">Its trigger is a cron expression with one second, one minute and one hour; a monthly one that does not fall due within the forecast is judged by all its days.</param>
    public static QuietSlots Find(LoadForecast others, PlannedSchedule draft)
    {
        if (draft.Timing.Trigger is not CronTrigger(var cron)) return None("A quiet time can be looked for when a schedule runs at a fixed time of day, not by an interval, once, on an event or by hand.");
        var fields = cron.Fields;
        if (BitOperations.PopCount(fields.Hours) != 1 || BitOperations.PopCount(fields.Minutes) != 1 || BitOperations.PopCount(fields.Seconds) != 1)
            return None("A quiet time can be looked for when a schedule runs once a day at most: one hour and one minute.");

        var wished = BitOperations.TrailingZeroCount(fields.Hours) * 60 + BitOperations.TrailingZeroCount(fields.Minutes);
        var pool = others.Pool(draft.Pool);
        var (peaks, nearest) = (pool.PeaksOver(draft.ExpectedDuration), pool.MinutesToNearestStart());
        var byDay = DaysOf(others, draft);
        var candidates = new List<Candidate>(MinutesOfDay);
        for (var minute = 0; minute < MinutesOfDay; minute++)
        {
            if (minute % 60 == 0 || minute == wished) continue;
            var starts = byDay.Select(day => pool.MinuteOf(InstantOf(day.AddMinutes(minute), draft.Timing.Zone))).Where(at => at >= 0 && at < pool.Minutes).ToList();
            if (starts.Count == 0) continue;
            candidates.Add(new Candidate(minute, starts.Max(at => peaks[at]), starts.Min(at => nearest[at]), (minute - wished + MinutesOfDay) % MinutesOfDay));
        }

        var suggestions = new List<QuietSlot>();
        var taken = new List<int>();
        foreach (var candidate in candidates.OrderBy(c => c.Peak).ThenByDescending(c => Math.Min(c.Nearest, FarEnough) / Step).ThenBy(c => Math.Min(c.Later, MinutesOfDay - c.Later)).ThenBy(c => c.Later))
        {
            if (taken.Exists(other => Math.Abs(other - candidate.Minute) is var apart && Math.Min(apart, MinutesOfDay - apart) < Apart)) continue;
            var text = At(cron, candidate.Minute);
            if (!TriggerText.TryParse(text, draft.Name, out var trigger, out _) || IsTouchedByAClockChange(trigger, draft.Timing, others.From)) continue;
            taken.Add(candidate.Minute);
            suggestions.Add(Slot(text, candidate, pool));
            if (suggestions.Count == MostSuggested) break;
        }
        return suggestions.Count == 0 ? None("No other time of day falls within the forecast.") : new QuietSlots(suggestions, $"By the {pool.Name} pool's forecast to {others.To.UtcDateTime.ToString("d MMM", CultureInfo.InvariantCulture)}.");
    }

    private static QuietSlots None(string reason) => new(null, reason);

    /// <summary>Local midnights of the days on which the draft falls due within the forecast; all days of the forecast where it does not.</summary>
    private static List<DateTime> DaysOf(LoadForecast others, PlannedSchedule draft)
    {
        var zone = draft.Timing.Zone;
        var due = draft.Timing.Between(others.From, others.To).Select(at => zone.ToLocal(at).Date).Distinct().ToList();
        if (due.Count > 0) return due;
        var days = new List<DateTime>();
        for (var day = zone.ToLocal(others.From).Date; day <= zone.ToLocal(others.To).Date; day = day.AddDays(1)) days.Add(day);
        return days;
    }

    private static DateTimeOffset InstantOf(DateTime local, TriggerZone zone) => new(LocalTimeRules.FirstInstantOf(local.Ticks, zone.Table), TimeSpan.Zero);

    private static bool IsTouchedByAClockChange(Trigger trigger, Timing timing, DateTimeOffset from) =>
        TriggerOutlook.Of(new Occurrences(trigger, timing.Zone, timing.AnchorAt), from).ClockChanges.Count > 0;

    /// <summary>The expression with another minute and hour; all its other fields stay as they were written.</summary>
    private static string At(CronExpression cron, int minuteOfDay)
    {
        var fields = cron.FieldTexts;
        (fields[1], fields[2]) = ((minuteOfDay % 60).ToString(CultureInfo.InvariantCulture), (minuteOfDay / 60).ToString(CultureInfo.InvariantCulture));
        return cron.Form switch
        {
            CronForm.SixFields => string.Join(' ', fields),
            CronForm.Aws => $"cron({string.Join(' ', fields[1..])})",
            _ => string.Join(' ', fields[1..]),
        };
    }

    private static QuietSlot Slot(string trigger, Candidate candidate, PoolLoad pool)
    {
        var at = new TimeOnly(candidate.Minute / 60, candidate.Minute % 60);
        var load = candidate.Peak == 0 ? "the pool is idle"
            : candidate.Peak < pool.Slots ? $"at most {candidate.Peak} of {pool.Slots} workers busy"
            : $"up to {candidate.Peak} runs for {pool.Slots} worker{(pool.Slots == 1 ? "" : "s")}, so it may wait";
        TimeSpan? nearest = candidate.Nearest == int.MaxValue ? null : TimeSpan.FromMinutes(candidate.Nearest);
        var apart = nearest is { } away ? $"nearest other start {Words(away)}" : "nothing else starts";
        return new QuietSlot(trigger, at, candidate.Peak, nearest, string.Create(CultureInfo.InvariantCulture, $"{at:HH\\:mm}: {load}, {apart}"));
    }

    private static string Words(TimeSpan away) =>
        away < TimeSpan.FromMinutes(1) ? "in the same minute" : away < TimeSpan.FromHours(1) ? $"{away.Minutes} min away"
        : away.Minutes == 0 ? $"{(int)away.TotalHours} h away" : $"{(int)away.TotalHours} h {away.Minutes} min away";

    /// <param name="Peak">On the worst of the days.</param>
    /// <param name="Nearest">Minutes to the nearest other start, on the worst of the days.</param>
    /// <param name="Later">Minutes from the wished time to this one, around the clock.</param>
    private readonly record struct Candidate(int Minute, int Peak, int Nearest, int Later);
}
