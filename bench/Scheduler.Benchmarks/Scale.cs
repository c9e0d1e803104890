using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Scheduler.Benchmarks;

/// <summary>The real server, in a process of its own, over very many schedules, 100 of which fall due every second: its start, its lists, its memory, how late it records.</summary>
/// <param name="output">Gets Markdown.</param>
/// <param name="schedules">How many there are.</param>
/// <param name="server">The built <c>Scheduler.Web.dll</c>; null: the release build of this repository.</param>
public sealed partial class Scale(TextWriter output, int schedules, string? server)
{
    private const int Ticking = 100;
    private const int Asked = 10;
    private const string Email = "bench@example.com", Password = "correct horse battery staple";
    private static readonly Uri Address = new("http://127.0.0.1:5102");
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(60);

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("scheduler-scale-").FullName;
        try
        {
            await using (var scheduler = await BenchScheduler.InAsync(folder))
            {
                await scheduler.AddSchedulesAsync("later", schedules - Ticking, "0 0 1 1 *", """{ "kind": "noop" }""");
                await scheduler.AddSchedulesAsync("tick", Ticking, "* * * * * *", """{ "kind": "noop" }""");
            }
            await MeasureAsync(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task MeasureAsync(string folder)
    {
        output.WriteLine($"""

            ### The server over {schedules:N0} schedules, {Ticking} due every second

            | | first | median of {Asked} | worst | mark |
            | --- | ---: | ---: | ---: | ---: |
            """);
        var started = Stopwatch.GetTimestamp();
        using var process = Start(folder);
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = true, CookieContainer = new CookieContainer() }) { BaseAddress = Address };
            while (!await IsReadyAsync(client))
            {
                if (process.HasExited) throw new InvalidOperationException($"The server has ended with {process.ExitCode}.");
                await Task.Delay(50);
            }
            Row("from start to ready, s", [Stopwatch.GetElapsedTime(started).TotalSeconds], "10");
            await SignInAsync(client);
            var since = DateTimeOffset.UtcNow;
            await AskAsync(client, "list, whole page as rendered, ms", "/schedules", "tick0", 1000);
            await AskAsync(client, "list, filtered by a word, ms", "/schedules?q=later777", "later777", 300);
            await AskAsync(client, "list by API, ms", "/api/v1/schedules?limit=50", "later", null);
            await AskAsync(client, "dashboard, ms", "/", "tick", null);
            if (since + Watched - DateTimeOffset.UtcNow is { Ticks: > 0 } rest) await Task.Delay(rest);
            process.Refresh();
            Row("resident memory, MiB", [process.WorkingSet64 / 1048576.0], "600");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        Lags(folder);
    }

    private void Lags(string folder)
    {
        using var db = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(folder, "scheduler.db")};Pooling=False");
        db.Open();
        using var command = db.CreateCommand();
        // The first seconds catch up with the time before the start.
        command.CommandText = "SELECT queued_at - scheduled_for FROM runs WHERE trigger_type = 0 AND scheduled_for > (SELECT min(scheduled_for) + 10000 FROM runs WHERE trigger_type = 0) ORDER BY 1";
        using var reader = command.ExecuteReader();
        var lags = new List<long>();
        while (reader.Read()) lags.Add(reader.GetInt64(0));
        if (lags.Count == 0) throw new InvalidOperationException("Nothing fell due while the server ran.");
        output.WriteLine($"| due times recorded after, ms: median, p99, worst of {lags.Count:N0} | {lags[lags.Count / 2]} | {lags[lags.Count * 99 / 100]} | {lags[^1]} | 250 (p99) |");
    }

    private async Task AskAsync(HttpClient client, string name, string path, string has, double? mark)
    {
        var times = new List<double>();
        for (var i = 0; i <= Asked; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var answer = await client.GetStringAsync(new Uri(path, UriKind.Relative));
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (!answer.Contains(has, StringComparison.Ordinal)) throw new InvalidOperationException($"{path} does not show {has}.");
        }
        Row(name, times, mark?.ToString(CultureInfo.InvariantCulture) ?? "");
    }

    private void Row(string name, List<double> values, string mark)
    {
        static string Cell(double value) => value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
        var later = values.Skip(1).Order().ToList();
        output.WriteLine(later.Count == 0 ? $"| {name} | {Cell(values[0])} | | | {mark} |" : $"| {name} | {Cell(values[0])} | {Cell(later[later.Count / 2])} | {Cell(later[^1])} | {mark} |");
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task SignInAsync(HttpClient client)
    {
        var page = await client.GetStringAsync(new Uri("/signin", UriKind.Relative));
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["Input.Email"] = Email, ["Input.Password"] = Password, ["_handler"] = "signin", ["__RequestVerificationToken"] = AntiforgeryField().Match(page).Groups[1].Value,
        });
        using var answer = await client.PostAsync(new Uri("/signin", UriKind.Relative), form);
        if (answer.StatusCode != HttpStatusCode.Found) throw new InvalidOperationException($"Signing in was answered with {(int)answer.StatusCode}.");
    }

    private Process Start(string folder)
    {
        var file = server ?? Path.Combine(Root(), "src", "Scheduler.Web", "bin", "Release", "net10.0", "Scheduler.Web.dll");
        if (!File.Exists(file)) throw new FileNotFoundException($"{file} is not there: build it with dotnet build -c Release src/Scheduler.Web, or name another.");
        var start = new ProcessStartInfo("dotnet", [file]) { RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(file)! };
        foreach (var (name, value) in new[] { ("SCHEDULER_DATA", folder), ("SCHEDULER_ADMIN_EMAIL", Email), ("SCHEDULER_ADMIN_PASSWORD", Password), ("ASPNETCORE_URLS", Address.ToString()) }) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Scheduler.sln"))) return folder.FullName;
        return Directory.GetCurrentDirectory();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex AntiforgeryField();
}
