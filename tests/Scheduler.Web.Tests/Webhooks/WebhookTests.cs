using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Access;
using Scheduler.Core.Events;
using Scheduler.Core.Webhooks;
using Scheduler.Web.Tests.Api;
using Scheduler.Web.Tests.Support;
using Scheduler.Web.Webhooks;

namespace Scheduler.Web.Tests.Webhooks;

/// <summary>Deliveries as other systems send them, to the real server.</summary>
public sealed class WebhookTests(ApiServer api) : IClassFixture<ApiServer>
{
    private const string Body = """{"ref":"refs/heads/main","repository":{"full_name":"octo/shop"}}""";

    private WebhookQueries Webhooks => api.Server.Services.GetRequiredService<WebhookQueries>();
    private WebhookEditor Editor => api.Server.Services.GetRequiredService<WebhookEditor>();

    [Fact]
    public async Task ASignedDelivery_AsGitHubSendsIt_StartsAScan()
    {
        var (name, secret) = await MakeAsync(out var type);
        var schedule = await api.ScheduleAsync(schedule: $"event({type})");

        using var answer = await SendAsync(name, Body, Sign(secret, Body), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var id = (await answer.JsonAsync()).GetProperty("id").GetInt64();
        var happened = await EventAsync(id);
        var data = JsonElement.Parse(happened.Data);
        Assert.Equal((type, $"webhook:{name}", $"webhook {name}", "refs/heads/main", "push"), (happened.Type, happened.Source, happened.By, data.Text("ref"), data.Text("_headers", "event")));
        var run = Assert.Single((await RunsOfAsync(schedule)).EnumerateArray());
        Assert.Equal(("Event", id), (run.Text("triggerType"), run.GetProperty("eventId").GetInt64()));
        Assert.Equal("Succeeded", (await api.EndOfAsync(run.GetProperty("id").GetInt64())).Text("status"));
        var webhook = (await Webhooks.GetAsync(name, default))!;
        Assert.Equal((1L, 0L), (webhook.Accepted, webhook.Refused));
        Assert.NotNull(webhook.LastUsedAt);
    }

    /// <summary>What must not start anything: the reason, and how the delivery is spoilt.</summary>
    public static TheoryData<WebhookRefusal> Spoilt => [WebhookRefusal.MissingSignature, WebhookRefusal.WrongSignature, WebhookRefusal.Replayed, WebhookRefusal.Stale, WebhookRefusal.Disabled];

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task AWrongMissingOrReplayedSignature_Gets401_StartsNothing_AndIsKeptForTheAdministrator(WebhookRefusal why)
    {
        var (name, secret) = await MakeAsync(out var type);
        var schedule = await api.ScheduleAsync(schedule: $"event({type})");
        var late = DateTimeOffset.UtcNow.AddMinutes(-6).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (why == WebhookRefusal.Disabled) await Editor.EnableAsync(name, false, Actor.LocalConsole, default);
        if (why == WebhookRefusal.Replayed) (await SendAsync(name, Body, Sign(secret, Body))).Dispose();
        var before = (await RunsOfAsync(schedule)).GetArrayLength();

        using var answer = why switch
        {
            WebhookRefusal.MissingSignature => await SendAsync(name, Body, null),
            WebhookRefusal.WrongSignature => await SendAsync(name, Body, Sign("whs_other", Body)),
            WebhookRefusal.Stale => await SendAsync(name, Body, Sign(secret, $"{late}.{Body}"), ("X-Scheduler-Timestamp", late)),
            _ => await SendAsync(name, Body, Sign(secret, Body), ("X-GitHub-Delivery", Guid.NewGuid().ToString())), // a replay under a new number is one too: the number is not signed
        };

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        using var unknown = await SendAsync("nobody-knows", Body, Sign(secret, Body));
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        Assert.Equal(await unknown.Content.ReadAsStringAsync(), await answer.Content.ReadAsStringAsync());
        Assert.Equal(before, (await RunsOfAsync(schedule)).GetArrayLength());
        await Eventually.Async(async () => (await Webhooks.GetAsync(name, default))!.Refused == 1);
        Assert.Equal((why, "127.0.0.1"), (await Webhooks.GetAsync(name, default))!.LastRefusal is { } last ? (last.Why, last.From) : default);
    }

    [Theory]
    [InlineData("the body was changed on the way")]
    [InlineData("sha256= is missing")]
    [InlineData("it is no hexadecimal")]
    [InlineData("two signatures")]
    [InlineData("the secret itself as a bearer")]
    [InlineData("a timestamp that was not signed")]
    [InlineData("a signed timestamp taken away")]
    [InlineData("the secret of yesterday")]
    public async Task Forgeries_Get401(string how)
    {
        var (name, secret) = await MakeAsync(out _);
        var right = Sign(secret, Body);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (how == "the secret of yesterday") await Editor.RotateAsync(name, api.Server.Services.GetRequiredService<WebhookSecrets>().Create().Protected, Actor.LocalConsole, default);
        using var answer = how switch
        {
            "the body was changed on the way" => await SendAsync(name, Body.Replace("main", "evil", StringComparison.Ordinal), right),
            "sha256= is missing" => await SendAsync(name, Body, right["sha256=".Length..]),
            "it is no hexadecimal" => await SendAsync(name, Body, "sha256=" + new string('z', 64)),
            "two signatures" => await SendAsync(name, Body, "sha256=" + new string('0', 64), ("X-Hub-Signature-256", right)),
            "the secret itself as a bearer" => await SendAsync(name, Body, null, ("Authorization", $"Bearer {secret}")),
            "a timestamp that was not signed" => await SendAsync(name, Body, right, ("X-Scheduler-Timestamp", now)),
            "a signed timestamp taken away" => await SendAsync(name, Body, Sign(secret, $"{now}.{Body}")),
            _ => await SendAsync(name, Body, right),
        };
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(0, (await Webhooks.GetAsync(name, default))!.Accepted);
    }

    [Fact]
    public async Task ASignedTimestamp_LetsTheSameBodyComeAgain_ButNotTheSameDelivery()
    {
        var (name, secret) = await MakeAsync(out _);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Task<HttpResponseMessage> SendAt(long at) => SendAsync(name, Body, Sign(secret, $"{at}.{Body}"), ("X-Scheduler-Timestamp", at.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(HttpStatusCode.Accepted, (await SendAt(now)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await SendAt(now - 1)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAt(now)).StatusCode);
    }

    [Fact]
    public async Task ABearerSecret_IsTaken_AndNoWrongTokenOfTheApi()
    {
        var (name, secret) = await MakeAsync(out _, WebhookSigning.Bearer);
        using var once = await SendAsync(name, Body, null, ("Authorization", $"Bearer {secret}"), ("Idempotency-Key", "build-17"));
        using var twice = await SendAsync(name, Body, null, ("Authorization", $"Bearer {secret}"), ("Idempotency-Key", "build-17"));
        using var other = await SendAsync(name, Body, null, ("Authorization", $"Bearer {secret}"), ("X-Delivery", "build-18"));
        using var wrong = await SendAsync(name, Body, null, ("Authorization", "Bearer whs_other"));
        using var none = await SendAsync(name, Body, null);
        Assert.Equal(
            [HttpStatusCode.Accepted, HttpStatusCode.Unauthorized, HttpStatusCode.Accepted, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized],
            new[] { once, twice, other, wrong, none }.Select(a => a.StatusCode));
        Assert.Equal(2, (await Webhooks.GetAsync(name, default))!.Accepted);
    }

    [Fact]
    public async Task AFormWithAPayload_IsReadAsGitHubMaySendIt()
    {
        var (name, secret) = await MakeAsync(out _);
        var form = $"payload={Uri.EscapeDataString(Body)}";
        using var answer = await SendAsync(name, form, Sign(secret, form), type: "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(Body, (await EventAsync((await answer.JsonAsync()).GetProperty("id").GetInt64())).Data);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("7")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":"\ud800"}""")]
    public async Task Signed_ButNoJsonObject_IsToldToTheSender_AndStartsNothing(string body)
    {
        var (name, secret) = await MakeAsync(out _);
        using var answer = await SendAsync(name, body, Sign(secret, body), ("X-GitHub-Event", "push"));
        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, $"{answer.StatusCode}");
        Assert.Equal(0, (await Webhooks.GetAsync(name, default))!.Accepted);
        await Eventually.Async(async () => (await Webhooks.GetAsync(name, default))!.LastRefusal?.Why == WebhookRefusal.NotJson);
    }

    [Fact]
    public async Task TooLarge_Is413_BeforeAnybodyAsksWhoItIs()
    {
        var (name, secret) = await MakeAsync(out _);
        var body = $$"""{"x":"{{new string('a', 256 * 1024)}}"}""";
        using var answer = await SendAsync(name, body, Sign(secret, body));
        using var unknown = await SendAsync("nobody-knows", body, Sign(secret, body));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.RequestEntityTooLarge), (answer.StatusCode, unknown.StatusCode));
    }

    [Fact]
    public async Task MoreThanTheWebhookTakes_Is429_AndForgeriesUseUpNothingOfIt()
    {
        var (name, secret) = await MakeAsync(out _, perMinute: 2);
        for (var i = 0; i < 5; i++) (await SendAsync(name, Body, Sign("whs_other", Body))).Dispose();
        string Numbered(int i) => $$"""{"n":{{i}}}""";
        var answers = new List<HttpStatusCode>();
        HttpResponseMessage? last = null;
        for (var i = 0; i < 3; i++) answers.Add((last = await SendAsync(name, Numbered(i), Sign(secret, Numbered(i)))).StatusCode);
        Assert.Equal([HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.TooManyRequests], answers);
        Assert.InRange(int.Parse(Assert.Single(last!.Headers.GetValues("Retry-After")), System.Globalization.CultureInfo.InvariantCulture), 1, 60);
    }

    [Fact]
    public async Task APing_IsAnswered_AndStartsNothing()
    {
        var (name, secret) = await MakeAsync(out _);
        using var answer = await SendAsync(name, Body, Sign(secret, Body), ("X-GitHub-Event", "ping"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, (await Webhooks.GetAsync(name, default))!.Accepted);
    }

    [Fact]
    public async Task ASecretThatTheKeysDontOpen_RefusesEverything_AndSaysSo()
    {
        var (name, secret) = await MakeAsync(out _);
        await Editor.RotateAsync(name, "not-of-our-keys", Actor.LocalConsole, default);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(name, Body, Sign(secret, Body))).StatusCode);
        await Eventually.Async(async () => (await Webhooks.GetAsync(name, default))!.LastRefusal?.Why == WebhookRefusal.UnreadableSecret);
    }

    [Fact]
    public async Task AnAddressThatKeepsFailing_IsNotListenedToForAMinute()
    {
        var clock = new ManualTime();
        await using var server = await WebServer.StartAsync(adjust: builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var client = server.Browse();
        HttpResponseMessage? last = null;
        for (var i = 0; i <= WebhookLimits.RefusalsPerAddress; i++) last = await client.SendAsync("POST", "/hooks/guess", ApiServer.Json(Body));
        Assert.Equal(HttpStatusCode.TooManyRequests, last!.StatusCode);
        Assert.NotNull(last.Headers.RetryAfter);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.SendAsync("POST", "/hooks/guess", ApiServer.Json(Body))).StatusCode);
    }

    [Fact]
    public void Proof_AgreesWithAnIndependentHmac()
    {
        // The example of GitHub's own documentation.
        Assert.Equal("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", WebhookProof.Sign("It's a Secret to Everybody", "Hello, World!"u8.ToArray()));
        Assert.Equal(Sign("k", "1.b"), WebhookProof.Sign("k", "b"u8.ToArray(), "1"));
    }

    private Task<(string Name, string Secret)> MakeAsync(out string type, WebhookSigning signing = WebhookSigning.GitHubHmac, int perMinute = 60)
    {
        var name = api.NewName("hook");
        return CreateAsync(name, type = $"test.{name}", signing, perMinute);
    }

    private async Task<(string Name, string Secret)> CreateAsync(string name, string type, WebhookSigning signing, int perMinute)
    {
        var (plain, stored) = api.Server.Services.GetRequiredService<WebhookSecrets>().Create();
        Assert.Equal(WebhookAct.Done, await Editor.CreateAsync(new WebhookDraft { Name = name, EventType = type, Signing = signing, PerMinute = perMinute }, stored, Actor.LocalConsole, default));
        return (name, plain);
    }

    // Nobody's client: no cookie, no token.
    private async Task<HttpResponseMessage> SendAsync(string name, string body, string? signature, params (string Name, string Value)[] headers) => await SendAsync(name, body, signature, "application/json", headers);

    private Task<HttpResponseMessage> SendAsync(string name, string body, string? signature, string type, params (string Name, string Value)[] headers) =>
        api.Anonymous.SendAsync("POST", $"/hooks/{name}", ApiServer.Content(body, type), signature is null ? headers : [("X-Hub-Signature-256", signature), .. headers]);

    private async Task<EventView> EventAsync(long id) => (await api.Server.Services.GetRequiredService<EventQueries>().GetAsync(id, default))!;

    private async Task<JsonElement> RunsOfAsync(string schedule) => (await api.Viewer.JsonAsync($"/api/v1/runs?schedule={schedule}")).GetProperty("items");

    private static string Sign(string secret, string body) => "sha256=" + Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body))).ToLowerInvariant();
}
