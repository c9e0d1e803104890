using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Scheduler.Core.Runs;
using Scheduler.Web.Api;
using Scheduler.Web.Live;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Api;

/// <summary>A slow client of the hub costs a bounded amount and holds up nobody.</summary>
public sealed class RunWatcherTests
{
    [Fact]
    public async Task AClientThatTakesItsTime_GetsTheNewestStateOnce()
    {
        var client = new SlowClient();
        using var connection = new Connection();
        await using var watcher = new RunWatcher(client, connection, () => Task.FromResult(true), TimeProvider.System);
        watcher.Start();
        watcher.Watch(null);

        watcher.Offer([Run(1, RunStatus.Queued)]);
        await client.Asked.WaitAsync(TimeSpan.FromSeconds(10));
        watcher.Offer([Run(1, RunStatus.Running)]);
        watcher.Offer([Run(1, RunStatus.Succeeded), Run(2, RunStatus.Queued)]);
        client.Take();
        await Eventually.Async(() => Task.FromResult(client.Taken.Count == 3));

        Assert.Equal(["1 Queued", "1 Succeeded", "2 Queued"], client.Taken);
    }

    [Fact]
    public async Task AClientThatFallsTooFarBehind_IsDisconnected()
    {
        using var connection = new Connection();
        await using var watcher = new RunWatcher(new SlowClient(), connection, () => Task.FromResult(true), TimeProvider.System);
        watcher.Watch(null);

        watcher.Offer([.. Enumerable.Range(1, 500).Select(id => Run(id, RunStatus.Queued))]);
        Assert.False(connection.ConnectionAborted.IsCancellationRequested);
        watcher.Offer([Run(501, RunStatus.Queued)]);

        Assert.True(connection.ConnectionAborted.IsCancellationRequested);
    }

    [Fact]
    public async Task ASessionThatHasEnded_EndsTheConnection()
    {
        using var connection = new Connection();
        await using var watcher = new RunWatcher(new SlowClient(), connection, () => Task.FromResult(false), TimeProvider.System);

        watcher.Start();

        await Eventually.Async(() => Task.FromResult(connection.ConnectionAborted.IsCancellationRequested));
    }

    private static RunJson Run(long id, RunStatus status) => RunJson.Of(new RunView
    {
        Id = id, Schedule = "s", Generation = 1, TriggerType = TriggerType.Manual, StandsFor = 1, Status = status, Reason = "", Priority = 0, Pool = "light", JobKind = "noop", Attempt = 0,
        MaxAttempts = 1, QueuedAt = default, DueAt = default, NotBefore = default, AssetsScanned = 0, Findings = new FindingCounts(0, 0, 0, 0, 0, 0, 0, 0),
    });

    private sealed class SlowClient : ISingleClientProxy
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _taking = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Taken { get; } = [];
        public Task Asked => _asked.Task;

        public void Take() => _taking.SetResult();

        public async Task SendCoreAsync(string method, object?[] args, CancellationToken cancellationToken = default)
        {
            _asked.TrySetResult();
            await _taking.Task.WaitAsync(cancellationToken);
            var run = (RunJson)args[0]!;
            Taken.Add($"{run.Id} {run.Status}");
        }

        public Task<T> InvokeCoreAsync<T>(string method, object?[] args, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Connection : HubCallerContext, IDisposable
    {
        private readonly CancellationTokenSource _aborted = new();

        public override string ConnectionId => "1";
        public override string? UserIdentifier => null;
        public override ClaimsPrincipal? User => null;
        public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?>();
        public override IFeatureCollection Features { get; } = new FeatureCollection();
        public override CancellationToken ConnectionAborted => _aborted.Token;

        public override void Abort() => _aborted.Cancel();

        public void Dispose() => _aborted.Dispose();
    }
}
