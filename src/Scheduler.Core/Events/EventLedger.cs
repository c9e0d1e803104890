using System.Text.Json;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Events;

/// <summary>Records an event, what becomes of it for each schedule that follows its type, and the runs that it starts: all in the caller's transaction.</summary>
internal sealed class EventLedger(RunQueue queue, Subscriptions subscriptions, JobCatalog catalog, ScopeStore scopes, LiveFeed feed)
{
    /// <param name="write">The transaction.</param>
    /// <param name="e">The event.</param>
    /// <param name="by">Who sent it.</param>
    /// <param name="chain">The schedules that led to it, the first one first.</param>
    /// <param name="runId">The run whose end it tells of.</param>
    public EventReceipt Record(WriteBatch write, AcceptedEvent e, string by, IReadOnlyList<string> chain, long? runId)
    {
        var id = write.Insert(
            "INSERT INTO events (type, source, at, size, by, chain, run_id, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            e.Type, e.Source, write.Now, e.Size, by, JsonSerializer.Serialize(chain), runId, e.Data)!.Value;
        var followers = FollowersOf(write, e.Type);
        var verdicts = new List<EventVerdictView>(followers.Count);
        if (followers.Count > 0)
        {
            var facts = new EventFacts(id, e.Type, e.Source, by, write.Now, JsonElement.Parse(e.Data));
            foreach (var follower in followers) verdicts.Add(Judge(write, follower, facts, chain));
        }
        foreach (var verdict in verdicts)
            write.Execute("INSERT INTO event_verdicts (event_id, schedule_id, schedule_name, outcome, words, run_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                id, verdict.ScheduleId, verdict.Schedule, verdict.Outcome, verdict.Words, verdict.RunId);
        write.AfterCommit(() => feed.Publish(new LiveChange.EventAccepted(id)));
        return new EventReceipt(id, write.Now, verdicts);
    }

    private EventVerdictView Judge(WriteBatch write, Follower follower, EventFacts facts, IReadOnlyList<string> chain)
    {
        if (subscriptions.Of(write, follower.Id, follower.Generation) is not { } rules) return Verdict(EventOutcome.NotActive, "The schedule's manifest can't be read.");
        var decision = EventDecision.For(follower, rules, facts, chain, write.Now);
        if (decision.Outcome != EventOutcome.Fired) return Verdict(decision.Outcome, decision.Words);
        if (rules.ComplaintIn(scopes.Current, catalog) is { } complaint) return Verdict(EventOutcome.NoPermission, complaint);
        var window = rules.Mode == DebounceMode.Trailing ? rules.Debounce : (TimeSpan?)null;
        if (queue.EnqueueEvent(write, RunOf(follower, rules, facts), new EventRules(follower.Policy, follower.StartingDeadline, window)) is not { } run)
            return Verdict(EventOutcome.Flood, $"{RunQueue.MostWaitingForEvents} runs of the schedule wait already.");
        if (run.Skipped is { } skipped) return Verdict(EventOutcome.Skipped, skipped.Words, run.RunId);
        write.Execute("UPDATE schedules SET event_fired_at = ?2 WHERE id = ?1", follower.Id, write.Now);
        if (run.Before is { } before)
            write.Execute("UPDATE event_verdicts SET outcome = ?3, words = ?4 WHERE event_id = ?1 AND schedule_id = ?2",
                before, follower.Id, EventOutcome.Debounced, $"Event {facts.Id} of the same burst took its place in run {run.RunId}.");
        return Verdict(EventOutcome.Fired, window is null ? "" : "Its run waits for the end of the burst.", run.RunId);

        EventVerdictView Verdict(EventOutcome outcome, string words, long? runId = null) => new(follower.Id, follower.Name, outcome, words, runId);
    }

    private static NewRun RunOf(Follower follower, Subscription rules, EventFacts facts) => new()
    {
        ScheduleId = follower.Id,
        ScheduleName = follower.Name,
        Generation = follower.Generation,
        TriggerType = TriggerType.Event,
        Occasion = $"Event {facts.Type}{(facts.Source.Length > 0 ? $" from {facts.Source}" : "")}",
        Priority = follower.Priority,
        Pool = follower.Pool,
        JobKind = follower.JobKind,
        MaxAttempts = follower.MaxAttempts,
        EventId = facts.Id,
        Parameters = rules.Parameters.Resolve(facts) is { Count: > 0 } values ? JsonSerializer.Serialize(values) : null,
    };

    /// <summary>The statement that finds the schedules which follow a type.</summary>
    internal const string Followers =
        """
        SELECT id, name, generation, state, state_reason, anchor_at, has_start, end_at, paused_until, paused_by, pause_reason, event_fired_at, priority, pool, job_kind, max_attempts,
            concurrency_policy, starting_deadline
        FROM schedules WHERE event_type = ?1 ORDER BY id
        """;

    // By the index on the type alone: a schedule's row carries its whole manifest, and there may be 100,000.
    private static List<Follower> FollowersOf(WriteBatch write, string type)
    {
        using var rows = write.Query(Followers, type);
        var followers = new List<Follower>();
        while (rows.Read())
            followers.Add(new Follower
            {
                Id = rows.GetInt64(0),
                Name = rows.GetString(1),
                Generation = rows.GetInt32(2),
                State = (ScheduleState)rows.GetInt32(3),
                StateReason = rows.GetString(4),
                StartAt = rows.GetBoolean(6) ? rows.GetInstant(5) : null,
                EndAt = rows.GetInstant(7),
                PausedUntil = rows.GetInstant(8),
                PausedBy = Text(9),
                PauseReason = Text(10),
                FiredAt = rows.GetInstant(11),
                Priority = rows.GetInt32(12),
                Pool = rows.GetString(13),
                JobKind = rows.GetString(14),
                MaxAttempts = rows.GetInt32(15),
                Policy = (ConcurrencyPolicy)rows.GetInt32(16),
                StartingDeadline = rows.IsNull(17) ? null : TimeSpan.FromMilliseconds(rows.GetInt64(17)),
            });
        return followers;

        string? Text(int column) => rows.IsNull(column) ? null : rows.GetString(column);
    }
}
