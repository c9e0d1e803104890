using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Api;

/// <summary>A server with somebody of each role, and a program of each.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    /// <summary>Small enough that a chatty run overflows it: 2 KiB of head, then parts of 1 KiB of which the last two are kept.</summary>
    public const int LogCap = 4096;

    private int _names;

    public WebServer Server { get; private set; } = null!;
    public HttpClient Viewer { get; private set; } = null!;
    public HttpClient Operator { get; private set; } = null!;
    public HttpClient Administrator { get; private set; } = null!;
    public HttpClient Anonymous { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await WebServer.StartAsync(adjust: builder =>
            ((SchedulerOptions)builder.Services.Single(s => s.ServiceType == typeof(SchedulerOptions)).ImplementationInstance!).LogCap = LogCap);
        await Server.AddUserAsync("vera@example.com", Role.Viewer);
        await Server.AddUserAsync("otto@example.com", Role.Operator);
        Viewer = await ProgramOfAsync("vera@example.com", null);
        Operator = await ProgramOfAsync("otto@example.com", null);
        Administrator = await ProgramOfAsync(WebServer.Admin, null);
        Anonymous = Server.Browse();
    }

    public async Task DisposeAsync()
    {
        foreach (var client in (HttpClient[])[Viewer, Operator, Administrator, Anonymous]) client.Dispose();
        await Server.DisposeAsync();
    }

    public async Task<string> TokenAsync(string email, Role? role) =>
        (await Server.Services.GetRequiredService<ApiTokens>().CreateAsync(email, "test", role, null, Actor.LocalConsole)).Text;

    /// <summary>A program with a new token of somebody.</summary>
    /// <param name="role">At most their own; null for their own.</param>
    public async Task<HttpClient> ProgramOfAsync(string email, Role? role) => Server.WithToken(await TokenAsync(email, role));

    /// <summary>A name that no other test uses.</summary>
    public string NewName(string stem = "schedule") => $"{stem}-{Interlocked.Increment(ref _names)}";

    /// <summary>A noop that people start.</summary>
    public static string Noop(string name, string options = "{}", string schedule = "manual", string more = "") =>
        $$"""{"apiVersion":"scheduler/v1","kind":"ScanSchedule","metadata":{"name":"{{name}}"{{more}}},"spec":{"schedule":"{{schedule}}","job":{"kind":"noop","options":{{options}} } } }""";

    /// <summary>Saves a noop schedule of a new name.</summary>
    public async Task<string> ScheduleAsync(string options = "{}", string schedule = "manual", string more = "")
    {
        var name = NewName();
        using var answer = await Operator.PutAsync($"/api/v1/schedules/{name}", Json(Noop(name, options, schedule, more)));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return name;
    }

    /// <summary>Starts a schedule's run.</summary>
    public async Task<long> RunAsync(string name)
    {
        using var answer = await Operator.PostAsync($"/api/v1/schedules/{name}/run", null);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (await answer.JsonAsync()).GetProperty("id").GetInt64();
    }

    public async Task<JsonElement> EndOfAsync(long id)
    {
        var run = default(JsonElement);
        await Eventually.Async(async () =>
        {
            run = await Viewer.JsonAsync($"/api/v1/runs/{id}");
            return run.GetProperty("status").GetString() is not ("Queued" or "Running" or "Retrying");
        });
        return run;
    }

    public Task InStateAsync(long id, string status) =>
        Eventually.Async(async () => (await Viewer.JsonAsync($"/api/v1/runs/{id}")).GetProperty("status").GetString() == status);

    public static StringContent Json(string json) => Content(json, "application/json");

    public static StringContent Content(string text, string type)
    {
        var content = new StringContent(text, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }
}

/// <summary>JSON in and out, without the types of the program: what others see.</summary>
internal static class JsonOverHttp
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer) => JsonElement.Parse(await answer.Content.ReadAsStringAsync());

    public static async Task<JsonElement> JsonAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.JsonAsync();
    }

    public static async Task<HttpResponseMessage> SendAsync(this HttpClient client, string method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }

    /// <summary>Demands a problem (RFC 9457) of this status and gives it.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("title").GetString()));
        return problem;
    }

    /// <summary>What a problem says about one field.</summary>
    public static string ErrorAt(this JsonElement problem, string path) => problem.GetProperty("errors").GetProperty(path)[0].GetString()!;

    public static string? Text(this JsonElement json, params string[] path) => path.Aggregate(json, (at, key) => at.GetProperty(key)).GetString();
}
