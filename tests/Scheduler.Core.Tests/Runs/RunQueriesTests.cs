using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Runs;

/// <summary>What a page reads while runs go on: it reads a run and its attempts one after the other.</summary>
public sealed class RunQueriesTests
{
    [Fact]
    public async Task Get_AttemptThatEndsBetweenTheTwoReads_IsThereOnce()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var id = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(() => kind.Started.Count == 1, "it runs");
        Assert.Equal([(1, RunStatus.Running)], (await scheduler.RunAsync(id)).Attempts.Select(a => (a.Number, a.Status)));

        // As the second read finds it where the attempt ended after the first.
        await scheduler.Writer.WriteAsync(write => { write.Execute("INSERT INTO attempts (run_id, number, started_at, finished_at, status) VALUES (?1, 1, ?2, ?2, ?3)", id, write.Now, RunStatus.Failed); }, default);

        Assert.Equal([(1, RunStatus.Failed)], (await scheduler.RunAsync(id)).Attempts.Select(a => (a.Number, a.Status)));
        await scheduler.Writer.WriteAsync(write => { write.Execute("DELETE FROM attempts"); }, default);
    }
}
