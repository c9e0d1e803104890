namespace Scheduler.Core.Jobs.Web;

/// <summary>One target as it answered: all that the checks see.</summary>
/// <param name="Asset">The target's normalised URL; what is found is found there, wherever redirects led.</param>
/// <param name="Exchange">With at least one answer.</param>
/// <param name="Html">What the page holds; null when the last answer is not a successful HTML page.</param>
/// <param name="SeenAt">When it was asked, for what depends on dates.</param>
internal sealed record WebPage(string Asset, HttpExchange Exchange, HtmlPage? Html, DateTimeOffset SeenAt)
{
    public HttpHop Final => Exchange.Final!;
    public bool IsHttps => Final.Url.Scheme == Uri.UriSchemeHttps;
    public bool IsSuccess => Final.Status is >= 200 and <= 299;

    /// <summary>Answered without error, with a status from 200 to 399.</summary>
    public bool IsGood => Exchange.Fault is null && Final.Status is >= 200 and <= 399;

    /// <summary>Lower case without parameters, such as <c>text/html</c>; empty when there is none.</summary>
    public string MediaType => MediaTypeOf(Final);

    public static WebPage Of(string asset, HttpExchange exchange, DateTimeOffset seenAt)
    {
        var final = exchange.Final!;
        var isHtml = final.Status is >= 200 and <= 299 && IsHtml(final, exchange.Body.Span);
        return new WebPage(asset, exchange, isHtml ? HtmlPage.Read(exchange.Body.Span, final.Header("Content-Type")) : null, seenAt);
    }

    /// <summary>Whether an answer is an HTML page: it says so, or says nothing and looks like one.</summary>
    public static bool IsHtml(HttpHop hop, ReadOnlySpan<byte> body) => MediaTypeOf(hop) switch
    {
        "text/html" or "application/xhtml+xml" => true,
        "" => LooksLikeHtml(body),
        _ => false,
    };

    /// <summary>Lower case without parameters; empty when there is none.</summary>
#pragma warning disable CA1308 // Media types are written in lower case everywhere.
    public static string MediaTypeOf(HttpHop hop) =>
        ContentTypeOf(hop.Header("Content-Type")).Trim().ToLowerInvariant();
#pragma warning restore CA1308

    private static string ContentTypeOf(string? header) => header is null ? "" : header.Split(';', 2)[0];

    private static bool LooksLikeHtml(ReadOnlySpan<byte> body)
    {
        var start = System.Text.Encoding.Latin1.GetString(body[..Math.Min(body.Length, 256)]).TrimStart();
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }
}
