using System.Text;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Runs;

/// <summary>The log of a run that is over at once stands in the database; whoever reads it can't tell.</summary>
public sealed class ShortLogTests
{
    [Fact]
    public async Task RunThatIsOverAtOnce_HasItsLogAndNoFile()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("quick", "manual");
        await scheduler.StartAsync();
        var run = await RunAsync(scheduler, "quick");

        var log = scheduler.Get<RunLog>();
        var all = log.Read(run, 0, 10_000);
        Assert.Matches("^[^\n]* info noop of quick, generation 1, Manual[^\n]*\n[^\n]* info Succeeded: did nothing, as asked\n$", Text(all.Bytes));
        Assert.Equal(all.Next, log.Length(run));
        Assert.Equal([new LogStretch(0, all.Next)], log.Kept(run));
        Assert.Equal(Text(all.Bytes)[20..30], Text(log.Read(run, 20, 10).Bytes));
        Assert.Empty(log.Read(run, all.Next, 10).Bytes);
        Assert.False(Directory.Exists(scheduler.Options.LogFolder) && Directory.EnumerateFiles(scheduler.Options.LogFolder, "*", SearchOption.AllDirectories).Any());
    }

    [Fact]
    public async Task FurtherAttempts_FollowTheFirst_InTheDatabaseAsInAFile()
    {
        var lines = 1;
        var kind = new ScriptedKind(async (context, ct) =>
        {
            // The third attempt says more than is kept without a file.
            for (var i = 0; i < (context.Attempt == 3 ? 500 : lines); i++) await context.LogAsync($"line {i} of attempt {context.Attempt}", ct);
            return new JobOutcome.Failed("as told", Retryable: true);
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("again", "manual", """{ "kind": "scripted" }""", """ "retry": { "attempts": 4, "delay": "1s", "multiplier": 1 } """);
        await scheduler.StartAsync();
        var run = await RunAsync(scheduler, "again");

        var text = Text(scheduler.Get<RunLog>().Read(run, 0, 1_000_000).Bytes);
        var said = text.Split('\n').Where(l => l.Contains(" of attempt ", StringComparison.Ordinal)).Select(l => l[(l.IndexOf("line ", StringComparison.Ordinal))..]).ToList();
        string[] expected = ["line 0 of attempt 1", "line 0 of attempt 2", .. Enumerable.Range(0, 500).Select(i => $"line {i} of attempt 3"), "line 0 of attempt 4"];
        Assert.Equal(expected, said);
        Assert.Single(Directory.EnumerateFiles(scheduler.Options.LogFolder, "*.log", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task RunThatGoesOn_ShowsItsFirstLinesBeforeItEnds()
    {
        var kind = new ScriptedKind(async (context, ct) =>
        {
            await context.LogAsync("hello", ct);
            return await ScriptedKind.UntilStopped(context, ct);
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("long", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var run = (await scheduler.Control.RunNowAsync("long", new RunRequest(), TestScheduler.Ana, default))!.Value;

        await Until.TrueAsync(() => Text(scheduler.Get<RunLog>().Read(run, 0, 10_000).Bytes).Contains("info hello\n", StringComparison.Ordinal), "its line can be read");
        Assert.Equal(RunStatus.Running, (await scheduler.RunAsync(run)).Status);
    }

    private static async Task<long> RunAsync(TestScheduler scheduler, string name)
    {
        var run = (await scheduler.Control.RunNowAsync(name, new RunRequest(), TestScheduler.Ana, default))!.Value;
        await scheduler.EndedAsync(run);
        return run;
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
