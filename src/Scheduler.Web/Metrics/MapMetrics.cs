using System.Diagnostics;
using Scheduler.Core;
using Scheduler.Core.Analytics;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.SelfChecks;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Metrics;

/// <summary><c>/metrics</c> for Prometheus. It names pools and says how much goes on, so it takes a viewer's token like the rest.</summary>
internal static class MetricsEndpoint
{
    private static readonly double[] DurationLimits = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600];
    private static readonly double[] LagLimits = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
    private static readonly RunStatus[] Ended = [.. Enum.GetValues<RunStatus>().Where(s => s.IsTerminal())];

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapGet("/metrics", GetAsync).RequireAuthorization(Policies.Viewer).ExcludeFromDescription();

    private static async Task<IResult> GetAsync(
        EngineReport engine, ScheduleQueries schedules, StatisticsQueries statistics, DatabaseWriter writer, LiveFeed feed, SelfCheckReport selfCheck, SchedulerOptions options, TimeProvider clock, CancellationToken ct)
    {
        var text = new PrometheusText();
        WriteEngine(text, engine, await engine.PoolsAsync(ct), await schedules.CountsAsync(ct), feed);
        WriteSelfCheck(text, selfCheck, clock.GetUtcNow());
        WriteRuns(text, statistics.Ever(clock.GetUtcNow()));
        WriteDatabase(text, writer, options);
        WriteProcess(text);
        return Results.Text(text.ToString(), PrometheusText.ContentType);
    }

    private static void WriteEngine(PrometheusText text, EngineReport engine, IReadOnlyList<PoolStatus> pools, ScheduleCounts schedules, LiveFeed feed)
    {
        text.Family("scheduler_info", "gauge", "Always 1; the label says which version runs.").Sample(1, ("version", typeof(MetricsEndpoint).Assembly.GetName().Version?.ToString(3) ?? ""));
        text.Single("scheduler_engine_running", "gauge", "1 while this process drives the schedules.", engine.Status == EngineStatus.Running ? 1 : 0);
        text.Single("scheduler_dispatch_lag_seconds", "gauge", "How late the last due occurrence was recorded.", engine.Lag.TotalSeconds);
        text.Family("scheduler_schedules", "gauge", "Schedules by state; disabled and completed ones are other.")
            .Sample(schedules.Active, ("state", "active")).Sample(schedules.Paused, ("state", "paused")).Sample(schedules.Total - schedules.Active - schedules.Paused, ("state", "other"));
        text.Family("scheduler_next_due_timestamp_seconds", "gauge", "When the next schedule falls due, since 1970; no sample where none does.");
        if (schedules.NextDueAt is { } next) text.Sample(next.ToUnixTimeMilliseconds() / 1000.0);
        text.Family("scheduler_pool_slots", "gauge", "How many runs of a pool may go on at once.");
        foreach (var pool in pools) text.Sample(pool.Slots, ("pool", pool.Name));
        text.Family("scheduler_pool_active", "gauge", "How many runs of a pool go on.");
        foreach (var pool in pools) text.Sample(pool.Active, ("pool", pool.Name));
        text.Family("scheduler_pool_queued", "gauge", "How many runs wait for a pool, retries included.");
        foreach (var pool in pools) text.Sample(pool.Queued, ("pool", pool.Name));
        text.Single("scheduler_live_watchers", "gauge", "Pages and programs that watch changes.", feed.Watchers);
    }

    private static void WriteSelfCheck(PrometheusText text, SelfCheckReport selfCheck, DateTimeOffset now)
    {
        text.Family("scheduler_selfcheck_age_seconds", "gauge", "Since the self-check passed the last time; no sample where it never has or is off.");
        if (selfCheck is { IsOn: true, Last.PassedAt: { } passed }) text.Sample(Math.Max(0, (now - passed).TotalSeconds));
        text.Family("scheduler_selfcheck_success", "gauge", "1 where the last self-check passed, 0 where it failed; no sample before the first.");
        if (selfCheck is { IsOn: true, Last: { } last }) text.Sample(last.FailedAt is null ? 1 : 0);
    }

    private static void WriteRuns(PrometheusText text, RunFigures ever)
    {
        text.Family("scheduler_runs_total", "counter", "Runs that have ended, by how they ended and who made them start; kept over restarts.");
        foreach (var origin in Enum.GetValues<RunOrigin>())
            foreach (var status in Ended)
                text.Sample(ever.Of(origin, status), ("status", status.ToString()), ("origin", origin.ToString()));
        var durations = ever.SpreadOfDuration(DurationLimits.Select(TimeSpan.FromSeconds));
        text.Histogram("scheduler_run_duration_seconds", "From the first start to the end of runs that succeeded or failed; limits are within 4.5 %.", DurationLimits, durations.Within, durations.Sum.TotalSeconds, durations.Count);
        var lags = ever.SpreadOfStartLag(LagLimits.Select(TimeSpan.FromSeconds));
        text.Histogram("scheduler_start_lag_seconds", "From due to started, of runs that have ended; limits are within 4.5 %.", LagLimits, lags.Within, lags.Sum.TotalSeconds, lags.Count);
    }

    private static void WriteDatabase(PrometheusText text, DatabaseWriter writer, SchedulerOptions options)
    {
        text.Single("scheduler_database_commits_total", "counter", "Transactions committed since the start.", writer.Commits);
        text.Single("scheduler_database_writes_total", "counter", "Writes since the start; by commits it says how well they are grouped.", writer.Writes);
        text.Single("scheduler_database_commit_seconds_total", "counter", "Time spent in commits since the start.", writer.CommitTime.TotalSeconds);
        text.Single("scheduler_database_waiting_writes", "gauge", "Writes that wait for their turn.", writer.Waiting);
        text.Family("scheduler_database_bytes", "gauge", "The size of the database's files.")
            .Sample(SizeOf(options.DatabaseFile), ("file", "main")).Sample(SizeOf(options.DatabaseFile + "-wal"), ("file", "wal"));
    }

    private static void WriteProcess(PrometheusText text)
    {
        using var self = Process.GetCurrentProcess();
        text.Single("process_cpu_seconds_total", "counter", "Processor time of this process.", self.TotalProcessorTime.TotalSeconds);
        text.Single("process_resident_memory_bytes", "gauge", "Memory of this process that is in RAM.", self.WorkingSet64);
        text.Single("process_start_time_seconds", "gauge", "When this process started, since 1970.", new DateTimeOffset(self.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        text.Single("process_threads", "gauge", "Threads of this process.", self.Threads.Count);
        text.Single("process_open_handles", "gauge", "Files, sockets and other things that this process holds open.", self.HandleCount);
        text.Family("dotnet_gc_collections_total", "counter", "Garbage collections, by generation.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++) text.Sample(GC.CollectionCount(generation), ("generation", $"{generation}"));
        text.Single("dotnet_gc_heap_bytes", "gauge", "The managed heap.", GC.GetTotalMemory(forceFullCollection: false));
        text.Single("dotnet_gc_pause_seconds_total", "counter", "How long collections held everything up.", GC.GetTotalPauseDuration().TotalSeconds);
        text.Single("dotnet_threadpool_threads", "gauge", "Threads of the pool.", ThreadPool.ThreadCount);
        text.Single("dotnet_threadpool_queue_length", "gauge", "Work that waits for a thread of the pool.", ThreadPool.PendingWorkItemCount);
    }

    private static long SizeOf(string file) => new FileInfo(file) is { Exists: true } found ? found.Length : 0;
}
