using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

/// <summary>The schedule editor, as people use it who don't know cron, and those who do.</summary>
[Collection(BrowserTests.Name)]
public sealed class EditorTests(Browser browser)
{
    [SkippableFact]
    public async Task AWeekdaySchedule_IsWrittenByClicksAlone()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await OpenAsync(server, "/schedules/new");
        var page = ana.Page;
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("office-hours"); // a name can't be clicked
        await page.GetByRole(AriaRole.Radio, new() { NameRegex = new("^noop") }).CheckAsync();
        await page.GetByLabel("How often").SelectOptionAsync("Weekly");
        await Expect(Trigger(page)).ToHaveValueAsync("0 2 * * MON");
        await page.GetByRole(AriaRole.Button, new() { Name = "Mon to Fri" }).ClickAsync();
        await Expect(Trigger(page)).ToHaveValueAsync("0 2 * * MON-FRI");
        await page.GetByLabel("Wed", new() { Exact = true }).ClickAsync();
        await Expect(Trigger(page)).ToHaveValueAsync("0 2 * * MON,TUE,THU,FRI");
        await page.GetByLabel("Wed", new() { Exact = true }).ClickAsync();
        await page.GetByLabel("Time zone", new() { Exact = true }).ClickAsync();
        await Zones(page).Filter(new() { HasText = "America/New_York" }).ClickAsync(); // the viewer's own stands on top
        await Expect(page.Locator(".answer .sentence")).ToHaveTextAsync("At 02:00, Monday to Friday, in America/New_York");
        await Expect(page.Locator(".answer ol.next li")).ToHaveCountAsync(10);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create schedule" }).ClickAsync();

        await page.WaitForURLAsync("**/schedules/office-hours");
        var stored = (await server.Services.GetRequiredService<ScheduleQueries>().GetAsync("office-hours", default))!;
        Assert.Equal(("0 2 * * MON-FRI", "America/New_York"), (stored.Manifest.Spec.Schedule, stored.Manifest.Spec.TimeZone));
        Assert.Empty(ana.Complaints);
    }

    [SkippableFact]
    public async Task AnAwsExpression_IsPasted_AndUnderstood()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await OpenAsync(server, "/schedules/new");
        var page = ana.Page;
        await Trigger(page).FocusAsync();
        await page.Keyboard.InsertTextAsync("cron(0 10 ? * 6L 2027-2028)"); // as a paste arrives: all at once

        await Expect(page.Locator(".answer .sentence")).ToHaveTextAsync("At 10:00, on the last Friday of the month, in 2027 and 2028, in America/New_York");
        await Expect(page.Locator(".answer ol.next li").First).ToContainTextAsync("Fri 29 Jan 2027 10:00:00");
        await Expect(page.GetByLabel("How often")).ToHaveValueAsync("text");
        await Expect(page.Locator("#simple-note")).ToHaveTextAsync("The choices above can't show this: it runs in some years only.");

        // The caret stands behind the bracket; three steps to the left it is in the years.
        for (var step = 0; step < 3; step++) await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(page.Locator("#schedule-caret")).ToContainTextAsync("year takes 1970-2199");
        await page.Keyboard.PressAsync("Home");
        for (var step = 0; step < 5; step++) await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Locator("#schedule-caret")).ToContainTextAsync("minute takes 0-59");
        Assert.Empty(ana.Complaints);
    }

    [SkippableFact]
    public async Task ABrokenExpression_IsMendedByItsSuggestion()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await OpenAsync(server, "/schedules/new");
        var page = ana.Page;
        await Trigger(page).PressSequentiallyAsync("0 25 * * MON-FRX");
        await Expect(page.Locator("#schedule-errors")).ToContainTextAsync("hour must be 0-23, found 25");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Use") }).ClickAsync();

        await Expect(Trigger(page)).ToHaveValueAsync("0 23 * * MON-FRI");
        await Expect(page.Locator(".answer .sentence")).ToHaveTextAsync("At 23:00, Monday to Friday, in America/New_York");
        await Expect(page.Locator("#schedule-errors")).ToBeEmptyAsync();
    }

    [SkippableFact]
    public async Task HalfPastTwo_InBerlin_IsWarnedOfInSpring()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await OpenAsync(server, "/schedules/new");
        var page = ana.Page;
        await page.GetByLabel("Time zone", new() { Exact = true }).FillAsync("berl");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByLabel("Time zone", new() { Exact = true })).ToHaveValueAsync("Europe/Berlin");
        await page.GetByLabel("How often").SelectOptionAsync("Daily");
        await page.GetByLabel("at", new() { Exact = true }).FillAsync("02:30");
        await page.Keyboard.PressAsync("Tab");

        await Expect(page.GetByText("the clock in Europe/Berlin goes forward over its time; it runs once, at 03:00.")).ToBeVisibleAsync();
        await Expect(page.GetByText("02:30 comes twice in Europe/Berlin; it runs once, in the first.")).ToBeVisibleAsync();
        await Expect(page.Locator(".month.felt")).ToHaveCountAsync(2);
    }

    [SkippableFact]
    public async Task TheYaml_IsChanged_AndTheFormFollows()
    {
        await using var server = await WebServer.StartAsync();
        await SaveAsync(server, "shop", "0 2 * * *");
        await using var ana = await OpenAsync(server, "/schedules/shop/edit");
        var page = ana.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "YAML" }).ClickAsync();
        var yaml = page.GetByLabel("Manifest as YAML");
        var text = await yaml.InputValueAsync();
        await yaml.FillAsync(text.Replace("schedule: \"0 2 * * *\"", "schedule: 45 6 * * SUN", StringComparison.Ordinal).Replace("priority: 0", "priority: 7", StringComparison.Ordinal));

        await Expect(Trigger(page)).ToHaveValueAsync("45 6 * * SUN");
        await Expect(page.GetByLabel("How often")).ToHaveValueAsync("weekly");
        await Expect(page.GetByLabel("Sun", new() { Exact = true })).ToBeCheckedAsync();
        await Expect(page.GetByLabel("Priority")).ToHaveValueAsync("7");

        // And back: the form writes the YAML.
        await page.GetByLabel("at", new() { Exact = true }).FillAsync("06:50");
        await page.Keyboard.PressAsync("Tab");
        await Expect(yaml).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("schedule: \"50 6 \\* \\* SUN\""));
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.Locator(".diff-line.added")).ToHaveTextAsync(["+added: schedule: \"50 6 * * SUN\"", "+added: priority: 7"], new() { UseInnerText = false });
        await dialog.GetByLabel("Why do the times change?").FillAsync("quieter on Sundays");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/schedules/shop");

        await page.GotoAsync("/schedules/shop?tab=versions");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "quieter on Sundays" })).ToBeVisibleAsync();
        Assert.Empty(ana.Complaints);
    }

    [SkippableFact]
    public async Task TheKeyboardAlone_IsEnough()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await OpenAsync(server, "/schedules/new");
        var page = ana.Page;
        await TabToAsync(page, "#name");
        await page.Keyboard.TypeAsync("by-keys");
        await TabToAsync(page, "input[name=kind]:checked");
        while (await page.Locator("input[value=noop]:checked").CountAsync() == 0) await page.Keyboard.PressAsync("ArrowUp");
        await Expect(page.GetByText("Contacts nothing")).ToBeVisibleAsync();
        await TabToAsync(page, "#simple-kind");
        await page.Keyboard.TypeAsync("Monthly"); // a closed list takes what is typed
        await Expect(Trigger(page)).ToHaveValueAsync("0 2 1 * *");
        await TabToAsync(page, "#timezone");
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync("tokyo");
        await Expect(Zones(page)).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Enter"); // takes the zone and does not send the form
        await Expect(page.GetByLabel("Time zone", new() { Exact = true })).ToHaveValueAsync("Asia/Tokyo");
        await Expect(page.Locator(".answer .sentence")).ToHaveTextAsync("At 02:00, on day 1, in Asia/Tokyo");
        await page.Keyboard.PressAsync("Control+s");
        await page.WaitForURLAsync("**/schedules/by-keys");

        await page.GotoAsync("/schedules/by-keys/edit");
        await Expect(page.Locator("#live-lamp")).ToHaveAttributeAsync("data-state", "live");
        await Expect(page.Locator("form[data-load=known]")).ToBeVisibleAsync();
        await TabToAsync(page, "#schedule");
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.TypeAsync("15 3 * * *");
        await page.Keyboard.PressAsync("Control+s");
        await Expect(page.GetByLabel("Why do the times change?")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("by keys");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/schedules/by-keys");
        await Expect(page.Locator(".page-header-lead")).ToContainTextAsync("At 03:15");
    }

    [SkippableFact]
    public async Task AClosedTab_CostsNothing_AndSavingForgetsTheDraft()
    {
        await using var server = await WebServer.StartAsync();
        await SaveAsync(server, "shop", "0 2 * * *");
        await using var ana = await OpenAsync(server, "/schedules/shop/edit");
        var page = ana.Page;
        await Trigger(page).FillAsync("0 5 * * *");
        await Expect(page.Locator(".answer .sentence")).ToContainTextAsync("At 05:00");
        await page.WaitForFunctionAsync("() => (localStorage.getItem('scheduler-draft:/schedules/shop/edit') ?? '').includes('0 5 * * *')");

        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it up again" }).ClickAsync();
        await Expect(Trigger(page)).ToHaveValueAsync("0 5 * * *");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.WaitForURLAsync("**/schedules/shop");
        Assert.Null(await page.EvaluateAsync<string?>("() => localStorage.getItem('scheduler-draft:/schedules/shop/edit')"));
    }

    [SkippableFact]
    public async Task AnEarlierVersion_IsComparedAndReturnedTo()
    {
        await using var server = await WebServer.StartAsync();
        await SaveAsync(server, "shop", "0 2 * * *");
        await SaveAsync(server, "shop", "0 3 * * *");
        await using var ana = await OpenAsync(server, "/schedules/shop?tab=versions", isEditor: false);
        var page = ana.Page;
        await page.GetByRole(AriaRole.Row).Nth(1).GetByRole(AriaRole.Link, new() { Name = "What changed" }).ClickAsync();
        await Expect(page.Locator(".diff-line.removed code")).ToContainTextAsync("0 2 * * *");
        await page.GetByRole(AriaRole.Button, new() { Name = "Return to generation 1" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Return to it" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Back to generation 1" })).ToBeVisibleAsync();
        await Expect(page.Locator(".page-header-lead")).ToContainTextAsync("At 02:00");
    }

    [SkippableTheory]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    public async Task TheEditor_InAllItsStates_HasNoSeriousFault(int width, ColorScheme colors)
    {
        await using var server = await WebServer.StartAsync();
        await SaveAsync(server, "shop", "0 2 * * *");
        await using var ana = await OpenAsync(server, "/schedules/shop/edit", width, colors);
        var page = ana.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Find a quiet slot" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "YAML" }).ClickAsync();
        await page.GetByLabel("How often").SelectOptionAsync("Weekly");
        await Expect(Trigger(page)).ToHaveValueAsync("0 2 * * MON");
        await Expect(page.GetByLabel("Manifest as YAML")).ToBeVisibleAsync();
        await Expect(page.Locator(".days")).ToBeVisibleAsync();
        await page.HasNoSeriousFaultAsync("weekly, YAML and load");
        await page.GetByLabel("Time zone", new() { Exact = true }).ClickAsync();
        await Expect(Zones(page).First).ToBeVisibleAsync();
        await page.HasNoSeriousFaultAsync("the zones");
        await page.Keyboard.PressAsync("Escape");
        await Trigger(page).FillAsync("0 25 * * *");
        await Expect(page.Locator("#schedule-errors")).ToContainTextAsync("found 25");
        await page.HasNoSeriousFaultAsync("a faulty trigger");
        await Trigger(page).FillAsync("30 3 * * *");
        await page.Keyboard.PressAsync("Control+s");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await page.HasNoSeriousFaultAsync("the save dialog");
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "The page scrolls sideways.");
        Assert.Empty(ana.Complaints);
    }

    private async Task<BrowserPage> OpenAsync(WebServer server, string path, int width = 1440, ColorScheme colors = ColorScheme.Light, bool isEditor = true)
    {
        var person = await browser.OpenAsync(server, width, colors: colors);
        await person.SignInAsync();
        await person.GoLiveAsync(path);
        if (isEditor) await Expect(person.Page.Locator("form[data-load=known]")).ToBeVisibleAsync();
        return person;
    }

    private static ILocator Zones(IPage page) => page.GetByRole(AriaRole.Listbox, new() { Name = "Time zones" }).GetByRole(AriaRole.Option);

    private static ILocator Trigger(IPage page) => page.GetByLabel("Trigger", new() { Exact = true });

    /// <summary>Tab until the element has the focus; at most a hundred times.</summary>
    private static async Task TabToAsync(IPage page, string selector)
    {
        for (var press = 0; press < 100; press++)
        {
            if (await page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) ?? false", selector)) return;
            await page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail($"Tab does not reach {selector}.");
    }

    private static async Task SaveAsync(WebServer server, string name, string schedule)
    {
        var manifest = JsonElement.Parse(
            $$"""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" }, "spec": { "schedule": "{{schedule}}", "job": { "kind": "noop" } } }""");
        await server.Services.GetRequiredService<ScheduleEditor>().SaveAsync(manifest, new(), Actor.LocalConsole, default);
    }
}
