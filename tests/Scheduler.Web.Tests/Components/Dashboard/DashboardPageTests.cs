using System.Text.Json;
using Bunit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Dashboard;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Dashboard;

public sealed class DashboardPageTests : CorePageTest
{
    [Fact]
    public void AFreshInstallation_SaysWhatToDo()
    {
        var page = Open();

        Assert.Equal("Nothing is scheduled yet", page.Find(".empty-title").TextContent);
        Assert.NotEmpty(page.FindAll("a[href='/welcome']"));
        Assert.NotEmpty(page.FindAll("a[href='/schedules/new']"));
        Assert.Contains("The engine is starting", page.Find(".notice").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void AFreshInstallation_ToAViewer_OffersNothingToMake()
    {
        BecomeViewer();

        Assert.Empty(Open().FindAll("a[href='/welcome'], a[href='/schedules/new']"));
    }

    [Fact]
    public async Task SelfCheck_ItsAge_StandsWithThePools_AndAFailureAtTheTop()
    {
        Options.SelfCheckEvery = TimeSpan.FromHours(1);
        await StoreSelfCheckAsync(null, "", Clock.GetUtcNow().AddMinutes(-14));
        var page = Open();
        Assert.Equal(("good", "Self-check passed 14 min ago"), (page.Find(".proof").GetAttribute("data-state"), page.Find(".proof").TextContent.Trim()));
        Assert.DoesNotContain("own check", page.Markup, StringComparison.Ordinal);

        await StoreSelfCheckAsync(1, "No slot of pool light took the run within 60 s.", Clock.GetUtcNow().AddMinutes(-62));
        Services.GetRequiredService<LiveFeed>().Publish(new LiveChange.SelfChecked());

        page.WaitForAssertion(() => Assert.Equal("bad", page.Find(".proof").GetAttribute("data-state")), TimeSpan.FromSeconds(10));
        Assert.Equal("Self-check failed at the claim now", page.Find(".proof").TextContent.Trim());
        var notice = page.FindAll(".notice").Single(n => n.TextContent.Contains("The scheduler's own check failed at the claim", StringComparison.Ordinal)).TextContent;
        Assert.Contains("No slot of pool light took the run within 60 s. It last passed 1 h ago.", notice, StringComparison.Ordinal);
    }

    [Fact]
    public void SelfCheck_SwitchedOff_IsNotShown() => Assert.Empty(Open().FindAll(".proof"));

    // As another process, or an earlier one, has left it.
    private Task StoreSelfCheckAsync(int? failedAt, string why, DateTimeOffset passedAt)
    {
        using var connection = new SqliteConnection($"Data Source={Options.DatabaseFile}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO settings (key, value, changed_at, changed_by) VALUES ('self-check', $value, 0, 'scheduler')";
        command.Parameters.AddWithValue("$value", JsonSerializer.Serialize(new { At = failedAt is null ? passedAt : Clock.GetUtcNow(), FailedAt = failedAt, Why = why, PassedAt = passedAt, Took = "00:00:01" }));
        return command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task RunsShowAsTheyGo()
    {
        await SaveAsync("fine");
        await StartEngineAsync();
        var page = Open();
        Assert.Contains("Nothing needs you", page.Find(".nothing-needed").TextContent, StringComparison.Ordinal);

        await RunToEndAsync("fine");

        page.WaitForAssertion(() => Assert.Equal("Succeeded", page.Find(".last-runs .word").TextContent), TimeSpan.FromSeconds(10));
        Assert.Empty(page.FindAll(".notice"));
    }

    [Fact]
    public async Task Troubles_OneLineASchedule_ThoseWithoutASuccessSinceFirst()
    {
        await SaveAsync("mended", """{ "outcome": "fail" }""");
        await SaveAsync("broken", """{ "outcome": "fail" }""");
        await StartEngineAsync();
        await RunToEndAsync("mended");
        await RunToEndAsync("mended");
        await RunToEndAsync("mended");
        await RunToEndAsync("broken");
        await SaveAsync("mended");
        await RunToEndAsync("mended");

        var page = Open();

        Assert.Equal(["broken", "mended"], page.FindAll(".troubles .name").Select(n => n.TextContent));
        Assert.Equal(["3 times", "succeeded since"], page.FindAll(".troubles li.recovered .tag").Select(t => t.TextContent));
    }

    [Fact]
    public async Task SchedulesThatCannotRunAnyMore_NeedSomebody_WhateverElseGoesWell()
    {
        for (var i = 0; i < 8; i++) await SaveAsync($"gone-{i}", schedule: "0 2 29 2 *");
        await SaveAsync("fine");
        await StartEngineAsync();
        await RunToEndAsync("fine");
        var page = Open();
        Assert.Contains("Nothing needs you", page.Find(".nothing-needed").TextContent, StringComparison.Ordinal);

        Change("UPDATE schedules SET state = 2, state_reason = 'Its time zone, Europe/<b>Atlantis, is gone.', next_run_at = NULL WHERE name LIKE 'gone-%'");
        Clock.Advance(TimeSpan.FromSeconds(10));
        Services.GetRequiredService<LiveFeed>().Publish(new LiveChange.ScheduleChanged("gone-0"));

        page.WaitForAssertion(() => Assert.Equal(6, page.FindAll(".troubles .name").Count), TimeSpan.FromSeconds(10));
        Assert.Equal(("gone-0", "/schedules/gone-0"), (page.Find(".troubles .name").TextContent, page.Find(".troubles .name").GetAttribute("href")));
        Assert.Equal("Its time zone, Europe/<b>Atlantis, is gone.", page.Find(".trouble-why").TextContent);
        Assert.Equal(("2 more are disabled", "/schedules?state=disabled"), (page.Find(".troubles .more").TextContent, page.Find(".troubles .more a").GetAttribute("href")));
        Assert.Empty(page.FindAll(".nothing-needed"));
    }

    private void Change(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Options.DatabaseFile}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    [Fact]
    public async Task Cancel_AsksFirst_AndIsDone()
    {
        await SaveAsync("slow", """{ "outcome": "hang" }""");
        await StartEngineAsync();
        var id = await RunAsync("slow");
        var page = Open();
        Services.GetRequiredService<Confirmation>().Asked += _ => Services.GetRequiredService<Confirmation>().Reply(new Answer(""));
        page.WaitForState(() => page.FindAll(".going-on .progress").Count == 1, TimeSpan.FromSeconds(10));

        await page.Find($".going-on button[aria-label='Cancel run {id} of slow']").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".going-on li")), TimeSpan.FromSeconds(10));
        page.WaitForAssertion(() => Assert.Equal("Cancelled", page.Find(".last-runs .word").TextContent), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AViewer_CannotCancel()
    {
        await SaveAsync("slow");
        await RunAsync("slow");
        BecomeViewer();

        var page = Open();

        Assert.Single(page.FindAll(".going-on li"));
        Assert.Empty(page.FindAll(".going-on button"));
    }

    [Fact]
    public async Task Order_WhatStoodThereStays_AndNewComesAfterIt()
    {
        await SaveAsync("a");
        for (var i = 0; i < 4; i++) await RunAsync("a");
        var runs = await RunQueries.ListAsync(new RunFilter(), CancellationToken.None);   // 4 3 2 1
        var shown = new[] { runs[1], runs[3] };                                            // 3 1

        Assert.Equal([3, 1, 4, 2], RunOrder.Steady(shown, runs).Select(r => r.Id));
        Assert.Equal([1, 2], RunOrder.Steady(shown, [runs[2], runs[3]]).Select(r => r.Id));   // 3 has ended
    }

    private IRenderedComponent<DashboardPage> Open()
    {
        var page = Render<DashboardPage>();
        page.WaitForState(() => page.FindAll(".last-runs, .empty-state").Count > 0, TimeSpan.FromSeconds(10));
        return page;
    }
}
