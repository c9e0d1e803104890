using System.Text;
using System.Text.Json;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Events;

/// <summary>What of an event reaches the job: the declared parts, and nothing else.</summary>
public sealed class EventParametersTests
{
    private static readonly EventFacts Push = new(7, "push", "github", "ci", new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), JsonElement.Parse(
        """{ "ref": "main", "size": 1.50, "draft": true, "list": [1, "two"], "none": null, "zero": "a\u0000b" }"""));

    [Fact]
    public void Resolve_TakesTextsAsTheyAre_AndTheRestAsJson_AndLeavesOutWhatIsNowhere()
    {
        var parameters = Read("""{ "branch": "data.ref", "size": "data.size", "draft": "data.draft", "list": "data.list", "none": "data.none", "type": "type", "from": { "path": "data.none", "default": "nobody" }, "fixed": { "default": "x" }, "zero": "data.zero" }""");
        Assert.Equal(
            [("branch", "main"), ("draft", "true"), ("fixed", "x"), ("from", "nobody"), ("list", """[1, "two"]"""), ("size", "1.50"), ("type", "push"), ("zero", "a\uFFFDb")],
            parameters.Resolve(Push).Select(p => (p.Key, p.Value)));
        Assert.Equal([("fixed", "x"), ("from", "nobody")], parameters.Resolve(null).Select(p => (p.Key, p.Value)));
    }

    [Fact]
    public void Resolve_CutsAtFourKiB_AndNeverInsideACharacter()
    {
        var value = Read("""{ "x": "data" }""").Resolve(Push with { Data = JsonElement.Parse($"\"{string.Concat(Enumerable.Repeat("€", 2000))}\"") })["x"];
        Assert.Equal(1365, value.Length); // 4,095 bytes
        Assert.All(value, c => Assert.Equal('€', c));
    }

    [Theory]
    [InlineData("""{ "branch": "main" }""", "p.branch")] // no path; a fixed text says so
    [InlineData("""{ "branch": 7 }""", "p.branch")]
    [InlineData("""{ "branch": {} }""", "p.branch")]
    [InlineData("""{ "branch": { "path": "data.x", "otherwise": "y" } }""", "p.branch.otherwise")]
    [InlineData("""{ "2nd": "data.x" }""", "p")]
    [InlineData("""{ "a-b": "data.x" }""", "p")]
    [InlineData("""{ "branch": "data.x", "BRANCH": "data.y" }""", "p.BRANCH")] // one name in a process's environment
    [InlineData("""[ "data.x" ]""", "p")]
    public void Read_WhatMakesNoSense_IsSaidByField(string json, string field)
    {
        var errors = new List<FieldError>();
        EventParameters.Read(JsonElement.Parse(json), "p", errors);
        Assert.Equal(field, Assert.Single(errors).Path);
    }

    [Fact]
    public void Read_MoreThan32_AreRefused()
    {
        var errors = new List<FieldError>();
        EventParameters.Read(JsonElement.Parse($"{{{string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"p{i}\": \"data.x\""))}}}"), "p", errors);
        Assert.Equal("must have at most 32 names", Assert.Single(errors).Message);
    }

    [Fact]
    public async Task TheJob_GetsTheDeclaredOnes_AndItsLogBeginsWithThem()
    {
        var seen = new TaskCompletionSource<JobContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: new ScriptedKind((context, _) => { seen.TrySetResult(context); return Task.FromResult<JobOutcome>(new JobOutcome.Succeeded("done")); }));
        await scheduler.SaveAsync("s", "event(push)", """{ "kind": "scripted" }""", """ "parameters": { "branch": "data.ref", "who": { "path": "data.who", "default": "nobody" } } """);
        await scheduler.StartAsync();
        var id = Assert.Single((await scheduler.SendAsync("push", """{ "ref": "main\n2026 forged line", "secret": "not declared" }""")).Fired);
        var run = await scheduler.EndedAsync(id);

        var context = await seen.Task;
        Assert.Equal([("branch", "main\n2026 forged line"), ("who", "nobody")], context.Parameters.Select(p => (p.Key, p.Value)));
        Assert.Equal(["SCHEDULER_PARAM_BRANCH", "SCHEDULER_PARAM_WHO"], context.ParameterVariables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(context.Parameters, run.Parameters);
        var log = Encoding.UTF8.GetString(scheduler.Get<RunLog>().Read(id, 0, 10_000).Bytes).Split('\n');
        Assert.EndsWith("""Parameter branch = "main\n2026 forged line".""", log[1] + ".", StringComparison.Ordinal);
        Assert.EndsWith("""Parameter who = "nobody".""", log[2] + ".", StringComparison.Ordinal);
        Assert.DoesNotContain("secret", string.Concat(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChildProcess_HasThemInItsEnvironment()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)", """{ "kind": "noop", "options": { "processes": 1, "outcome": "hang" } }""", """ "parameters": { "branch": "data.ref" } """);
        await scheduler.StartAsync();
        var id = Assert.Single((await scheduler.SendAsync("push", """{ "ref": "feature/x" }""")).Fired);
        await Until.TrueAsync(() => Directory.EnumerateDirectories("/proc").Any(p => EnvironmentOf(p).Contains("SCHEDULER_PARAM_BRANCH=feature/x", StringComparison.Ordinal)), "a process with the parameter runs");
        await scheduler.Control.CancelAsync(id, TestScheduler.Ana, default);
        await scheduler.EndedAsync(id);

        static string EnvironmentOf(string process)
        {
            try
            {
                return File.ReadAllText(Path.Combine(process, "environ"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return ""; // not a process, or gone, or another's
            }
        }
    }

    [Fact]
    public async Task ARunByHand_GetsTheDefaults()
    {
        var seen = new TaskCompletionSource<JobContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: new ScriptedKind((context, _) => { seen.TrySetResult(context); return Task.FromResult<JobOutcome>(new JobOutcome.Succeeded("done")); }));
        await scheduler.SaveAsync("s", "event(push)", """{ "kind": "scripted" }""", """ "parameters": { "branch": { "path": "data.ref", "default": "main" }, "tag": "data.tag" } """);
        await scheduler.StartAsync();
        await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default);
        Assert.Equal([("branch", "main")], (await seen.Task).Parameters.Select(p => (p.Key, p.Value)));
    }

    private static EventParameters Read(string json)
    {
        var errors = new List<FieldError>();
        var read = EventParameters.Read(JsonElement.Parse(json), "p", errors);
        Assert.Empty(errors);
        return read;
    }
}
