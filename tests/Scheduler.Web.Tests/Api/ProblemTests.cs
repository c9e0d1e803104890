using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Workers;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Api;

/// <summary>Every refusal is a problem (RFC 9457), whoever says it: routing, authentication, a body reader, the core.</summary>
public sealed class ProblemTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Theory]
    [InlineData("GET", "/api/v1/schedules/nowhere", 404)]
    [InlineData("GET", "/api/v1/schedules/nowhere/occurrences", 404)]
    [InlineData("POST", "/api/v1/schedules/nowhere/run", 404)]
    [InlineData("POST", "/api/v1/schedules/nowhere/pause", 404)]
    [InlineData("POST", "/api/v1/schedules/nowhere/resume", 404)]
    [InlineData("DELETE", "/api/v1/schedules/nowhere", 404)]
    [InlineData("GET", "/api/v1/runs/abc", 404)]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("GET", "/api/v2/schedules", 404)]
    [InlineData("PATCH", "/api/v1/schedules/nowhere", 405)]
    [InlineData("POST", "/api/v1/runs", 405)]
    [InlineData("DELETE", "/api/v1/runs/1", 405)]
    public async Task AddressesAndMethods_ThatAreNotThere(string method, string path, int status)
    {
        using var answer = await server.Operator.SendAsync(method, path);

        await answer.ProblemAsync(status);
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("", 400)]
    [InlineData("{\"a\":1,\"a\":2}", 400)] // which of the two was meant?
    [InlineData("[]", 422)]
    [InlineData("null", 422)]
    [InlineData("7", 422)]
    public async Task AManifestInJson_ThatIsNone(string body, int status)
    {
        using var answer = await server.Operator.PutAsync("/api/v1/schedules/any", ApiServer.Json(body));

        await answer.ProblemAsync(status);
    }

    [Theory]
    [InlineData("PUT", "schedules/any", """{"metadata":{"name":"any","labels":{"env":"\ud800"}}}""", "at metadata.labels.env")]
    [InlineData("PUT", "schedules/any", """{"spec":{"eventFilter":[{"path":"a"},{"value":"x\udc00"}]}}""", "at spec.eventFilter[1].value")]
    [InlineData("PUT", "schedules/any", """{"spec":{"job":{"\ud800":1}}}""", "in a key")]
    [InlineData("PUT", "schedules/any", """{"spec":{"job":{"\ud800":1,"\udbff":2}}}""", "in a key")]
    [InlineData("POST", "emergencies", """{"labels":{"env":"prod"},"reason":"\ud800"}""", "at reason")]
    [InlineData("POST", "events", """{"type":"a","data":{"b":["\ud800"]}}""", "at data.b[0]")]
    public async Task HalfOfASurrogatePair_Is400_AndSaysWhere(string method, string path, string body, string where)
    {
        using var answer = await server.Operator.SendAsync(method, $"/api/v1/{path}", ApiServer.Json(body));

        Assert.Equal($"The body holds a text that is no Unicode: half of a surrogate pair, {where}.", (await answer.ProblemAsync(400)).Text("detail"));
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("")]
    [InlineData("a: &x [*x]")]
    public async Task AManifestInYaml_ThatIsNone_Is400(string body)
    {
        using var answer = await server.Operator.PutAsync("/api/v1/schedules/any", ApiServer.Content(body, "application/yaml"));

        await answer.ProblemAsync(400);
    }

    [Fact]
    public async Task AYamlBomb_IsRefusedQuickly()
    {
        var bomb = new StringBuilder("a: &a [x,x,x,x,x,x,x,x,x,x]\n");
        for (var c = 'b'; c < 'k'; c++) bomb.Append(CultureInfo.InvariantCulture, $"{c}: &{c} [{string.Join(',', Enumerable.Repeat($"*{(char)(c - 1)}", 10))}]\n");

        using var answer = await server.Operator.PutAsync("/api/v1/schedules/any", ApiServer.Content(bomb.ToString(), "application/yaml"));

        await answer.ProblemAsync(400);
    }

    [Fact]
    public async Task DeepJson_Is400()
    {
        using var answer = await server.Operator.PutAsync("/api/v1/schedules/any", ApiServer.Json(new string('[', 500) + new string(']', 500)));

        await answer.ProblemAsync(400);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task AnotherTypeOfContent_Is415_AndSaysWhichAreTaken(string type)
    {
        using var put = await server.Operator.PutAsync("/api/v1/schedules/any", ApiServer.Content("{}", type));
        using var post = await server.Operator.PostAsync("/api/v1/schedules/any/run", ApiServer.Content("{}", type));

        Assert.Contains("application/yaml", (await put.ProblemAsync(415)).Text("detail"), StringComparison.Ordinal);
        Assert.Contains("application/json", (await post.ProblemAsync(415)).Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // without a length there is nothing to look at before
    public async Task ABodyBeyond256KiB_Is413(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/schedules/any") { Content = ApiServer.Json($"\"{new string('x', 256 * 1024)}\"") };
        request.Headers.TransferEncodingChunked = chunked;

        using var answer = await server.Operator.SendAsync(request);

        await answer.ProblemAsync(413);
    }

    [Fact]
    public async Task BytesThatAreNotUtf8_Are400()
    {
        var content = new ByteArrayContent([0x22, 0xC3, 0x28, 0x22]);
        content.Headers.ContentType = new("application/json");

        using var answer = await server.Operator.PutAsync("/api/v1/schedules/any", content);

        await answer.ProblemAsync(400);
    }

    [Fact]
    public async Task ATokenThatIsWrong_Is401_AndNamesTheScheme()
    {
        using var program = server.Server.WithToken("sch_0000000000000000000000000000000000000000");

        using var answer = await program.GetAsync("/api/v1/status");

        await answer.ProblemAsync(401);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    // A browser's session: nobody says where from; another site; another port of this host; our own pages.
    [InlineData(null, null, 403)]
    [InlineData("Origin", "http://evil.example", 403)]
    [InlineData("Origin", "http://127.0.0.1:1", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "none", 403)]
    [InlineData("Origin", "own", 202)]
    [InlineData("Sec-Fetch-Site", "same-origin", 202)]
    public async Task AWriteWithASessionCookie_MustComeFromOurOwnPages(string? header, string? value, int status)
    {
        var name = await server.ScheduleAsync();
        using var ana = await server.Server.SignedInAsync();

        using var answer = await ana.SendAsync("POST", $"/api/v1/schedules/{name}/run", null,
            header is null ? [] : [(header, value == "own" ? server.Server.Address.GetLeftPart(UriPartial.Authority) : value!)]);

        if (status == 403) await answer.ProblemAsync(403);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 202 ? 1 : 0, (await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task ASessionCookie_ReadsWithoutMore()
    {
        using var ana = await server.Server.SignedInAsync();

        Assert.Equal(HttpStatusCode.OK, (await ana.GetAsync("/api/v1/status")).StatusCode);
    }

    [Fact]
    public async Task WhereAnotherProcessDrivesTheFolder_ReadsGoOn_AndWritesAre503WithTheReason()
    {
        EngineLock? other = null;
        await using var idle = await WebServer.StartAsync(adjust: builder =>
        {
            var options = (SchedulerOptions)builder.Services.Single(s => s.ServiceType == typeof(SchedulerOptions)).ImplementationInstance!;
            other = EngineLock.TryTake(options, TimeProvider.System).Lock;
            File.Delete(Path.Combine(options.DataFolder, "engine.json")); // that alone, without a database, would look like a lost one
        });
        using var held = other!;
        var token = await idle.Services.GetRequiredService<ApiTokens>().CreateAsync(WebServer.Admin, "t", null, null, Actor.LocalConsole);
        using var program = idle.WithToken(token.Text);
        await Eventually.Async(async () => (await program.JsonAsync("/api/v1/status")).Text("engine") == "StandingBy");

        using var answer = await program.PutAsync("/api/v1/schedules/any", ApiServer.Json(ApiServer.Noop("any")));
        using var ready = await program.GetAsync("/health/ready");

        Assert.Contains("drives this data folder", (await answer.ProblemAsync(503)).Text("detail"), StringComparison.Ordinal);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("drives this data folder", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryAnswer_ForbidsSniffingAndStoring()
    {
        using var good = await server.Viewer.GetAsync("/api/v1/status");
        using var bad = await server.Viewer.GetAsync("/api/v1/runs?limit=0");

        foreach (var answer in (HttpResponseMessage[])[good, bad])
        {
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(answer.Headers.CacheControl?.NoStore);
        }
    }

    [Fact]
    public async Task TheDocument_DescribesThisApi_AndItsBearerToken()
    {
        var document = await server.Viewer.JsonAsync("/openapi/v1.json");

        Assert.Equal(
            [
                "/api/v1/backfills", "/api/v1/backfills/gaps", "/api/v1/backfills/{id}", "/api/v1/backfills/{id}/cancel", "/api/v1/backfills/{id}/parallel", "/api/v1/backfills/{id}/pause", "/api/v1/backfills/{id}/resume",
                "/api/v1/backfills/{id}/retry-failed", "/api/v1/backfills/{id}/slots", "/api/v1/blackouts", "/api/v1/blackouts/{name}", "/api/v1/downtimes", "/api/v1/downtimes/{id}",
                "/api/v1/downtimes/{id}/answer", "/api/v1/downtimes/{id}/dismiss", "/api/v1/downtimes/{id}/interrupted", "/api/v1/downtimes/{id}/missed", "/api/v1/emergencies",
                "/api/v1/emergencies/{id}", "/api/v1/emergencies/{id}/stop", "/api/v1/events", "/api/v1/events/try", "/api/v1/events/{id}", "/api/v1/queue", "/api/v1/runs", "/api/v1/runs/dead", "/api/v1/runs/{id}", "/api/v1/runs/{id}/cancel",
                "/api/v1/runs/{id}/dismiss", "/api/v1/runs/{id}/findings", "/api/v1/runs/{id}/log", "/api/v1/runs/{id}/move-to-front", "/api/v1/runs/{id}/requeue",
                "/api/v1/runs/{id}/retry", "/api/v1/schedules", "/api/v1/schedules/{name}", "/api/v1/schedules/{name}/occurrences", "/api/v1/schedules/{name}/pause",
                "/api/v1/schedules/{name}/resume", "/api/v1/schedules/{name}/run", "/api/v1/schedules/{name}/skip-next", "/api/v1/schedules/{name}/skips/{scheduledFor}",
                "/api/v1/schedules/{name}/why", "/api/v1/stats", "/api/v1/status",
            ],
            document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal("bearer", document.Text("components", "securitySchemes", "Bearer", "scheme"));
        Assert.Equal("integer", document.GetProperty("paths").GetProperty("/api/v1/runs").GetProperty("get").GetProperty("parameters").EnumerateArray().Single(p => p.Text("name") == "limit").Text("schema", "type"));
        Assert.True(document.GetProperty("paths").GetProperty("/api/v1/schedules/{name}").GetProperty("put").GetProperty("requestBody").GetProperty("content").TryGetProperty("application/yaml", out _));
    }
}
