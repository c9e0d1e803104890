using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Scheduler.Core.Triggers;

namespace Scheduler.Benchmarks;

/// <summary>The next occurrence after an instant; one operation is one answer.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByParams)]
public class NextBenchmarks
{
    private CronExpression _ours = null!;
    private Quartz.CronExpression _quartz = null!;
    private TriggerZone _zone = null!;

    [ParamsSource(nameof(Zones))]
    public Zone Zone { get; set; } = null!;

    [ParamsSource(nameof(Cases))]
    public CronCase Cron { get; set; } = null!;

    public static IEnumerable<Zone> Zones => Zone.All;

    public static IEnumerable<CronCase> Cases => CronCase.All;

    [GlobalSetup]
    public void SetUp()
    {
        _ours = Cron.Parse();
        _zone = Zone.Trigger;
        _quartz = Cron.ParseQuartz().WithTimeZone(Zone.Info);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Sample.Count)]
    public long Quartz()
    {
        var sum = 0L;
        foreach (var instant in Sample.Instants) sum += _quartz.GetNextValidTimeAfter(instant)?.UtcTicks ?? 0;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Sample.Count)]
    public long Ours()
    {
        var sum = 0L;
        foreach (var instant in Sample.Instants) sum += _ours.Next(instant, _zone)?.UtcTicks ?? 0;
        return sum;
    }
}

/// <summary>Text to expression.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByParams)]
public class ParseBenchmarks
{
    [ParamsSource(nameof(Cases))]
    public CronCase Cron { get; set; } = null!;

    public static IEnumerable<CronCase> Cases => CronCase.All;

    [Benchmark(Baseline = true)]
    public object Quartz() => Cron.ParseQuartz();

    [Benchmark]
    public object Ours() => Cron.Parse();
}
