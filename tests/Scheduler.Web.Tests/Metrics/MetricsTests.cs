using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Scheduler.Web.Tests.Api;

namespace Scheduler.Web.Tests.Metrics;

public sealed partial class MetricsTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task EveryLine_IsAHeadOrASampleOfIt_AndEachFamilyAppearsOnce()
    {
        var (heads, family) = (new List<string>(), "");
        using var answer = await server.Viewer.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        var text = await answer.Content.ReadAsStringAsync();

        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text.TrimEnd('\n').Split('\n'))
            if (Help().Match(line) is { Success: true } help) heads.Add(family = help.Groups[1].Value);
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) Assert.Matches($"^# TYPE {family} (counter|gauge|histogram)$", line);
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                Assert.Contains(family, (string[])[sample.Groups[1].Value, Suffix().Replace(sample.Groups[1].Value, "")]);
                Assert.True(double.TryParse(sample.Groups[3].Value.Replace("+Inf", "Infinity", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out _), line);
            }
        Assert.Equal(heads.Distinct(), heads);
        Assert.Subset(heads.ToHashSet(), new HashSet<string>
        {
            "scheduler_start_lag_seconds", "scheduler_run_duration_seconds", "scheduler_runs_total", "scheduler_pool_queued", "scheduler_pool_slots", "scheduler_database_commits_total",
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_threads", "process_open_handles", "dotnet_gc_collections_total",
        });
    }

    [Fact]
    public async Task Runs_AreCounted_ByHowTheyEnded_AndMeasured()
    {
        var before = await ReadAsync();
        await server.EndOfAsync(await server.RunAsync(await server.ScheduleAsync("""{"duration":"1s"}""")));
        await server.EndOfAsync(await server.RunAsync(await server.ScheduleAsync("""{"outcome":"fail"}""")));
        var after = await ReadAsync();

        double Grown(string sample) => after[sample] - before.GetValueOrDefault(sample);
        Assert.Equal(1, Grown("""scheduler_runs_total{status="Succeeded",origin="Person"}"""));
        Assert.Equal(1, Grown("""scheduler_runs_total{status="Failed",origin="Person"}"""));
        Assert.Equal(0, Grown("""scheduler_runs_total{status="Succeeded",origin="Trigger"}"""));
        Assert.Equal((2, 2), (Grown("scheduler_run_duration_seconds_count"), Grown("scheduler_start_lag_seconds_count")));
        Assert.InRange(Grown("scheduler_run_duration_seconds_sum"), 1, 60);
        Assert.True(Grown("scheduler_database_writes_total") >= 6);
        Assert.Equal(1, after["scheduler_engine_running"]);
        Assert.Equal(16, after["""scheduler_pool_slots{pool="light"}"""]);
    }

    [Theory]
    [InlineData("scheduler_run_duration_seconds")]
    [InlineData("scheduler_start_lag_seconds")]
    public async Task Histograms_Rise_UpToTheirCount(string name)
    {
        await server.EndOfAsync(await server.RunAsync(await server.ScheduleAsync()));
        var samples = await ReadAsync();
        var buckets = samples.Where(s => s.Key.StartsWith(name + "_bucket", StringComparison.Ordinal)).ToList();

        Assert.EndsWith("{le=\"+Inf\"}", buckets[^1].Key, StringComparison.Ordinal);
        Assert.Equal(buckets.Select(b => b.Value).Order(), buckets.Select(b => b.Value));
        Assert.Equal(samples[name + "_count"], buckets[^1].Value);
        Assert.True(buckets[^1].Value > 0);
    }

    [Fact]
    public async Task Nobody_IsRefused()
    {
        using var answer = await server.Anonymous.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    // In the order of the text.
    private async Task<Dictionary<string, double>> ReadAsync() =>
        (await server.Viewer.GetStringAsync("/metrics")).Split('\n').Where(l => l.Length > 0 && l[0] != '#')
            .ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^# HELP ([a-z_]+) .+$")]
    private static partial Regex Help();

    [GeneratedRegex("""^([a-z_]+)(\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})? (\S+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
