namespace Scheduler.Core.Schedules;

/// <summary>The signal that a schedule was made, changed, paused or resumed, on which the dispatcher wakes. Carries nothing: what changed is in the database.</summary>
public sealed class ScheduleChanges
{
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next <see cref="Notify"/>. Ask before reading the database, so that no change falls between.</summary>
    public Task Next => _changed.Task;

    public void Notify() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
