using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Files;
using Scheduler.Core.Jobs.Web;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>A URL as it answers now.</summary>
/// <param name="State">Null where it did not answer as it should.</param>
/// <param name="Text">What is compared of its text; null where it is none, where it is too long to be kept, or where nobody wants it.</param>
/// <param name="Failure">Why there is no state; null where there is.</param>
/// <param name="IsTransient">Whether another try may help.</param>
internal sealed record UrlLook(UrlState? State, string? Text, string? Failure, bool IsTransient)
{
    /// <param name="exchange">What came of asking.</param>
    /// <param name="before">What is remembered, or null.</param>
    /// <param name="options">What does not count, and whether a text is wanted.</param>
    /// <param name="ct">Cancels.</param>
    public static UrlLook At(HttpExchange exchange, UrlState? before, UrlMonitorOptions options, CancellationToken ct)
    {
        var url = HostileText.Line(exchange.Requested.AbsoluteUri, 300);
        if (exchange.Fault is { } fault)
        {
            var at = exchange.Hops.Count > 0 && fault.At != exchange.Requested ? $" (at {HostileText.Line(fault.At.AbsoluteUri, 300)})" : "";
            return Failed($"{url} could not be read{at}: {fault.Text}", fault.IsTransient);
        }
        var final = exchange.Final!;
        // A server in trouble says nothing about its content.
        if (final.Status is 408 or 425 or 429 or >= 500) return Failed($"{url} could not be read: it answered {final.Status} {final.Reason}".TrimEnd(), isTransient: true);
        try
        {
            return Answered(exchange, final, before, options, ct);
        }
        catch (RegexMatchTimeoutException)
        {
            return Failed($"{url} could not be compared: a regular expression of ignore takes too long on it", isTransient: false);
        }
    }

    /// <summary>Whether the answer had the page's content; else the content that is remembered stays.</summary>
    public bool HasContent { get; init; }

    public static UrlLook Failed(string why, bool isTransient) => new(null, null, why, isTransient);

    private static UrlLook Answered(HttpExchange exchange, HttpHop final, UrlState? before, UrlMonitorOptions options, CancellationToken ct)
    {
        var led = exchange.NotFollowed is null ? final.Url.AbsoluteUri : final.Header("Location") ?? "";
        var place = HostileText.Line(options.Ignore.Apply(led[..Math.Min(led.Length, 2000)], isHtml: false, ct), 1000);
        // "Not modified" says that all is as it was. Other answers than a good one have no content of the page.
        if (final.Status == 304) return new UrlLook(before is null ? new UrlState(304, place) : before with { Place = place }, null, null, false);
        var known = before ?? new UrlState(final.Status, place);
        if (final.Status is < 200 or > 299) return new UrlLook(known with { Status = final.Status, Place = place }, null, null, false);

        var type = HostileText.Line(WebPage.MediaTypeOf(final), 100);
        var state = new UrlState(final.Status, place, UrlState.TooLong, exchange.Body.Length, type, options.Ignore.Mark);
        if (!exchange.IsBodyComplete) return new UrlLook(state, null, null, false) { HasContent = true };
        var body = exchange.Body.Span;
        if (!FileText.IsText(body)) return new UrlLook(state with { Hash = Hash(body) }, null, null, false) { HasContent = true };
        if (options.Ignore.IsEmpty && (!options.Diff || body.Length > KeptText.MostBytes)) return new UrlLook(state with { Hash = Hash(body) }, null, null, false) { HasContent = true };
        var text = options.Ignore.Apply(HtmlPage.Decode(body, final.Header("Content-Type")), WebPage.IsHtml(final, body), ct);
        var hash = options.Ignore.IsEmpty ? Hash(body) : Hash(Encoding.UTF8.GetBytes(text));
        return new UrlLook(state with { Hash = hash }, options.Diff && body.Length <= KeptText.MostBytes ? text : null, null, false) { HasContent = true };
    }

    private static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
