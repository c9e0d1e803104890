using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Access;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Api;

/// <summary>Who may do what by the API. One table; a role that may not do a thing can't do it.</summary>
public sealed class RoleTests(ApiServer server) : IClassFixture<ApiServer>
{
    /// <summary>Operation, its least role. {schedule} and {run} stand for ones that are there.</summary>
    public static TheoryData<string, string, Role> Operations => new()
    {
        { "GET", "/api/v1/schedules", Role.Viewer },
        { "GET", "/api/v1/schedules/{schedule}", Role.Viewer },
        { "GET", "/api/v1/schedules/{schedule}/occurrences", Role.Viewer },
        { "GET", "/api/v1/schedules/{schedule}/why?at=2026-03-02T08:00:00Z", Role.Viewer },
        { "PUT", "/api/v1/schedules/{schedule}", Role.Operator },
        { "DELETE", "/api/v1/schedules/{schedule}", Role.Operator },
        { "POST", "/api/v1/schedules/{schedule}/run", Role.Operator },
        { "POST", "/api/v1/schedules/{schedule}/pause", Role.Operator },
        { "POST", "/api/v1/schedules/{schedule}/resume", Role.Operator },
        { "POST", "/api/v1/schedules/{schedule}/skip-next", Role.Operator },
        { "DELETE", "/api/v1/schedules/{schedule}/skips/2099-01-01T00:00:00Z", Role.Operator },
        { "GET", "/api/v1/runs", Role.Viewer },
        { "GET", "/api/v1/runs/{run}", Role.Viewer },
        { "GET", "/api/v1/runs/{run}/log", Role.Viewer },
        { "GET", "/api/v1/runs/{run}/findings", Role.Viewer },
        { "POST", "/api/v1/runs/{run}/cancel", Role.Operator },
        { "POST", "/api/v1/runs/{run}/retry", Role.Operator },
        { "POST", "/api/v1/runs/{run}/requeue", Role.Operator },
        { "GET", "/api/v1/runs/dead", Role.Viewer },
        { "POST", "/api/v1/runs/{run}/move-to-front", Role.Operator },
        { "GET", "/api/v1/queue", Role.Viewer },
        { "GET", "/api/v1/events", Role.Viewer },
        { "GET", "/api/v1/blackouts", Role.Viewer },
        { "GET", "/api/v1/emergencies", Role.Viewer },
        { "GET", "/api/v1/downtimes", Role.Viewer },
        { "GET", "/api/v1/status", Role.Viewer },
        { "GET", "/api/v1/stats", Role.Viewer },
        { "GET", "/openapi/v1.json", Role.Viewer },
        { "GET", "/metrics", Role.Viewer },
        { "POST", "/hubs/runs/negotiate?negotiateVersion=1", Role.Viewer },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task AnOperation_IsDoneForItsLeastRoleAndUp_AndRefusedBelow(string method, string path, Role least)
    {
        (HttpClient Client, Role? Role)[] callers = [(server.Anonymous, null), (server.Viewer, Role.Viewer), (server.Operator, Role.Operator), (server.Administrator, Role.Administrator)];
        foreach (var (client, role) in callers)
        {
            var name = await server.ScheduleAsync(schedule: "1h");
            var run = path.Contains("{run}", StringComparison.Ordinal) ? await server.RunAsync(name) : 0;
            if (path.EndsWith("/retry", StringComparison.Ordinal)) await server.EndOfAsync(run);
            var before = await StateAsync(name);

            using var answer = await client.SendAsync(method, path.Replace("{schedule}", name, StringComparison.Ordinal).Replace("{run}", $"{run}", StringComparison.Ordinal),
                method == "PUT" ? ApiServer.Json(ApiServer.Noop(name, schedule: "2h")) : path.EndsWith("/move-to-front", StringComparison.Ordinal) ? ApiServer.Json("""{"reason":"x"}""") : null);

            if (role is null) await answer.ProblemAsync(401);
            else if (role < least) await answer.ProblemAsync(403);
            // A run may end before it is cancelled: that it was looked at shows that it was allowed.
            else Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict, $"{role}: {method} {path} answers {answer.StatusCode}");
            if (role is null || role < least) Assert.Equal(before, await StateAsync(name));
        }
    }

    [Fact]
    public async Task ATokenOfALowerRole_HoldsItsOwnerDown()
    {
        using var program = await server.ProgramOfAsync(WebServer.Admin, Role.Viewer);
        var name = await server.ScheduleAsync();

        using var answer = await program.PostAsync($"/api/v1/schedules/{name}/run", null);

        Assert.Contains("You are Viewer here", (await answer.ProblemAsync(403)).Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADisabledAccount_IsRefusedAtOnce()
    {
        var email = $"{server.NewName("dora")}@example.com";
        await server.Server.AddUserAsync(email, Role.Operator);
        using var program = await server.ProgramOfAsync(email, null);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/v1/status")).StatusCode);

        await server.Server.Services.GetRequiredService<UserAccounts>().DisableAsync(email, Actor.LocalConsole);

        using var answer = await program.GetAsync("/api/v1/status");
        await answer.ProblemAsync(401);
    }

    [Fact]
    public async Task EveryAct_StandsInTheAuditLog_WithWhoDidIt()
    {
        var name = await server.ScheduleAsync();
        var id = await server.RunAsync(name);
        await server.EndOfAsync(id);
        foreach (var act in (string[])["pause", "resume"])
            using (await server.Operator.PostAsync($"/api/v1/schedules/{name}/{act}", null)) { }
        using (await server.Operator.DeleteAsync($"/api/v1/schedules/{name}")) { }

        Assert.Equal(
            ["created schedule", "paused schedule", "resumed schedule", "deleted schedule"],
            server.Server.Audit.Where(l => l.Contains($" {name}:", StringComparison.Ordinal)).Select(l => string.Join(' ', l.Split(' ')[1..3])));
        Assert.Contains(server.Server.Audit, l => l.StartsWith($"otto@example.com started run {id}: {name}", StringComparison.Ordinal));
    }

    private async Task<string> StateAsync(string name)
    {
        var schedule = await server.Administrator.JsonAsync($"/api/v1/schedules/{name}");
        var runs = await server.Administrator.JsonAsync($"/api/v1/runs?schedule={name}");
        return $"{schedule.GetProperty("metadata").GetProperty("generation")} {schedule.Text("status", "state")} {runs.GetProperty("items").GetArrayLength()}";
    }
}
