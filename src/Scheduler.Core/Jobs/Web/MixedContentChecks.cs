using System.Net;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>What an HTTPS page fetches or sends without TLS. Pure.</summary>
internal static class MixedContentChecks
{
    private const int MaxShown = 5;

    public static IEnumerable<Finding> Check(WebPage page)
    {
        if (!page.IsHttps || page.Html is not { } html || Upgrades(page, html)) yield break;
        var start = html.BaseAddress is { } text && Uri.TryCreate(page.Final.Url, text, out var given) ? given : page.Final.Url;
        foreach (var group in html.References.GroupBy(r => r.Element))
        {
            var insecure = group.Select(r => Uri.TryCreate(start, r.Address, out var url) ? url : null).OfType<Uri>().Where(IsInsecure)
                .Select(u => u.AbsoluteUri).Distinct(StringComparer.Ordinal).ToList();
            if (insecure.Count == 0) continue;
            var more = insecure.Count > MaxShown ? $" and {insecure.Count - MaxShown} more" : "";
            yield return RuleFor(group.Key).At(page.Asset, group.Key, string.Join(" ", insecure.Take(MaxShown).Select(u => HostileText.Line(u, 90))) + more);
        }
    }

    private static WebRule RuleFor(string element) => element switch
    {
        "form" => WebRules.MixedForm,
        "image" or "media" => WebRules.MixedPassive,
        _ => WebRules.MixedActive,
    };

    private static bool Upgrades(WebPage page, HtmlPage html) =>
        page.Final.AllOf("Content-Security-Policy").Concat(html.Policies).SelectMany(ContentSecurityPolicy.ReadAll).Any(p => p.UpgradesInsecureRequests);

    // Browsers hold the visitor's own machine for trustworthy.
    private static bool IsInsecure(Uri url) => url.Scheme == Uri.UriSchemeHttp &&
        ScopeHost.TryRead(url, out var host, out _) && !host.IsLocalhost && !(host.Address is { } address && IPAddress.IsLoopback(address));
}
