using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Benchmarks;

/// <summary>A whole scheduling core over a folder of its own, as the program starts it: real file, <c>synchronous=FULL</c>, logs, policies.</summary>
internal sealed class BenchScheduler : IAsyncDisposable
{
    private static readonly Actor Bench = new("bench@example.com", Role.Administrator, "bench");

    private readonly ServiceProvider _provider;
    private bool _isRunning;
    private bool _isLeft;
    private bool _isKept;

    private BenchScheduler(ServiceProvider provider, SchedulerOptions options) => (_provider, Options) = (provider, options);

    public SchedulerOptions Options { get; }

    public IServiceProvider Services => _provider;

    /// <summary>Transactions since the start.</summary>
    public long Commits => _provider.GetRequiredService<DatabaseWriter>().Commits;

    public static Task<BenchScheduler> CreateAsync(int slots, params IReadOnlyList<IJobKind> kinds)
    {
        var options = new SchedulerOptions { DataFolder = Directory.CreateTempSubdirectory("scheduler-bench-").FullName };
        options.Pools["light"] = slots;
        return OpenAsync(options, kinds);
    }

    /// <summary>A folder that stays, with whatever is in it.</summary>
    public static async Task<BenchScheduler> InAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var scheduler = await OpenAsync(new SchedulerOptions { DataFolder = folder }, []);
        scheduler._isKept = true;
        return scheduler;
    }

    /// <summary>The same folder in a new core, as after a restart. This one is not to be used any more.</summary>
    public async Task<BenchScheduler> AgainAsync(params IReadOnlyList<IJobKind> kinds)
    {
        await StopAsync();
        await _provider.DisposeAsync();
        _isLeft = true;
        var again = await OpenAsync(Options, kinds);
        again._isKept = _isKept;
        return again;
    }

    private static async Task<BenchScheduler> OpenAsync(SchedulerOptions options, IReadOnlyList<IJobKind> kinds)
    {
        var services = new ServiceCollection().AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        foreach (var kind in kinds) services.AddSingleton(kind);
        var provider = services.AddScheduler(options).AddSchedulerEngine().BuildServiceProvider();
        await provider.GetRequiredService<DatabaseStartup>().PrepareAsync(CancellationToken.None);
        return new BenchScheduler(provider, options);
    }

    public async Task StartAsync()
    {
        await _provider.GetRequiredService<IHostedService>().StartAsync(CancellationToken.None);
        _isRunning = true;
    }

    public async Task StopAsync()
    {
        if (_isRunning) await _provider.GetRequiredService<IHostedService>().StopAsync(CancellationToken.None);
        _isRunning = false;
    }

    /// <summary>Saves one schedule as a person would, and copies its rows until there are so many: s0, s1, …. Their priorities are 0 to 4 by turns.</summary>
    /// <param name="prefix">Of the names.</param>
    /// <param name="count">How many.</param>
    /// <param name="trigger">When they are due.</param>
    /// <param name="job">What they do, as JSON.</param>
    public async Task AddSchedulesAsync(string prefix, int count, string trigger, string job = """{ "kind": "stamp" }""")
    {
        await _provider.GetRequiredService<ScheduleEditor>().SaveAsync(
            JsonElement.Parse($$"""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{prefix}}0" }, "spec": { "schedule": "{{trigger}}", "job": {{job}} } }"""),
            new SaveRules(), Bench, CancellationToken.None);
        Copy("schedules", $"name = '{prefix}0'", count, ("id", "(SELECT max(id) FROM schedules) + n"), ("name", $"'{prefix}' || n"), ("uid", "lower(hex(randomblob(16)))"), ("priority", "n % 5"), ("spec", $"replace(spec, '{prefix}0', '{prefix}' || n)"));
        Copy("revisions", $"schedule_id = (SELECT id FROM schedules WHERE name = '{prefix}0')", count, ("schedule_id", $"(SELECT id FROM schedules WHERE name = '{prefix}' || n)"), ("spec", $"replace(spec, '{prefix}0', '{prefix}' || n)"));
    }

    /// <summary>Copies a row, with some columns told anew for n = 1, 2, ….</summary>
    public void Copy(string table, string row, int count, params ReadOnlySpan<(string Column, string Value)> anew)
    {
        using var db = Open();
        var columns = new List<string>();
        using (var command = Command(db, $"SELECT name FROM pragma_table_info('{table}')"))
        using (var reader = command.ExecuteReader())
            while (reader.Read()) columns.Add(reader.GetString(0));
        var values = columns.ToDictionary(c => c, c => c);
        foreach (var (column, value) in anew) values[column] = value;
        using var copy = Command(db, $"""
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {count})
            INSERT INTO {table} ({string.Join(", ", columns)}) SELECT {string.Join(", ", columns.Select(c => values[c]))} FROM {table}, numbers WHERE {row} AND {count} > 1
            """);
        copy.ExecuteNonQuery();
    }

    public long Ask(string sql)
    {
        using var db = Open();
        using var command = Command(db, sql);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public async Task UntilAsync(string sql, long value)
    {
        while (Ask(sql) != value) await Task.Delay(100);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isLeft) return;
        await StopAsync();
        await _provider.DisposeAsync();
        if (!_isKept) Directory.Delete(Options.DataFolder, recursive: true);
    }

    public SqliteConnection Open()
    {
        var db = new SqliteConnection($"Data Source={Options.DatabaseFile};Pooling=False");
        db.Open();
        return db;
    }

    private static SqliteCommand Command(SqliteConnection db, string sql)
    {
        var command = db.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
