using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Blackouts;
using Scheduler.Web.Components.Settings;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Settings;

public sealed class BlackoutsPageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private BlackoutQueries Blackouts => Services.GetRequiredService<BlackoutQueries>();

    [Fact]
    public void NoBlackouts_SaysWhatOneIsFor()
    {
        var page = Render<BlackoutsPage>();
        page.WaitForAssertion(() => Assert.Contains("No blackouts", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Empty(page.FindAll("form"));
    }

    [Fact]
    public async Task New_ARepeatingOne_ShowsItsWindowsAndWhomItHits_ThenStandsInTheList()
    {
        await SaveAsync("shop", schedule: "0 * * * *");
        var page = Open("/settings/blackouts?edit=");
        page.Find("#b-name").Change("Nights");
        page.Find("#b-zone").Change("Europe/Berlin");
        page.Find("#b-opens").Change("0 22 * * *");
        page.Find("#b-length").Change("8h");
        page.WaitForAssertion(() => Assert.Contains("Hits 1 of 1 selected schedules", page.Find(".blackout-preview").TextContent, StringComparison.Ordinal), Patience);
        Assert.Equal("shop", page.Find(".blackout-hits a").TextContent);

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("Nights", page.Find("tbody tr").TextContent, StringComparison.Ordinal), Patience);
        var stored = Assert.Single(await Blackouts.ListAsync(CancellationToken.None));
        Assert.Equal(("0 22 * * *", "Europe/Berlin", TimeSpan.FromHours(8), Ana.Name), (stored.Draft.Opens, stored.Draft.TimeZone, stored.Draft.Length, stored.ChangedBy));
    }

    [Theory]
    [InlineData("Nights", "0 25 * * *", "8h", "#b-opens-errors")]
    [InlineData("Nights", "0 22 * * *", "soon", "#b-length-errors")]
    [InlineData("Nights", "0 22 * * *", "1d", "#b-length-errors")] // no gap
    [InlineData("", "0 22 * * *", "8h", "#b-name-errors")]
    public async Task New_WhatMakesNoSense_IsSaidAtItsField(string name, string opens, string length, string field)
    {
        var page = Open("/settings/blackouts?edit=");
        page.Find("#b-name").Change(name);
        page.Find("#b-opens").Change(opens);
        page.Find("#b-length").Change(length);

        await page.Find("form").SubmitAsync();

        Assert.NotEmpty(page.Find(field).TextContent.Trim());
        Assert.Empty(await Blackouts.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Labels_ThatAreNoPairs_AreSaidAtTheField()
    {
        var page = Open("/settings/blackouts?edit=");
        page.Find("#b-labels").Change("production");
        await page.Find("form").SubmitAsync();
        Assert.Contains("must be key=value, found", page.Find("#b-labels-errors").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_ASingleWindow_ShowsItOnTheViewersWall_AndKeepsWhatIsNotTouched()
    {
        var from = new DateTimeOffset(2099, 3, 2, 8, 0, 0, TimeSpan.Zero);
        await MakeAsync(new BlackoutDraft { Name = "Freeze", From = from, Until = from.AddHours(4), Note = "CHG-1", Labels = new Dictionary<string, string> { ["env"] = "prod" } });
        var page = Open("/settings/blackouts?edit=Freeze");
        page.WaitForAssertion(() => Assert.Equal("2099-03-02T09:00", page.Find("#b-from").GetAttribute("value")), Patience);
        page.Find("#b-until").Change("2099-03-02T14:00");

        await page.Find("form").SubmitAsync();

        var stored = Assert.Single(await Blackouts.ListAsync(CancellationToken.None));
        Assert.Equal((from, from.AddHours(5), "CHG-1", "prod"), (stored.Draft.From, stored.Draft.Until, stored.Draft.Note, stored.Draft.Labels["env"]));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Delete_AsksFirst(bool yes, int left)
    {
        await MakeAsync(new BlackoutDraft { Name = "Freeze", Opens = "0 22 * * FRI", Length = TimeSpan.FromHours(8) });
        var page = Render<BlackoutsPage>();
        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += _ => confirmation.Reply(yes ? new Answer("") : null);
        page.WaitForAssertion(() => page.Find("button[aria-label='Delete Freeze']"), Patience);

        await page.Find("button[aria-label='Delete Freeze']").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Equal(left, page.FindAll("tbody tr").Count), Patience);
        Assert.Equal(left, (await Blackouts.ListAsync(CancellationToken.None)).Count);
    }

    private IRenderedComponent<BlackoutsPage> Open(string address)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        var page = Render<BlackoutsPage>();
        page.WaitForAssertion(() => page.Find("#b-name"), Patience);
        return page;
    }

    private Task MakeAsync(BlackoutDraft draft) => Services.GetRequiredService<BlackoutEditor>().CreateAsync(draft, Ana, CancellationToken.None);
}
