using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Access;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests.Support;

/// <summary>The real core over a real SQLite file in a folder of its own; the engine runs when the test starts it.</summary>
public sealed class TestScheduler : IAsyncDisposable
{
    public static readonly Actor Ana = new("ana@example.com", Role.Administrator, "test");
    public static readonly Actor Vic = new("vic@example.com", Role.Viewer, "test");

    private readonly ServiceProvider _services;
    private IHostedService? _engine;

    private TestScheduler(ServiceProvider services, SchedulerOptions options, bool ownsFolder) =>
        (_services, Options, OwnsFolder) = (services, options, ownsFolder);

    public SchedulerOptions Options { get; }
    public bool OwnsFolder { get; set; }
    public ScheduleEditor Editor => Get<ScheduleEditor>();
    public ScheduleQueries Schedules => Get<ScheduleQueries>();
    public RunQueries Runs => Get<RunQueries>();
    public RunControl Control => Get<RunControl>();
    internal Database Database => Get<Database>();
    internal DatabaseWriter Writer => Get<DatabaseWriter>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <param name="clock">Null: the real one.</param>
    /// <param name="folder">Null: a new one, deleted at the end.</param>
    /// <param name="configure">Changes to the options.</param>
    /// <param name="kinds">Job kinds beside the built-in ones.</param>
    public static async Task<TestScheduler> CreateAsync(
        TimeProvider? clock = null, string? folder = null, Action<SchedulerOptions>? configure = null, params IJobKind[] kinds)
    {
        var options = new SchedulerOptions { DataFolder = folder ?? Path.Combine(Path.GetTempPath(), "scheduler-tests", Guid.NewGuid().ToString("N")), DrainTime = TimeSpan.FromSeconds(1), ReserveSize = 1 << 20 };
        configure?.Invoke(options);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        if (clock is not null) services.AddSingleton(clock);
        foreach (var kind in kinds) services.AddSingleton(kind);
        services.AddScheduler(options).AddSchedulerEngine();
        var scheduler = new TestScheduler(services.BuildServiceProvider(), options, folder is null);
        await scheduler.Get<DatabaseStartup>().PrepareAsync(CancellationToken.None);
        return scheduler;
    }

    public async Task<TestScheduler> StartAsync()
    {
        _engine = Get<IHostedService>();
        await _engine.StartAsync(CancellationToken.None);
        await Until.TrueAsync(() => Get<EngineState>().Status != EngineStatus.Starting, "the engine starts");
        return this;
    }

    public async Task StopAsync()
    {
        if (_engine is null) return;
        var stopped = _engine.StopAsync(CancellationToken.None);
        // The engine gives jobs their drain time by the test's own clock.
        if (Get<TimeProvider>() is ManualTime clock) await Until.TrueAsync(() => { clock.Advance(TimeSpan.FromSeconds(1)); return stopped.IsCompleted; }, "the engine stops");
        await stopped;
        _engine = null;
    }

    public static JsonElement Manifest(string name, string schedule, string job = """{ "kind": "noop" }""", string more = "") => JsonElement.Parse(
        $$"""
        { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" }, "spec": { "schedule": "{{schedule}}", "job": {{job}}{{(more.Length > 0 ? ", " + more : "")}} } }
        """);

    public Task<SaveOutcome> SaveAsync(string name, string schedule, string job = """{ "kind": "noop" }""", string more = "") =>
        Editor.SaveAsync(Manifest(name, schedule, job, more), new SaveRules(), Ana, CancellationToken.None);

    public async Task<RunView> RunAsync(long id) => (await Runs.GetAsync(id, CancellationToken.None))!;

    public async Task<RunView> EndedAsync(long id)
    {
        await Until.TrueAsync(async () => (await RunAsync(id)).Status.IsTerminal(), $"run {id} ends");
        return await RunAsync(id);
    }

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<RunView>> RunsOfAsync(string schedule) => Runs.ListAsync(new RunFilter { Schedule = schedule, Limit = 500 }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
        if (OwnsFolder && Directory.Exists(Options.DataFolder)) Directory.Delete(Options.DataFolder, recursive: true);
    }
}
