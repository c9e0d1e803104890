namespace Scheduler.Core.Schedules;

/// <summary>The signal that a schedule was made, changed, paused or resumed, on which the dispatcher wakes. Carries nothing: what changed is in the database.</summary>
public sealed class ScheduleChanges
{
    private long _count;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next <see cref="Notify"/>. Ask before reading the database, so that no change falls between.</summary>
    public Task Next => _changed.Task;

    /// <summary>How many there were: who keeps something of the schedules in memory sees by it that it may be old. Ask before reading the database.</summary>
    public long Count => Volatile.Read(ref _count);

    public void Notify()
    {
        Interlocked.Increment(ref _count);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
