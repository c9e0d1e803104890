using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Core.Jobs;

/// <summary>Bounds of one exchange. All are totals, redirects included.</summary>
public sealed record ScopedHttpLimits
{
    /// <summary>From the name look-up to the last byte of the body.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For each address that is tried, TLS handshake apart.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of the body that are kept, after decompression; the rest is not read.</summary>
    public int MaxBody { get; init; } = 2 * 1024 * 1024;

    /// <summary>All headers of one response together, in kibibytes.</summary>
    public int MaxHeaders { get; init; } = 64;

    /// <summary>Redirects that are followed; 0 makes the first answer the last.</summary>
    public int MaxRedirects { get; init; } = 10;
}

/// <summary>What becomes of a certificate that a browser would not trust.</summary>
public enum CertificateRule
{
    /// <summary>The exchange goes on, its errors are recorded: a scanner wants to see the page behind it.</summary>
    Record,

    /// <summary>The exchange ends before anything is asked.</summary>
    Enforce,
}

/// <summary>Why an exchange did not come to its end.</summary>
public enum HttpFaultKind { OutOfScope, NameNotFound, Connection, Tls, Certificate, Timeout, Protocol, TooManyRedirects, Body }

/// <param name="Text">In words that an operator can act on; clean, one line.</param>
/// <param name="At">The address that was being asked.</param>
public sealed record HttpFault(HttpFaultKind Kind, string Text, Uri At)
{
    /// <summary>Whether the same request may well succeed later without anybody changing anything here.</summary>
    public bool IsTransient => Kind is not (HttpFaultKind.OutOfScope or HttpFaultKind.Certificate or HttpFaultKind.TooManyRedirects);
}

/// <summary>One header line as it came; a header that came twice stands twice. Hostile.</summary>
public sealed record HttpHeader(string Name, string Value);

/// <summary>A certificate's plain facts. Texts are hostile.</summary>
/// <param name="Names">DNS names and addresses that it is for.</param>
/// <param name="IsSelfSigned">Subject and issuer are the same.</param>
public sealed record CertificateFacts(
    string Subject, string Issuer, IReadOnlyList<string> Names, DateTimeOffset NotBeforeAt, DateTimeOffset NotAfterAt, bool IsSelfSigned, string Sha256);

/// <summary>What a TLS handshake told.</summary>
/// <param name="Chain">The server's certificate first, then its issuers as far as they are known.</param>
/// <param name="Errors">What a browser would object to.</param>
/// <param name="ChainStatus">Which flaws the chain has.</param>
public sealed record TlsFacts(
    string Host, SslProtocols Protocol, string Cipher, IReadOnlyList<CertificateFacts> Chain, SslPolicyErrors Errors, X509ChainStatusFlags ChainStatus)
{
    public CertificateFacts? Certificate => Chain.Count > 0 ? Chain[0] : null;

    /// <summary>The objections in words, or null when there are none.</summary>
    public string? Objection
    {
        get
        {
            if (Errors == SslPolicyErrors.None) return null;
            var parts = new List<string>();
            if (Certificate is null) parts.Add("it presents no certificate");
            if (ChainStatus.HasFlag(X509ChainStatusFlags.NotTimeValid)) parts.Add("it has expired or is not valid yet");
            if (Errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) parts.Add($"it is not for {Host}");
            if (Certificate is not null && (ChainStatus & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
                parts.Add(Certificate.IsSelfSigned ? "it is self-signed" : "its issuer is not trusted");
            if (parts.Count == 0) parts.Add($"its chain is not valid ({ChainStatus})");
            return string.Join(", ", parts);
        }
    }
}

/// <summary>One request and the head of its answer.</summary>
/// <param name="Url">Canonical.</param>
/// <param name="Tls">Null for plain HTTP.</param>
/// <param name="Elapsed">From the look-up to the last header line.</param>
public sealed record HttpHop(
    Uri Url, int Status, string Reason, IReadOnlyList<HttpHeader> Headers, IPEndPoint? Remote, TlsFacts? Tls, TimeSpan Elapsed)
{
    /// <summary>The header's first value, or null. Names are compared without case.</summary>
    public string? Header(string name) => Headers.FirstOrDefault(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    public IEnumerable<string> AllOf(string name) => Headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);

    public bool IsRedirect => Status is 301 or 302 or 303 or 307 or 308 && Header("Location") is not null;
}

/// <summary>All that happened between asking for a URL and the end of the last answer's body.</summary>
/// <param name="Hops">The answers in order; empty when none came.</param>
/// <param name="Fault">Why it ended early, or null. Answers that came before stand in <paramref name="Hops"/>.</param>
/// <param name="NotFollowed">Why the last answer's redirect was left alone (outside the scope), or null.</param>
/// <param name="Body">The last answer's body, decompressed; at most the limit.</param>
/// <param name="IsBodyComplete">False when it was longer than the limit, broke off or could not be decompressed.</param>
/// <param name="Elapsed">All in all.</param>
public sealed record HttpExchange(
    Uri Requested, IReadOnlyList<HttpHop> Hops, HttpFault? Fault, string? NotFollowed, ReadOnlyMemory<byte> Body, bool IsBodyComplete, TimeSpan Elapsed)
{
    public HttpHop? Final => Hops.Count > 0 ? Hops[^1] : null;
}
