using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Live;

/// <summary>Tells programs of runs as they change, at <c>/hubs/runs</c>. The pages of this process read the live feed itself.</summary>
[Authorize(Policy = Policies.Viewer)]
internal sealed class RunHub(RunWatchers watchers) : Hub
{
    public override Task OnConnectedAsync()
    {
        watchers.Add(Context);
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception) => watchers.RemoveAsync(Context.ConnectionId);

    /// <summary>From now on the caller gets <c>runChanged(run)</c> for each change, at most four times a second and run.</summary>
    /// <param name="schedule">One schedule's exact name; null or left out: all. A later call takes the place of this one.</param>
    public void Watch(string? schedule) => watchers.Watch(Context.ConnectionId, schedule);
}
