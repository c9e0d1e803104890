using System.Text;

namespace Scheduler.Core.Jobs.Web;

/// <summary>Gives every spelling of an address one form, so that the same page is one asset in every run.</summary>
internal static class WebUrl
{
    private static readonly string[] TrackingNames =
    [
        "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "oly_enc_id", "oly_anon_id",
    ];

    /// <summary>
    /// Canonical host (lower case, ASCII, no trailing dot), no default port, no fragment, no tracking parameters, dot segments resolved, percent
    /// codes in upper case. The order of the remaining parameters is kept: it may matter to the target.
    /// </summary>
    /// <param name="url">Absolute, http or https.</param>
    public static Uri Normalise(Uri url)
    {
        if (ScopeHost.TryRead(url, out var host, out _)) url = host.Rewrite(url);
        var query = string.Join('&', url.Query.TrimStart('?').Split('&').Where(p => p.Length > 0 && !IsTracking(p)));
        var text = $"{url.Scheme}://{url.Authority}{UpperPercents(url.AbsolutePath)}{(query.Length > 0 ? "?" + UpperPercents(query) : "")}";
        return new Uri(text);
    }

    /// <summary>The host and port as an asset of its own, for what belongs to the server and not to a page: <c>shop.example.com:443</c>.</summary>
    public static string Endpoint(Uri url) => $"{(ScopeHost.TryRead(url, out var host, out _) ? host.InUrl : url.Host)}:{url.Port}";

    private static bool IsTracking(string parameter)
    {
        var end = parameter.IndexOf('=', StringComparison.Ordinal);
        var name = end < 0 ? parameter : parameter[..end];
        return name.StartsWith("utm_", StringComparison.OrdinalIgnoreCase) || Array.Exists(TrackingNames, t => t.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static string UpperPercents(string text)
    {
        if (!text.Contains('%')) return text;
        var upper = new StringBuilder(text);
        for (var i = 0; i + 2 < upper.Length; i++)
            if (upper[i] == '%' && char.IsAsciiHexDigit(upper[i + 1]) && char.IsAsciiHexDigit(upper[i + 2]))
                (upper[i + 1], upper[i + 2]) = (char.ToUpperInvariant(upper[i + 1]), char.ToUpperInvariant(upper[i + 2]));
        return upper.ToString();
    }
}
