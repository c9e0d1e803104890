using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>A server's TLS, seen once a run however many of its pages are scanned.</summary>
/// <param name="Asset">host:port.</param>
/// <param name="Facts">Of a handshake with current versions; null when none succeeded.</param>
/// <param name="Outdated">What the server answered to outdated versions.</param>
internal sealed record TlsEndpoint(string Asset, TlsFacts? Facts, IReadOnlyList<ProtocolResult> Outdated, DateTimeOffset SeenAt)
{
    /// <summary>Everything was seen and every question answered.</summary>
    public bool IsWholeStory => Facts?.Certificate is not null && Outdated.All(r => r.Answer != ProtocolAnswer.Unknown);
}

/// <summary>What is wrong with a server's certificate and TLS versions. Pure.</summary>
internal static class TlsChecks
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);
    private static readonly TimeSpan VerySoon = TimeSpan.FromDays(7);

    public static IEnumerable<Finding> Check(TlsEndpoint endpoint) =>
        [.. Certificate(endpoint), .. Trust(endpoint), .. Protocols(endpoint)];

    private static IEnumerable<Finding> Certificate(TlsEndpoint endpoint)
    {
        if (endpoint.Facts?.Certificate is not { } certificate) yield break;
        var evidence = $"{certificate.Subject}, valid from {Day(certificate.NotBeforeAt)} to {Day(certificate.NotAfterAt)}";
        var left = certificate.NotAfterAt - endpoint.SeenAt;
        if (left <= TimeSpan.Zero) yield return WebRules.CertificateExpired.At(endpoint.Asset, "", evidence);
        else if (certificate.NotBeforeAt > endpoint.SeenAt) yield return WebRules.CertificateNotYetValid.At(endpoint.Asset, "", evidence);
        else if (IsDueForRenewal(certificate, left))
        {
            var days = (int)left.TotalDays;
            yield return WebRules.CertificateExpiring.At(endpoint.Asset, "", evidence, left <= VerySoon ? Severity.High : null,
                days == 0 ? "Certificate expires within a day" : $"Certificate expires in {days} {(days == 1 ? "day" : "days")}");
        }
    }

    // Certificates that live for a few days are always about to expire; they are late only when the last third has begun.
    private static bool IsDueForRenewal(CertificateFacts certificate, TimeSpan left)
    {
        var life = certificate.NotAfterAt - certificate.NotBeforeAt;
        return left <= (life < Soon ? life / 3 : Soon);
    }

    private static IEnumerable<Finding> Trust(TlsEndpoint endpoint)
    {
        if (endpoint.Facts is not { Certificate: { } certificate } facts) yield break;
        if (facts.Errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            yield return WebRules.NameMismatch.At(endpoint.Asset, "", $"asked for {facts.Host}; the certificate is for {(certificate.Names.Count > 0 ? string.Join(", ", certificate.Names.Take(10)) : certificate.Subject)}");
        if ((facts.ChainStatus & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) == 0) yield break;
        var rule = certificate.IsSelfSigned ? WebRules.SelfSigned : WebRules.Untrusted;
        yield return rule.At(endpoint.Asset, "", $"{certificate.Subject}, issued by {certificate.Issuer}, SHA-256 {certificate.Sha256}");
    }

    private static IEnumerable<Finding> Protocols(TlsEndpoint endpoint)
    {
        var accepted = endpoint.Outdated.Where(r => r.Answer == ProtocolAnswer.Accepted).Select(r => r.Name).ToHashSet();
        if (endpoint.Facts is { } facts && ProtocolResult.IsOutdated(facts.Protocol)) accepted.Add(ProtocolResult.NameOf(facts.Protocol));
        foreach (var name in accepted.Order(StringComparer.Ordinal))
            yield return WebRules.OutdatedProtocol.At(endpoint.Asset, name, $"a handshake with {name} succeeded", title: $"{name} is accepted");
    }

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
