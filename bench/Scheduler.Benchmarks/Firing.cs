using System.Globalization;
using Microsoft.Data.Sqlite;
using Quartz;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;

namespace Scheduler.Benchmarks;

/// <summary>
/// The midnight herd: of many schedules some fall due at one instant. How late do their jobs start, here with every run on disk first
/// (SQLite, synchronous=FULL), and in Quartz.NET with its store in memory, which keeps nothing? By turns in one process.
/// </summary>
/// <param name="output">Gets Markdown.</param>
/// <param name="schedules">How many there are.</param>
/// <param name="due">How many of them fall due at once.</param>
/// <param name="slots">Jobs at once, on either side.</param>
public sealed class Firing(TextWriter output, int schedules, int due, int slots)
{
    private const int Turns = 3;

    /// <summary>With more due at once Quartz on SQLite takes minutes a turn.</summary>
    private const int MostOnDisk = 1000;

    // Milliseconds after the due instant.
    private sealed record Lag(double FirstRow, double LastRow, double FirstStart, double LastStart, double LastEnd);

    public async Task RunAsync()
    {
        output.WriteLine($"""

            ### {schedules:N0} schedules, {due:N0} due at once

            Milliseconds after the due instant; {slots} slots on either side.

            | turn | | first row | last row | first start | last start | all ended, on disk |
            | ---: | --- | ---: | ---: | ---: | ---: | ---: |
            """);
        var (ours, quartz, onDisk) = (new List<Lag>(), new List<Lag>(), new List<Lag>());
        for (var turn = 1; turn <= Turns; turn++)
        {
            ours.Add(await OursAsync());
            Row($"{turn}", "ours", ours[^1]);
            quartz.Add(await QuartzAsync());
            Row($"{turn}", "Quartz, in memory", quartz[^1]);
            if (due > MostOnDisk) continue;
            onDisk.Add(await QuartzOnDiskAsync());
            Row($"{turn}", "Quartz, on SQLite", onDisk[^1]);
        }
        Ratios("in memory", ours, quartz);
        if (onDisk.Count == 0) return;
        Ratios("on SQLite", ours, onDisk);
        output.WriteLine(FormattableString.Invariant($"\nOur last row stood {Middle(onDisk, l => l.LastStart) / Middle(ours, l => l.LastRow):0.0} times sooner than Quartz on SQLite began its last job, which is when it has recorded it."));
    }

    private void Ratios(string name, List<Lag> ours, List<Lag> quartz)
    {
        var (first, last) = (Middle(ours, l => l.FirstStart) / Middle(quartz, l => l.FirstStart), Middle(ours, l => l.LastStart) / Middle(quartz, l => l.LastStart));
        output.WriteLine(FormattableString.Invariant($"| **ratio of the middles** | **ours to Quartz {name}** | | | **{first:0.00}** | **{last:0.00}** | |"));
    }

    private async Task<Lag> OursAsync()
    {
        var stamps = new StampKind(due);
        await using var scheduler = await BenchScheduler.CreateAsync(slots, stamps);
        await scheduler.AddSchedulesAsync("later", schedules - due, "0 0 1 1 *");
        var at = Instant(TimeSpan.FromSeconds(5));
        await scheduler.AddSchedulesAsync("due", due, $"at({at:yyyy-MM-dd'T'HH:mm:ss}Z)");
        await scheduler.StartAsync();
        if (DateTimeOffset.UtcNow > at.AddSeconds(-1)) throw new InvalidOperationException("This machine is too slow: the schedules were not there by the time they fell due.");

        await stamps.AllStarted.WaitAsync(TimeSpan.FromMinutes(5));
        await scheduler.UntilAsync("SELECT count(*) FROM runs WHERE status = 3", due);
        await scheduler.StopAsync();
        double After(string column) => scheduler.Ask($"SELECT {column} FROM runs") - at.ToUnixTimeMilliseconds();
        return new(After("min(queued_at)"), After("max(queued_at)"), stamps.After(at).Min(), stamps.After(at).Max(), After("max(finished_at)"));
    }

    private async Task<Lag> QuartzAsync()
    {
        StampJob.Stamps = new Stamps(due);
        var scheduler = await QuartzSchedulerBuilder.Create(quartz => quartz.UseDefaultThreadPool(slots)).BuildScheduler(CancellationToken.None);
        await scheduler.Start(CancellationToken.None);
        var newYear = new DateTimeOffset(DateTimeOffset.UtcNow.Year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var i = due; i < schedules; i++) await ScheduleAsync(scheduler, i, newYear);
        var at = Instant(TimeSpan.FromSeconds(3));
        for (var i = 0; i < due; i++) await ScheduleAsync(scheduler, i, at);
        await StampJob.Stamps.All.WaitAsync(TimeSpan.FromMinutes(5));
        await scheduler.Shutdown(true, CancellationToken.None);
        return new(double.NaN, double.NaN, StampJob.Stamps.After(at).Min(), StampJob.Stamps.After(at).Max(), double.NaN);
    }

    /// <summary>With its database store on SQLite, tables and all as Quartz makes them itself; the jobs are there before it starts to look.</summary>
    private async Task<Lag> QuartzOnDiskAsync()
    {
        StampJob.Stamps = new Stamps(due);
        var folder = Directory.CreateTempSubdirectory("quartz-bench-");
        var scheduler = await QuartzSchedulerBuilder.Create(quartz => quartz.UseDefaultThreadPool(slots)
            .UsePersistentStore(store => store.UseSqlite(SqliteFactory.Instance, $"Data Source={Path.Combine(folder.FullName, "quartz.db")}").ProvisionSchema())).BuildScheduler(CancellationToken.None);
        var newYear = new DateTimeOffset(DateTimeOffset.UtcNow.Year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await ScheduleAllAsync(scheduler, due, schedules, newYear);
        var at = Instant(TimeSpan.FromSeconds(10 + due / 100));
        await ScheduleAllAsync(scheduler, 0, due, at);
        await scheduler.Start(CancellationToken.None);
        if (DateTimeOffset.UtcNow > at.AddSeconds(-1)) throw new InvalidOperationException("This machine is too slow: Quartz's jobs were not there by the time they fell due.");
        await StampJob.Stamps.All.WaitAsync(TimeSpan.FromMinutes(10));
        await scheduler.Shutdown(true, CancellationToken.None);
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
        return new(double.NaN, double.NaN, StampJob.Stamps.After(at).Min(), StampJob.Stamps.After(at).Max(), double.NaN);
    }

    private static async Task ScheduleAllAsync(IScheduler scheduler, int from, int to, DateTimeOffset at)
    {
        foreach (var some in Enumerable.Range(from, to - from).Chunk(1000))
            await scheduler.ScheduleJobs(some.ToDictionary(
                i => JobBuilder.Create<StampJob>().WithIdentity($"s{i}").Build(), i => (IReadOnlyCollection<ITrigger>)[TriggerBuilder.Create().WithIdentity($"s{i}").StartAt(at).Build()]), new ScheduleJobOptions(), CancellationToken.None);
    }

    private static async Task ScheduleAsync(IScheduler scheduler, int i, DateTimeOffset at) => await scheduler.ScheduleJob(
        JobBuilder.Create<StampJob>().WithIdentity($"s{i}").Build(), TriggerBuilder.Create().WithIdentity($"s{i}").StartAt(at).Build());

    private static DateTimeOffset Instant(TimeSpan ahead) => DateTimeOffset.FromUnixTimeSeconds((DateTimeOffset.UtcNow + ahead).ToUnixTimeSeconds() + 1);

    private static double Middle(List<Lag> lags, Func<Lag, double> of) => lags.Select(of).Order().ElementAt(lags.Count / 2);

    private void Row(string turn, string name, Lag lag)
    {
        static string Cell(double ms) => double.IsNaN(ms) ? "-" : ms.ToString("0", CultureInfo.InvariantCulture);
        output.WriteLine($"| {turn} | {name} | {Cell(lag.FirstRow)} | {Cell(lag.LastRow)} | {Cell(lag.FirstStart)} | {Cell(lag.LastStart)} | {Cell(lag.LastEnd)} |");
    }

    /// <summary>When each job began.</summary>
    private sealed class Stamps(int expected)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly DateTimeOffset[] _at = new DateTimeOffset[expected];
        private int _count;

        public Task All => _all.Task;

        public void Add()
        {
            var index = Interlocked.Increment(ref _count) - 1;
            _at[index] = DateTimeOffset.UtcNow;
            if (index == expected - 1) _all.SetResult();
        }

        public IEnumerable<double> After(DateTimeOffset due) => _at.Select(at => (at - due).TotalMilliseconds);
    }

    private sealed class StampKind(int expected) : IJobKind
    {
        private readonly Stamps _stamps = new(expected);

        public string Name => "stamp";
        public string Summary => "Notes when it began.";
        public string DefaultPool => "light";
        public IReadOnlyList<JobField> Fields => [];
        public Task AllStarted => _stamps.All;

        public IEnumerable<double> After(DateTimeOffset due) => _stamps.After(due);

        public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) { }

        public Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
        {
            _stamps.Add();
            return Task.FromResult<JobOutcome>(new JobOutcome.Succeeded("noted"));
        }
    }

    private sealed class StampJob : IJob
    {
        public static Stamps Stamps { get; set; } = new(0);

        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
        {
            Stamps.Add();
            return ValueTask.CompletedTask;
        }
    }
}
