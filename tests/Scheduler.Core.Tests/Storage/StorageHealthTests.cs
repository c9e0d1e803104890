using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Storage;

/// <summary>A disk that is full and a database that somebody else holds, while the engine works. A cap on the file's pages stands for the disk: SQLite says the same.</summary>
public sealed class StorageHealthTests
{
    [Fact]
    public async Task DiskFull_IsTold_NoEndingIsLost_AndEverythingGoesOnWithoutARestart()
    {
        var go = new TaskCompletionSource();
        var kind = new ScriptedKind(async (context, stopping) =>
        {
            await context.LogAsync("begun", stopping);
            await go.Task.WaitAsync(stopping);
            await context.LogAsync("while the disk is full", stopping);
            return new JobOutcome.Succeeded("done");
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        var health = scheduler.Get<StorageHealth>();
        using var watch = scheduler.Get<LiveFeed>().Watch(c => c is LiveChange.StorageChanged);
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var run = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(async () => (await scheduler.RunAsync(run)).Status == RunStatus.Running, "it runs");
        await Until.TrueAsync(() => scheduler.Get<RunLog>().Length(run) > 0, "it writes its log");

        await CapAsync(scheduler, "1"); // no page more than there are
        await Until.TrueAsync(async () => !await TryFillAsync(scheduler), "the file is full");
        await Until.TrueAsync(() => health.Now.Trouble == StorageTrouble.DiskFull, "it is told");
        await watch.TakeAsync(default).WaitAsync(TimeSpan.FromSeconds(5));
        // Reading goes on.
        Assert.Equal(RunStatus.Running, (await scheduler.RunAsync(run)).Status);

        go.SetResult(); // it ends while the disk is full
        await CapAsync(scheduler, "1073741823");
        Assert.Equal(RunStatus.Succeeded, (await scheduler.EndedAsync(run)).Status);
        await Until.TrueAsync(() => health.Now.Trouble == StorageTrouble.None, "the alarm ends by itself");
        Assert.True(await TryFillAsync(scheduler));
    }

    [Fact]
    public async Task WriteSurely_OnAFullDisk_IsWrittenOnceThereIsRoom_AndOnlyOnce()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await CapAsync(scheduler, "1");
        await Until.TrueAsync(async () => !await TryFillAsync(scheduler), "the file is full");
        var failures = scheduler.Get<StorageHealth>().Failures;

        var written = scheduler.Writer.WriteSurelyAsync(write => { write.Execute("INSERT INTO settings VALUES ('kept', ?1, 0, 'x')", new string('x', 200_000)); }, default);
        await Until.TrueAsync(() => scheduler.Get<StorageHealth>().Failures > failures, "it was tried");
        Assert.False(written.IsCompleted);
        await CapAsync(scheduler, "1073741823");
        await written.WaitAsync(TimeSpan.FromSeconds(20));

        using var connection = scheduler.Database.Open();
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM settings WHERE key = 'kept'";
        Assert.Equal(1L, count.ExecuteScalar());
    }

    [Fact]
    public async Task FirstFullCommit_GivesTheReserveFree_AndItIsMadeAnewWithRoom()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var (reserve, file) = (scheduler.Get<StorageReserve>(), Path.Combine(scheduler.Options.DataFolder, "reserve"));
        Assert.True(reserve.TryMake());
        Assert.Equal(1 << 20, new FileInfo(file).Length);

        await CapAsync(scheduler, "1");
        await Until.TrueAsync(async () => !await TryFillAsync(scheduler), "the file is full");

        Assert.False(File.Exists(file));
        Assert.True(reserve.TryMake());
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task Reserve_LargerThanTheDisk_IsNotMadeAndLeavesNothing()
    {
        await using var scheduler = await TestScheduler.CreateAsync(configure: o => o.ReserveSize = 1L << 60);
        Assert.False(scheduler.Get<StorageReserve>().TryMake());
        Assert.False(File.Exists(Path.Combine(scheduler.Options.DataFolder, "reserve")));
    }

    [Fact]
    public async Task LogThatCantBeWritten_FailsNoRun_AndSaysWhatWasLeftOut()
    {
        var (wrote, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var kind = new ScriptedKind(async (context, stopping) =>
        {
            await context.LogAsync("lost", stopping);
            wrote.SetResult();
            await go.Task.WaitAsync(stopping);
            await context.LogAsync("kept", stopping);
            return new JobOutcome.Succeeded("done");
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        // A file where the log's folder should be: no log can be made.
        var obstacle = Path.Combine(scheduler.Options.LogFolder, "000000");
        await File.WriteAllTextAsync(obstacle, "");
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var run = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await wrote.Task.WaitAsync(TimeSpan.FromSeconds(20));
        // The second line comes in a later batch than the first.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Until.TrueAsync(() => clock.Elapsed > TimeSpan.FromMilliseconds(300), "the first batch is over");
        File.Delete(obstacle);
        go.SetResult();

        Assert.Equal(RunStatus.Succeeded, (await scheduler.EndedAsync(run)).Status);
        using var text = new MemoryStream();
        await scheduler.Get<RunLog>().CopyToAsync(run, text, default);
        var log = System.Text.Encoding.UTF8.GetString(text.ToArray());
        Assert.Contains("lines left out: the log could not be written", log, StringComparison.Ordinal);
        Assert.Contains("info kept", log, StringComparison.Ordinal);
        Assert.DoesNotContain("info lost", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LockedByAnotherForMoreThan5Seconds_IsTold_ReadingGoesOn_AndNothingIsLost()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var health = scheduler.Get<StorageHealth>();
        await scheduler.SaveAsync("s", "manual");
        await scheduler.StartAsync();
        Task<long?> asked;
        using (var other = new SqliteConnection($"Data Source={scheduler.Options.DatabaseFile};Pooling=False"))
        {
            other.Open();
            using var hold = other.CreateCommand();
            hold.CommandText = "BEGIN EXCLUSIVE";
            hold.ExecuteNonQuery();
            var held = System.Diagnostics.Stopwatch.StartNew();
            asked = scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default);

            await Until.TrueAsync(() => health.Now.Trouble == StorageTrouble.Locked, "it is told");

            Assert.InRange(held.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));
            Assert.Empty(await scheduler.RunsOfAsync("s"));
            Assert.False(asked.IsCompleted);
        }
        Assert.Equal(RunStatus.Succeeded, (await scheduler.EndedAsync((await asked)!.Value)).Status);
        Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal(StorageState.Well, health.Now);
    }

    [Fact]
    public async Task CancelAndStopAll_WhileAnotherHoldsTheDatabase_ReachTheJobsNow_AndAreRecordedAfterwards()
    {
        var stopped = new ConcurrentQueue<long>();
        var kind = new ScriptedKind(NoteTheStop);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("one", "manual", """{ "kind": "scripted" }""");
        await scheduler.SaveAsync("swept", "manual", """{ "kind": "scripted" }""");
        await scheduler.Editor.SetLabelAsync("swept", "env", "prod", TestScheduler.Ana, default);
        await scheduler.StartAsync();
        var run = (await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value;
        var sweeps = scheduler.Get<EmergencyControl>();
        var sweep = await sweeps.SweepAsync(new SweepRequest { Labels = new Dictionary<string, string> { ["env"] = "prod" }, Reason = "Log4Shell" }, TestScheduler.Ana, default);
        var swept = Assert.Single(await scheduler.Get<EmergencyQueries>().RunIdsAsync(sweep, default));
        await Until.TrueAsync(() => kind.Started.Count == 2, "both run");
        Task<CancelOutcome> cancel;
        Task<StopAllOutcome?> stopAll;
        using (var other = new SqliteConnection($"Data Source={scheduler.Options.DatabaseFile};Pooling=False"))
        {
            other.Open();
            using var hold = other.CreateCommand();
            hold.CommandText = "BEGIN EXCLUSIVE";
            hold.ExecuteNonQuery();

            (cancel, stopAll) = (scheduler.Control.CancelAsync(run, TestScheduler.Ana, default), sweeps.StopAllAsync(sweep, TestScheduler.Ana, default));

            await Until.TrueAsync(() => stopped.Count == 2, "both jobs are told");
            Assert.Equal([run, swept], stopped.Order());
            Assert.False(cancel.IsCompleted || stopAll.IsCompleted); // nobody is told that it is done before that is on disk
            Assert.Equal(RunStatus.Running, (await scheduler.RunAsync(run)).Status);
        }
        Assert.Equal((CancelOutcome.Stopping, new StopAllOutcome(0, 1)), (await cancel, await stopAll));
        foreach (var id in (long[])[run, swept])
        {
            var ended = await scheduler.EndedAsync(id);
            Assert.Equal((RunStatus.Cancelled, "Cancelled by ana@example.com.", "ana@example.com"), (ended.Status, ended.Reason, ended.CancelRequestedBy));
        }

        async Task<JobOutcome> NoteTheStop(JobContext context, CancellationToken stopping)
        {
            try
            {
                return await ScriptedKind.UntilStopped(context, stopping);
            }
            finally
            {
                stopped.Enqueue(context.RunId);
            }
        }
    }

    // A connection's own limit, so it is set on the writer's.
    private static Task CapAsync(TestScheduler scheduler, string pages) => scheduler.Writer.WriteAsync(write => { write.Scalar($"PRAGMA max_page_count = {pages}"); }, default);

    private static async Task<bool> TryFillAsync(TestScheduler scheduler)
    {
        try
        {
            await scheduler.Writer.WriteAsync(write => { write.Execute("INSERT INTO settings VALUES (?1, ?2, 0, 'x')", Guid.NewGuid().ToString(), new string('x', 100_000)); }, default);
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 13)
        {
            return false;
        }
    }
}
