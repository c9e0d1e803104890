using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Schedules;

public sealed class ManifestTests
{
    private const string Full = """
        apiVersion: scheduler/v1
        kind: ScanSchedule
        metadata:
          name: shop-nightly
          labels: { team: web, environment: production }
          annotations: { description: "Nightly look: at the shop" }
        spec:
          schedule: "0 2 * * *"
          timezone: Europe/Berlin
          startAt: null
          endAt: null
          suspend: false
          priority: 0
          pool: scan
          concurrencyPolicy: Forbid
          startingDeadlineSeconds: null
          missedRuns: Latest
          timeout: 2h
          retry: { attempts: 3, delay: 1m, multiplier: 2.0, maxDelay: 60m }
          successfulRunsHistoryLimit: 30
          failedRunsHistoryLimit: 10
          debounce: 0s
          eventFilter: []
          job:
            kind: http
            targets: { urls: ["http://127.0.0.1:5080/"] }
            options: {}
          notifications: []
        """;

    [Fact]
    public async Task Yaml_OfTheContract_ReadsAndRoundTrips()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var reader = scheduler.Get<ManifestReader>();
        var manifest = reader.Read(ManifestText.ReadOne(Full), scheduler.Get<Core.Jobs.ScopeStore>().Current);
        Assert.Equal("shop-nightly", manifest.Name);
        Assert.Equal(3, manifest.Spec.Retry.Attempts);
        Assert.Equal(TimeSpan.FromHours(2), manifest.Spec.Timeout);

        var json = ManifestJson.Write(manifest);
        var again = reader.Read(ManifestText.ReadOne(ManifestText.ToYaml(json)), scheduler.Get<Core.Jobs.ScopeStore>().Current);
        Assert.Equal(json, ManifestJson.Write(again));
    }

    [Theory]
    [InlineData("name: shop-nightly", "name: 9shop", "metadata.name")]
    [InlineData("name: shop-nightly", "name: ../../etc", "metadata.name")]
    [InlineData("schedule: \"0 2 * * *\"", "schedule: \"0 25 * * *\"", "spec.schedule")]
    [InlineData("timezone: Europe/Berlin", "timezone: Europe/Atlantis", "spec.timezone")]
    [InlineData("priority: 0", "priority: 101", "spec.priority")]
    [InlineData("priority: 0", "priorty: 0", "spec.priorty")]
    [InlineData("pool: scan", "pool: swimming", "spec.pool")]
    [InlineData("concurrencyPolicy: Forbid", "concurrencyPolicy: forbid", "spec.concurrencyPolicy")]
    [InlineData("timeout: 2h", "timeout: 0s", "spec.timeout")]
    [InlineData("attempts: 3", "attempts: 0", "spec.retry.attempts")]
    [InlineData("kind: http", "kind: telepathy", "spec.job.kind")]
    [InlineData("http://127.0.0.1:5080/", "http://10.1.2.3/", "spec.job.targets.urls[0]")]
    [InlineData("options: {}", "options: { metod: GET }", "spec.job.options.metod")]
    [InlineData("startAt: null", "startAt: tomorrow", "spec.startAt")]
    [InlineData("apiVersion: scheduler/v1", "apiVersion: v2", "apiVersion")]
    [InlineData("notifications: []", "notifications: [{ channel: nobody, on: [failure] }]", "spec.notifications[0].channel")]
    [InlineData("team: web", "\"bad key\": web", "metadata.labels.bad key")]
    public async Task WrongField_IsNamedByItsPath_AndNothingIsWritten(string right, string wrong, string path)
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var text = Full.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Full, text);
        var refused = await Assert.ThrowsAsync<InvalidInputException>(
            () => scheduler.Editor.SaveAsync(ManifestText.ReadOne(text), new SaveRules(), TestScheduler.Ana, default));
        Assert.Equal(path, Assert.Single(refused.Errors).Path);
        Assert.Empty(await scheduler.Schedules.ListAsync(new ScheduleFilter(), default));
    }

    [Fact]
    public async Task SeveralWrongFields_AreNamedTogether()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var manifest = ManifestText.ReadOne(Full.Replace("timeout: 2h", "timeout: soon", StringComparison.Ordinal).Replace("priority: 0", "priority: high", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Editor.SaveAsync(manifest, new SaveRules(), TestScheduler.Ana, default));
        Assert.Equal(["spec.priority", "spec.timeout"], refused.Errors.Select(e => e.Path).Order());
    }

    [Theory]
    [InlineData("a: [1, 2")]
    [InlineData("{ \"a\": 1")]
    [InlineData("a: 1\na: 2")]
    [InlineData("{ \"a\": 1, \"a\": 2 }")]
    [InlineData("")]
    [InlineData("a: 1\n---\nb: 2")]
    public void BadText_IsRefusedInWords(string text) => Assert.Throws<InvalidInputException>(() => ManifestText.ReadOne(text));

    [Fact]
    public void AliasBomb_IsRefusedQuickly()
    {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 12).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 9))}]\n"));
        Assert.Throws<InvalidInputException>(() => ManifestText.ReadOne(bomb));
    }

    [Theory]
    [InlineData("no", JsonValueKind.String)]
    [InlineData("012", JsonValueKind.String)]
    [InlineData("12", JsonValueKind.Number)]
    [InlineData("true", JsonValueKind.True)]
    [InlineData("~", JsonValueKind.Null)]
    [InlineData("'12'", JsonValueKind.String)]
    [InlineData("1e3", JsonValueKind.Number)]
    [InlineData("5s", JsonValueKind.String)]
    public void PlainScalars_FollowTheCoreSchema(string yaml, JsonValueKind kind) => Assert.Equal(kind, ManifestText.ReadOne($"v: {yaml}").GetProperty("v").ValueKind);
}
