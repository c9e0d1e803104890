using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Webhooks;
using Scheduler.Web.Components.Settings;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;
using Scheduler.Web.Webhooks;

namespace Scheduler.Web.Tests.Components.Settings;

public sealed class WebhooksPageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public WebhooksPageTests()
    {
        Services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        Services.AddSingleton<WebhookSecrets>();
    }

    private WebhookQueries Webhooks => Services.GetRequiredService<WebhookQueries>();
    private WebhookEditor Editor => Services.GetRequiredService<WebhookEditor>();
    private WebhookSecrets Secrets => Services.GetRequiredService<WebhookSecrets>();

    [Fact]
    public async Task New_ShowsItsSecretOnce_WithAddressAndCommand_AndTheStoredOneOpensToIt()
    {
        var page = Open("/settings/webhooks?edit=");
        page.Find("#w-name").Input("shop-push");
        page.Find("#w-type").Change("git.push");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => page.Find("[data-secret]"), Patience);
        var secret = page.Find("[data-secret]").TextContent;
        var gate = (await Webhooks.GateAsync("shop-push", default))!;
        Assert.Equal(secret, Secrets.Read(gate.ProtectedSecret));
        Assert.DoesNotContain(secret, gate.ProtectedSecret, StringComparison.Ordinal);
        Assert.Equal("http://localhost/hooks/shop-push", page.Find("[data-address]").TextContent);
        Assert.Contains($"-hmac '{secret}'", page.Find(".webhook-curl").TextContent, StringComparison.Ordinal);
        Assert.Contains("git.push", page.Find("tbody tr").TextContent, StringComparison.Ordinal);

        var later = Open("/settings/webhooks");
        later.WaitForAssertion(() => later.Find("tbody tr"), Patience);
        Assert.DoesNotContain(secret, later.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shop push", "git.push", "60", "#w-name-errors")]
    [InlineData("shop", "run.failed", "60", "#w-type-errors")]
    [InlineData("shop", "git.push", "many", "#w-limit-errors")]
    [InlineData("shop", "git.push", "0", "#w-limit-errors")]
    public async Task New_WhatMakesNoSense_IsSaidAtItsField(string name, string type, string limit, string field)
    {
        var page = Open("/settings/webhooks?edit=");
        page.Find("#w-name").Input(name);
        page.Find("#w-type").Change(type);
        page.Find("#w-limit").Change(limit);
        await page.Find("form").SubmitAsync();
        Assert.NotEmpty(page.Find(field).TextContent.Trim());
        Assert.Empty(await Webhooks.ListAsync(default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NewSecret_AsksFirst_AndShowsTheOther(bool yes)
    {
        var old = await MakeAsync();
        Reply(yes);
        var page = Open("/settings/webhooks");
        page.WaitForAssertion(() => page.Find("button[aria-label='New secret for shop-push']"), Patience);
        await page.Find("button[aria-label='New secret for shop-push']").ClickAsync(new());

        var now = Secrets.Read((await Webhooks.GateAsync("shop-push", default))!.ProtectedSecret);
        Assert.Equal(yes, now != old);
        Assert.Equal(yes ? [now!] : [], page.FindAll("[data-secret]").Select(s => s.TextContent));
    }

    [Fact]
    public async Task Edit_ChangesItAndKeepsTheSecret_AndDisableIsOneClickAndAnAnswer()
    {
        var secret = await MakeAsync();
        Reply(true);
        var page = Open("/settings/webhooks?edit=shop-push");
        page.WaitForAssertion(() => Assert.Equal("git.push", page.Find("#w-type").GetAttribute("value")), Patience);
        page.Find("#w-type").Change("git.tag");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("git.tag", page.Find("tbody tr").TextContent, StringComparison.Ordinal), Patience);
        await page.Find("button[aria-label='Disable shop-push']").ClickAsync(new());

        var gate = (await Webhooks.GateAsync("shop-push", default))!;
        Assert.Equal((false, secret), (gate.Enabled, Secrets.Read(gate.ProtectedSecret)));
        Assert.Equal("Disabled", page.Find("tbody .state .word").TextContent);
    }

    [Fact]
    public async Task ALastRefusal_IsToldWithItsReason()
    {
        await MakeAsync();
        Services.GetRequiredService<WebhookRefusals>().Note((await Webhooks.GateAsync("shop-push", default))!.Id, WebhookRefusal.WrongSignature, "192.0.2.7");
        await Eventually.Async(async () => (await Webhooks.GetAsync("shop-push", default))!.Refused == 1);
        var page = Open("/settings/webhooks");
        page.WaitForAssertion(() => Assert.Contains("Wrong signature", page.Find("tbody tr").TextContent, StringComparison.Ordinal), Patience);
        Assert.Contains("from 192.0.2.7, 1 in all", page.Find("tbody tr").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatHappensMeanwhile_IsThereWithoutAReload_AndTheFormStaysAsItIs()
    {
        await MakeAsync();
        var page = Open("/settings/webhooks?edit=shop-push");
        page.WaitForAssertion(() => Assert.Contains("Never used", page.Find("tbody tr").TextContent, StringComparison.Ordinal), Patience);
        page.Find("#w-note").Change("half written");

        var id = (await Webhooks.GateAsync("shop-push", default))!.Id;
        Services.GetRequiredService<WebhookRefusals>().Note(id, WebhookRefusal.WrongSignature, "192.0.2.7");
        page.WaitForAssertion(() => Assert.Contains("from 192.0.2.7, 1 in all", page.Find("tbody tr").TextContent, StringComparison.Ordinal), Patience);
        await Editor.CreateAsync(new WebhookDraft { Name = "ci", EventType = "build.done" }, "sealed", Ana, default);

        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tbody tr").Count), Patience);
        Assert.Equal("half written", page.Find("#w-note").GetAttribute("value"));
    }

    private async Task<string> MakeAsync()
    {
        var (plain, stored) = Secrets.Create();
        await Editor.CreateAsync(new WebhookDraft { Name = "shop-push", EventType = "git.push" }, stored, Ana, default);
        return plain;
    }

    private void Reply(bool yes)
    {
        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += _ => confirmation.Reply(yes ? new Answer("") : null);
    }

    private IRenderedComponent<WebhooksPage> Open(string address)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        return Render<WebhooksPage>();
    }
}
