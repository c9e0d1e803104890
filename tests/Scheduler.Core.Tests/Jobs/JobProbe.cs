using System.Threading.Channels;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;

namespace Scheduler.Core.Tests.Jobs;

/// <summary>Runs a job as an engine would and keeps all that it said.</summary>
public sealed class JobProbe
{
    private readonly Channel<JobEvent> _channel = Channel.CreateUnbounded<JobEvent>();

    public JobProbe(JobSpec job, Scope? scope = null, bool overridesRateLimits = false, DateTimeOffset? asOf = null, JobMemory? memory = null) =>
        Context = new JobContext(1, "probe", 1, job, scope ?? Scope.Default("/nowhere"), TimeProvider.System, _channel.Writer, overridesRateLimits, asOf, memory: memory);

    public JobContext Context { get; }
    public ChannelReader<JobEvent> Reader => _channel.Reader;
    public JobOutcome Outcome { get; private set; } = null!;
    public IReadOnlyList<JobEvent> Events { get; private set; } = [];

    public IReadOnlyList<Finding> Findings => [.. Events.OfType<JobEvent.Found>().Select(e => e.Finding)];
    public IReadOnlyList<string> Covered => [.. Events.OfType<JobEvent.Covered>().Select(e => e.Asset)];
    public IReadOnlyList<string> Log => [.. Events.OfType<JobEvent.LogLine>().Select(e => e.Text)];
    public double Metric(string name) => Events.OfType<JobEvent.Metric>().Last(m => m.Name == name).Value;

    /// <summary>Rule, severity and location of each finding, sorted: what a test compares with.</summary>
    public IReadOnlyList<string> FindingLines => [.. Findings.Select(f => $"{f.Rule} {f.Severity} {f.Location}".TrimEnd()).Order(StringComparer.Ordinal)];

    public async Task<JobProbe> RunAsync(Func<JobContext, CancellationToken, Task<JobOutcome>> run)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Outcome = await run(Context, patience.Token);
        _channel.Writer.Complete();
        Events = await _channel.Reader.ReadAllAsync(patience.Token).ToListAsync(patience.Token);
        return this;
    }

    public static Task<JobProbe> RunAsync(IJobKind kind, JobSpec job, Scope? scope = null) => new JobProbe(job, scope).RunAsync(kind.RunAsync);

    /// <summary>What the kind complains about, as <c>path: message</c>.</summary>
    public static IReadOnlyList<string> Complaints(IJobKind kind, JobSpec job, Scope? scope = null)
    {
        var errors = new List<FieldError>();
        kind.Check(job, scope ?? Scope.Default("/nowhere"), "spec.job", errors);
        return [.. errors.Select(e => $"{e.Path}: {e.Message}")];
    }
}
