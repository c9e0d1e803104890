using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Core.Tests.Support;

/// <summary>Certificates made for a test, good ones and faulty ones. Nothing of them is stored.</summary>
public static class TestCertificates
{
    private static readonly X509Certificate2 Root = MakeRoot("CN=Scheduler Test Root");
    private static readonly X509Certificate2 StrangeRoot = MakeRoot("CN=Somebody Else's Root");

    /// <summary>The roots that make <see cref="Good"/> and its siblings trusted.</summary>
    public static X509Certificate2Collection TrustedRoots => [X509CertificateLoader.LoadCertificate(Root.RawData)];

    /// <summary>Valid for localhost, 127.0.0.1 and ::1 for another 90 days.</summary>
    public static X509Certificate2 Good { get; } = Issue(Root, "localhost", -10, 90);
    public static X509Certificate2 Expired { get; } = Issue(Root, "localhost", -40, -3);
    public static X509Certificate2 NotYetValid { get; } = Issue(Root, "localhost", 2, 90);
    public static X509Certificate2 ExpiringIn5Days { get; } = Issue(Root, "localhost", -40, 5);
    public static X509Certificate2 ExpiringIn20Days { get; } = Issue(Root, "localhost", -40, 20);
    public static X509Certificate2 WrongName { get; } = Issue(Root, "shop.example.com", -10, 90);
    public static X509Certificate2 SelfSigned { get; } = Issue(null, "localhost", -10, 90);
    public static X509Certificate2 UnknownIssuer { get; } = Issue(StrangeRoot, "localhost", -10, 90);

    private static X509Certificate2 MakeRoot(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-1), DateTimeOffset.UtcNow.AddYears(5));
    }

    private static X509Certificate2 Issue(X509Certificate2? issuer, string name, int fromDays, int toDays)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
            names.AddIpAddress(IPAddress.IPv6Loopback);
        }
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        // A quarter of an hour more: "in 5 days" stays five whole days however long the tests take.
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays).AddMinutes(15));
        using var certificate = issuer is null ? request.CreateSelfSigned(from, to) : request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(12));
        using var withKey = issuer is null ? null : certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12((withKey ?? certificate).Export(X509ContentType.Pkcs12), null);
    }
}
