using Scheduler.Core.Runs;
using Scheduler.Web.Components.Runs;

namespace Scheduler.Web.Tests.Components.Runs;

public sealed class RunWordsTests
{
    private static readonly DateTimeOffset Due = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(TriggerType.Scheduled, 1, "schedule")]
    [InlineData(TriggerType.CatchUp, 1, "catch-up")]
    [InlineData(TriggerType.CatchUp, 3, "catch-up ×3")]
    [InlineData(TriggerType.Manual, 1, "manual by ana")]
    [InlineData(TriggerType.Emergency, 1, "emergency by ana")]
    public void WhyStarted(TriggerType type, int standsFor, string expected) => Assert.Equal(expected, RunWords.WhyStarted(Run() with { TriggerType = type, StandsFor = standsFor }));

    [Fact]
    public void WhyStarted_BySweep_NamesTheEmergency() =>
        Assert.Equal(("emergency 3 by ana", "leak"), (RunWords.WhyStarted(Run() with { TriggerType = TriggerType.Emergency, EmergencyId = 3 }), RunWords.Because(Run() with { Occasion = "leak" })));

    [Theory]
    [InlineData(RunStatus.Succeeded, "2 URLs", 4200L, "after 4.2 s: 2 URLs")]
    [InlineData(RunStatus.Failed, "exit code 2", 180_000L, "after 3 min: exit code 2")]
    [InlineData(RunStatus.TimedOut, "Timed out after 20s.", 20_000L, "after 20s.")]     // the badge says "Timed out"
    [InlineData(RunStatus.Cancelled, "Cancelled by ana.", null, "by ana.")]
    [InlineData(RunStatus.Skipped, "Run 4 goes on.", null, "Run 4 goes on.")]
    [InlineData(RunStatus.Failed, "a\r\nb\u202Ec", 1000L, "after 1 s: a bc")]             // one harmless line
    public void Result_GoesOnAfterTheBadge(RunStatus status, string reason, long? took, string expected) =>
        Assert.Equal(expected, RunWords.Result(Run() with { Status = status, Reason = reason, DurationMs = took }));

    [Fact]
    public void Steps_OfARetriedRun_ExplainEveryWait()
    {
        var run = Run() with
        {
            Status = RunStatus.Failed, ScheduledFor = Due, QueuedAt = Due.AddMilliseconds(20), StartedAt = Due.AddSeconds(5), FinishedAt = Due.AddSeconds(40), Attempt = 2, MaxAttempts = 2,
            Attempts = [new(1, Due.AddSeconds(5), Due.AddSeconds(8), RunStatus.Failed, "no"), new(2, Due.AddSeconds(38), Due.AddSeconds(40), RunStatus.Failed, "no")],
        };

        Assert.Equal(
            [
                "Due: ", "Queued: 20 ms until it was recorded", "Attempt 1: 4.9 s wait for a slot of pool light",
                "Attempt 2: 30 s wait before the next attempt, after failed in 3 s", "Failed: 2 s of work",
            ],
            RunSteps.Of(run).Select(s => $"{s.Name}: {s.Gap}"));
    }

    [Fact]
    public void Steps_OfARunThatGoesOn_EndOpen()
    {
        var last = RunSteps.Of(Run() with { Status = RunStatus.Running, StartedAt = Due, Attempts = [new(1, Due, null, RunStatus.Running, null)] })[^1];

        Assert.Equal(("End", null, Due), (last.Name, last.At, last.Since));
    }

    [Fact]
    public void Steps_OfASkippedRun_NeverStart() =>
        Assert.Equal(["Due", "Queued", "Skipped"], RunSteps.Of(Run() with { Status = RunStatus.Skipped, ScheduledFor = Due, FinishedAt = Due }).Select(s => s.Name));

    [Theory]
    [InlineData(10.0, 4.0, true)]
    [InlineData(1.0, 0.01, false)]      // a hundred times as long, and yet a second
    [InlineData(100.0, 60.0, false)]
    [InlineData(10.0, null, false)]
    public void IsSlow_MoreThanTwiceAndTwoSeconds(double took, double? usual, bool expected) =>
        Assert.Equal(expected, RunWords.IsSlow(TimeSpan.FromSeconds(took), usual is { } s ? TimeSpan.FromSeconds(s) : null));

    [Theory]
    [InlineData("https://owasp.org/x", true)]
    [InlineData("http://owasp.org/x", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("https://user@evil.example/", false)]
    [InlineData("//evil.example", false)]
    [InlineData("", false)]
    public void Reference_OnlyHttps_IsALink(string reference, bool expected) => Assert.Equal(expected, RunFindings.IsSafe(reference));

    [Theory]
    [InlineData("/runs", null, null, null, null, null)]
    [InlineData("/runs?tab=failed", "failed", null, null, null, null)]
    [InlineData("/runs?schedule=a%26b&status=Failed%2CTimedOut&triggerType=Manual&before=51", "ALL", "a&b", "failed, timedout,nonsense", "manual", "51")]
    [InlineData("/runs", "99", " ", "7", "0", "-1")]                  // numbers are no names, and no run has such a number
    public void Address_ReadAndWritten_IsTheSame(string expected, string? tab, string? schedule, string? status, string? type, string? before) =>
        Assert.Equal(expected, RunsAddress.Read(tab, schedule, status, type, null, null, before, null).Href);

    [Fact]
    public void Address_ASpan_IsKeptInUtc() => Assert.Equal(
        "/runs?from=2026-11-21T07%3A00%3A00Z&to=2026-11-21T08%3A30%3A00Z",
        RunsAddress.Read(null, null, null, null, "2026-11-21T08:00:00+01:00", "2026-11-21T08:30:00", null, null).Href);

    private static RunView Run() => new()
    {
        Id = 5, Schedule = "shop", Generation = 1, TriggerType = TriggerType.Scheduled, StandsFor = 1, Status = RunStatus.Queued, Reason = "", Priority = 0, Pool = "light", JobKind = "noop",
        Attempt = 1, MaxAttempts = 1, QueuedAt = Due, DueAt = Due, NotBefore = Due, AssetsScanned = 0, Findings = new FindingCounts(0, 0, 0, 0, 0, 0, 0, 0), RequestedBy = "ana",
    };
}
