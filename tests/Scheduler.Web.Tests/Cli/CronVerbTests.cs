using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

[Collection(ProgramTests.Name)]
public sealed class CronVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CliProgram _program;

    public CronVerbTests() => _program = new CliProgram(_folder.Path);

    [Fact]
    public async Task Next_Json_IsAnArrayOfLocalUtcAndNote()
    {
        var result = await _program.RunAsync("cron", "next", "30 2 * * *", "--tz", "Europe/Berlin", "--after", "2026-03-28T12:00:00Z", "--count", "2", "--json");

        Assert.Equal("""[{"at":"2026-03-29T03:00:00+02:00","utc":"2026-03-29T01:00:00Z","note":"shifted"},{"at":"2026-03-30T02:30:00+02:00","utc":"2026-03-30T00:30:00Z","note":null}]""" + "\n", result.Exits(0).Out);
        Assert.Equal("", result.Error);
    }

    [Theory]
    // Each row: the arguments, and the first UTC instant.
    [InlineData("2026-10-25T00:30:00Z", "30 2 * * *", "Europe/Berlin", "--after", "2026-10-24T12:00:00Z")] // its local time comes twice: the first
    [InlineData("2026-01-01T00:00:00Z", "0 0 1 1 *", "UTC", "--after", "2026-01-01T00:00:00Z", "--inclusive")]
    [InlineData("2027-01-01T00:00:00Z", "0 0 1 1 *", "UTC", "--after", "2026-01-01T00:00:00Z")]
    [InlineData("2026-01-01T10:05:00Z", "rate(5 minutes)", "UTC", "--after", "2026-01-01T10:00:00Z")] // counted from the instant asked about
    [InlineData("2026-01-01T10:03:00Z", "5m", "UTC", "--after", "2026-01-01T10:00:00Z", "--start", "2026-01-01T00:03:00Z")]
    [InlineData("2026-06-30T22:00:00Z", "@monthly", "Europe/Berlin", "--after", "2026-06-15T00:00:00")] // without an offset it is a time in the zone
    public async Task Next_FindsTheFirst(string utc, string expression, string zone, params string[] more)
    {
        var result = await _program.RunAsync(["cron", "next", expression, "--tz", zone, .. more, "--json"]);

        Assert.Equal(utc, result.Exits(0).Json[0].GetProperty("utc").GetString());
    }

    [Fact]
    public async Task Next_ForPeople_IsALineEach()
    {
        var result = await _program.RunAsync("cron", "next", "0 9 * * MON-FRI", "--tz", "America/New_York", "--after", "2026-11-20T15:00:00Z", "--count", "2");

        Assert.Equal("2026-11-23T09:00:00-05:00  2026-11-23T14:00:00Z\n2026-11-24T09:00:00-05:00  2026-11-24T14:00:00Z\n", result.Exits(0).Out);
    }

    [Fact]
    public async Task Next_OfWhatTimeNeverFires_IsEmpty_AndSaysWhy()
    {
        var json = await _program.RunAsync("cron", "next", "manual", "--json");
        var words = await _program.RunAsync("cron", "next", "event(data.ready)");

        Assert.Equal("[]\n", json.Exits(0).Out);
        Assert.Equal("", words.Exits(0).Out);
        Assert.Contains("events start it", words.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Previous_Explain_And_Match_AnswerLikewise()
    {
        var previous = await _program.RunAsync("cron", "previous", "0 0 * * *", "--before", "2026-01-02T00:00:00Z", "--json");
        var explain = await _program.RunAsync("cron", "explain", "0 2 * * 1-5", "--tz", "Europe/Berlin", "--json");
        var yes = await _program.RunAsync("cron", "match", "*/15 * * * *", "2026-01-01T00:45:00Z", "--json");
        var no = await _program.RunAsync("cron", "match", "*/15 * * * *", "2026-01-01T00:45:01Z", "--json");
        var words = await _program.RunAsync("cron", "match", "*/15 * * * *", "2026-01-01T00:45:00Z");

        Assert.Equal("2026-01-01T00:00:00Z", previous.Exits(0).Json[0].GetProperty("utc").GetString());
        Assert.Equal("0 2 * * 1-5", explain.Exits(0).Json.GetProperty("expression").GetString());
        Assert.NotEmpty(explain.Json.GetProperty("description").GetString()!);
        Assert.True(yes.Exits(0).Json.GetProperty("match").GetBoolean());
        Assert.False(no.Exits(0).Json.GetProperty("match").GetBoolean());
        Assert.StartsWith("Yes", words.Exits(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("minute must be 0-59, found 61", "cron", "next", "61 * * * *")]
    [InlineData("is not a known time zone; did you mean 'Europe/Berlin'?", "cron", "next", "0 2 * * *", "--tz", "Europe/Berln")]
    [InlineData("after must be an instant", "cron", "next", "0 2 * * *", "--after", "noon")]
    [InlineData("count must be from 1 to 10000", "cron", "next", "0 2 * * *", "--count", "0")]
    [InlineData("Cannot parse argument 'ten'", "cron", "next", "0 2 * * *", "--count", "ten")]
    [InlineData("Unrecognized option '--bogus'", "cron", "next", "--bogus")]
    [InlineData("expression: is required", "cron", "next")]
    [InlineData("instant is missing", "cron", "match", "0 2 * * *")]
    [InlineData("Unrecognized command or argument 'crom'", "crom", "next")]
    public async Task BadInput_Exits2_WithWordsOnStandardError_AndNothingElse(string words, params string[] args)
    {
        var plain = await _program.RunAsync(args);
        var json = await _program.RunAsync([.. args, "--json"]);

        Assert.Contains(words, plain.Exits(2).Error, StringComparison.Ordinal);
        Assert.Equal("", plain.Out);
        Assert.Contains(words, JsonElement.Parse(json.Exits(2).Error).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("", json.Out);
    }

    [Fact]
    public async Task Stdin_AnswersEachLineInOrder_BadOnesWithAnError()
    {
        var result = await _program.RunAsync(["cron", "next", "--stdin", "--json"], """
            {"expression":"0 2 * * *","timezone":"Europe/Berlin","after":"2026-11-21T00:00:00Z","count":1,"inclusive":false}
            {"expression":"61 * * * *"}

            nonsense
            {"expression":"0 0 * * *","after":"2026-11-21T00:00:00Z","inclusive":true,"row":7}
            {"expression":"0 0 * * *","count":"two"}
            """);

        Assert.Equal(
            """
            {"next":[{"at":"2026-11-21T02:00:00+01:00","utc":"2026-11-21T01:00:00Z","note":null}]}
            {"error":"minute must be 0-59, found 61 (at character 1); did you mean '59 * * * *'?"}
            {"error":"not a JSON object on one line"}
            {"next":[{"at":"2026-11-21T00:00:00+00:00","utc":"2026-11-21T00:00:00Z","note":null}]}
            {"error":"count must be a whole number"}

            """, result.Exits(0).Out);
    }

    [Fact]
    public async Task Stdin_OneQuestionAtATime_IsAnsweredBeforeTheNext()
    {
        using var process = _program.Start("cron", "match", "--stdin", "--json");
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            foreach (var (instant, match) in ((string, bool)[])[("2026-01-01T00:00:00Z", true), ("2026-01-01T00:01:00Z", false)])
            {
                await process.StandardInput.WriteLineAsync($$"""{"expression":"0 0 * * *","instant":"{{instant}}"}""".AsMemory(), deadline.Token);
                await process.StandardInput.FlushAsync(deadline.Token);
                Assert.Equal($$"""{"match":{{(match ? "true" : "false")}}}""", await process.StandardOutput.ReadLineAsync(deadline.Token));
            }
            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Fact]
    public async Task Stdin_AHundredThousandLines_TakeSeconds()
    {
        var questions = new StringBuilder();
        for (var i = 0; i < 100_000; i++)
            questions.Append(CultureInfo.InvariantCulture, $$"""{"expression":"{{i % 60}} {{i % 24}} * * *","timezone":"{{(i % 2 == 0 ? "Europe/Berlin" : "America/New_York")}}","after":"2026-0{{i % 9 + 1}}-01T00:00:00Z","count":2}""").Append('\n');

        var watch = Stopwatch.StartNew();
        var result = await _program.RunAsync(["cron", "next", "--stdin", "--json"], questions.ToString());

        Assert.Equal(100_000, result.Exits(0).Out.Count(c => c == '\n'));
        Assert.DoesNotContain("error", result.Out, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed.TotalSeconds:0.0} s"); // about two on an idle machine
    }

    [Fact]
    public async Task CronVerbs_TouchNoDataFolder()
    {
        await _program.RunAsync("cron", "next", "0 2 * * *");

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();
}
