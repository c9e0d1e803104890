namespace Scheduler.Core.Runs;

/// <summary>Why a waiting run waits: a closed list. The first that holds is the one that is said.</summary>
public enum WaitCause
{
    /// <summary>No engine runs, so that nothing starts.</summary>
    EngineNotRunning,

    /// <summary>It was missed for so long that a person is asked whether it still runs.</summary>
    Answer,

    /// <summary>No pool of this name has workers.</summary>
    NoWorkers,
    Blackout,

    /// <summary>It failed, and its next attempt has its time.</summary>
    Retry,

    /// <summary>More events of the same burst may come, and the last one counts.</summary>
    Burst,

    /// <summary>It was queued at an instant that lies ahead since the clock was set back.</summary>
    ClockSetBack,

    /// <summary>Another run of its schedule goes on, and it does not start beside that.</summary>
    PreviousRun,

    /// <summary>All slots of its pool are taken, or will be by what stands before it.</summary>
    NoFreeSlot,

    /// <summary>Nothing: it starts in a moment.</summary>
    Starting,
}

/// <summary>Why a run waits, with what that cause has to say.</summary>
/// <param name="Place">Its place among those of its pool that may start, from 1 on; with NoFreeSlot and Starting.</param>
/// <param name="Of">How many those are.</param>
/// <param name="Until">When the wait is over; with Blackout, Retry, Burst and ClockSetBack.</param>
/// <param name="BehindRun">The run that goes on; with PreviousRun.</param>
public sealed record Wait(WaitCause Cause, int? Place = null, int? Of = null, DateTimeOffset? Until = null, long? BehindRun = null);

/// <summary>A waiting run, as much of it as decides when it starts.</summary>
/// <param name="IsRetry">Its next attempt is not the first.</param>
/// <param name="Exclusive">It does not start beside another run of its schedule.</param>
/// <param name="Held">A blackout holds it.</param>
/// <param name="Gathers">It gathers a burst of events.</param>
internal sealed record WaitingRun(long Id, long? ScheduleId, bool IsEmergency, bool IsRetry, DateTimeOffset NotBefore, bool Exclusive, bool Held, bool Gathers = false)
{
    public bool AwaitsAnswer => NotBefore == Run.UntilAnswered;
}

/// <summary>A run that goes on, in whichever pool.</summary>
internal sealed record GoingRun(long Id, string Pool, long? ScheduleId, bool IsEmergency, DateTimeOffset StartedAt);

/// <summary>What a pool has to do: why each of its waiting runs waits, and when it may be expected to start.</summary>
/// <remarks>
/// Pure. Expected starts play the pool forward: a run takes as long as its schedule's runs usually take, and a slot whose run's length nobody knows
/// is not counted on. So an expected start is rather too late than too early, as long as nothing more urgent comes.
/// </remarks>
internal sealed class QueuePlan
{
    /// <summary>So many are played forward; of those behind them nobody can say much.</summary>
    public const int MostPlayed = 500;

    private readonly IReadOnlyList<WaitingRun> _waiting;
    private readonly DateTimeOffset _now;
    private readonly Func<long, TimeSpan?> _usual;
    private readonly PriorityQueue<DateTimeOffset, DateTimeOffset> _free = new();
    private readonly Dictionary<long, (long RunId, DateTimeOffset? EndsAt)> _going = [];
    private readonly DateTimeOffset?[] _expected;
    private DateTimeOffset? _laneFree;

    private QueuePlan(IReadOnlyList<WaitingRun> waiting, DateTimeOffset now, Func<long, TimeSpan?> usual) =>
        (_waiting, _now, _usual, _expected) = (waiting, now, usual, new DateTimeOffset?[waiting.Count]);

    /// <summary>Slots that are taken, the emergency lane left out.</summary>
    public int Busy { get; private init; }

    /// <summary>A run is in the lane that only emergencies use.</summary>
    public bool LaneBusy { get; private init; }

    /// <summary>One for each waiting run, in their order.</summary>
    public IReadOnlyList<Wait> Waits { get; private set; } = [];

    /// <summary>One for each waiting run, in their order; null where nobody can tell.</summary>
    public IReadOnlyList<DateTimeOffset?> Expected => _expected;

    /// <param name="pool">The pool.</param>
    /// <param name="slots">How many it has; 0 where there is no such pool.</param>
    /// <param name="waiting">What waits in it, in the order of <see cref="StartOrder"/>.</param>
    /// <param name="going">What goes on in all pools: a run waits for another of its schedule wherever that runs.</param>
    /// <param name="engineRuns">Some process drives the schedules.</param>
    /// <param name="now">The instant of the look.</param>
    /// <param name="usual">How long a schedule's runs usually take; null where nobody knows.</param>
    public static QueuePlan Of(
        string pool, int slots, IReadOnlyList<WaitingRun> waiting, IReadOnlyList<GoingRun> going, bool engineRuns, DateTimeOffset now, Func<long, TimeSpan?> usual)
    {
        var here = going.Where(g => g.Pool == pool).ToList();
        // An emergency takes a slot while there is one, and the lane when there is none.
        var lane = here.Count > slots ? here.LastOrDefault(g => g.IsEmergency) : null;
        var ordinary = here.Where(g => g != lane).ToList();
        var plan = new QueuePlan(waiting, now, usual) { Busy = ordinary.Count, LaneBusy = lane is not null };
        foreach (var run in going)
            if (run.ScheduleId is { } schedule) plan.Occupy(schedule, run.Id, plan.EndOf(run));
        plan._laneFree = lane is null ? now : plan.EndOf(lane);
        plan.Waits = plan.Explain(slots, engineRuns);
        if (!engineRuns || slots == 0) return plan;
        plan.FreeSlots(slots, ordinary);
        plan.Play();
        return plan;
    }

    private List<Wait> Explain(int slots, bool engineRuns)
    {
        var inLine = _waiting.Count(MayStart);
        var (place, emergencies, free) = (0, 0, Math.Max(0, slots - Busy));
        return _waiting.Select(run =>
        {
            if (!engineRuns) return new Wait(WaitCause.EngineNotRunning);
            if (run.AwaitsAnswer) return new Wait(WaitCause.Answer);
            if (slots == 0) return new Wait(WaitCause.NoWorkers);
            if (run.NotBefore > _now) return new Wait(run.Held ? WaitCause.Blackout : run.IsRetry ? WaitCause.Retry : run.Gathers ? WaitCause.Burst : WaitCause.ClockSetBack, Until: run.NotBefore);
            if (Before(run) is { } before) return new Wait(WaitCause.PreviousRun, BehindRun: before);
            place++;
            if (run.IsEmergency) emergencies++;
            var hasRoom = place <= free || (run.IsEmergency && !LaneBusy && emergencies <= free + 1);
            return new Wait(hasRoom ? WaitCause.Starting : WaitCause.NoFreeSlot, place, inLine);
        }).ToList();
    }

    private bool MayStart(WaitingRun run) => run.NotBefore <= _now && Before(run) is null;

    private long? Before(WaitingRun run) => run is { Exclusive: true, ScheduleId: { } schedule } && _going.TryGetValue(schedule, out var other) ? other.RunId : null;

    private DateTimeOffset? EndOf(GoingRun run) => run.ScheduleId is { } schedule && _usual(schedule) is { } usual ? Later(_now, run.StartedAt + usual) : null;

    private void FreeSlots(int slots, List<GoingRun> ordinary)
    {
        for (var i = ordinary.Count; i < slots; i++) _free.Enqueue(_now, _now);
        // Where slots were taken away, the first runs that end give none back.
        var ends = ordinary.Select(EndOf).OfType<DateTimeOffset>().Order().Skip(Math.Max(0, ordinary.Count - slots));
        foreach (var end in ends) _free.Enqueue(end, end);
    }

    private void Play()
    {
        var (ready, held) = (new PriorityQueue<int, int>(), new PriorityQueue<int, DateTimeOffset>());
        // By schedule, those that wait for a run of it beside the first of them: looked at one by one, as each starts.
        var lines = new Dictionary<long, (int First, Queue<int> Others)>();
        var played = 0;
        for (var i = 0; i < _waiting.Count && played < MostPlayed; i++)
        {
            if (_waiting[i].AwaitsAnswer) continue;
            played++;
            if (_waiting[i].IsEmergency && TakeLane(i)) continue;
            held.Enqueue(i, Later(_now, _waiting[i].NotBefore));
        }
        while (_free.TryDequeue(out var at, out _))
        {
            if (ready.Count == 0 && held.TryPeek(out _, out var soonest)) at = Later(at, soonest);
            while (held.TryPeek(out var next, out var release) && release <= at) ready.Enqueue(held.Dequeue(), next);
            if (!ready.TryDequeue(out var place, out _)) return;
            var run = _waiting[place];
            if (run is { Exclusive: true, ScheduleId: { } schedule } && _going.TryGetValue(schedule, out var other) && !(other.EndsAt <= at))
            {
                // It waits for the other; where nobody knows how long, nobody knows when it starts.
                if (other.EndsAt is { } end && (lines.TryAdd(schedule, (place, [])) || lines[schedule].First == place)) held.Enqueue(place, end);
                else if (other.EndsAt is not null) lines[schedule].Others.Enqueue(place);
                _free.Enqueue(at, at);
                continue;
            }
            var ends = Start(place, at);
            if (ends is { } free) _free.Enqueue(free, free);
            if (run.ScheduleId is not { } own || !lines.TryGetValue(own, out var line) || line.First != place) continue;
            lines.Remove(own);
            if (ends is not { } then || !line.Others.TryDequeue(out var following)) continue;
            lines[own] = (following, line.Others);
            held.Enqueue(following, then);
        }
    }

    // The lane is there for emergencies when no slot is free.
    private bool TakeLane(int place)
    {
        var from = Later(_now, _waiting[place].NotBefore);
        if (_laneFree is not { } lane || lane > from || (_free.TryPeek(out var slot, out _) && slot <= from)) return false;
        _laneFree = Start(place, from);
        return true;
    }

    /// <returns>When it ends; null where nobody knows.</returns>
    private DateTimeOffset? Start(int place, DateTimeOffset at)
    {
        _expected[place] = at;
        var run = _waiting[place];
        var end = run.ScheduleId is { } id ? at + _usual(id) : null;
        if (run.ScheduleId is { } schedule) Occupy(schedule, run.Id, end);
        return end;
    }

    // Several runs of a schedule may go on: what waits for all of them waits for the last.
    private void Occupy(long schedule, long runId, DateTimeOffset? end)
    {
        if (!_going.TryGetValue(schedule, out var other) || (other.EndsAt is { } theirs && !(end <= theirs))) _going[schedule] = (runId, end);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
