using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>What the last answer's headers leave out or give away. Pure: the same page gives the same findings.</summary>
internal static partial class HeaderChecks
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromDays(180);
    private static readonly string[] ReferrerPolicies =
    [
        "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
    ];
    private static readonly string[] TellingHeaders = ["Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Generator"];

    public static IEnumerable<Finding> Check(WebPage page) =>
        [.. Transport(page), .. Hsts(page), .. Csp(page), .. Framing(page), .. Sniffing(page), .. Referrer(page), .. Versions(page)];

    // On this machine nobody listens between client and server, so plain HTTP there is a fact worth knowing and no weakness.
    private static Severity ForWire(HttpHop hop, Severity usual) => hop.Remote is { } remote && IPAddress.IsLoopback(ScopeHost.Plain(remote.Address)) ? Severity.Info : usual;

    private static IEnumerable<Finding> Transport(WebPage page)
    {
        var hops = page.Exchange.Hops;
        for (var i = 1; i < hops.Count; i++)
        {
            if (hops[i - 1].Url.Scheme != Uri.UriSchemeHttps || hops[i].Url.Scheme != Uri.UriSchemeHttp) continue;
            yield return WebRules.Downgrade.At(page.Asset, "", $"{hops[i - 1].Url} redirects to {hops[i].Url}", ForWire(hops[i], WebRules.Downgrade.Severity));
            yield break;
        }
        if (!page.IsHttps && page.IsSuccess)
            yield return WebRules.PlainHttp.At(page.Asset, "", $"{page.Final.Url} answered {page.Final.Status} without a redirect to https", ForWire(page.Final, WebRules.PlainHttp.Severity));
    }

    // Browsers ignore the header over plain HTTP and for bare addresses (RFC 6797, 8.1).
    private static IEnumerable<Finding> Hsts(WebPage page)
    {
        if (!page.IsHttps || page.Final.Status is < 200 or > 399 || page.Final.Url.HostNameType != UriHostNameType.Dns) yield break;
        var header = page.Final.Header("Strict-Transport-Security");
        var maxAge = header is null ? null : MaxAge(header);
        if (header is null) yield return WebRules.HstsMissing.At(page.Asset, "", $"{page.Final.Url} answered without it");
        else if (maxAge is null) yield return WebRules.HstsMissing.At(page.Asset, "", $"Strict-Transport-Security: {header} (not valid, so browsers ignore it)");
        else if (maxAge < LongEnough.TotalSeconds) yield return WebRules.HstsShort.At(page.Asset, "", $"Strict-Transport-Security: {header}");
    }

    private static long? MaxAge(string header)
    {
        foreach (var directive in header.Split(';', StringSplitOptions.TrimEntries))
        {
            var equals = directive.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !directive.AsSpan(0, equals).Trim().Equals("max-age", StringComparison.OrdinalIgnoreCase)) continue;
            return long.TryParse(directive.AsSpan(equals + 1).Trim().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
        }
        return null;
    }

    private static IEnumerable<Finding> Csp(WebPage page)
    {
        if (page.Html is null) yield break;
        var texts = page.Final.AllOf("Content-Security-Policy").Concat(page.Html.Policies).ToList();
        var policies = texts.SelectMany(ContentSecurityPolicy.ReadAll).ToList();
        if (policies.Count == 0)
        {
            var reportOnly = page.Final.Header("Content-Security-Policy-Report-Only");
            yield return WebRules.CspMissing.At(page.Asset, "", reportOnly is null ? $"{page.Final.Url} answered without it" : $"only Content-Security-Policy-Report-Only: {reportOnly}");
            yield break;
        }
        // Every policy is enforced, so something is allowed only when each of them allows it.
        var evidence = $"Content-Security-Policy: {string.Join(", ", texts)}";
        if (policies.TrueForAll(p => !p.LimitsScripts)) yield return WebRules.CspNoScriptLimit.At(page.Asset, "", evidence);
        else
        {
            if (policies.TrueForAll(p => p.AllowsInlineScripts)) yield return WebRules.CspUnsafeInline.At(page.Asset, "script-src", evidence);
            if (policies.TrueForAll(p => p.AllowsEval)) yield return WebRules.CspUnsafeEval.At(page.Asset, "script-src", evidence);
            if (policies.TrueForAll(p => p.AllowsScriptsFromAnywhere)) yield return WebRules.CspWildcard.At(page.Asset, "script-src", evidence);
        }
        if (policies.Exists(p => p.LimitsStyles) && policies.TrueForAll(p => p.AllowsInlineStyles))
            yield return WebRules.CspUnsafeInline.At(page.Asset, "style-src", evidence, Severity.Info, "Content-Security-Policy allows inline styles");
    }

    private static IEnumerable<Finding> Framing(WebPage page)
    {
        if (page.Html is null) yield break;
        // In a meta element browsers ignore frame-ancestors, and where a header has it they ignore X-Frame-Options.
        var limits = page.Final.AllOf("Content-Security-Policy").SelectMany(ContentSecurityPolicy.ReadAll).Select(p => p.LimitsFraming).OfType<bool>().ToList();
        var options = string.Join(", ", page.Final.AllOf("X-Frame-Options"));
        var isLimited = limits.Count > 0 ? limits.Contains(true) : IsFrameLimit(options);
        if (isLimited) yield break;
        var evidence = limits.Count > 0 ? $"Content-Security-Policy: {page.Final.Header("Content-Security-Policy")}"
            : options.Length > 0 ? $"X-Frame-Options: {options} (not a value that browsers know)"
            : "neither X-Frame-Options nor frame-ancestors in a Content-Security-Policy";
        yield return WebRules.Framing.At(page.Asset, "", evidence);
    }

    private static bool IsFrameLimit(string options) =>
        options.Length > 0 && options.Split(',', StringSplitOptions.TrimEntries).All(o => o.Equals("DENY", StringComparison.OrdinalIgnoreCase) || o.Equals("SAMEORIGIN", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<Finding> Sniffing(WebPage page)
    {
        if (!page.IsSuccess || page.Exchange.Body.Length == 0 || !CanBeMistaken(page)) yield break;
        var value = page.Final.Header("X-Content-Type-Options");
        if (value is not null && value.Split(',')[0].Trim().Equals("nosniff", StringComparison.OrdinalIgnoreCase)) yield break;
        yield return WebRules.ContentTypeOptions.At(page.Asset, "", value is null ? $"{page.MediaType} without it".TrimStart() : $"X-Content-Type-Options: {value}");
    }

    // Sniffing turns text into something else; what is an image or a font by its first bytes stays that.
    private static bool CanBeMistaken(WebPage page) =>
        page.Html is not null || page.MediaType is "" or "application/javascript" or "application/json" or "application/xml" or "application/octet-stream" ||
        page.MediaType.StartsWith("text/", StringComparison.Ordinal) || page.MediaType.EndsWith("+json", StringComparison.Ordinal) || page.MediaType.EndsWith("+xml", StringComparison.Ordinal);

    private static IEnumerable<Finding> Referrer(WebPage page)
    {
        if (page.Html is null) yield break;
        var told = page.Final.AllOf("Referrer-Policy").SelectMany(v => v.Split(',')).Append(page.Html.ReferrerPolicy ?? "").Select(v => v.Trim());
        var effective = told.LastOrDefault(v => ReferrerPolicies.Contains(v, StringComparer.OrdinalIgnoreCase));
        if (effective is null) yield return WebRules.ReferrerMissing.At(page.Asset, "", $"{page.Final.Url} answered without it");
        else if (effective.Equals("unsafe-url", StringComparison.OrdinalIgnoreCase) || effective.Equals("no-referrer-when-downgrade", StringComparison.OrdinalIgnoreCase))
            yield return WebRules.ReferrerUnsafe.At(page.Asset, "", $"Referrer-Policy: {effective}");
    }

    private static IEnumerable<Finding> Versions(WebPage page)
    {
        foreach (var name in TellingHeaders)
        {
            var telling = page.Final.AllOf(name).Where(v => Version().IsMatch(v)).ToList();
            if (telling.Count > 0) yield return WebRules.VersionDisclosed.At(page.Asset, name, $"{name}: {string.Join(", ", telling)}");
        }
        if (page.Html?.Generator is { } generator && Version().IsMatch(generator))
            yield return WebRules.VersionDisclosed.At(page.Asset, "meta generator", $"<meta name=\"generator\" content=\"{generator}\">");
    }

    // nginx/1.25.3, PHP/8, 4.0.30319, WordPress 6.4; not the node's name in "ECS (dcb/7F83)" nor the digit in "HTTP2-Proxy".
    [GeneratedRegex(@"(?<![\w.])v?\d+(\.\d+)*(?!\w)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Version();
}
