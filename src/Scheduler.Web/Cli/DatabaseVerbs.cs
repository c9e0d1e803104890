using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Analytics;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Cli;

/// <summary><c>db backup|restore|check</c>, on the data folder itself. A copy may be made and checked beside a server; restoring takes the folder alone.</summary>
internal static class DatabaseVerbs
{
    private static readonly Argument<string> Copy = new("file") { Description = "The copy" };

    private static SchedulerOptions Options => new() { DataFolder = DataFolder.Path };

    public static Command Create() => new("db", "The database of this machine's data folder: copy it, put a copy in its place, check it") { CreateBackup(), CreateRestore(), CreateCheck() };

    private static Command CreateBackup() => new Command("backup", "Copy the database into one file, with the keys that its secrets need; a server may run meanwhile. Run logs are not in it") { Copy }.Does((parsed, terminal) =>
    {
        var made = new Backup(Options, TimeProvider.System).Make(parsed.GetRequiredValue(Copy), Actor.LocalConsole);
        if (!terminal.IsJson) terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{made.File}: {made.Bytes:#,0} bytes. It holds the keys of stored secrets: keep it as safe as the data folder."));
        else terminal.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("file", made.File);
            writer.WriteNumber("bytes", made.Bytes);
            writer.WriteNumber("keys", made.Keys);
            writer.WriteString("takenAt", Instants.Print(made.TakenAt));
            writer.WriteEndObject();
        });
        return ExitCode.Done;
    });

    private static Command CreateRestore() => new Command("restore", "Check a copy and put it in the database's place; the server must not run. What was there is kept") { Copy }.Does((parsed, terminal) =>
    {
        var restored = new Backup(Options, TimeProvider.System).Restore(parsed.GetRequiredValue(Copy), Actor.LocalConsole, KnownMigrations());
        if (!terminal.IsJson) terminal.Lines(Words(restored));
        else terminal.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("file", restored.File);
            if (restored.TakenAt is { } takenAt) writer.WriteString("takenAt", Instants.Print(takenAt));
            else writer.WriteNull("takenAt");
            writer.WriteNumber("keys", restored.Keys);
            writer.WriteString("replacedFile", restored.ReplacedFile);
            writer.WriteNumber("movedLogs", restored.MovedLogs);
            writer.WriteEndObject();
        });
        return ExitCode.Done;
    });

    private static Command CreateCheck()
    {
        var rebuild = new Option<bool>("--rebuild-statistics") { Description = "Count all runs anew first; the server must not run" };
        return new Command("check", "Check the file, its references, the audit log's chain, and the statistics against the runs") { rebuild }.Does(async (parsed, terminal, ct) =>
        {
            await using var folder = await (parsed.GetValue(rebuild) ? RebuildAsync(ct) : Task.FromResult(DataFolder.OpenAsItIs()));
            var parts = folder.GetRequiredService<DatabaseCheck>().Run(ct);
            if (terminal.IsJson) terminal.Json(writer => Write(writer, parts));
            else
                foreach (var (name, looked, problems) in parts)
                {
                    terminal.Line($"{name}: {(problems.Count == 0 ? "ok" : "NOT OK")} ({looked})");
                    terminal.Lines(problems.Select(p => $"  {p}"));
                }
            return parts.All(p => p.Problems.Count == 0) ? ExitCode.Done : ExitCode.RunFailed;
        });
    }

    private static async Task<ServiceProvider> RebuildAsync(CancellationToken ct)
    {
        var folder = await DataFolder.OpenAsync(mayCreate: false, ct);
        try
        {
            var (alone, holder) = EngineLock.TryTake(folder.GetRequiredService<SchedulerOptions>(), TimeProvider.System);
            if (alone is null) throw CliFailure.Refused($"Process {holder!.ProcessId} on {holder.Host} drives this data folder, and its runs would wait for this. Stop it first.");
            using (alone) await folder.GetRequiredService<StatisticsUpkeep>().RebuildAsync(ct);
            return folder;
        }
        catch
        {
            await folder.DisposeAsync();
            throw;
        }
    }

    private static IEnumerable<string> Words(BackupRestored restored)
    {
        yield return restored.TakenAt is { } at ? $"The database is as it was at {Instants.Print(at)}." : "The copy is in place. It did not come from db backup, so no keys came with it: secrets that were encrypted elsewhere have to be entered again.";
        if (restored.ReplacedFile is { } file) yield return $"What was there is in {file}.";
        if (restored.MovedLogs > 0) yield return $"{restored.MovedLogs} log files of runs that the copy does not know lie beside it.";
        yield return "Start the server: it brings an older copy to this version, and due runs are caught up as each schedule says.";
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<CheckedPart> parts)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("ok", parts.All(p => p.Problems.Count == 0));
        writer.WriteStartArray("checks");
        foreach (var (name, looked, problems) in parts)
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteBoolean("ok", problems.Count == 0);
            writer.WriteString("looked", looked);
            writer.WriteStartArray("problems");
            foreach (var problem in problems) writer.WriteStringValue(problem);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static Dictionary<string, IReadOnlyCollection<string>> KnownMigrations()
    {
        var accounts = new DbContextOptionsBuilder<IdentityDb>();
        IdentityDb.Configure(accounts, Options.DatabaseFile);
        using var db = new IdentityDb(accounts.Options);
        return new Dictionary<string, IReadOnlyCollection<string>> { [IdentityDb.MigrationsTable] = db.Database.GetMigrations().ToList() };
    }
}
