using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Fields;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Tests.Components;

public sealed class FormTests : ComponentTest
{
    private static readonly FieldError[] Errors =
    [
        new("spec.schedule", "hours are 0-23, found 25; meant `0 23 * * *`?"),
        new("spec.job.targets.urls[0]", "is outside the scope"),
        new("spec.jobs", "is unknown"),
        new("", "Somebody else saved meanwhile."),
    ];

    [Theory]
    [InlineData("spec.schedule", "hours are 0-23, found 25; meant 0 23 * * *?")]
    [InlineData("spec.job", "targets.urls[0]is outside the scope")]     // what lies below, but not spec.jobs
    [InlineData("", "Somebody else saved meanwhile.")]
    [InlineData("spec.timezone", "")]
    public void FieldErrors_ShowWhatIsWrongHere(string path, string expected) =>
        Assert.Equal(expected, Render<FieldErrors>(p => p.Add(f => f.Errors, Errors).Add(f => f.Path, path)).Find(".field-errors").TextContent.Trim());

    [Fact]
    public void FieldErrors_WhatWasTyped_IsTextAndNeverMarkup()
    {
        var errors = Render<FieldErrors>(p => p.Add(f => f.Errors, [new("name", "`<img src=x>` is no <b>name</b>")]).Add(f => f.Path, "name"));

        Assert.Empty(errors.FindAll("img, b"));
        Assert.Equal("<img src=x>", errors.Find("code").TextContent);
    }

    [Fact]
    public void Field_WithAnError_IsMarkedAndTied()
    {
        var field = Render<Field>(p => p.Add(f => f.Id, "cron").Add(f => f.Label, "Trigger").Add(f => f.Path, "spec.schedule").Add(f => f.Errors, Errors)
            .AddChildContent("<input id=\"cron\" aria-describedby=\"cron-errors\">"));

        Assert.Contains("invalid", field.Find(".field").ClassList);
        Assert.Equal("cron", field.Find("label").GetAttribute("for"));
        Assert.Equal("alert", field.Find("#cron-errors").GetAttribute("role"));
    }

    [Theory]
    [InlineData(0.424, "42")]
    [InlineData(-1.0, "0")]
    [InlineData(7.0, "100")]
    [InlineData(double.NaN, null)]     // a scan that counted nothing
    [InlineData(null, null)]
    public void ProgressBar_AValue_StaysBetweenNothingAndAll(double? value, string? expected)
    {
        var bar = Render<ProgressBar>(p => p.Add(b => b.Value, value).Add(b => b.Label, "Scanning"));

        Assert.Equal(expected, bar.Find("[role=progressbar]").GetAttribute("aria-valuenow"));
        Assert.Equal(expected is null, bar.Find(".progress").ClassList.Contains("unknown"));
    }

    [Fact]
    public async Task Confirmation_Yes_GivesTheReason()
    {
        var dialog = Render<ConfirmDialog>();
        var confirmation = Services.GetRequiredService<Confirmation>();
        var answer = confirmation.AskAsync(new Question("Pause shop-nightly?", "No run starts.", "Pause", ReasonLabel: "Why", ReasonRequired: true));

        dialog.WaitForAssertion(() => Assert.True(dialog.Find("button[type=submit]").HasAttribute("disabled")));
        dialog.Find("#confirm-reason").Input("  db move ");
        dialog.Find("form").Submit();

        Assert.Equal("db move", (await answer)?.Reason);
    }

    [Fact]
    public async Task Confirmation_Ticks_AreGivenByTheirPlace_AndStartUnticked()
    {
        var dialog = Render<ConfirmDialog>();
        var confirmation = Services.GetRequiredService<Confirmation>();
        var question = new Question("Run shop?", "Now.", "Run", Ticks: [new("One"), new("Two", "It hurts."), new("Three")], Elsewhere: new Crumb("Many at once", "/emergency"));
        var first = confirmation.AskAsync(question);

        dialog.WaitForElement("input[type=checkbox]");
        Assert.Equal("It hurts.", dialog.Find($"#{dialog.FindAll("input[type=checkbox]")[1].GetAttribute("aria-describedby")}").TextContent);
        Assert.Equal("/emergency", dialog.Find("form a").GetAttribute("href"));
        foreach (var place in (int[])[2, 0, 1, 1]) dialog.FindAll("input[type=checkbox]")[place].Change(true); // the second is taken back
        dialog.Find("form").Submit();
        Assert.Equal([0, 2], (await first)!.Ticks);

        var second = confirmation.AskAsync(question);
        dialog.WaitForAssertion(() => Assert.All(dialog.FindAll("input[type=checkbox]"), box => Assert.False(box.HasAttribute("checked"))));
        dialog.Find("form").Submit();
        Assert.Empty((await second)!.Ticks);
    }

    [Fact]
    public async Task Confirmation_TheWrongWord_KeepsTheButtonShut()
    {
        var dialog = Render<ConfirmDialog>();
        var confirmation = Services.GetRequiredService<Confirmation>();
        var answer = confirmation.ConfirmAsync(new Question("Delete shop-nightly?", "For ever.", "Delete", Danger: true, TypeToConfirm: "shop-nightly"));

        dialog.WaitForElement("#confirm-word").Input("shop");
        Assert.True(dialog.Find("button[type=submit]").HasAttribute("disabled"));
        dialog.Find("button[type=button]").Click();

        Assert.False(await answer);
    }

    [Fact]
    public async Task Confirmation_WithNoDialogToAskIn_IsNo() => Assert.False(await new Confirmation().ConfirmAsync(new Question("Sure?", "", "Yes")));
}
