using System.Globalization;
using System.Text.RegularExpressions;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>Which cookies, from any hop on the way, lack an attribute. Pure. A cookie's value never gets into a finding.</summary>
internal static partial class CookieChecks
{
    // A server that sets more than any site needs is playing with us.
    private const int MaxCookies = 50;

    public static IEnumerable<Finding> Check(WebPage page)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var hop in page.Exchange.Hops)
            foreach (var cookie in hop.AllOf("Set-Cookie").Take(MaxCookies).Select(Cookie.Read).OfType<Cookie>())
                if (!cookie.IsBeingDeleted(page.SeenAt))
                    foreach (var finding in Check(page.Asset, cookie, hop.Url.Scheme == Uri.UriSchemeHttps))
                        if (seen.Add(finding.Fingerprint)) yield return finding;
    }

    private static IEnumerable<Finding> Check(string asset, Cookie cookie, bool isHttps)
    {
        var isToken = CrossSiteToken().IsMatch(cookie.Name);
        var isSession = !isToken && Session().IsMatch(cookie.Name);
        var isNone = cookie.SameSite?.Equals("None", StringComparison.OrdinalIgnoreCase) ?? false;
        if (isHttps && !cookie.Has("Secure"))
            yield return WebRules.CookieSecure.At(asset, cookie.Name, cookie.Shown, isSession ? Severity.Medium : null, $"Cookie {cookie.Name} without Secure");
        // A page's script must read such a token to send it back; that is how the protection works.
        if (!isToken && !cookie.Has("HttpOnly"))
            yield return WebRules.CookieHttpOnly.At(asset, cookie.Name, cookie.Shown, isSession ? Severity.Low : null, $"Cookie {cookie.Name} without HttpOnly");
        // Browsers reject SameSite=None without Secure, so on plain HTTP it protects nothing; on HTTPS the missing Secure is said above.
        if (cookie.SameSite is null || (isNone && !isHttps && !cookie.Has("Secure")))
            yield return WebRules.CookieSameSite.At(asset, cookie.Name, cookie.Shown, isSession ? Severity.Low : null, $"Cookie {cookie.Name} without {(isNone ? "a usable " : "")}SameSite");
    }

    [GeneratedRegex("xsrf|csrf|antiforgery|requestverification", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CrossSiteToken();

    [GeneratedRegex(@"sess|(^|[^a-z])sid$|^sid|auth|token|jwt|login|identity|remember", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Session();

    private sealed record Cookie(string Name, IReadOnlyList<(string Name, string Value)> Attributes)
    {
        public static Cookie? Read(string header)
        {
            var parts = header.Split(';');
            var equals = parts[0].IndexOf('=', StringComparison.Ordinal);
            var name = HostileText.Line(equals < 0 ? "" : parts[0][..equals], 100);
            if (name.Length == 0) return null;
            return new Cookie(name, [.. parts.Skip(1).Take(20).Select(Attribute)]);
        }

        public bool Has(string attribute) => Attributes.Any(a => a.Name.Equals(attribute, StringComparison.OrdinalIgnoreCase));

        /// <summary>Strict, Lax or None as written; null when missing or unknown to browsers.</summary>
        public string? SameSite => Value("SameSite") is { } value && (Same(value, "Strict") || Same(value, "Lax") || Same(value, "None")) ? value : null;

        public string Shown => $"Set-Cookie: {Name}=…{string.Concat(Attributes.Select(a => a.Value.Length == 0 ? $"; {a.Name}" : $"; {a.Name}={a.Value}"))}";

        public bool IsBeingDeleted(DateTimeOffset now) => Value("Max-Age") is { } age
            ? long.TryParse(age, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) && seconds <= 0
            : Value("Expires") is { } expires && DateTimeOffset.TryParse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at <= now;

        private string? Value(string attribute) => Attributes.LastOrDefault(a => Same(a.Name, attribute)).Value;

        private static (string, string) Attribute(string part)
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            return equals < 0 ? (part.Trim(), "") : (part[..equals].Trim(), part[(equals + 1)..].Trim());
        }

        private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
    }
}
