using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Files;
using Scheduler.Core.Jobs.Web;
using static Scheduler.Core.Jobs.ScanWords;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>One run of <c>url-monitor</c>: asks for URL by URL, compares with what the last run remembers, and remembers how each answers now.</summary>
/// <param name="urls">Normalised and distinct.</param>
/// <param name="mostText">Bytes that the kept texts of a schedule may take.</param>
internal sealed class UrlMonitor(JobContext context, UrlMonitorOptions options, IReadOnlyList<Uri> urls, ScopedHttp http, long mostText = TextBudget.Most)
{
    private const string Prefix = "url:";
    private const int AtOnce = 8;

    private readonly ChangeReport _report = new(context, "url");
    private readonly HostPatience _patience = new(http, context.Clock, context.OverridesRateLimits);
    private readonly List<string> _covered = [];
    private IReadOnlyDictionary<string, Remembered> _notes = new Dictionary<string, Remembered>();
    private TextBudget _budget = new(mostText, 0);
    private int _first, _forgotten, _newRules;
    private long _bytes;
    private bool _isWorthAnotherTry;
    private string? _firstFailure;

    /// <summary>What is to be told and remembered of one URL.</summary>
    /// <param name="Packed">Its text for the next comparison; null where there is none, or where the same one is kept already.</param>
    /// <param name="Findings">What is different from before.</param>
    private sealed record Verdict(string Url, UrlState? Before, UrlLook Look, byte[]? Packed, IReadOnlyList<Finding> Findings, long Bytes);

    public async Task<JobOutcome> RunAsync(CancellationToken stopping)
    {
        _notes = await context.Memory.RecallAsync(stopping);
        _budget = new TextBudget(mostText, _notes.Values.Sum(n => (long)n.ContentSize));
        ForgetTheOthers();
        var done = 0;
        var batches = urls.Chunk(options.BatchSize).ToList();
        foreach (var (index, batch) in batches.Index())
        {
            await context.ProgressAsync((double)done / urls.Count, batches.Count == 1 ? null : $"Batch {index + 1} of {batches.Count}", stopping);
            await DoAsync(batch, stopping);
            done += batch.Length;
            await context.LogAsync($"Batch {index + 1} of {batches.Count}: {done} of {Count(urls.Count, "URL")}{(_report.Words.Length > 0 ? $"; so far {_report.Words}" : "")}", stopping);
        }
        await TellAsync(stopping);
        if (_covered.Count == 0)
            return new JobOutcome.Failed(urls.Count == 1 ? _firstFailure! : $"None of {urls.Count} URLs could be read; {_firstFailure}", _isWorthAnotherTry);
        return Outcome(Parts(), isGrave: false);
    }

    private void ForgetTheOthers()
    {
        var wanted = urls.Select(u => Prefix + u.AbsoluteUri).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, note) in _notes.Where(n => !wanted.Contains(n.Key)))
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal)) _forgotten++;
            _budget.Free(note.ContentSize);
            context.Memory.Forget(key);
        }
    }

    // Asked for side by side, judged in their order: the same changes make the same report.
    private async Task DoAsync(Uri[] batch, CancellationToken stopping)
    {
        var verdicts = new Verdict[batch.Length];
        await Parallel.ForEachAsync(batch.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stopping }, async (item, ct) => verdicts[item.Index] = await LookAsync(item.Item, ct));
        foreach (var verdict in verdicts) await TakeAsync(verdict, stopping);
    }

    private async Task<Verdict> LookAsync(Uri url, CancellationToken ct)
    {
        var asset = url.AbsoluteUri;
        var note = _notes.GetValueOrDefault(Prefix + asset);
        var before = note is null ? null : UrlState.Of(note.Note);
        var (look, bytes) = (UrlLook.Failed("", false), 0L);
        try
        {
            var exchange = await _patience.AskAsync(url, why => context.LogAsync(LogStream.Warn, HostileText.Line(why, 500), ct), ct);
            if (exchange.NotFollowed is { } notFollowed) await context.LogAsync(LogStream.Warn, HostileText.Line($"{asset}: {notFollowed}", 700), ct);
            (look, bytes) = (UrlLook.At(exchange, before, options, ct), exchange.Body.Length);
            if (look.State?.Hash == UrlState.TooLong)
                await context.LogAsync(LogStream.Warn, $"{HostileText.Line(asset, 300)} is longer than {ByteSize.Print(bytes)}: its content is not compared", ct);
            var findings = look.State is null ? [] : await CompareAsync(asset, before, look, ct);
            var needsPacking = look.Text is not null && context.Memory.IsKept && !(IsSame(before, look.State) && note!.ContentSize > 0);
            return new Verdict(asset, before, look, needsPacking ? KeptText.Pack(look.Text!) : null, findings, bytes);
        }
        catch (Exception e) when (e is not OperationCanceledException and not System.Threading.Channels.ChannelClosedException)
        {
            // One page that trips us up must not cost the others.
            look = UrlLook.Failed(HostileText.Line($"{asset} could not be examined: {e.GetType().Name}: {e.Message}", 500), isTransient: false);
            return new Verdict(asset, before, look, null, [], bytes);
        }
    }

    private async Task<IReadOnlyList<Finding>> CompareAsync(string asset, UrlState? before, UrlLook look, CancellationToken ct)
    {
        if (before is null) return [];
        var (now, findings) = (look.State!, new List<Finding>());
        if (now.IsGone && before.IsGood) findings.Add(Of("url-gone", Severity.Medium, asset, "is gone", "", Answers($"{before.Status}", $"{now.Status}")));
        else if (before.IsGone && now.IsGood) findings.Add(Of("url-back", Severity.Low, asset, "is there again", "", Answers($"{before.Status}", $"{now.Status}")));
        else if (before.Status != now.Status && before.Status != 304) findings.Add(Of("url-status-changed", Severity.Medium, asset, $"answers {now.Status} instead of {before.Status}", $"[{now.Status}]", Answers($"{before.Status}", $"{now.Status}")));
        if (before.Place != now.Place && before.Rules == options.Ignore.Mark) findings.Add(Of("url-redirect-changed", Severity.Medium, asset, "leads to another address", $"[{HostileText.Line(now.Place, 300)}]", Answers(before.Place, now.Place)));
        if (IsAnotherContent(before, now)) findings.Add(Of("url-changed", Severity.Medium, asset, "has changed", $"[{Mark(before, now)}]", await EvidenceAsync(asset, before, look, ct)));
        return findings;

        static string Answers(string was, string now) => $"before: {was}\nnow: {now}";
    }

    // What it has become is part of the finding's identity, so that each change is a new one.
    private static string Mark(UrlState before, UrlState now) => before.Hash == now.Hash ? now.Type : now.Hash![..Math.Min(now.Hash!.Length, 12)];

    // What was compared under other rules, or never answered well, has nothing to be compared with.
    private static bool IsAnotherContent(UrlState before, UrlState now) =>
        before.Hash is not null && now.Hash is not null && before.Rules == now.Rules && (before.Hash != now.Hash || before.Type != now.Type);

    private async Task<string> EvidenceAsync(string asset, UrlState before, UrlLook look, CancellationToken ct)
    {
        var head = $"before: {before.Words}\nnow: {look.State!.Words}\n\n";
        if (!options.Diff || before.Hash == look.State.Hash) return head.TrimEnd();
        if (look.Text is null) return $"{head}It is no text of up to {ByteSize.Print(KeptText.MostBytes)}, so there is no comparison line by line.";
        if (_notes[Prefix + asset].ContentSize == 0 || await context.Memory.ContentAsync(Prefix + asset, ct) is not { } packed)
            return $"{head}The text of before was not kept, so there is no comparison line by line.";
        return head + TextDiff.Show(KeptText.Unpack(packed), look.Text, Finding.MaxText - head.Length);
    }

    private async Task TakeAsync(Verdict verdict, CancellationToken ct)
    {
        _bytes += verdict.Bytes;
        if (verdict.Look.Failure is { } failure)
        {
            _firstFailure ??= failure;
            _isWorthAnotherTry |= verdict.Look.IsTransient;
            await context.LogAsync(LogStream.Warn, failure, ct);
            _report.Add(ChangeKind.Failed, verdict.Url, Of("url-unreachable", Severity.Medium, verdict.Url, "could not be read", "", failure) with
            {
                Remedy = "Look whether the server is up and reachable from here. What was remembered of it stays for the comparison with the next look that succeeds.",
            });
            return;
        }
        var state = verdict.Look.State!;
        _covered.Add(verdict.Url);
        if (verdict.Before is null) _first++;
        else if (verdict.Before.Hash is not null && verdict.Before.Rules != state.Rules) _newRules++;
        if (verdict.Findings.Count > 0)
            _report.Add(verdict.Findings[0].Rule switch { "url-gone" => ChangeKind.Removed, "url-back" => ChangeKind.Added, _ => ChangeKind.Changed }, verdict.Url, [.. verdict.Findings]);
        Keep(verdict, state);
    }

    private void Keep(Verdict verdict, UrlState state)
    {
        var key = Prefix + verdict.Url;
        var had = _notes.GetValueOrDefault(key)?.ContentSize ?? 0;
        // An answer without content leaves the one of before; one that is the same needs no second copy.
        var keepsText = IsSame(verdict.Before, state) && (!verdict.Look.HasContent || (verdict.Look.Text is not null) == (had > 0));
        if (keepsText && verdict.Before == state) return;
        if (keepsText) context.Memory.Remember(key, state.Note);
        else
        {
            var packed = verdict.Packed;
            if (packed is null) _budget.Free(had);
            else if (!_budget.Take(had, packed.Length)) packed = null;
            context.Memory.Remember(key, state.Note, packed);
        }
    }

    private static bool IsSame(UrlState? before, UrlState? now) => before is not null && now is not null && before.Hash == now.Hash && before.Rules == now.Rules;

    private async Task TellAsync(CancellationToken ct)
    {
        if (_newRules > 0) await context.LogAsync(LogStream.Warn, $"The rules of ignore were changed: {Count(_newRules, "URL")} will be compared from the next run on", ct);
        if (_budget.Refused > 0)
            await context.LogAsync(LogStream.Warn, $"The text of {Count(_budget.Refused, "URL")} is not kept for a comparison line by line: the schedule keeps {ByteSize.Print(mostText)} already. That it changed will be told all the same", ct);
        await _report.TellAsync(UrlMonitorKind.Changed, ct);
        if (context.AsOf is null)
            foreach (var url in _covered) await context.CoveredAsync(url, ct);
        (string, double)[] metrics =
        [
            ("assetsScanned", _covered.Count), ("urls", urls.Count), ("bytes", _bytes), ("added", _report.Of(ChangeKind.Added)), ("removed", _report.Of(ChangeKind.Removed)),
            ("changed", _report.Of(ChangeKind.Changed)), ("unreachable", _report.Of(ChangeKind.Failed)),
        ];
        foreach (var (name, value) in metrics) await context.MetricAsync(name, value, ct);
        await context.ProgressAsync(1, null, ct);
    }

    private static Finding Of(string rule, Severity severity, string asset, string fate, string location, string evidence) => new()
    {
        Rule = rule,
        Severity = severity,
        Title = $"{HostileText.Line(asset, 200)} {fate}",
        Asset = asset,
        Location = location,
        Evidence = evidence,
    };

    private IEnumerable<string> Parts()
    {
        if (_firstFailure is not null) yield return $"completed with issues: {HostileText.Line(_firstFailure, 300)}";
        yield return MonitorWords.Told(context, Count(urls.Count, "URL"), urls.Count, _first, _report);
        if (_forgotten > 0) yield return $"{Count(_forgotten, "URL")} no longer watched";
    }
}
