using System.CommandLine;
using System.CommandLine.Invocation;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Cli;

/// <summary>The verbs of the program; the table of contents of this folder.</summary>
internal static class CommandLine
{
    private static readonly string[] Help = ["-h", "-?", "--help", "--version"];

    /// <summary>Whether these arguments ask for the server: no verb, or options alone, which are the host's.</summary>
    public static bool IsServe(string[] args) => !args.Any(Help.Contains) && (args is [] or ["serve", ..] || (args[0].StartsWith('-') && args[0] != Verbs.JsonOption));

    /// <summary>Runs a verb.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Schedules, runs and watches security scans. Without a verb it serves the pages and the API.")
        {
            Verbs.Json(),
            new Command("serve", "Serve the pages and the API, and run the schedules (the default). SCHEDULER_DATA names the data folder, --urls or ASPNETCORE_URLS the address"),
            CronVerbs.Create(),
            SchedulesVerbs.Create(),
            RunsVerbs.CreateRun(),
            RunsVerbs.CreateRuns(),
            BackfillsVerbs.Create(),
            EventsVerbs.Create(),
            EmergencyVerbs.Create(),
            OnceVerb.Create(),
            AccountVerbs.CreateUsers(),
            AccountVerbs.CreateTokens(),
            DatabaseVerbs.Create(),
        };
        // A trigger text may begin with @, which must not be read as the name of a file with arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var errors = parsed.Action is ParseErrorAction ? parsed.Errors.Select(e => e.Message).ToList() : [];
        // A misspelt option must not become the value of an argument.
        if (!args.Contains("--")) errors.AddRange(parsed.CommandResult.Tokens.Where(t => t.Value.StartsWith("--", StringComparison.Ordinal)).Select(t => $"Unrecognized option '{t.Value}'."));
        if (errors.Count > 0) return Task.FromResult(Misread(args, parsed, errors));
        // Verbs that may be stopped half-way handle the signals themselves.
        return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static int Misread(string[] args, ParseResult parsed, IEnumerable<string> errors)
    {
        var terminal = Terminal.OfProcess(args.Contains(Verbs.JsonOption));
        var code = terminal.Fail(CliFailure.BadInput(errors.Select(e => new FieldError("", e)).ToList()));
        var path = new List<string>();
        for (var at = parsed.CommandResult; at.Parent is System.CommandLine.Parsing.CommandResult parent; at = parent) path.Insert(0, at.Command.Name);
        terminal.Note($"See: Scheduler.Web {string.Join(' ', path.Append("--help"))}");
        return code;
    }
}
