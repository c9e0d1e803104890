using System.Text.Json;
using Scheduler.Core.Access;
using Scheduler.Core.Runs;

namespace Scheduler.Core.Workers;

/// <summary>Executes one job in this process, beside an engine that may or may not run, and records it like any other run.</summary>
public sealed class SingleRun
{
    private readonly RunControl _control;
    private readonly RunQueue _queue;
    private readonly RunExecution _execution;
    private readonly AbandonedRuns _boots;
    private readonly RunQueries _runs;
    private readonly TimeProvider _clock;

    internal SingleRun(RunControl control, RunQueue queue, RunExecution execution, AbandonedRuns boots, RunQueries runs, TimeProvider clock) =>
        (_control, _queue, _execution, _boots, _runs, _clock) = (control, queue, execution, boots, runs, clock);

    /// <summary>Runs the job of a manifest until it has ended, retries included.</summary>
    /// <param name="started">Told the run's number as soon as it is known, so that its log can be followed.</param>
    /// <param name="manifest">A whole manifest; its trigger is not looked at.</param>
    /// <exception cref="Fields.InvalidInputException">The manifest is wrong, by field path; nothing was written.</exception>
    public async Task<RunView> ExecuteAsync(JsonElement manifest, Actor actor, Action<long>? started, CancellationToken ct) =>
        (await ExecuteAsync(async bootId => await _control.StartHereAsync(manifest, bootId, actor, ct), started, ct))!;

    /// <summary>The same for the job of a schedule, as part of its history.</summary>
    /// <returns>Null when there is no such schedule.</returns>
    /// <exception cref="Fields.InvalidInputException">The schedule's targets have left the scope; nothing was written.</exception>
    public Task<RunView?> ExecuteAsync(string scheduleName, Actor actor, Action<long>? started, CancellationToken ct) =>
        ExecuteAsync(bootId => _control.StartHereAsync(scheduleName, bootId, actor, ct), started, ct);

    private async Task<RunView?> ExecuteAsync(Func<long, Task<ClaimedRun?>> start, Action<long>? started, CancellationToken ct)
    {
        var bootId = await _boots.BootAsync(isEngine: false, ct);
        try
        {
            if (await start(bootId) is not { } first) return null;
            started?.Invoke(first.Id);
            for (var claimed = first; claimed is not null; claimed = await _queue.TryClaimAsync(first.Id, bootId, CancellationToken.None))
            {
                await _execution.ExecuteAsync(claimed, () => false, bootId, ct);
                if (await _runs.GetAsync(first.Id, CancellationToken.None) is not { Status: RunStatus.Retrying } waiting) break;
                var wait = waiting.NotBefore - _clock.GetUtcNow();
                if (wait > TimeSpan.Zero) await Task.Delay(wait, _clock, ct);
            }
            return await _runs.GetAsync(first.Id, CancellationToken.None);
        }
        finally
        {
            await _boots.StopAsync(bootId, CancellationToken.None);
        }
    }
}
