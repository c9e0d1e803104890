using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Storage;

namespace Scheduler.Benchmarks;

/// <summary>How many runs that do nothing are started, logged, ended and recorded in a second, when more wait than there are slots.</summary>
/// <param name="output">Gets Markdown.</param>
/// <param name="runs">How many wait at the start.</param>
public sealed class Throughput(TextWriter output, int runs)
{
    private const int Turns = 3;
    private const int Slots = 32;
    private const int Schedules = 100;

    public async Task RunAsync()
    {
        output.WriteLine($"""

            ### {runs:N0} runs of `noop` waiting, {Slots} slots, synchronous=FULL

            | turn | runs a second | processor time a run, µs | runs a commit | waiting for the disk |
            | ---: | ---: | ---: | ---: | ---: |
            """);
        for (var turn = 1; turn <= Turns; turn++)
        {
            var (rate, cost) = await TurnAsync(null);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {turn} | {rate:0} | {cost} |"));
        }
    }

    /// <summary>The same with and without a backup at work, by turns; one backup after the other, which nobody does.</summary>
    public async Task WithBackupsAsync()
    {
        output.WriteLine($"""

            ### {runs:N0} runs of `noop` waiting, {Slots} slots, with backups and without

            | turn | runs a second | with backups | ratio | backups | each, ms | with one backup alone |
            | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            """);
        await TurnAsync(null); // for the compiler
        for (var turn = 1; turn <= Turns; turn++)
        {
            var (alone, _) = await TurnAsync(null);
            var lengths = new List<double>();
            var (beside, _) = await TurnAsync(scheduler =>
            {
                var (file, started) = (Path.Combine(scheduler.Options.DataFolder, $"copy-{lengths.Count}.db"), TimeProvider.System.GetTimestamp());
                new Backup(scheduler.Options, TimeProvider.System).Make(file, new("bench@example.com", Core.Access.Role.Administrator, "bench"));
                lengths.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
                File.Delete(file);
            });
            var (one, _) = await TurnAsync(scheduler => new Backup(scheduler.Options, TimeProvider.System).Make(
                Path.Combine(scheduler.Options.DataFolder, "copy.db"), new("bench@example.com", Core.Access.Role.Administrator, "bench")), once: true);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {turn} | {alone:0} | {beside:0} | {beside / alone:0.00} | {lengths.Count} | {lengths.DefaultIfEmpty().Average():0} | {one / alone:0.00} |"));
        }
    }

    private async Task<(double Rate, string Cost)> TurnAsync(Action<BenchScheduler>? beside, bool once = false)
    {
        await using var scheduler = await BenchScheduler.CreateAsync(Slots);
        await scheduler.AddSchedulesAsync("s", Schedules, "manual", """{ "kind": "noop" }""");
        await scheduler.StartAsync();
        var control = scheduler.Services.GetRequiredService<Core.Runs.RunControl>();
        await control.RunNowAsync("s0", new Core.Runs.RunRequest(), new("bench@example.com", Core.Access.Role.Administrator, "bench"), CancellationToken.None);
        await scheduler.UntilAsync("SELECT count(*) FROM runs WHERE status = 3", 1);
        await scheduler.StopAsync();
        // As if it had just been asked for, by many.
        scheduler.Copy("runs", "id = 1", runs + 1, ("id", "id + n"), ("schedule_id", $"(SELECT id FROM schedules WHERE name = 's' || (n % {Schedules}))"), ("schedule_name", $"'s' || (n % {Schedules})"),
            ("status", "0"), ("exclusive", "0"), ("reason", "''"), ("attempt", "0"), ("started_at", "NULL"), ("attempt_started_at", "NULL"), ("finished_at", "NULL"), ("duration_ms", "NULL"), ("boot_id", "NULL"));
        await using var second = await scheduler.AgainAsync();
        var writer = second.Services.GetRequiredService<DatabaseWriter>();
        var (commits, disk, cpu) = (writer.Commits, writer.CommitTime, Environment.CpuUsage.TotalTime);
        await second.StartAsync();
        using var over = new CancellationTokenSource();
        var besides = beside is null ? Task.CompletedTask : Task.Factory.StartNew(() =>
        {
            do beside(second);
            while (!once && !over.IsCancellationRequested);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await second.UntilAsync("SELECT count(*) FROM runs WHERE status = 3", runs + 1);
        await over.CancelAsync();
        await besides;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var ms = second.Ask("SELECT max(finished_at) - min(started_at) FROM runs WHERE id > 1");
        return (runs * 1000.0 / ms, string.Create(CultureInfo.InvariantCulture,
            $"{cpu.TotalMicroseconds / runs:0} | {(double)runs / (writer.Commits - commits):0.0} | {(writer.CommitTime - disk).TotalMilliseconds / ms:P0}"));
    }
}
