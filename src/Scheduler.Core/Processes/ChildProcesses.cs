using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Scheduler.Core.Processes;

/// <summary>
/// Starts programs for jobs, and sees to it that none of them, nor anything that they start, outlives its run: when the run ends or is told to
/// stop, what is there is asked to leave (TERM), and killed after a grace. What a process that died has left is ended by the next one. Thread-safe.
/// </summary>
/// <remarks>
/// A child gets no input, a session of its own where the system has <c>setsid</c>, and of the environment only what <see cref="Inherited"/> names: no secret
/// of the scheduler's reaches it that way.
/// </remarks>
public sealed partial class ChildProcesses(SchedulerOptions options, TimeProvider clock, ILogger<ChildProcesses> log)
{
    private static readonly string[] Inherited = OperatingSystem.IsWindows()
        ? ["PATH", "PATHEXT", "SystemRoot", "SystemDrive", "TEMP", "TMP", "USERPROFILE"]
        : ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    /// <summary>For what a child has left behind, and for what a dead process has: nobody waits for its results.</summary>
    private static readonly TimeSpan ShortGrace = TimeSpan.FromSeconds(2);

    /// <summary>After the kill. Only what hangs inside the kernel lives longer.</summary>
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    /// <summary>A note that is still half written after this is a dead process's.</summary>
    private static readonly TimeSpan UnfinishedFor = TimeSpan.FromMinutes(10);

    /// <summary>For what stands in the pipes when all is over.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly ChildNotes _notes = new(options);

    /// <summary>Runs a program until it and all that it started are gone.</summary>
    /// <param name="runId">The run that it works for.</param>
    /// <param name="command">What to start.</param>
    /// <param name="say">Gets each line of output, one at a time for each of the two streams; while it waits, the child may have to.</param>
    /// <param name="stopping">Ends the tree.</param>
    /// <exception cref="OperationCanceledException">It was told to stop, and is gone.</exception>
    public async Task<ChildEnd> RunAsync(long runId, ChildCommand command, Func<ChildLine, CancellationToken, ValueTask> say, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (FindProgram(command.Executable) is not { } program) return new ChildEnd.NotStarted($"There is no program \"{command.Executable}\" on this machine that may be executed.");
        ChildNote note;
        try
        {
            note = _notes.Begin(runId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ChildEnd.NotStarted($"{command.Executable} was not started, because it could not be noted in {options.ChildFolder}: {e.Message}");
        }
        var isGone = true;
        try
        {
            using var process = Start(program, command, note);
            note = _notes.Started(note, process.Id);
            process.StandardInput.Close();
            using var enough = new CancellationTokenSource();
            var reading = Task.WhenAll(
                ChildOutput.ReadAsync(process.StandardOutput.BaseStream, isError: false, say, enough.Token), ChildOutput.ReadAsync(process.StandardError.BaseStream, isError: true, say, enough.Token));
            var left = 0;
            try
            {
                await process.WaitForExitAsync(stopping);
            }
            finally
            {
                (left, isGone) = await EndAsync(note, stopping.IsCancellationRequested ? command.Grace : ShortGrace);
                if (!isGone) LogStillThere(runId, program);
                await Task.WhenAny(reading, Task.Delay(LastWords, clock, CancellationToken.None));
                await enough.CancelAsync();
                await reading;
            }
            return new ChildEnd.Exited(process.ExitCode, left);
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return new ChildEnd.NotStarted($"{command.Executable} could not be started: {e.Message}");
        }
        finally
        {
            if (isGone) _notes.Forget(note);
        }
    }

    /// <summary>Ends what processes that are no more have left running, and waits until it is gone.</summary>
    /// <returns>How many processes, by run.</returns>
    public async Task<IReadOnlyDictionary<long, int>> EndLeftoversAsync()
    {
        _notes.Tidy(clock.GetUtcNow() - UnfinishedFor);
        var ended = await Task.WhenAll(_notes.All().Where(n => n.MachineStart != ProcessTable.MachineStart || !ProcessTable.IsAlive(n.Owner)).Select(async note =>
        {
            // Numbers of another start of the machine name nobody here.
            var (count, isGone) = note.MachineStart == ProcessTable.MachineStart ? await EndAsync(note, ShortGrace) : (0, true);
            if (isGone) _notes.Forget(note);
            else LogStillThere(note.RunId, note.Marker);
            if (count > 0) LogLeftEnded(count, note.RunId);
            return (note.RunId, Count: count);
        }));
        return ended.GroupBy(e => e.RunId).ToDictionary(g => g.Key, g => g.Sum(e => e.Count));
    }

    private async Task<(int Met, bool IsGone)> EndAsync(ChildNote note, TimeSpan grace)
    {
        var met = new HashSet<ProcessName>();
        for (var since = clock.GetTimestamp(); ;)
        {
            var there = ProcessTree.Find(note);
            if (there.Count == 0) return (met.Count, true);
            var elapsed = clock.GetElapsedTime(since);
            if (elapsed > grace + KillPatience) return (met.Count, false);
            foreach (var process in there)
            {
                var isNew = met.Add(process);
                if (elapsed >= grace) ProcessTable.End(process);
                else if (isNew) ProcessTable.Terminate(process);
            }
            await Task.Delay(Step, clock, CancellationToken.None);
        }
    }

    private Process Start(string program, ChildCommand command, ChildNote note)
    {
        var launcher = Launcher();
        var start = new ProcessStartInfo(launcher ?? program)
        {
            WorkingDirectory = command.WorkingFolder ?? options.ChildFolder, UseShellExecute = false, CreateNoWindow = true,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        if (launcher is not null) start.ArgumentList.Add(program);
        foreach (var argument in command.Arguments) start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var name in Inherited)
            if (Environment.GetEnvironmentVariable(name) is { } value) start.Environment[name] = value;
        foreach (var (name, value) in command.Environment) start.Environment[name] = value;
        start.Environment[ChildNotes.Variable] = note.Marker;
        return Process.Start(start) ?? throw new Win32Exception("the system started nothing");
    }

    /// <summary>setsid(1) becomes the program, in a session of its own: neither the terminal's interrupt nor a signal to our group reaches it.</summary>
    private static string? Launcher() => OperatingSystem.IsLinux() ? Array.Find(["/usr/bin/setsid", "/bin/setsid"], File.Exists) : null;

    private static string? FindProgram(string name)
    {
        if (name.Length == 0 || name.Contains('\0')) return null;
        if (Path.GetFileName(name) != name) return IsProgram(Path.GetFullPath(name)) ? Path.GetFullPath(name) : null;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.GetFullPath(Path.Combine(folder, name))).FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string file) =>
        File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    [LoggerMessage(LogLevel.Error, "Run {RunId}: processes of {Program} are still there after they were killed")]
    private partial void LogStillThere(long runId, string program);

    [LoggerMessage(LogLevel.Warning, "{Count} processes that run {RunId} of a dead scheduler had started were ended")]
    private partial void LogLeftEnded(int count, long runId);
}
