using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Analytics;
using Scheduler.Core.Backfills;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;

namespace Scheduler.Benchmarks;

/// <summary>What pages ask, over very many runs: each question through the class that the page asks.</summary>
/// <param name="output">Gets Markdown.</param>
/// <param name="runs">How many there are.</param>
/// <param name="folder">Kept for the next time where one is given, and used again where it is there.</param>
/// <param name="only">Questions that have this in their name; empty: all.</param>
public sealed class History(TextWriter output, int runs, string? folder, string only = "")
{
    private const int Asked = 20;
    private static readonly TimeSpan DashboardGoal = TimeSpan.FromMilliseconds(20), MonthGoal = TimeSpan.FromMilliseconds(5);

    // What a page waits for. Retention is measured on the ones without a goal of their own, too.
    private sealed record Question(string Name, TimeSpan? Goal, Func<Task> Ask);

    public async Task RunAsync()
    {
        await using var scheduler = await OpenAsync();
        output.WriteLine($"""

            ### {scheduler.Ask("SELECT count(*) FROM runs"):N0} runs of {HistoryData.Schedules:N0} schedules, {new FileInfo(scheduler.Options.DatabaseFile).Length >> 20:N0} MiB

            Milliseconds; the first time with everything to compile and a cold connection, then {Asked} times. Processor: of this process, the mean of those.

            | question | first | best | median | worst | processor | goal |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: |
            """);
        foreach (var question in Questions(scheduler.Services).Where(q => q.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var first = await TimeAsync(question);
            var times = new List<double>();
            var cpu = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < Asked; i++) times.Add(await TimeAsync(question));
            cpu = (Environment.CpuUsage.TotalTime - cpu) / Asked;
            times.Sort();
            var missed = question.Goal is { } goal && times[Asked / 2] > goal.TotalMilliseconds ? " missed" : "";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {question.Name} | {first:0.0} | {times[0]:0.0} | {times[Asked / 2]:0.0} | {times[^1]:0.0} | {cpu.TotalMilliseconds:0.0} | {question.Goal?.TotalMilliseconds:0}{missed} |"));
        }
    }

    /// <summary>Pages' times with and without retention at work: it begins to delete what is older than 90 days.</summary>
    public async Task RetentionAsync(int seconds)
    {
        await using var scheduler = await OpenAsync();
        output.WriteLine($"""

            ### Pages while retention deletes, {scheduler.Ask("SELECT count(*) FROM runs"):N0} runs

            Milliseconds; all questions by turns for {seconds} s with an engine that has nothing else to do.

            | | questions | median | p95 | worst | runs deleted a second |
            | --- | ---: | ---: | ---: | ---: | ---: |
            """);
        scheduler.Options.RunAge = TimeSpan.FromDays(3650);
        await using var idle = await scheduler.AgainAsync();
        var before = await WatchAsync(idle, "without", seconds);
        idle.Options.RunAge = TimeSpan.FromDays(90);
        await using var busy = await idle.AgainAsync();
        var while_ = await WatchAsync(busy, "while it deletes", seconds);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| **ratio** | | **{while_.Median / before.Median:0.00}** | **{while_.P95 / before.P95:0.00}** | | |"));
    }

    private async Task<(double Median, double P95)> WatchAsync(BenchScheduler scheduler, string name, int seconds)
    {
        var questions = Questions(scheduler.Services).ToList();
        foreach (var question in questions.Concat(questions)) await TimeAsync(question);
        var rows = scheduler.Ask("SELECT count(*) FROM runs");
        await scheduler.StartAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));
        var times = new List<double>();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds;)
            foreach (var question in questions) times.Add(await TimeAsync(question));
        await scheduler.StopAsync();
        times.Sort();
        var (median, p95) = (times[times.Count / 2], times[times.Count * 95 / 100]);
        var deleted = (rows - scheduler.Ask("SELECT count(*) FROM runs")) / (seconds + 2.0);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {times.Count} | {median:0.0} | {p95:0.0} | {times[^1]:0.0} | {deleted:0} |"));
        return (median, p95);
    }

    private async Task<BenchScheduler> OpenAsync()
    {
        var isThere = folder is not null && File.Exists(Path.Combine(folder, "scheduler.db"));
        var scheduler = folder is null ? await BenchScheduler.CreateAsync(slots: 4) : await BenchScheduler.InAsync(folder);
        if (!isThere) await HistoryData.MakeAsync(scheduler, runs, Console.Error);
        return scheduler;
    }

    private static async Task<double> TimeAsync(Question question)
    {
        var started = Stopwatch.GetTimestamp();
        await question.Ask();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private IEnumerable<Question> Questions(IServiceProvider services)
    {
        var (list, schedules, statistics) = (services.GetRequiredService<RunQueries>(), services.GetRequiredService<ScheduleQueries>(), services.GetRequiredService<StatisticsQueries>());
        var (queue, downtimes, gaps) = (services.GetRequiredService<QueueQueries>(), services.GetRequiredService<DowntimeQueries>(), services.GetRequiredService<BackfillQueries>());
        var ct = CancellationToken.None;
        var (now, name) = (DateTimeOffset.UtcNow, "s7");
        IReadOnlyList<RunStatus> active = [RunStatus.Queued, RunStatus.Running, RunStatus.Retrying], bad = [RunStatus.Failed, RunStatus.TimedOut, RunStatus.Interrupted];
        Question Dashboard(string what, Func<Task> ask) => new($"dashboard: {what}", DashboardGoal, ask);
        Question Chart(string? schedule, int days, StatisticsSpan span, TimeSpan goal) => new($"charts{(schedule is null ? "" : " of a schedule")}: {days} d by {span}", goal, () =>
        {
            statistics.Series(new StatisticsFilter { Schedule = schedule, From = now.AddDays(-days), To = now, Span = span });
            return Task.CompletedTask;
        });
        yield return Dashboard("what is going on", () => list.ActiveAsync(50, ct));
        yield return Dashboard("last runs", () => list.ListAsync(new RunFilter { Limit = 12 }, ct));
        yield return Dashboard("what comes", () => schedules.ComingAsync(8, ct));
        yield return Dashboard("waiting by pool", () => list.QueuedByPoolAsync(ct));
        yield return Dashboard("how many run", () => list.CountAsync(new RunFilter { Statuses = [RunStatus.Running] }, ct));
        yield return Dashboard("schedules by state", () => schedules.CountsAsync(ct));
        yield return Dashboard("troubles of 24 h", () => list.TroublesAsync(now.AddHours(-24), 7, ct));
        yield return Dashboard("figures of two days", () => Task.FromResult((statistics.Over(null, now.AddHours(-24), now), statistics.Over(null, now.AddHours(-48), now.AddHours(-24)))));
        yield return Dashboard("usual lengths of 20", () => schedules.FactsAsync(Enumerable.Range(0, 20).Select(i => $"s{i}").ToList(), ct));
        yield return Dashboard("dead letters", () => list.CountDeadLettersAsync(ct));
        yield return Dashboard("downtime to show", () => downtimes.ToShowAsync(ct));
        yield return Dashboard("gaps of 14 d", () => gaps.GapsAsync(null, ct));
        foreach (var schedule in (string?[])[null, name])
        {
            yield return Chart(schedule, 1, StatisticsSpan.Hour, DashboardGoal);
            yield return Chart(schedule, 7, StatisticsSpan.Hour, DashboardGoal);
            yield return Chart(schedule, 30, StatisticsSpan.Day, MonthGoal);
            yield return Chart(schedule, 90, StatisticsSpan.Day, DashboardGoal);
        }
        yield return new("a schedule", DashboardGoal, () => schedules.GetAsync(name, ct));
        yield return new("a schedule: last runs", DashboardGoal, () => list.ListAsync(new RunFilter { Schedule = name, Limit = 20 }, ct));
        yield return new("a schedule: skips ahead", DashboardGoal, () => schedules.SkipsAheadAsync(name, ct));
        yield return new("a schedule: gaps", DashboardGoal, () => gaps.GapsAsync(name, ct));
        yield return new("schedules: first page", null, () => schedules.PageAsync(new ScheduleFilter { Sort = ScheduleSort.NextRun }, ct));
        yield return new("schedules: by success", null, () => schedules.PageAsync(new ScheduleFilter { Sort = ScheduleSort.Success }, ct));
        yield return new("schedules: views", null, () => schedules.ViewCountsAsync("bench@example.com", ct));
        yield return new("runs: first page", DashboardGoal, () => list.ListAsync(new RunFilter { Limit = 51 }, ct));
        yield return new("runs: a page in the middle", DashboardGoal, () => list.ListAsync(new RunFilter { BeforeId = runs / 2, Limit = 51 }, ct));
        yield return new("runs: count of the tab All", null, () => list.CountAsync(new RunFilter { Limit = 1 }, ct));
        yield return new("runs: tab Running", DashboardGoal, () => list.ListAsync(new RunFilter { Statuses = active, Limit = 51 }, ct));
        yield return new("runs: tab Failed", null, () => list.ListAsync(new RunFilter { Statuses = bad, EndedFrom = now.AddHours(-24), Limit = 51 }, ct));
        yield return new("runs: count of the tab Failed", null, () => list.CountAsync(new RunFilter { Statuses = bad, EndedFrom = now.AddHours(-24), Limit = 1 }, ct));
        yield return new("runs: succeeded in 24 h", null, () => list.CountAsync(new RunFilter { Statuses = [RunStatus.Succeeded], EndedFrom = now.AddHours(-24), Limit = 1 }, ct));
        yield return new("runs: of a schedule, failed", null, () => list.ListAsync(new RunFilter { Schedule = name, Statuses = [RunStatus.Failed], Limit = 51 }, ct));
        yield return new("runs: timed out", null, () => list.ListAsync(new RunFilter { Statuses = [RunStatus.TimedOut], Limit = 51 }, ct));
        yield return new("runs: by hand (there is none)", null, () => list.ListAsync(new RunFilter { TriggerType = TriggerType.Manual, Limit = 51 }, ct));
        yield return new("runs: queued 50 to 49 days ago", null, () => list.ListAsync(new RunFilter { From = now.AddDays(-50), To = now.AddDays(-49), Limit = 51 }, ct));
        yield return new("a run", DashboardGoal, () => list.GetAsync(runs / 2, ct));
        yield return new("a run: its manifest", DashboardGoal, () => list.ManifestAsync(runs / 2, ct));
        yield return new("dead letters: the list", null, () => list.DeadLettersAsync(null, 101, ct));
        yield return new("queue", DashboardGoal, () => queue.ViewAsync(new QueueFilter(), ct));
        yield return new("metrics: all that ever ended", null, () => Task.FromResult(statistics.Ever(now)));
    }
}
