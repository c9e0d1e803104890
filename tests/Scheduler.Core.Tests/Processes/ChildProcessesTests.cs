using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Core.Processes;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Processes;

/// <summary>Real processes: what they say, and that nothing of them is left.</summary>
public sealed class ChildProcessesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ChildProcesses _children;
    private readonly ChildNotes _notes;

    public ChildProcessesTests()
    {
        var options = new SchedulerOptions { DataFolder = _folder.Path };
        _children = new ChildProcesses(options, TimeProvider.System, NullLogger<ChildProcesses>.Instance);
        _notes = new ChildNotes(options);
    }

    [SkippableFact]
    public async Task Run_Program_GetsItsArgumentsAsTheyAre_NoInput_AndOnlyTheEnvironmentItIsMeantToHave()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        Environment.SetEnvironmentVariable("SCHEDULER_TEST_SECRET", "hush");
        var end = await RunAsync(Script("""printf '%s\n' "$1" "$2"; cat; echo to-err >&2; env; exit 7"""), "$(id) ; `id` 'x' *", "--\n-oN");

        Assert.Equal(new ChildEnd.Exited(7, 0), end);
        Assert.Equal(["$(id) ; `id` 'x' *", "--", "-oN"], _lines.Where(l => !l.StartsWith("err ", StringComparison.Ordinal)).Take(3));
        Assert.Contains("err to-err", _lines);
        Assert.DoesNotContain(_lines, l => l.Contains("hush", StringComparison.Ordinal));
        Assert.Contains(_lines, l => l.StartsWith("PATH=", StringComparison.Ordinal));
        Assert.Contains(_lines, l => l.StartsWith("SCHEDULER_RUN=4711:", StringComparison.Ordinal));
        Assert.Empty(_notes.All());
    }

    [Fact]
    public async Task Run_NoSuchProgram_SaysWhich()
    {
        Assert.Equal(new ChildEnd.NotStarted("There is no program \"no-such-scanner\" on this machine that may be executed."), await RunAsync("no-such-scanner"));
        var plain = _folder.At("plain.txt");
        await File.WriteAllTextAsync(plain, "");
        if (!OperatingSystem.IsWindows()) Assert.IsType<ChildEnd.NotStarted>(await RunAsync(plain));
        Assert.Empty(_notes.All());
    }

    [SkippableFact]
    public async Task Run_BrokenTextAndNul_AreReplaced()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        await RunAsync(Script("""printf 'a\000b\377c\r\nlast'"""));
        Assert.Equal(["a�b�c", "last"], _lines);
    }

    [SkippableFact]
    public async Task Run_OneEndlessLine_IsCutInBoundedMemory()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        const long Bytes = 600L << 20;
        var before = GC.GetTotalAllocatedBytes();
        var end = await RunAsync("head", "-c", Bytes.ToString(CultureInfo.InvariantCulture), "/dev/zero");

        Assert.Equal(new ChildEnd.Exited(0, 0), end);
        Assert.Equal($"{new string('�', ChildOutput.MaxLine)} [… {Bytes - ChildOutput.MaxLine} bytes left out]", Assert.Single(_lines));
        // All that was ever asked for, not what stays. What other tests ask for meanwhile is in it too, and on a slow machine that is much.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Bytes);
    }

    [SkippableFact]
    public async Task Run_WhoeverTakesTheLinesHasGone_TheProgramIsNotHeldUp()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var end = await _children.RunAsync(1, new ChildCommand(Script("yes | head -c 10000000"), []), (_, _) => throw new InvalidOperationException("the run is over"), default);
        Assert.Equal(new ChildEnd.Exited(0, 0), end);
    }

    [SkippableFact]
    public async Task Stop_ProgramThatCleansUp_IsAskedAndLeavesLongBeforeTheGraceIsOver()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var stopped = await StopAsync("""trap 'echo cleaned up; exit 0' TERM; while :; do sleep 0.05; done""", TimeSpan.FromSeconds(60));
        Assert.InRange(stopped, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Contains("cleaned up", _lines);
    }

    [SkippableTheory]
    [InlineData("""trap '' TERM; note $$; while :; do sleep 1; done""")] // ignores the request
    [InlineData("""(trap '' TERM; sh -c 'note() { echo $1 >> "$PIDS"; }; note $$; exec sleep 1000' & ) ; sleep 1000""")] // double fork, and ignores it
    [InlineData("""setsid sh -c 'echo $$ >> "$PIDS"; trap "" TERM; exec sleep 1000' & sleep 1000""")] // a session of its own
    [InlineData("""setsid sh -c 'sh -c "echo \$\$ >> \"\$PIDS\"; exec sleep 1000" &' & sleep 1000""")] // both
    [InlineData("""note $$; kill -STOP $$; sleep 1000""")] // stopped: it can't even hear the request
    [InlineData("""env -i sleep 1000 & note $!; trap '' TERM; sleep 1000""")] // without the marker, but still in the session
    public async Task Stop_TreeThatWillNotGo_IsKilledAfterTheGrace(string body)
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var stopped = await StopAsync(body, TimeSpan.FromMilliseconds(400));
        Assert.InRange(stopped, TimeSpan.Zero, TimeSpan.FromSeconds(5.4));
        Assert.NotEmpty(Noted());
        Assert.All(Noted(), id => Assert.Null(ProcessTable.Of(id)));
        Assert.Empty(_notes.All());
    }

    [SkippableFact]
    public async Task Stop_IgnoredRequest_IsFollowedByForceOnlyAfterTheGrace()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var grace = TimeSpan.FromSeconds(1);
        Assert.InRange(await StopAsync("""trap '' TERM; note $$; while :; do sleep 0.1; done""", grace), grace, grace + TimeSpan.FromSeconds(5));
    }

    [SkippableFact]
    public async Task Exit_LeavingADaemonBehind_EndsTheDaemonAndSaysSo()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        // It keeps the pipes open as well: nobody waits for their end.
        var end = await RunAsync(Script("""setsid sleep 1000 & note $!; exit 0"""));
        Assert.Equal(new ChildEnd.Exited(0, 1), end);
        Assert.Null(ProcessTable.Of(Assert.Single(Noted())));
    }

    [SkippableFact]
    public async Task Leftovers_OfADeadProcess_AreEnded_ByNumberAndByMarker()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        var dead = await DeadAsync();
        var byNumber = _notes.Begin(7) with { Owner = dead };
        var byMarker = _notes.Begin(8) with { Owner = dead };
        using var first = StartStray(null);
        using var second = StartStray(byMarker.Marker);
        Keep(_notes.Started(byNumber, first.Id));
        Keep(byMarker); // killed between the start and the note of it

        var ended = await _children.EndLeftoversAsync();

        Assert.Equal(new Dictionary<long, int> { [7] = 1, [8] = 1 }, ended);
        Assert.True(first.WaitForExit(10_000) && second.WaitForExit(10_000));
        Assert.Empty(_notes.All());
    }

    [SkippableFact]
    public async Task Leftovers_NumberThatIsAnothersByNow_IsNotTouched()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        using var stranger = StartStray(null);
        var note = _notes.Started(_notes.Begin(7) with { Owner = await DeadAsync() }, stranger.Id);
        Keep(note with { Child = note.Child!.Value with { Start = note.Child.Value.Start - 1 } });

        Assert.Equal([new(7, 0)], await _children.EndLeftoversAsync());

        Assert.False(stranger.HasExited);
        Assert.Empty(_notes.All());
        stranger.Kill();
    }

    [SkippableFact]
    public async Task Leftovers_OfAnotherStartOfTheMachine_AreForgottenAndNothingIsTouched()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        using var stranger = StartStray(null);
        Keep(_notes.Started(_notes.Begin(7) with { MachineStart = "another" }, stranger.Id));
        await _children.EndLeftoversAsync();
        Assert.False(stranger.HasExited);
        Assert.Empty(_notes.All());
        stranger.Kill();
    }

    [SkippableFact]
    public async Task Leftovers_OfALivingProcess_AreLeftToIt()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        using var stop = new CancellationTokenSource();
        var running = _children.RunAsync(1, new ChildCommand("sleep", ["1000"]), Take, stop.Token);
        await Until.TrueAsync(() => _notes.All() is [{ Child: not null }], "it is noted");
        var child = _notes.All()[0].Child!.Value;

        Assert.Empty(await _children.EndLeftoversAsync());

        Assert.True(ProcessTable.IsAlive(child));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(ProcessTable.IsAlive(child));
    }

    [Fact]
    public async Task Leftovers_NotesThatAreNotWhole_DoNoHarm()
    {
        _notes.MakeFolder();
        foreach (var (name, text) in new[] { ("1-x.json", ""), ("2-x.json", "{ \"RunId\": 2"), ("3-x.json", "null"), ("4-x.json", """{"RunId":4,"Marker":"../../4:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","Owner":{"Id":1,"Start":0},"MachineStart":"x","Child":null}""") })
            await File.WriteAllTextAsync(Path.Combine(_folder.Path, "children", name), text);
        // Whoever was killed while it wrote has left this one; the other may be somebody's who is just writing.
        var (old, young) = (Path.Combine(_folder.Path, "children", "5-x.json.new"), Path.Combine(_folder.Path, "children", "6-x.json.new"));
        await File.WriteAllTextAsync(old, "");
        await File.WriteAllTextAsync(young, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-11));

        Assert.Empty(await _children.EndLeftoversAsync());

        Assert.Equal((false, true), (File.Exists(old), File.Exists(young)));
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("SCHEDULER_TEST_SECRET", null);
        _folder.Dispose();
    }

    private ValueTask Take(ChildLine line, CancellationToken ct)
    {
        _lines.Enqueue(line.IsError ? $"err {line.Text}" : line.Text);
        return ValueTask.CompletedTask;
    }

    private Task<ChildEnd> RunAsync(string program, params string[] arguments) => _children.RunAsync(4711, new ChildCommand(program, arguments), Take, default);

    /// <returns>How long it took from the request until all was gone.</returns>
    private async Task<TimeSpan> StopAsync(string body, TimeSpan grace)
    {
        using var stop = new CancellationTokenSource();
        var running = _children.RunAsync(1, new ChildCommand(Script($"echo up; {body}"), []) { Grace = grace }, Take, stop.Token);
        await Until.TrueAsync(() => _lines.Contains("up") && (!body.Contains("note $", StringComparison.Ordinal) && !body.Contains("PIDS", StringComparison.Ordinal) || Noted().Count > 0), "it runs");
        var watch = Stopwatch.StartNew();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return watch.Elapsed;
    }

    // Job kinds start programs, never shells; what these tests rehearse is most easily written as a script, which is a program too.
    private string Script(string body)
    {
        var file = _folder.At($"{Guid.NewGuid():N}.sh");
        File.WriteAllText(file, $"#!/bin/sh\nexport PIDS='{_folder.At("pids")}'\nnote() {{ echo \"$1\" >> \"$PIDS\"; }}\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return file;
    }

    private List<int> Noted() => File.Exists(_folder.At("pids")) ? [.. File.ReadAllLines(_folder.At("pids")).Where(l => l.Length > 0).Select(l => int.Parse(l, CultureInfo.InvariantCulture))] : [];

    private static async Task<ProcessName> DeadAsync()
    {
        using var process = Process.Start(new ProcessStartInfo("sleep", ["1000"]))!;
        var name = ProcessTable.Of(process.Id)!.Value.Name;
        process.Kill();
        await process.WaitForExitAsync();
        return name;
    }

    private static Process StartStray(string? marker)
    {
        var start = new ProcessStartInfo("sleep", ["1000"]);
        if (marker is not null) start.Environment[ChildNotes.Variable] = marker;
        return Process.Start(start)!;
    }

    private void Keep(ChildNote note) => File.WriteAllText(Path.Combine(_folder.Path, "children", note.Marker.Replace(':', '-') + ".json"), System.Text.Json.JsonSerializer.Serialize(note));
}
