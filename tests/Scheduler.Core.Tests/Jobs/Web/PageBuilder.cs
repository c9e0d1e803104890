using System.Net;
using System.Text;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Web;

namespace Scheduler.Core.Tests.Jobs.Web;

/// <summary>Recorded answers for the checks, without a server.</summary>
internal static class PageBuilder
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>An answer with the given headers, each as <c>Name: value</c>.</summary>
    public static WebPage Page(string url, string body, params string[] headers) => Page(url, 200, body, headers);

    public static WebPage Page(string url, int status, string body, params string[] headers) => Page([Hop(url, status, headers)], body);

    public static WebPage Page(IReadOnlyList<HttpHop> hops, string body = "<html></html>") => WebPage.Of(
        WebUrl.Normalise(hops[0].Url).AbsoluteUri, new HttpExchange(hops[0].Url, hops, null, null, Encoding.UTF8.GetBytes(body), true, TimeSpan.Zero), Now);

    public static HttpHop Hop(string url, int status, params string[] headers) => new(
        new Uri(url), status, "", [.. headers.Select(h => new HttpHeader(h.Split(':', 2)[0], h.Split(':', 2)[1].Trim()))],
        new IPEndPoint(url.Contains("127.0.0.1", StringComparison.Ordinal) ? IPAddress.Loopback : IPAddress.Parse("93.184.215.14"), 443), null, TimeSpan.Zero);

    public static IReadOnlyList<string> Lines(IEnumerable<Finding> findings) => [.. findings.Select(f => $"{f.Rule} {f.Severity} {f.Location}".TrimEnd())];
}
