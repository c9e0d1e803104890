using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Events;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Schedules.Editor;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Schedules;

/// <summary>What the editor asks of a schedule that starts on an event.</summary>
public sealed class EventSectionTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void TheSection_IsThereForEventsAlone()
    {
        var page = Open();
        page.Find("#schedule").Input("0 2 * * *");
        Assert.Empty(page.FindAll("#events"));
        page.Find("#simple-kind").Change("event");
        Assert.NotEmpty(page.FindAll("#events"));
    }

    [Fact]
    public void Conditions_StayInStepWithTheYaml()
    {
        var page = Open("event(git.push)");
        Click(page, "Condition");
        Field(page, "Path of condition 1").Change("data.ref");
        Field(page, "Value of condition 1").Change("refs/heads/main");
        Click(page, "Condition");
        Field(page, "Path of condition 2").Change("data.size");
        Field(page, "Operator of condition 2").Change("gt");
        Field(page, "Value of condition 2").Change("10");
        Assert.Equal("""[{"path":"data.ref","op":"equals","value":"refs/heads/main"},{"path":"data.size","op":"gt","value":10}]""", Spec(page, "eventFilter"));

        YamlOf(page, """[{ path: data.branch, op: in, value: [main, dev] }]""");
        Assert.Equal(("data.branch", "in", "main, dev"), (Field(page, "Path of condition 1").GetAttribute("value"), Field(page, "Operator of condition 1").GetAttribute("value"), Field(page, "Value of condition 1").GetAttribute("value")));
        Assert.Single(page.FindAll(".filter-row"));

        page.Find("button[aria-label='Remove condition 1']").Click();
        Assert.Null(Spec(page, "eventFilter"));
    }

    [Fact]
    public void AWrongCondition_IsToldAtItsRow()
    {
        var page = Open("event(git.push)");
        Click(page, "Condition");
        Assert.Empty(page.Find(".filter-row .field-errors").TextContent.Trim()); // nobody has typed yet
        Field(page, "Path of condition 1").Change("body.ref");
        Assert.Contains("begins with", page.Find(".filter-row .field-errors").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterAnotherSchedule_WritesTypeAndCondition_AndKeepsTheOthers()
    {
        await SaveAsync("shop-nightly");
        var page = Open("event(git.push)");
        Click(page, "Condition");
        Field(page, "Path of condition 1").Change("data.triggerType");
        Field(page, "Value of condition 1").Change("Scheduled");
        page.WaitForAssertion(() => Assert.Contains("shop-nightly", Field(page, "Which schedule").TextContent, StringComparison.Ordinal), Patience);
        Field(page, "Which schedule").Change("shop-nightly");
        Field(page, "What it does").Change("run.failed");
        Click(page, "Write it");
        Assert.Equal("event(run.failed)", page.Find("#schedule").GetAttribute("value"));
        Assert.Equal("""[{"path":"data.schedule","op":"equals","value":"shop-nightly"},{"path":"data.triggerType","op":"equals","value":"Scheduled"}]""", Spec(page, "eventFilter"));

        Field(page, "What it does").Change("file.changed");
        Click(page, "Write it");
        Assert.Equal("event(file.changed)", page.Find("#schedule").GetAttribute("value"));
        Assert.Equal(2, page.FindAll(".filter-row").Count); // the condition on the schedule is replaced, not doubled
    }

    [Fact]
    public void Parameters_AndDebounce_AreWritten()
    {
        var page = Open("event(git.push)");
        Click(page, "Parameter");
        Field(page, "Path of parameter 1").Change("data.ref");
        Assert.Null(Spec(page, "parameters")); // without a name it is not one yet, and stays in the form
        Field(page, "Name of parameter 1").Change("branch");
        Field(page, "Otherwise, parameter 1").Change("main");
        page.Find("#debounce").Change("5m");
        page.Find("#debounce-mode").Change("trailing");
        Assert.Equal(("""{"branch":{"path":"data.ref","default":"main"}}""", "5m", "trailing"), (Spec(page, "parameters"), Spec(page, "debounce"), Spec(page, "debounceMode")));
        page.Find("#debounce-mode").Change("leading");
        Assert.Null(Spec(page, "debounceMode"));
    }

    [Fact]
    public async Task TryAgainstPastEvents_SaysWhichWouldFire_AndWhyOthersNot()
    {
        foreach (var branch in (string[])["main", "dev"]) await SendAsync("git.push", branch);
        await SendAsync("git.tag", "main");
        var page = Open("event(git.push)");
        Click(page, "Condition");
        Field(page, "Path of condition 1").Change("data.ref");
        Field(page, "Value of condition 1").Change("main");
        Click(page, "Try against past events");
        page.WaitForAssertion(() => Assert.Equal(["Filtered: data.ref equals \"main\": found \"dev\".", "Would fire"], page.FindAll(".trial-why").Select(t => t.TextContent)), Patience);
        Assert.Contains("1 of the last 2 would fire", page.Find(".past-events").TextContent, StringComparison.Ordinal);

        Field(page, "Value of condition 1").Change("dev"); // what was tried is no answer to this
        Assert.Empty(page.FindAll(".trial-why"));
    }

    [Theory]
    [InlineData("equals", "main", "\"main\"")]
    [InlineData("equals", "5", "5")]
    [InlineData("equals", "\"5\"", "\"5\"")]
    [InlineData("equals", "true", "true")]
    [InlineData("equals", "", "\"\"")]
    [InlineData("in", "main, 5, dev", "[\"main\",5,\"dev\"]")]
    [InlineData("in", "[\"a,b\"]", "[\"a,b\"]")]
    [InlineData("matches", "^v[0-9]+$", "\"^v[0-9]+$\"")]
    public void AValue_IsReadAsTyped_AndShownAsItReads(string op, string typed, string json)
    {
        var read = TypedValue.Read(typed, op);
        Assert.Equal(json, read?.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(typed, TypedValue.Print(read, op));
    }

    private IRenderedComponent<ScheduleFormPage> Open(string trigger = "")
    {
        var page = Render<ScheduleFormPage>();
        page.WaitForElement("form[data-load=known]", Patience);
        page.InvokeAsync(() => { }).Wait(); // that rendering is over; nothing renders by itself from here on
        if (trigger.Length == 0) return page;
        page.Find("#schedule").Input(trigger);
        page.WaitForElement("#event-types option", Patience); // the section has read what it proposes
        return page;
    }

    private static void Click(IRenderedComponent<ScheduleFormPage> page, string text) => page.FindAll("#events button").Single(b => b.TextContent.Trim() == text).Click();

    private static AngleSharp.Dom.IElement Field(IRenderedComponent<ScheduleFormPage> page, string label) => page.Find($"[aria-label='{label}']");

    private static string? Spec(IRenderedComponent<ScheduleFormPage> page, string key) =>
        page.FindComponent<EventSection>().Instance.Of.Form.ToJson().GetProperty("spec").TryGetProperty(key, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : null;

    private static void YamlOf(IRenderedComponent<ScheduleFormPage> page, string filter) => page.InvokeAsync(() => page.FindComponent<EventSection>().Instance.Of.ChangeYaml(
        $$"""
        apiVersion: scheduler/v1
        kind: ScanSchedule
        metadata: { name: shop }
        spec:
          schedule: event(git.push)
          eventFilter: {{filter}}
          job: { kind: noop }
        """)).GetAwaiter().GetResult();

    private Task<EventReceipt> SendAsync(string type, string branch) =>
        Services.GetRequiredService<EventIntake>().SendAsync(new NewEvent(type, "ci", JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["ref"] = branch })), Ana, default);
}
