using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Scheduler.Web.Tests.Chaos;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>
/// A server at work, every change of its files recorded; then the disks that a power cut could have left, each opened by the program itself.
/// SIGKILL can't show this: it leaves whole what the system has not written yet.
/// </summary>
[Collection(ProgramTests.Name)]
public sealed class PowerLossTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _data = new(), _work = new();

    [SkippableFact]
    public async Task PowerCutAtRandomMoments_LeavesASoundFile_WithAllThatWasAcknowledged()
    {
        Drill.OnlyWhenAsked();
        var cuts = (int)Drill.Setting("SCHEDULER_POWER_CUTS", 100);
        var seed = (int)Drill.Setting("SCHEDULER_POWER_SEED", Environment.TickCount & 0xFFFF);
        output.WriteLine($"SCHEDULER_POWER_SEED={seed}");
        var shim = await Shim.BuildAsync(_work.Path);
        using var server = await DrillServer.PrepareAsync(_data.Path);
        CopyFolder(_data.Path, Path.Combine(_work.Path, "before"));
        shim.Record(server.Program);
        var people = new ChaosOperator(server.Token, seed, schedules: 80);
        var ended = await WorkAsync(server, people, TimeSpan.FromSeconds(Drill.Setting("SCHEDULER_POWER_SECONDS", 60)));
        Shim.Leave(server.Program);

        var record = DiskRecord.Read(shim.RecordFile, _data.Path);
        var random = new Random(seed);
        var of = new CutStory(record, people, ended);
        var (faults, unkept, noticed) = (new List<string>(), 0, 0);
        for (var i = 0; i < cuts; i++)
        {
            var at = Moment(record, random, isAtSync: i % 2 == 1);
            var image = Image(record, at, random, trustSyncs: true);
            unkept += await LookAsync(image, of, at, faults, alsoStarts: i % 25 == 24);
            Directory.Delete(image, recursive: true);
        }
        var (acts, endings) = (of.ActsLookedFor, of.EndingsLookedFor);
        // A disk that lies about its syncs must be found out, or the looks above say nothing.
        for (var i = 0; i < 5; i++)
        {
            var (image, lies) = (Image(record, Moment(record, random, isAtSync: false), random, trustSyncs: false), new List<string>());
            if (!await IsSoundAsync(image) || of.Unkept(image, record.Entries.Count - 1).Count > 0) noticed++;
            Directory.Delete(image, recursive: true);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {cuts} cuts in {(record.Entries[^1].Time - record.Entries[0].Time) / 1e9:0} s of work: {record.Entries.Count(e => e.Act == DiskAct.Write)} writes, {record.Entries.Count(e => e.Act == DiskAct.Synced)} syncs, {record.Entries.Sum(e => (long)e.Data.Length) / 1048576} MiB; {Figures.Machine}.
            {people.Acknowledged.Count} acts acknowledged and {ended.Count} endings shown in all; {acts} and {endings} of them looked for in the images, {unkept} not there.
            {faults.Count} images were unsound. Of 5 disks that lied about their syncs {noticed} were found out.
            """));
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(20)));
        Assert.True(record.Entries.Any(e => e is { Act: DiskAct.Synced, File: "scheduler.db" }), "No checkpoint was in the record, so nothing was shown of one.");
        Assert.True(noticed >= 3, $"Only {noticed} of 5 disks that lied were found out.");
    }

    private static async Task<ConcurrentDictionary<long, (string Status, long SeenAt)>> WorkAsync(DrillServer server, ChaosOperator people, TimeSpan length)
    {
        var ended = new ConcurrentDictionary<long, (string, long)>();
        await server.StartAsync();
        await people.CreateAllAsync(server.Process.Address);
        using var enough = new CancellationTokenSource(length);
        var work = people.DisturbAsync(server.Process.Address, enough.Token);
        while (!enough.IsCancellationRequested)
        {
            var runs = JsonElement.Parse(await server.Api.GetStringAsync(new Uri("runs?limit=200&status=Succeeded,Failed,TimedOut,Cancelled,Skipped", UriKind.Relative)));
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            foreach (var run in runs.GetProperty("items").EnumerateArray()) ended.TryAdd(run.GetProperty("id").GetInt64(), (run.GetProperty("status").GetString()!, now));
        }
        await work;
        await server.Process.KillAsync();
        return ended;
    }

    // Anywhere, or just before a sync was over, when most is in the balance.
    private static int Moment(DiskRecord record, Random random, bool isAtSync)
    {
        var entries = record.Entries;
        if (!isAtSync)
        {
            var time = entries[0].Time + (long)(random.NextDouble() * (entries[^1].Time - entries[0].Time));
            return Math.Max(1, entries.TakeWhile(e => e.Time < time).Count());
        }
        var syncs = entries.Index().Where(e => e.Item.Act == DiskAct.Synced && e.Item.File.StartsWith("scheduler.db", StringComparison.Ordinal)).Select(e => e.Index).ToList();
        // Checkpoints are rare, so every other time one of theirs.
        var checkpoints = syncs.Where(i => entries[i].File == "scheduler.db").ToList();
        return checkpoints.Count > 0 && random.Next(2) == 0 ? checkpoints[random.Next(checkpoints.Count)] : syncs[random.Next(syncs.Count)];
    }

    private string Image(DiskRecord record, int cut, Random random, bool trustSyncs)
    {
        var image = Path.Combine(_work.Path, "image");
        CopyFolder(Path.Combine(_work.Path, "before"), image);
        record.Cut(cut, image, random, trustSyncs);
        return image;
    }

    private static async Task<int> LookAsync(string image, CutStory of, int cut, List<string> faults, bool alsoStarts)
    {
        var program = new CliProgram(image);
        var check = await program.RunAsync("db", "check");
        if (check.ExitCode != 0) faults.Add($"cut at {cut}: db check says {check.Out} {check.Error}");
        var unkept = of.Unkept(image, cut);
        faults.AddRange(unkept.Select(u => $"cut at {cut}: {u}"));
        if (alsoStarts)
        {
            using var server = await ServerProcess.StartAsync(program);
            await server.KillAsync();
            if (ChaosLedger.LeftRunning(image) is { Count: > 0 } left) faults.Add($"cut at {cut}: {left.Count} runs are still running after a start");
        }
        return unkept.Count;
    }

    private static async Task<bool> IsSoundAsync(string image) => (await new CliProgram(image).RunAsync("db", "check")).ExitCode == 0;

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _work.Dispose();
    }

    /// <summary>What the world had been told when the power went.</summary>
    private sealed class CutStory(DiskRecord record, ChaosOperator people, IReadOnlyDictionary<long, (string Status, long SeenAt)> ended)
    {
        private readonly List<Acknowledged> _acknowledged = [.. people.Acknowledged];

        public int ActsLookedFor { get; private set; }
        public int EndingsLookedFor { get; private set; }

        /// <summary>What is not there although somebody was told, in words; and what else is wrong with the file.</summary>
        public List<string> Unkept(string image, int cut)
        {
            var at = record.Entries[cut].Time / 1_000_000;
            var (acts, shown) = (_acknowledged.Where(a => a.To < at).ToList(), ended.Where(e => e.Value.SeenAt < at).ToList());
            ActsLookedFor += acts.Count;
            EndingsLookedFor += shown.Count;
            try
            {
                var missing = new ChaosLedger(image, people.Specs).Unkept(acts);
                var stored = DrillServer.RowsIn(image, "SELECT id, status FROM runs", r => (Id: r.GetInt64(0), Status: r.GetInt32(1))).ToDictionary(r => r.Id, r => r.Status);
                missing.AddRange(shown.Where(e => stored.GetValueOrDefault(e.Key, -1) < 3).Select(e => $"run {e.Key} was shown as {e.Value.Status}, and is not"));
                return missing;
            }
            catch (Microsoft.Data.Sqlite.SqliteException e)
            {
                return [$"the file can't be read: {e.Message}"];
            }
        }
    }
}
