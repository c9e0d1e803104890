using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Access;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Identity;

/// <summary>A schedule belongs to nobody in particular: whoever made it may leave.</summary>
public sealed class OwnerGoneTests
{
    [Fact]
    public async Task AccountOfWhoeverMadeIt_IsDisabled_TheScheduleRunsOn_AndStillSaysWhoMadeIt()
    {
        await using var server = await WebServer.StartAsync();
        await server.AddUserAsync("olga@example.com", Role.Operator);
        var editor = server.Services.GetRequiredService<ScheduleEditor>();
        await editor.SaveAsync(System.Text.Json.JsonElement.Parse(
            """{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "s" }, "spec": { "schedule": "* * * * * *", "concurrencyPolicy": "Allow", "job": { "kind": "noop" } } }"""),
            new SaveRules(), new Actor("olga@example.com", Role.Operator, "test"), CancellationToken.None);
        await server.Services.GetRequiredService<UserAccounts>().DisableAsync("olga@example.com", Actor.LocalConsole);
        var newest = (await RunsAsync()).Select(r => r.Id).FirstOrDefault();

        await Eventually.Async(async () => (await RunsAsync()).Any(r => r.Id > newest + 1 && r.Status == RunStatus.Succeeded));

        var schedule = (await server.Services.GetRequiredService<ScheduleQueries>().GetAsync("s", CancellationToken.None))!.Summary;
        Assert.Equal((ScheduleState.Active, "olga@example.com"), (schedule.State, schedule.CreatedBy));

        Task<IReadOnlyList<RunView>> RunsAsync() => server.Services.GetRequiredService<RunQueries>().ListAsync(new RunFilter { Schedule = "s", Limit = 50 }, CancellationToken.None);
    }
}
