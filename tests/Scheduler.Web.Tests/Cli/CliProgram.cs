using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

/// <summary>Tests that start the real program; one after another, because each wants a processor.</summary>
[CollectionDefinition(Name)]
public sealed class ProgramTests
{
    public const string Name = "Program";
}

/// <summary>What a verb left behind.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    /// <summary>The one JSON value on standard output.</summary>
    public JsonElement Json => JsonElement.Parse(Out);

    /// <summary>Demands an exit code, and shows what was said when it is another.</summary>
    public CliResult Exits(int code)
    {
        Assert.True(ExitCode == code, $"Exit code {ExitCode} instead of {code}.\nOut: {Out}\nError: {Error}");
        return this;
    }
}

/// <summary>The real program as a process of its own, as a shell starts it.</summary>
/// <param name="folder">The data folder and the working folder.</param>
internal sealed class CliProgram(string folder)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>The server that verbs talk to; null for none.</summary>
    public Uri? Server { get; set; }

    /// <summary>Null for none.</summary>
    public string? Token { get; set; }

    public string Folder => folder;

    /// <summary>Further variables of the environment.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    public Task<CliResult> RunAsync(params string[] args) => RunAsync(args, null);

    public async Task<CliResult> RunAsync(string[] args, string? input)
    {
        using var process = Start(args);
        using var deadline = new CancellationTokenSource(Deadline);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        try
        {
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), deadline.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
            return new CliResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Starts it and leaves it running; the caller ends it.</summary>
    public Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. args])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("SCHEDULER_", StringComparison.Ordinal) || k.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["SCHEDULER_DATA"] = folder;
        foreach (var (name, value) in Settings) start.Environment[name] = value;
        if (Server is not null) start.Environment["SCHEDULER_URL"] = Server.ToString();
        if (Token is not null) start.Environment["SCHEDULER_TOKEN"] = Token;
        return Process.Start(start)!;
    }

    /// <summary>Writes a file beside the data and gives its path.</summary>
    public string File(string name, string text)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}

/// <summary>A server as a process of its own, on a free port.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; private set; } = null!;

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public static async Task<ServerProcess> StartAsync(CliProgram program)
    {
        var server = Begin(program);
        await server.ListensAsync();
        program.Server = server.Address;
        using var client = new HttpClient { BaseAddress = server.Address };
        await Eventually.Async(async () => (await client.GetAsync("/health/ready")).IsSuccessStatusCode);
        return server;
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public static ServerProcess Begin(CliProgram program) => new(program.Start("serve", "--urls", "http://127.0.0.1:0"));

    /// <summary>Until it listens; its engine may still be starting, or stand by.</summary>
    public Task ListensAsync() => Eventually.Async(() =>
    {
        Assert.False(_process.HasExited, Text);
        if (ListeningOn().Match(Text) is not { Success: true } found) return Task.FromResult(false);
        Address = new Uri(found.Groups[1].Value);
        return Task.FromResult(true);
    }, seconds: 60);

    /// <summary>As a service manager stops it.</summary>
    /// <returns>How long it took to leave.</returns>
    public async Task<TimeSpan> TerminateAsync()
    {
        var watch = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        return watch.Elapsed;
    }

    /// <summary>As kill -9: the process gets no chance to say anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    /// <summary>What it has said so far.</summary>
    public string Text
    {
        get
        {
            lock (_lines) return string.Join('\n', _lines);
        }
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lines) _lines.Add(line);
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex ListeningOn();
}
