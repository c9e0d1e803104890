using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Http;

/// <summary>
/// Asks for URLs and compares the status of each answer with the expected ones. Redirects of GET and HEAD are followed inside the scope, unless
/// only redirects are expected; one that leads out of the scope is itself the answer. A certificate that a browser would refuse is a failure.
/// </summary>
/// <param name="trustedRoots">Roots to trust instead of the machine's own; null for the machine's.</param>
/// <param name="lookup">How names become addresses; null for the machine's resolver.</param>
public sealed class HttpKind(X509Certificate2Collection? trustedRoots = null, NameLookup? lookup = null) : IJobKind
{
    public string Name => "http";
    public string Summary => "Asks for URLs and fails when an answer is missing or its status is not an expected one.";
    public string DefaultPool => "light";

    public IReadOnlyList<JobField> Fields { get; } =
    [
        new("targets.urls", "URLs", "One a line. Each is asked once a run.", JobFieldType.Lines),
        new("options.method", "Method", "How it is asked.", JobFieldType.Choice, "GET", HttpOptions.Methods),
        new("options.expectStatus", "Expected status", "Numbers and ranges that count as well, for example 200,204,300-399.", JobFieldType.Text, "200-399"),
        new("options.timeout", "Answer within", "The longest that one URL may take.", JobFieldType.Duration, "30s"),
    ];

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) => HttpOptions.Read(job, scope, path, errors);

    public Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var errors = new List<FieldError>();
        var options = HttpOptions.Read(context.Job, context.Scope, "job", errors);
        return errors.Count > 0 ? Task.FromResult(BadSpec.Outcome(errors)) : RunAsync(context, options, stopping);
    }

    internal async Task<JobOutcome> RunAsync(JobContext context, HttpOptions options, CancellationToken stopping)
    {
        var limits = new ScopedHttpLimits { Total = options.Timeout, MaxRedirects = options.ExpectStatus.AreAllRedirects ? 0 : new ScopedHttpLimits().MaxRedirects };
        var http = new ScopedHttp(context.Scope, context.Clock, limits, CertificateRule.Enforce, trustedRoots, lookup);
        var answers = new List<Answer>();
        foreach (var url in options.Urls)
        {
            await context.ProgressAsync((double)answers.Count / options.Urls.Count, $"{options.Method} {url}", stopping);
            var answer = Judge(options, url, await http.AskAsync(options.Method, url, stopping));
            answers.Add(answer);
            await LogAsync(context, answer, stopping);
        }
        await WriteMetricsAsync(context, answers, stopping);
        return OutcomeOf(answers, options);
    }

    /// <param name="Failure">What is wrong, or null.</param>
    /// <param name="IsTransient">Whether another try may help.</param>
    private sealed record Answer(HttpExchange Exchange, string Text, string? Failure, bool IsTransient);

    private static Answer Judge(HttpOptions options, Uri url, HttpExchange exchange)
    {
        var asked = $"{options.Method} {HostileText.Line(url.AbsoluteUri, 300)}";
        if (exchange.Fault is { } fault)
        {
            var at = fault.At == url ? "" : $" (at {HostileText.Line(fault.At.AbsoluteUri, 300)})";
            return new Answer(exchange, asked, $"{asked} failed{at}: {fault.Text}", fault.IsTransient);
        }
        var final = exchange.Final!;
        var via = final.Url == url ? "" : $" at {HostileText.Line(final.Url.AbsoluteUri, 300)}";
        var text = $"{asked} answered {final.Status}{via}";
        if (options.ExpectStatus.Contains(final.Status)) return new Answer(exchange, text, null, false);
        // An overloaded or broken server may have recovered by the next try; a page that is not there will still not be.
        var isTransient = final.Status is 408 or 425 or 429 or >= 500;
        return new Answer(exchange, text, $"{text}, expected {options.ExpectStatus}", isTransient);
    }

    private static async Task LogAsync(JobContext context, Answer answer, CancellationToken stopping)
    {
        foreach (var hop in answer.Exchange.Hops.SkipLast(1))
            await context.LogAsync($"{hop.Status} {HostileText.Line(hop.Url.AbsoluteUri, 300)} redirects to {HostileText.Line(hop.Header("Location"), 300)}", stopping);
        if (answer.Exchange.NotFollowed is { } notFollowed) await context.LogAsync(LogStream.Warn, notFollowed, stopping);
        var facts = string.Create(CultureInfo.InvariantCulture, $"{answer.Exchange.Body.Length} bytes in {answer.Exchange.Elapsed.TotalMilliseconds:0} ms");
        if (answer.Failure is null) await context.LogAsync($"{answer.Text}, {facts}, from {answer.Exchange.Final!.Remote}", stopping);
        else await context.LogAsync(LogStream.Warn, answer.Failure, stopping);
    }

    // With several URLs the worst stands for all: the status of the first failure (0: no answer), the slowest duration.
    private static async Task WriteMetricsAsync(JobContext context, List<Answer> answers, CancellationToken stopping)
    {
        var telling = answers.Find(a => a.Failure is not null) ?? answers[^1];
        await context.MetricAsync("statusCode", telling.Exchange.Final?.Status ?? 0, stopping);
        await context.MetricAsync("durationMs", Math.Round(answers.Max(a => a.Exchange.Elapsed.TotalMilliseconds)), stopping);
        await context.MetricAsync("bytes", answers.Sum(a => (long)a.Exchange.Body.Length), stopping);
        await context.MetricAsync("urls", answers.Count, stopping);
        await context.MetricAsync("failed", answers.Count(a => a.Failure is not null), stopping);
        await context.MetricAsync("assetsScanned", answers.Count(a => a.Exchange.Final is not null), stopping);
        await context.ProgressAsync(1, null, stopping);
    }

    private static JobOutcome OutcomeOf(List<Answer> answers, HttpOptions options)
    {
        var failures = answers.Where(a => a.Failure is not null).ToList();
        if (failures.Count == 0) return new JobOutcome.Succeeded(answers.Count == 1 ? answers[0].Text : $"{answers.Count} URLs answered with {options.ExpectStatus}");
        var first = failures[0].Failure!;
        var reason = answers.Count == 1 ? first : $"{failures.Count} of {answers.Count} URLs failed; {first}";
        return new JobOutcome.Failed(reason, failures.Exists(f => f.IsTransient));
    }
}
