using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Scheduler.Core.Access;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Workers;
using Scheduler.Web.Api;

namespace Scheduler.Web.Cli;

/// <summary><c>once NAME</c> and <c>once -f FILE</c>: executes a job in this process and records it. Needs no server, and works beside one.</summary>
internal static class OnceVerb
{
    public static Command Create()
    {
        var name = new Argument<string?>("name") { Description = "A schedule of the data folder", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file", "-f") { Description = "A manifest as YAML or JSON; - reads standard input", HelpName = "file" };
        return new Command("once", "Execute a job in this process and record it; no server needed") { name, file }.Does(async (parsed, terminal, ct) =>
        {
            var (schedule, path) = (parsed.GetValue(name), parsed.GetValue(file));
            if (schedule is null == path is null) throw CliFailure.BadInput("", "give the name of a schedule, or a manifest with -f");
            var manifest = path is null ? default : await ReadOneAsync(path, ct);
            await using var folder = await DataFolder.OpenAsync(mayCreate: path is not null, ct);
            var run = await ExecuteAsync(folder, terminal, schedule, manifest) ?? throw CliFailure.NotFound($"There is no schedule \"{schedule}\" in {Path.GetFullPath(DataFolder.Path)}.");
            return await PrintAsync(folder, terminal, run);
        });
    }

    private static async Task<RunView?> ExecuteAsync(ServiceProvider folder, Terminal terminal, string? schedule, JsonElement manifest)
    {
        var single = folder.GetRequiredService<SingleRun>();
        using var giveUp = new CancellationTokenSource();
        using var stop = new StopSignals(folder.GetRequiredService<RunControl>(), giveUp);
        using var ended = new CancellationTokenSource();
        var log = Task.CompletedTask;
        try
        {
            return schedule is not null
                ? await single.ExecuteAsync(schedule, Actor.LocalConsole, Started, giveUp.Token)
                : await single.ExecuteAsync(manifest, Actor.LocalConsole, Started, giveUp.Token);
        }
        catch (OperationCanceledException) when (stop.RunId is { } id)
        {
            return await folder.GetRequiredService<RunQueries>().GetAsync(id, CancellationToken.None);
        }
        finally
        {
            await ended.CancelAsync();
            await log;
        }

        void Started(long id)
        {
            stop.RunId = id;
            log = CopyLogAsync(folder, terminal, id, ended.Token);
        }
    }

    private static async Task CopyLogAsync(ServiceProvider folder, Terminal terminal, long id, CancellationToken ended)
    {
        using var watch = folder.GetRequiredService<LiveFeed>().Watch(change => change is LiveChange.LogGrew grew && grew.RunId == id);
        var log = folder.GetRequiredService<RunLog>();
        var lines = new LineSplitter(line => terminal.Error.WriteLine(TerminalText.Line(line)));
        for (long position = 0; ;)
        {
            for (var slice = log.Read(id, position, 64 * 1024); slice.Bytes.Length > 0; slice = log.Read(id, position, 64 * 1024))
            {
                if (slice.LeftOut > 0) lines.Say($"[… {slice.LeftOut} bytes left out …]");
                lines.Add(slice.Bytes);
                position = slice.Next;
            }
            if (ended.IsCancellationRequested) break;
            try
            {
                await watch.TakeAsync(ended);
            }
            catch (OperationCanceledException)
            {
                // One more look: the last lines are on disk when the run has ended.
            }
        }
        lines.Finish();
    }

    private static async Task<int> PrintAsync(ServiceProvider folder, Terminal terminal, RunView view)
    {
        var run = RunJson.Of(view);
        if (terminal.IsJson) terminal.Json(JsonSerializer.SerializeToElement(run, ApiJson.Default.RunJson));
        else
        {
            terminal.Line(RunText.Sentence(run));
            terminal.Lines(RunText.Rows((await folder.GetRequiredService<RunQueries>().FindingsAsync(run.Id, 200, CancellationToken.None)).Select(FindingJson.Of).ToList()));
        }
        return RunText.ExitCodeOf(run.Status);
    }

    private static async Task<JsonElement> ReadOneAsync(string file, CancellationToken ct) => await ManifestFile.ReadAsync(file, ct) switch
    {
        [var (_, only)] => only,
        var many => throw CliFailure.BadInput("", $"one manifest was expected, found {many.Count}"),
    };

    /// <summary>Ctrl+C and SIGTERM cancel the run and wait for its end; a second one stops at once.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly RunControl _control;
        private readonly CancellationTokenSource _giveUp;
        private readonly PosixSignalRegistration[] _signals;
        private int _count;

        public StopSignals(RunControl control, CancellationTokenSource giveUp)
        {
            (_control, _giveUp) = (control, giveUp);
            _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
        }

        public long? RunId { get; set; }

        public void Dispose()
        {
            foreach (var signal in _signals) signal.Dispose();
        }

        private void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            if (Interlocked.Increment(ref _count) > 1 || RunId is not { } id) _giveUp.Cancel();
            else _ = CancelAsync(id);
        }

        private async Task CancelAsync(long id)
        {
            // One that waits for its next attempt is cancelled on the spot; then there is nothing more to wait for.
            if (await _control.CancelAsync(id, Actor.LocalConsole, CancellationToken.None) == CancelOutcome.Cancelled) await _giveUp.CancelAsync();
        }
    }
}
