using System.Net;
using System.Text.Json;
using Scheduler.Web.Tests.Drills;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

/// <summary>The system's time zone data is swapped, beneath a real server and between two of its starts: Berlin moves to Japan's rules, Tokyo goes.</summary>
[Collection(ProgramTests.Name)]
public sealed class ZoneDataTests : IDisposable
{
    private const string Installed = "/usr/share/zoneinfo";
    private static readonly string[] Pages = ["/", "/schedules", "/schedules/tokyo", "/schedules/berlin", "/schedules/tokyo/edit", "/calendar", "/runs", "/backfills/new?schedule=tokyo", "/settings/blackouts"];

    private readonly TemporaryFolder _data = new(), _zones = new();

    [SkippableFact]
    public async Task ZoneDataIsSwapped_PagesStay_AndTheNextStartGoesByIt()
    {
        Skip.IfNot(File.Exists($"{Installed}/Asia/Tokyo"), $"No time zone data in {Installed}.");
        foreach (var name in (string[])["Europe/Berlin", "Asia/Tokyo", "America/New_York", "UTC", "zone.tab", "zone1970.tab", "tzdata.zi"]) Copy(name, name);
        using var server = await DrillServer.StartWithPagesAsync(_data.Path, ("TZDIR", _zones.Path));
        await server.SaveAsync("berlin", "0 2 * * *", more: "\"timezone\": \"Europe/Berlin\"");
        await server.SaveAsync("tokyo", "0 2 1 1 *", more: "\"timezone\": \"Asia/Tokyo\"");
        await server.SaveAsync("ticking", "1s");
        Assert.NotEqual("02:00:00+09:00", await LocalNextAsync(server, "berlin"));

        Copy("Asia/Tokyo", "Europe/Berlin");
        File.Delete(Path.Combine(_zones.Path, "Asia/Tokyo"));
        await AllIsWellAsync(server);
        await server.Process.TerminateAsync();
        await server.StartAsync();

        Assert.Equal("02:00:00+09:00", await LocalNextAsync(server, "berlin"));
        var tokyo = (await AskAsync(server, "schedules/tokyo")).GetProperty("status");
        Assert.Equal(("Disabled", JsonValueKind.Null), (tokyo.GetProperty("state").GetString(), tokyo.GetProperty("nextScheduleTime").ValueKind));
        Assert.Contains("Asia/Tokyo", tokyo.GetProperty("reason").GetString(), StringComparison.Ordinal);
        using (var browser = await AllIsWellAsync(server))
            Assert.Contains("is not among this system&#x27;s time zones any more", await browser.GetStringAsync(new Uri("/schedules/tokyo", UriKind.Relative)), StringComparison.Ordinal);

        using (var resumed = await server.Api.PostAsync(new Uri("schedules/tokyo/resume", UriKind.Relative), null)) Assert.Equal(HttpStatusCode.UnprocessableEntity, resumed.StatusCode);

        // Once the data is right again, a person resumes it by saving it anew.
        Copy("Asia/Tokyo", "Asia/Tokyo");
        await server.Process.TerminateAsync();
        await server.StartAsync();
        await server.SaveAsync("tokyo", "0 3 1 1 *", more: "\"timezone\": \"Asia/Tokyo\"");
        Assert.Equal("03:00:00+09:00", await LocalNextAsync(server, "tokyo"));
    }

    /// <summary>Every page answers, and what has nothing to do with the zones goes on.</summary>
    private static async Task<HttpClient> AllIsWellAsync(DrillServer server)
    {
        var browser = await server.SignedInAsync();
        foreach (var page in Pages)
        {
            using var answer = await browser.GetAsync(new Uri(page, UriKind.Relative));
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{page}: {answer.StatusCode}\n{server.Process.Text}");
            Assert.Contains("</main>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        var before = server.Ask("SELECT max(id) FROM runs WHERE schedule_name = 'ticking' AND status = 3");
        await Eventually.Async(() => Task.FromResult(server.Ask("SELECT max(id) FROM runs WHERE schedule_name = 'ticking' AND status = 3") > before));
        return browser;
    }

    private static async Task<string> LocalNextAsync(DrillServer server, string name)
    {
        var next = (await AskAsync(server, $"schedules/{name}")).GetProperty("status").GetProperty("nextScheduleTime").GetDateTimeOffset();
        return next.ToOffset(TimeSpan.FromHours(9)).ToString("HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<JsonElement> AskAsync(DrillServer server, string path) => JsonElement.Parse(await server.Api.GetStringAsync(new Uri(path, UriKind.Relative)));

    private void Copy(string from, string to)
    {
        var target = Path.Combine(_zones.Path, to);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (File.Exists($"{Installed}/{from}")) File.Copy($"{Installed}/{from}", target, overwrite: true);
    }

    public void Dispose()
    {
        _data.Dispose();
        _zones.Dispose();
    }
}
