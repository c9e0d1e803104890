using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Web;
using static Scheduler.Core.Tests.Jobs.Web.PageBuilder;

namespace Scheduler.Core.Tests.Jobs.Web;

public sealed class TlsChecksTests
{
    private static string Found(TlsEndpoint endpoint) => string.Join(", ", Lines(TlsChecks.Check(endpoint)));

    private static TlsEndpoint Endpoint(
        double fromDays = -60, double toDays = 60, bool isSelfSigned = false, SslPolicyErrors errors = SslPolicyErrors.None, X509ChainStatusFlags status = X509ChainStatusFlags.NoError,
        SslProtocols protocol = SslProtocols.Tls13, params ProtocolResult[] outdated) => new(
        "shop.example.com:443",
        new TlsFacts("shop.example.com", protocol, "", [new CertificateFacts("CN=x", "CN=y", ["x.example"], Now.AddDays(fromDays), Now.AddDays(toDays), isSelfSigned, "00")], errors, status),
        outdated, Now);

    [Theory]
    [InlineData(-60, 31, "")]
    [InlineData(-60, 30, "web.tls.certificate-expiring Medium")]
    [InlineData(-60, 7.1, "web.tls.certificate-expiring Medium")]
    [InlineData(-60, 7, "web.tls.certificate-expiring High")]
    [InlineData(-60, 0, "web.tls.certificate-expired High")]
    [InlineData(-60, -1, "web.tls.certificate-expired High")]
    [InlineData(1, 60, "web.tls.certificate-not-yet-valid High")]
    [InlineData(-1, 5, "")] // six days are all that this one lives
    [InlineData(-4.1, 1.9, "web.tls.certificate-expiring High")]
    public void Check_Validity_CountsDays(double from, double to, string expected) => Assert.Equal(expected, Found(Endpoint(from, to)));

    [Theory]
    [InlineData(true, X509ChainStatusFlags.UntrustedRoot, "web.tls.self-signed Medium")]
    [InlineData(false, X509ChainStatusFlags.UntrustedRoot, "web.tls.untrusted Medium")]
    [InlineData(false, X509ChainStatusFlags.PartialChain, "web.tls.untrusted Medium")]
    [InlineData(true, X509ChainStatusFlags.NoError, "")] // self-signed, but this machine trusts it
    public void Check_Trust_TellsSelfSignedFromUnknown(bool isSelfSigned, X509ChainStatusFlags status, string expected) =>
        Assert.Equal(expected, Found(Endpoint(isSelfSigned: isSelfSigned, errors: SslPolicyErrors.RemoteCertificateChainErrors, status: status)));

    [Fact]
    public void Check_NameMismatch_ShowsBothNames()
    {
        var finding = Assert.Single(TlsChecks.Check(Endpoint(errors: SslPolicyErrors.RemoteCertificateNameMismatch)));
        Assert.Equal(("web.tls.name-mismatch", "asked for shop.example.com; the certificate is for x.example"), (finding.Rule, finding.Evidence));
    }

    [Fact]
    public void Check_Protocols_OnlyAcceptedOnesAreFound()
    {
        var (one, other) = (ProtocolResult.Outdated[0], ProtocolResult.Outdated[1]);
        Assert.Equal("web.tls.outdated-protocol Medium TLS 1.0", Found(Endpoint(outdated: [new(one, ProtocolAnswer.Accepted, null), new(other, ProtocolAnswer.Refused, null)])));
        Assert.Equal("", Found(Endpoint(outdated: [new(one, ProtocolAnswer.Unknown, "x"), new(other, ProtocolAnswer.Refused, null)])));
        Assert.Equal("web.tls.outdated-protocol Medium TLS 1.1", Found(Endpoint(protocol: other)));
    }
}
