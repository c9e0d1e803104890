using System.Text.Json;
using Scheduler.Core.Backfills;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Backfills;

/// <summary>A backfill of a kind that can see the past, from the launch to the ledger of findings.</summary>
public sealed class BackfillOfThePastTests : IDisposable
{
    private static readonly DateTimeOffset March = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("past-");

    [SkippableFact]
    public async Task SecretScan_LooksAtTheCommitOfEachDay_AndOpensOrClosesNothingOfToday()
    {
        var path = ScopedFile.TryResolve(_folder.FullName, out var real) ? real : _folder.FullName;
        var git = new TestGit(path);
        git.Start();
        git.Commit(March.AddDays(-1), "old.env", "password=Sommer-2025-Kiel");
        git.Commit(March.AddHours(30), "old.env", "password=from the vault");
        git.Commit(March.AddHours(60), "new.env", "password=Winter-2026-Kiel");

        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.Get<ScopeStore>().AddAsync("folder", path, "", TestScheduler.Ana, default);
        await scheduler.SaveAsync("s", "0 12 * * *", $$"""{ "kind": "secret-scan", "targets": { "paths": [{{JsonSerializer.Serialize(path)}}] }, "options": { "failOn": "none" } }""", """ "suspend": true """);
        await scheduler.StartAsync();
        var today = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(async () => (await scheduler.RunAsync(today)).Status == RunStatus.Succeeded, "today's scan is over");
        Assert.Equal([("new.env", FindingChange.New)], await SeenAsync(scheduler, today));

        var id = (await scheduler.Get<BackfillControl>().LaunchAsync(
            new BackfillRequest { Schedule = "s", From = Instants.Print(March), To = Instants.Print(March.AddDays(3)), Mode = BackfillMode.All }, TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(async () => (await scheduler.Get<BackfillQueries>().GetAsync(id, default))!.FinishedAt is not null, "the backfill is over");

        var days = (await scheduler.RunsOfAsync("s")).Where(r => r.TriggerType == TriggerType.Backfill).OrderBy(r => r.ScheduledFor).ToList();
        Assert.Equal(3, days.Count);
        Assert.Equal([("old.env", FindingChange.Past)], await SeenAsync(scheduler, days[0].Id));
        Assert.Empty(await SeenAsync(scheduler, days[1].Id));
        Assert.Equal([("new.env", FindingChange.Past)], await SeenAsync(scheduler, days[2].Id));
        Assert.Equal((1, 0, 0), (days[0].Findings.Total, days[0].Findings.New, days[0].Findings.Fixed));

        await using (var db = scheduler.Database.Read())
            Assert.Equal([("new.env", true), ("old.env", false)], db.Findings.AsEnumerable().Select(f => (f.Location.Split(' ')[0], f.Open)).Order());
        var again = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(async () => (await scheduler.RunAsync(again)).Status == RunStatus.Succeeded, "today's second scan is over");
        Assert.Equal([("new.env", FindingChange.Existing)], await SeenAsync(scheduler, again));
    }

    public void Dispose()
    {
        foreach (var file in _folder.EnumerateFiles("*", SearchOption.AllDirectories)) file.Attributes = FileAttributes.Normal;
        _folder.Delete(recursive: true);
    }

    private static async Task<IEnumerable<(string File, FindingChange Change)>> SeenAsync(TestScheduler scheduler, long run) =>
        (await scheduler.Runs.FindingsAsync(run, 0, 100, default)).Select(f => (f.Location.Split(' ')[0], f.Change));
}
