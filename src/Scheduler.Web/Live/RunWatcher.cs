using Microsoft.AspNetCore.SignalR;
using Scheduler.Web.Api;

namespace Scheduler.Web.Live;

/// <summary>
/// One connection's own queue: the newest state of each changed run, once, until the client takes it. A slow client holds up nobody and
/// costs a bounded amount of memory; one that falls too far behind, or takes nothing at all, is disconnected and reads again when it comes back.
/// </summary>
internal sealed class RunWatcher(ISingleClientProxy client, HubCallerContext connection, Func<Task<bool>> stillCounts, TimeProvider clock) : IAsyncDisposable
{
    private const int MostWaiting = 500;
    private static readonly TimeSpan LongestSend = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionAborted);
    private Dictionary<long, RunJson> _waiting = [];
    private string? _schedule;
    private Task _pump = Task.CompletedTask;

    public bool IsWatching { get; private set; }

    public void Start() => _pump = Task.Run(PumpAsync);

    public void Watch(string? schedule)
    {
        lock (_lock) (_schedule, IsWatching, _waiting) = (string.IsNullOrWhiteSpace(schedule) ? null : schedule.Trim(), true, []);
    }

    public void Offer(IReadOnlyList<RunJson> runs)
    {
        lock (_lock)
        {
            if (!IsWatching) return;
            foreach (var run in runs)
                if (_schedule is null || string.Equals(_schedule, run.Schedule, StringComparison.OrdinalIgnoreCase)) _waiting[run.Id] = run;
            if (_waiting.Count > MostWaiting) connection.Abort();
            if (_waiting.Count > 0 && _signal.CurrentCount == 0) _signal.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _pump;
        _gone.Dispose();
    }

    private async Task PumpAsync()
    {
        try
        {
            var checkedAt = clock.GetTimestamp();
            while (true)
            {
                await _signal.WaitAsync(CheckEvery, _gone.Token);
                if (clock.GetElapsedTime(checkedAt) >= CheckEvery)
                {
                    if (!await stillCounts()) break;
                    checkedAt = clock.GetTimestamp();
                }
                foreach (var run in Take()) await client.SendAsync("runChanged", run, _gone.Token).WaitAsync(LongestSend, clock, _gone.Token);
            }
        }
        catch (OperationCanceledException)
        {
            return; // the client has gone
        }
        catch (Exception)
        {
            // It takes nothing, or whether it still may can't be found out: it comes back when it can.
        }
        connection.Abort();
    }

    private IEnumerable<RunJson> Take()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0) return [];
            var taken = _waiting;
            _waiting = [];
            return taken.Values.OrderBy(r => r.Id);
        }
    }
}
