using System.Globalization;
using System.Net;
using System.Text;
using Scheduler.Core;
using Scheduler.Core.Storage;
using Scheduler.Web.Components.Runs.Log;

namespace Scheduler.Web.SafeMode;

/// <summary>The one page that there is in safe mode: static, without a script, and with nothing of what the database holds.</summary>
internal static class SafeModePage
{
    public const string StylePath = "/safe-mode.css";

    public const string Style = """
        :root { color-scheme: light dark; --text: light-dark(#14171c, #e8ebf0); --soft: light-dark(#5b6472, #98a1b0); --line: light-dark(#e4e7ec, #242a33); --bad: light-dark(#bf2634, #ff8087); }
        * { box-sizing: border-box; }
        body { margin: 0; background: light-dark(#f7f8fa, #0c0e12); color: var(--text); font: 0.9375rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        main { max-width: 54rem; margin: 0 auto; padding: clamp(1.5rem, 6vw, 4rem) 1.25rem; }
        .brand { color: var(--soft); font-size: 0.8125rem; font-weight: 600; letter-spacing: 0.01em; }
        h1 { margin: 0.25rem 0 0.75rem; font-size: 1.625rem; line-height: 1.25; letter-spacing: -0.015em; }
        h2 { margin: 2rem 0 0.5rem; font-size: 1rem; }
        p { margin: 0 0 0.625rem; overflow-wrap: anywhere; }
        .reason { padding: 0.75rem 1rem; border: 1px solid var(--line); border-left: 3px solid var(--bad); border-radius: 6px; background: light-dark(#fff, #13161b); }
        .wide { border: 1px solid var(--line); border-radius: 6px; background: light-dark(#fff, #13161b); }
        table { width: 100%; border-collapse: collapse; font-size: 0.8125rem; }
        th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
        tr:last-child > td { border-bottom: 0; }
        th { color: var(--soft); font-weight: 500; }
        td { font-variant-numeric: tabular-nums; }
        td.what { overflow-wrap: anywhere; }
        pre { margin: 0 0 0.625rem; padding: 0.75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px; background: light-dark(#fff, #13161b); font: 0.8125rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        .soft { color: var(--soft); font-size: 0.8125rem; }
        """;

    public static string Html(DatabaseTrouble trouble, IReadOnlyList<DatabaseCopy> copies, SchedulerOptions options)
    {
        var page = new StringBuilder(4096);
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="10">
            <title>Safe mode · Scheduler</title>
            <link rel="stylesheet" href="{StylePath}"><link rel="icon" href="data:,">
            </head>
            <body><main>
            <div class="brand">Scheduler · safe mode</div>
            <h1>{Text(Headline(trouble.Fault))}</h1>
            <p class="reason" role="alert">{Text(trouble.Reason)}</p>
            <h2>What this means</h2>
            <p><strong>Nothing is scheduled.</strong> No run starts, tonight's included, until the database can be used. What falls due meanwhile is then treated as each schedule's rule for missed runs says.</p>
            <p>The file was left as it is and no new database was made. Run logs and copies are untouched.</p>
            <h2>Copies</h2>

            """);
        AppendCopies(page, copies, options);
        page.Append("<h2>What to do</h2>\n");
        AppendRemedy(page, trouble, copies.FirstOrDefault(c => c.Complaint is null), options);
        page.Append("<p class=\"soft\">The program looks at the file every few seconds and starts by itself once it is right; this page then gives way to the usual ones.</p>\n</main></body>\n</html>\n");
        return page.ToString();
    }

    private static string Headline(DatabaseFault fault) => fault switch
    {
        DatabaseFault.Missing => "The database is gone",
        DatabaseFault.Empty => "The database is empty",
        DatabaseFault.ReadOnly => "The database can't be written",
        DatabaseFault.Damaged => "The database is damaged",
        DatabaseFault.Foreign => "This is another program's database",
        DatabaseFault.Newer => "The database is of a newer version",
        DatabaseFault.Network => "The data folder is on a network drive",
        _ => "The database can't be used",
    };

    private static void AppendCopies(StringBuilder page, IReadOnlyList<DatabaseCopy> copies, SchedulerOptions options)
    {
        var folder = Text(Path.GetFullPath(options.BackupFolder));
        if (copies.Count == 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>There is none in {folder}. Copies that <code>db backup</code> made may lie elsewhere.</p>\n");
            return;
        }
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">The newest in {folder}, each checked just now.</p>\n<div class=\"wide\"><table><thead><tr><th>Written (UTC)</th><th>Size</th><th>File</th><th>Check</th></tr></thead><tbody>\n");
        foreach (var copy in copies)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{copy.WrittenAt.UtcDateTime:yyyy-MM-dd HH:mm}</td><td>{Text(SizeText.Of(copy.Bytes))}</td><td class=\"what\">{Text(Path.GetFileName(copy.File))}</td><td class=\"what\">{Text(copy.Complaint is null ? "good" : copy.Complaint.Replace(copy.File, "This file", StringComparison.Ordinal))}</td></tr>\n");
        page.Append("</tbody></table></div>\n");
    }

    private static void AppendRemedy(StringBuilder page, DatabaseTrouble trouble, DatabaseCopy? best, SchedulerOptions options)
    {
        switch (trouble.Fault)
        {
            case DatabaseFault.ReadOnly:
                page.Append(CultureInfo.InvariantCulture, $"<p>Give the program the right to write the file and its folder; if the disk is mounted read-only, see why. Nothing has to be restored.</p>\n<pre>chmod u+rw {Text(Quoted(trouble.File))}</pre>\n");
                return;
            case DatabaseFault.Network:
                page.Append("<p>Stop the program, move the folder to a disk of this machine, and start the program with SCHEDULER_DATA set to where the folder is then. Nothing has to be restored.</p>\n");
                return;
            case DatabaseFault.Unusable:
                page.Append("<p>Put right what is named above. The program tries again by itself.</p>\n");
                return;
            case DatabaseFault.Newer:
                page.Append("<p>Start the newer version of Scheduler on this folder: it loses nothing. Or go back to a copy of this version; what was done since is then gone.</p>\n");
                break;
            default:
                page.Append("<p>Restore a copy. It is checked first, and what is there now is kept beside the copies.</p>\n");
                break;
        }
        var copy = best is null ? "FILE" : Quoted(best.File);
        page.Append(CultureInfo.InvariantCulture, $"<pre>{Text($"SCHEDULER_DATA={Quoted(Path.GetFullPath(options.DataFolder))} {ThisProgram()} db restore {copy}")}</pre>\n");
        if (trouble.Fault is DatabaseFault.Missing or DatabaseFault.Empty)
            page.Append("<p>To begin anew instead, start the program with another, empty data folder.</p>\n");
    }

    private static string ThisProgram()
    {
        var own = typeof(Program).Assembly.Location;
        return Environment.ProcessPath is { } process && Path.GetFileNameWithoutExtension(process) != "dotnet" ? Quoted(process) : $"dotnet {Quoted(own)}";
    }

    // As a POSIX shell reads it.
    private static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '\\' or ':') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
