using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Core.Findings;
using static Scheduler.Core.Jobs.ScanWords;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>What a monitor saw become of something that it watches.</summary>
internal enum ChangeKind { Added, Removed, Changed, Failed }

/// <summary>
/// Gathers the changes that a monitor sees, and tells them in the end: as findings, in the log, and as one event. In the end, because a run that is stopped half-way compares
/// anew the next time: what it had told would then be known already.
/// </summary>
/// <param name="item">What an event calls the thing that changed: <c>path</c> or <c>url</c>.</param>
internal sealed class ChangeReport(JobContext context, string item)
{
    /// <summary>More changes in one look are counted, and not listed.</summary>
    public const int MostFindings = 1000;

    /// <summary>How many an event names.</summary>
    public const int MostItems = 100;

    private const int MostLines = 200;
    private const int LongestItem = 500;
    private const string Remedy = "Find out who changed it, and whether that was meant. What is seen now is what the next run compares with, so that this finding ends there unless it changes again.";
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<Finding> _findings = [];
    private readonly List<(string Item, ChangeKind Kind)> _items = [];
    private readonly int[] _counts = new int[4];

    public IReadOnlyCollection<Finding> Findings => _findings;

    public int Of(ChangeKind kind) => _counts[(int)kind];

    /// <summary>How many things are no longer as they were.</summary>
    public int Changes => Of(ChangeKind.Added) + Of(ChangeKind.Removed) + Of(ChangeKind.Changed);

    /// <param name="what">The path or URL, hostile.</param>
    /// <param name="findings">What is to be said of it; a remedy is put where there is none.</param>
    public void Add(ChangeKind kind, string what, params ReadOnlySpan<Finding> findings)
    {
        _counts[(int)kind]++;
        if (_items.Count < MostLines) _items.Add((what, kind));
        foreach (var finding in findings)
            if (_findings.Count < MostFindings) _findings.Add(finding.Remedy.Length > 0 ? finding : finding with { Remedy = Remedy });
    }

    /// <summary>Tells all of it. A backfill looks at today in the name of a past instant: what it sees stands in its log alone.</summary>
    /// <param name="type">The event's type; null where none is wanted.</param>
    public async Task TellAsync(string? type, CancellationToken ct)
    {
        foreach (var (what, kind) in _items) await context.LogAsync(kind == ChangeKind.Failed ? LogStream.Warn : LogStream.Info, $"{Word(kind)}: {HostileText.Line(what, 500)}", ct);
        var all = Changes + Of(ChangeKind.Failed);
        if (all > _items.Count) await context.LogAsync(LogStream.Warn, $"and {all - _items.Count} more", ct);
        if (all > MostFindings) await context.LogAsync(LogStream.Warn, $"{MostFindings} of {all} are listed as findings; the others are counted alone", ct);
        if (context.AsOf is not null) return;
        foreach (var finding in _findings) await context.FoundAsync(finding, ct);
        if (type is not null && Changes > 0) await context.HappenedAsync(type, Data(), ct);
    }

    /// <summary>"2 changed, 1 added"; empty where there is nothing to say.</summary>
    public string Words => string.Join(", ", Enum.GetValues<ChangeKind>().Where(k => Of(k) > 0).OrderBy(k => k is ChangeKind.Changed ? -1 : (int)k).Select(k => $"{Of(k)} {Word(k)}"));

    private static string Word(ChangeKind kind) => kind switch
    {
        ChangeKind.Added => "added",
        ChangeKind.Removed => "removed",
        ChangeKind.Changed => "changed",
        _ => "could not be read",
    };

    private string Data()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteStartObject("changes");
            foreach (var (kind, name) in Names) json.WriteNumber(name, Of(kind));
            json.WriteEndObject();
            json.WriteStartArray("items");
            foreach (var (what, kind) in _items.Take(MostItems))
            {
                json.WriteStartObject();
                json.WriteString(item, HostileText.Line(what, LongestItem));
                json.WriteString("change", Names.First(n => n.Kind == kind).Name);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static readonly (ChangeKind Kind, string Name)[] Names =
        [(ChangeKind.Added, "added"), (ChangeKind.Removed, "removed"), (ChangeKind.Changed, "changed"), (ChangeKind.Failed, "failed")];
}
