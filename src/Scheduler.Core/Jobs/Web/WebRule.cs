using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>A check's fixed part. Ids never change: findings are recognised by them from run to run.</summary>
/// <param name="Severity">The usual severity; a check may lower or raise it with a reason of its own.</param>
internal sealed record WebRule(string Id, Severity Severity, string Title, string Remedy, string Reference)
{
    private const int MaxEvidence = 500;
    private const int MaxLocation = 200;

    /// <param name="asset">The normalised URL, or host:port for what belongs to the server.</param>
    /// <param name="location">Part of the finding's identity; must not hold what changes from run to run.</param>
    /// <param name="evidence">Hostile; is cleaned and capped here.</param>
    public Finding At(string asset, string location, string evidence, Severity? severity = null, string? title = null) => new()
    {
        Rule = Id,
        Severity = severity ?? Severity,
        Title = HostileText.Line(title ?? Title, 200),
        Asset = asset,
        Location = HostileText.Line(location, MaxLocation),
        Evidence = HostileText.Line(evidence, MaxEvidence),
        Remedy = Remedy,
        Reference = Reference,
    };
}

/// <summary>All checks of <c>web-scan</c>. Severities follow what an attacker gains: a missing second line of defence is never more than medium.</summary>
internal static class WebRules
{
    private const string TlsSheet = "https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html";
    private const string HeaderSheet = "https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html";
    private const string CspSheet = "https://cheatsheetseries.owasp.org/cheatsheets/Content_Security_Policy_Cheat_Sheet.html";
    private const string SessionSheet = "https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html";
    private const string HstsSheet = "https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Strict_Transport_Security_Cheat_Sheet.html";
    private const string FramingSheet = "https://cheatsheetseries.owasp.org/cheatsheets/Clickjacking_Defense_Cheat_Sheet.html";
    private const string MixedContent = "https://www.w3.org/TR/mixed-content/";

    public static readonly WebRule CertificateExpired = new("web.tls.certificate-expired", Severity.High, "Certificate has expired",
        "Renew the certificate now and automate its renewal.", "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5");
    public static readonly WebRule CertificateNotYetValid = new("web.tls.certificate-not-yet-valid", Severity.High, "Certificate is not valid yet",
        "Install a certificate whose validity has begun, and check the clocks of server and issuer.", "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5");
    public static readonly WebRule CertificateExpiring = new("web.tls.certificate-expiring", Severity.Medium, "Certificate expires soon",
        "Renew the certificate before it expires and automate its renewal.", TlsSheet);
    public static readonly WebRule NameMismatch = new("web.tls.name-mismatch", Severity.High, "Certificate is for another name",
        "Install a certificate that names this host among its subject alternative names.", "https://www.rfc-editor.org/rfc/rfc9525");
    public static readonly WebRule SelfSigned = new("web.tls.self-signed", Severity.Medium, "Certificate is self-signed",
        "Use a certificate from an authority that the clients trust, a public or your own one.", TlsSheet);
    public static readonly WebRule Untrusted = new("web.tls.untrusted", Severity.Medium, "Certificate's issuer is not trusted",
        "Use a certificate from a trusted authority, and let the server send the intermediate certificates too.", TlsSheet);
    public static readonly WebRule OutdatedProtocol = new("web.tls.outdated-protocol", Severity.Medium, "Outdated TLS version is accepted",
        "Switch TLS 1.0 and 1.1 off; offer TLS 1.3 and 1.2 only.", "https://www.rfc-editor.org/rfc/rfc8996");

    public static readonly WebRule PlainHttp = new("web.transport.plain-http", Severity.Medium, "Page is served without TLS",
        "Serve the page over HTTPS and redirect plain HTTP to it.", TlsSheet);
    public static readonly WebRule Downgrade = new("web.transport.downgrade", Severity.Medium, "HTTPS address redirects to plain HTTP",
        "Let the redirect lead to an https address.", TlsSheet);
    public static readonly WebRule HstsMissing = new("web.header.hsts-missing", Severity.Low, "Strict-Transport-Security is missing",
        "Send Strict-Transport-Security: max-age=31536000; includeSubDomains with every HTTPS answer.", HstsSheet);
    public static readonly WebRule HstsShort = new("web.header.hsts-short", Severity.Low, "Strict-Transport-Security lasts less than 180 days",
        "Raise max-age to a year: Strict-Transport-Security: max-age=31536000; includeSubDomains.", HstsSheet);

    public static readonly WebRule CspMissing = new("web.header.csp-missing", Severity.Medium, "Content-Security-Policy is missing",
        "Send a Content-Security-Policy that allows scripts only from where they are needed; try it with Content-Security-Policy-Report-Only first.", CspSheet);
    public static readonly WebRule CspNoScriptLimit = new("web.header.csp-scripts-unrestricted", Severity.Medium, "Content-Security-Policy does not limit scripts",
        "Add script-src or default-src to the policy.", CspSheet);
    public static readonly WebRule CspUnsafeInline = new("web.header.csp-unsafe-inline", Severity.Medium, "Content-Security-Policy allows inline code",
        "Replace 'unsafe-inline' by nonces or hashes.", CspSheet);
    public static readonly WebRule CspUnsafeEval = new("web.header.csp-unsafe-eval", Severity.Low, "Content-Security-Policy allows eval",
        "Remove 'unsafe-eval'; replace code that builds code from text.", CspSheet);
    public static readonly WebRule CspWildcard = new("web.header.csp-wildcard", Severity.Medium, "Content-Security-Policy allows scripts from anywhere",
        "Name the hosts that scripts come from instead of *, http:, https: or data:.", CspSheet);
    public static readonly WebRule ContentTypeOptions = new("web.header.content-type-options", Severity.Low, "X-Content-Type-Options is not nosniff",
        "Send X-Content-Type-Options: nosniff.", HeaderSheet);
    public static readonly WebRule Framing = new("web.header.framing", Severity.Medium, "Page may be framed by other sites",
        "Send Content-Security-Policy: frame-ancestors 'self' (or 'none'), for old browsers X-Frame-Options: DENY too.", FramingSheet);
    public static readonly WebRule ReferrerMissing = new("web.header.referrer-policy-missing", Severity.Info, "Referrer-Policy is missing",
        "Send Referrer-Policy: strict-origin-when-cross-origin, which current browsers assume anyway, or stricter.", HeaderSheet);
    public static readonly WebRule ReferrerUnsafe = new("web.header.referrer-policy-unsafe", Severity.Low, "Referrer-Policy tells other sites full addresses",
        "Send Referrer-Policy: strict-origin-when-cross-origin or stricter.", HeaderSheet);

    public static readonly WebRule CookieSecure = new("web.cookie.no-secure", Severity.Low, "Cookie without Secure",
        "Set the cookie with Secure, so that it never travels without TLS.", SessionSheet + "#secure-attribute");
    public static readonly WebRule CookieHttpOnly = new("web.cookie.no-httponly", Severity.Info, "Cookie without HttpOnly",
        "Set the cookie with HttpOnly unless scripts must read it.", SessionSheet + "#httponly-attribute");
    public static readonly WebRule CookieSameSite = new("web.cookie.no-samesite", Severity.Info, "Cookie without SameSite",
        "Set the cookie with SameSite=Lax or Strict (or None together with Secure, where other sites need it).", SessionSheet + "#samesite-attribute");

    public static readonly WebRule VersionDisclosed = new("web.disclosure.version", Severity.Low, "Software version is disclosed",
        "Leave the version out of the answer, and keep the software up to date.", HeaderSheet);
    public static readonly WebRule MixedActive = new("web.mixed-content.active", Severity.Medium, "HTTPS page loads code over plain HTTP",
        "Load it over https.", MixedContent);
    public static readonly WebRule MixedPassive = new("web.mixed-content.passive", Severity.Low, "HTTPS page loads media over plain HTTP",
        "Load it over https.", MixedContent);
    public static readonly WebRule MixedForm = new("web.mixed-content.form", Severity.Medium, "HTTPS page sends a form over plain HTTP",
        "Let the form's action be an https address.", MixedContent);

    public static readonly IReadOnlyList<WebRule> All =
    [
        CertificateExpired, CertificateNotYetValid, CertificateExpiring, NameMismatch, SelfSigned, Untrusted, OutdatedProtocol, PlainHttp, Downgrade, HstsMissing, HstsShort,
        CspMissing, CspNoScriptLimit, CspUnsafeInline, CspUnsafeEval, CspWildcard, ContentTypeOptions, Framing, ReferrerMissing, ReferrerUnsafe,
        CookieSecure, CookieHttpOnly, CookieSameSite, VersionDisclosed, MixedActive, MixedPassive, MixedForm,
    ];
}
