using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Schedules.Editor;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Schedules;

public sealed class ScheduleFormPageTests : CorePageTest
{
    private ScheduleQueries Schedules => Services.GetRequiredService<ScheduleQueries>();

    [Fact]
    public void ChoiceAndText_StayInStep()
    {
        var page = Open();
        page.Find("#simple-kind").Change("weekly");
        Assert.Equal("0 2 * * MON", page.Find("#schedule").GetAttribute("value"));
        Assert.Equal("At 02:00, on Monday, in Europe/Berlin", page.Find(".answer .sentence").TextContent);

        page.Find("#schedule").Input("30 2 L * *");
        Assert.Equal("monthly", page.Find("#simple-kind").GetAttribute("value"));
        page.Find("#schedule").Input("*/7 * * * *");
        Assert.Contains("56", page.Find("#simple-note").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void ABlankAtTheEnd_IsNotTakenFromWhoIsTyping()
    {
        var page = Open();
        page.Find("#schedule").Input("0 2 ");
        Assert.Equal("0 2 ", page.Find("#schedule").GetAttribute("value"));
    }

    [Fact]
    public async Task TheFieldUnderTheCaret_IsExplained()
    {
        var page = Open();
        page.Find("#schedule").Input("0 2 * * MON-FRI");
        await page.InvokeAsync(() => page.FindComponent<WhenSection>().Instance.Caret(3));
        Assert.Equal("hour takes 0-23 and * , - / H · here: hour 2", Words(page, "#schedule-caret"));

        // A faulty one is explained all the same: that is when it is needed.
        page.Find("#schedule").Input("0 25 * * MON-FRI");
        Assert.Equal("hour takes 0-23 and * , - / H", Words(page, "#schedule-caret"));
    }

    [Fact]
    public void ABrokenText_IsMendedByItsSuggestion()
    {
        var page = Open();
        page.Find("#schedule").Input("0 25 * * *");
        Assert.Contains("hour must be 0-23, found 25", page.Find("#schedule-errors").TextContent, StringComparison.Ordinal);
        page.Find(".mend button").Click();
        Assert.Equal("0 23 * * *", page.Find("#schedule").GetAttribute("value"));
        Assert.Empty(page.Find("#schedule-errors").TextContent.Trim());
    }

    [Fact]
    public void ATimeInTheGap_IsWarnedOf_AndMarkedInTheYear()
    {
        var page = Open();
        page.Find("#schedule").Input("30 2 * * *");
        Assert.Equal(
            ["28 Mar 2027: the clock in Europe/Berlin goes forward over its time; it runs once, at 03:00.", "31 Oct 2027: 02:30 comes twice in Europe/Berlin; it runs once, in the first."],
            page.FindAll(".clock-change span").Select(e => e.TextContent));
        Assert.Equal(2, page.FindAll(".month.felt").Count);

        page.Find("#schedule").Input("30 12 * * *");
        Assert.Empty(page.FindAll(".clock-change"));
        Assert.Equal(2, page.FindAll(".month.changes").Count);
        Assert.Contains("no run is touched", page.Find(".clock-quiet").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Yaml_FollowsTheForm_AndTheFormTheYaml()
    {
        var page = Open();
        ShowYaml(page);
        page.Find("#name").Input("shop");
        Assert.Contains("name: shop", Yaml(page), StringComparison.Ordinal);

        page.Find("#yaml").Input("# ours\napiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata:\n  name: till\nspec:\n  schedule: 15m\n  timezone: Asia/Tokyo\n  job: { kind: noop }\n");
        Assert.Equal("till", page.Find("#name").GetAttribute("value"));
        Assert.Equal("15m", page.Find("#schedule").GetAttribute("value"));
        Assert.Equal("Asia/Tokyo", page.Find("#timezone").GetAttribute("value"));
        Assert.StartsWith("# ours", Yaml(page), StringComparison.Ordinal); // what a person writes stays as it is
    }

    [Fact]
    public async Task Yaml_ThatCannotBeRead_LeavesTheForm_AndCannotBeSaved()
    {
        var page = Open();
        page.Find("#name").Input("shop");
        ShowYaml(page);
        page.Find("#yaml").Input("metadata: { name: [");
        Assert.Contains("not valid YAML at line", page.Find("#yaml-fault").TextContent, StringComparison.Ordinal);
        Assert.Equal("shop", page.Find("#name").GetAttribute("value"));

        page.Find("form").Submit();
        Assert.Contains("not valid YAML", page.Find(".error-list").TextContent, StringComparison.Ordinal);
        Assert.Equal(0, await Schedules.CountAsync(new ScheduleFilter(), CancellationToken.None));
    }

    [Fact]
    public async Task Yaml_OfAStoredSchedule_CannotRenameIt()
    {
        await SaveAsync("shop");
        var page = Open("shop");
        ShowYaml(page);
        page.Find("#yaml").Input(Yaml(page).Replace("name: shop", "name: till", StringComparison.Ordinal));
        page.Find("form").Submit();

        Assert.Contains("a schedule keeps its name; this one is shop", page.Find(".error-list").TextContent, StringComparison.Ordinal);
        Assert.Equal(1, await Schedules.CountAsync(new ScheduleFilter(), CancellationToken.None));
    }

    [Fact]
    public async Task Saving_ShowsWhatChanges_AndKeepsTheNote()
    {
        await SaveAsync("shop", more: "\"priority\": 0");
        var page = Open("shop");
        page.Find("#schedule").Input("15 3 * * *");
        page.Find("form.editor").Submit();

        Assert.Equal(["-schedule: manual", "+schedule: \"15 3 * * *\""], page.FindAll(".diff-line.removed, .diff-line.added")
            .Select(l => (l.ClassList.Contains("added") ? "+" : "-") + l.QuerySelector("code")!.TextContent.Trim()));
        Assert.Equal("Why do the times change?", page.Find("dialog label").FirstChild!.TextContent);
        Assert.Equal(1, (await Schedules.GetAsync("shop", CancellationToken.None))!.Summary.Generation);
        page.Find("#save-note").Input("quieter then");
        page.Find("dialog form").Submit();

        page.WaitForAssertion(() => Assert.EndsWith("/schedules/shop", Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().Uri, StringComparison.Ordinal));
        Assert.Equal("quieter then", (await Schedules.RevisionsAsync("shop", 1, CancellationToken.None))[0].Note);
    }

    [Fact]
    public async Task AnotherPersonsSave_ShowsTheDifference_AndEitherCanBeTaken()
    {
        await SaveAsync("shop");
        var page = Open("shop");
        await SaveAsync("shop", more: "\"priority\": 7");
        page.Find("#priority").Change("3");
        page.Find("form.editor").Submit();
        page.Find("dialog form").Submit();

        page.WaitForAssertion(() => Assert.Contains("ana@example.com saved generation 2 meanwhile", page.Find(".notice").TextContent, StringComparison.Ordinal));
        Assert.Equal("priority: 7", page.Find(".notice .diff-line.removed code").TextContent.Trim());
        Assert.Equal("priority: 3", page.Find(".notice .diff-line.added code").TextContent.Trim());
        Button(page, "Take theirs, drop mine").Click();
        page.WaitForAssertion(() => Assert.Equal("7", page.Find("#priority").GetAttribute("value")));
    }

    [Fact]
    public async Task ADraft_KeptByTheBrowser_IsOfferedAndTakenUp()
    {
        await SaveAsync("shop");
        var module = JSInterop.SetupModule("./js/editor.js");
        module.Mode = JSRuntimeMode.Loose;
        var first = Open("shop");
        first.Find("#priority").Change("9");
        await Eventually.Async(() =>
        {
            Clock.Advance(TimeSpan.FromSeconds(2));
            return Task.FromResult(module.Invocations["keep"].Count > 0);
        });
        var kept = module.Invocations["keep"][^1];
        Assert.Equal("/schedules/shop/edit", kept.Arguments[0]);
        await DisposeComponentsAsync();

        module.Setup<string?>("read", "/schedules/shop/edit").SetResult((string?)kept.Arguments[1]);
        var second = Open("shop");
        Assert.Equal("0", second.Find("#priority").GetAttribute("value"));
        second.WaitForAssertion(() => Button(second, "Take it up again"));
        Button(second, "Take it up again").Click();
        Assert.Equal("9", second.Find("#priority").GetAttribute("value"));
        Assert.DoesNotContain(second.FindAll("button"), b => b.TextContent == "Take it up again");
    }

    [Fact]
    public async Task TheLoad_ShowsWhereItMeetsTheOthers_AndAQuieterTimeIsOneClickAway()
    {
        foreach (var name in (string[])["one", "two"]) await SaveAsync(name, more: "\"pool\": \"scan\"", schedule: "0 2 * * *");
        var page = Open();
        page.Find("#schedule").Input("0 2 * * *");
        page.WaitForAssertion(() => Assert.Equal(6, page.FindAll(".load-grid .draft").Count));
        Assert.Equal(6, page.FindAll(".load-hour.full").Count);
        Assert.Contains("with 2 of 2 workers wanted. In 6 of the hours in which this one starts, more is due than there are workers", page.Find(".load p").TextContent, StringComparison.Ordinal);

        Button(page, "Find a quiet slot").Click();
        Assert.Equal(3, page.FindAll(".quiet li").Count);
        page.Find(".quiet button").Click();
        Assert.NotEqual("0 2 * * *", page.Find("#schedule").GetAttribute("value"));
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".load-hour.full")));
    }

    [Fact]
    public async Task TryIt_SaysWhatWouldHappen_AndStartsNothing()
    {
        var page = Open();
        page.Find("#name").Input("shop");
        page.Find("#schedule").Input("0 2 * * *");
        Button(page, "Try it").Click();
        page.WaitForAssertion(() => Assert.Contains("It could not run: one field is not right yet.", page.Find(".trial").TextContent, StringComparison.Ordinal)); // no URL yet

        page.Find("#job-targets-urls").Change("http://127.0.0.1:5080/");
        Assert.Empty(page.FindAll(".trial")); // what was said is no longer true
        page.Find("#profile").Change("fast");
        Button(page, "Try it").Click();
        page.WaitForAssertion(() => Assert.Contains("It would start at once: 0 of 2 slots of scan are taken.", page.Find(".trial").TextContent, StringComparison.Ordinal));
        Assert.Contains("1, inside the scope", page.Find(".trial").TextContent, StringComparison.Ordinal);
        Assert.Contains("concurrency20", page.Find(".trial").TextContent, StringComparison.Ordinal); // the profile's options are told
        Assert.Empty(await RunQueries.ListAsync(new Scheduler.Core.Runs.RunFilter(), CancellationToken.None));
    }

    [Fact]
    public void AMonitor_IsDescribedByItsKind_AndAWrongEntryIsToldAtItsField()
    {
        var page = Open();
        page.Find("input[name=kind][value=file-monitor]").Change("file-monitor");
        Assert.NotEmpty(page.FindAll("#job-targets-paths, #job-options-notifyOnChanges"));
        Assert.Contains("monitor", page.Find("#pool option").TextContent, StringComparison.Ordinal);

        page.Find("input[name=kind][value=url-monitor]").Change("url-monitor");
        page.Find("#job-targets-urls").Change("http://127.0.0.1:5080/");
        page.Find("#job-options-ignore").Change(".clock\ndiv > p");
        Assert.Contains("must be a selector of a tag, #id, .class", page.Find("#job-options-ignore-errors").TextContent, StringComparison.Ordinal);
        page.Find("#job-options-ignore").Change(".clock\n/[0-9]+ visitors/i");
        Assert.Empty(page.Find("#job-options-ignore-errors").TextContent.Trim());
        ShowYaml(page);
        Assert.Contains("/[0-9]+ visitors/i", Yaml(page), StringComparison.Ordinal);
    }

    [Fact]
    public void TheAddress_CanBringATrigger_AndOpenTheYaml()
    {
        Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo("/schedules/new?schedule=15+3+*+*+SUN&yaml=1");
        var page = Open();
        Assert.Equal("15 3 * * SUN", page.Find("#schedule").GetAttribute("value"));
        Assert.Contains("15 3 * * SUN", Yaml(page), StringComparison.Ordinal);
    }

    private IRenderedComponent<ScheduleFormPage> Open(string? name = null)
    {
        var page = Render<ScheduleFormPage>(p => p.Add(e => e.Name, name));
        page.WaitForElement("form[data-load=known]", TimeSpan.FromSeconds(20));
        page.InvokeAsync(() => { }).Wait(); // that rendering is over; nothing renders by itself from here on
        return page;
    }

    private static void ShowYaml(IRenderedComponent<ScheduleFormPage> page)
    {
        page.Find("button[aria-pressed]").Click();
        page.WaitForElement("#yaml");
    }

    private static string Yaml(IRenderedComponent<ScheduleFormPage> page) => page.Find("#yaml").GetAttribute("value") ?? page.Find("#yaml").TextContent;

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<ScheduleFormPage> page, string text) => page.FindAll("button").Single(b => b.TextContent.Trim() == text);

    private static string Words(IRenderedComponent<ScheduleFormPage> page, string selector) => string.Join(' ', page.Find(selector).TextContent.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
}
