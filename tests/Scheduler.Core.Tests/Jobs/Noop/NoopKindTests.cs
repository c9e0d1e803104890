using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Noop;
using Scheduler.Core.Processes;

namespace Scheduler.Core.Tests.Jobs.Noop;

public sealed class NoopKindTests
{
    private readonly NoopKind _kind = new(new ChildProcesses(new SchedulerOptions(), TimeProvider.System, NullLogger<ChildProcesses>.Instance));

    [Fact]
    public async Task Run_Defaults_SucceedsAtOnce()
    {
        var probe = await JobProbe.RunAsync(_kind, JobSpec.Of("noop"));
        Assert.IsType<JobOutcome.Succeeded>(probe.Outcome);
        Assert.Equal(1, probe.Events.OfType<JobEvent.Progress>().Last().Fraction);
    }

    [Fact]
    public async Task Run_Lines_WritesExactlyThatMany()
    {
        var probe = await JobProbe.RunAsync(_kind, JobSpec.Of("noop", "{}", """{"lines":7}"""));
        Assert.Equal(["line 1 of 7", "line 7 of 7"], [probe.Log[0], probe.Log[^1]]);
        Assert.Equal(7, probe.Log.Count);
        Assert.Equal("wrote 7 lines", probe.Outcome.Reason);
    }

    [Fact]
    public async Task Run_OutcomeFail_FailsAndMayBeRetried()
    {
        var probe = await JobProbe.RunAsync(_kind, JobSpec.Of("noop", "{}", """{"outcome":"fail"}"""));
        Assert.True(Assert.IsType<JobOutcome.Failed>(probe.Outcome).Retryable);
    }

    [Fact]
    public async Task Run_Hang_EndsOnlyWhenStopped()
    {
        using var stop = new CancellationTokenSource();
        var probe = new JobProbe(JobSpec.Of("noop", "{}", """{"outcome":"hang"}"""));
        var running = _kind.RunAsync(probe.Context, stop.Token);
        while (await probe.Reader.ReadAsync() is not JobEvent.LogLine { Text: "hanging until somebody stops this run" }) { }
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Run_Duration_TakesThatLongWithRisingProgress()
    {
        var options = new NoopOptions(TimeSpan.FromMilliseconds(1200), NoopEnding.Succeed, 4);
        var started = TimeProvider.System.GetTimestamp();
        var probe = await new JobProbe(JobSpec.Of("noop")).RunAsync((context, ct) => NoopKind.RunAsync(context, options, ct));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.FromMilliseconds(1150), TimeSpan.FromSeconds(30));
        Assert.Equal([0.5, 1.0], probe.Events.OfType<JobEvent.Progress>().Select(p => p.Fraction));
        Assert.Equal(4, probe.Log.Count);
    }

    [Fact]
    public void Check_WrongKeys_NamesEachPlace() => Assert.Equal(
        [
            "spec.job.targets.urls: unknown key; known here: ",
            "spec.job.options.outcome: must be one of succeed, fail, hang, found \"explode\"",
            "spec.job.options.lines: must be a whole number from 0 to 1000000, found -1",
            "spec.job.options.durration: unknown key; known here: duration, lines, outcome, processes, stubborn",
        ],
        JobProbe.Complaints(_kind, JobSpec.Of("noop", """{"urls":[]}""", """{"outcome":"explode","lines":-1,"durration":"5s"}""")));

    [Fact]
    public void Check_TooManyProcesses_SaysHowManyThereMayBe() => Assert.Equal(
        ["spec.job.options.processes: must be a whole number from 0 to 8, found 9"],
        JobProbe.Complaints(_kind, JobSpec.Of("noop", "{}", """{"processes":9}""")));

    [Fact]
    public async Task Run_SpecGoneBad_FailsForGood()
    {
        var probe = await JobProbe.RunAsync(_kind, JobSpec.Of("noop", "{}", """{"lines":"many"}"""));
        var failed = Assert.IsType<JobOutcome.Failed>(probe.Outcome);
        Assert.False(failed.Retryable);
        Assert.StartsWith("job.options.lines: must be a whole number", failed.Reason, StringComparison.Ordinal);
    }
}
