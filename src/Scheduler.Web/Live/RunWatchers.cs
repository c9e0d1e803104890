using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Scheduler.Web.Api;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Live;

/// <summary>Who listens at the hub, and for what.</summary>
internal sealed class RunWatchers(IHubContext<RunHub> hub, AccountChecks checks, ApiTokens tokens, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, RunWatcher> _watchers = new(StringComparer.Ordinal);

    /// <summary>Whether anybody wants to hear of runs.</summary>
    public bool IsAnybodyWatching => _watchers.Values.Any(w => w.IsWatching);

    public void Add(HubCallerContext connection)
    {
        var token = connection.GetHttpContext() is { } http ? BearerTokens.TokenOf(http.Request) : null;
        var watcher = new RunWatcher(hub.Clients.Client(connection.ConnectionId), connection, () => StillCountsAsync(connection, token), clock);
        _watchers[connection.ConnectionId] = watcher;
        watcher.Start();
    }

    public async Task RemoveAsync(string connectionId)
    {
        if (_watchers.TryRemove(connectionId, out var watcher)) await watcher.DisposeAsync();
    }

    public void Watch(string connectionId, string? schedule)
    {
        if (_watchers.TryGetValue(connectionId, out var watcher)) watcher.Watch(schedule);
    }

    public void Offer(IReadOnlyList<RunJson> runs)
    {
        foreach (var watcher in _watchers.Values) watcher.Offer(runs);
    }

    // A connection lives for days; the account or the token that opened it may not.
    private async Task<bool> StillCountsAsync(HubCallerContext connection, string? token)
    {
        if (token is not null) return await tokens.CheckAsync(token, connection.ConnectionAborted) is not null;
        return connection.User is { } person && await checks.CurrentAsync(person, connection.ConnectionAborted) is not null;
    }
}
