using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs;

/// <summary>Turns a host name into addresses. May throw <see cref="SocketException"/>.</summary>
public delegate Task<IPAddress[]> NameLookup(string host, CancellationToken ct);

/// <summary>Something kept a connection from coming about; travels through the HTTP stack and comes out as a fault.</summary>
internal sealed class ScopedConnectionException(HttpFaultKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public HttpFaultKind Kind => kind;
}

/// <summary>
/// Opens connections, but only to addresses that the scope allows. It looks names up itself and connects to the very address that it has
/// checked, so that a name which changes its mind between check and connection gains nothing.
/// </summary>
internal sealed class ScopedConnector(Scope scope, TimeProvider clock, TimeSpan connectTimeout, X509Certificate2Collection? trustedRoots, NameLookup? lookup)
{
    private readonly NameLookup _lookup = lookup ?? ((host, ct) => Dns.GetHostAddressesAsync(host, ct));

    /// <summary>A connected socket's stream; the caller disposes it.</summary>
    /// <param name="hostText">A name or an address, in whatever spelling.</param>
    /// <param name="port">1 to 65535.</param>
    /// <exception cref="ScopedConnectionException">When the scope forbids it, the name is unknown, or nobody answers.</exception>
    public async Task<NetworkStream> ConnectAsync(string hostText, int port, CancellationToken ct)
    {
        if (!ScopeHost.TryRead(hostText, out var host, out var error))
            throw new ScopedConnectionException(HttpFaultKind.OutOfScope, $"{error}: {HostileText.Line(hostText, 100)}");
        var allowed = Allowed(host, await AddressesAsync(host, ct));
        ScopedConnectionException? last = null;
        foreach (var address in allowed)
        {
            try { return await ConnectAsync(host, new IPEndPoint(address, port), ct); }
            catch (ScopedConnectionException e) { last = e; }
        }
        throw last!;
    }

    /// <summary>A TLS handshake over the connection. Any certificate is accepted; what is wrong with it stands in the facts.</summary>
    /// <exception cref="ScopedConnectionException">When the handshake fails.</exception>
    public async Task<(SslStream Stream, TlsFacts Facts)> SecureAsync(Stream connection, string hostText, CancellationToken ct)
    {
        var host = ScopeHost.TryRead(hostText, out var read, out _) ? read.Name : hostText;
        var errors = SslPolicyErrors.None;
        var status = X509ChainStatusFlags.NoError;
        List<CertificateFacts> chainFacts = [];
        var tls = new SslStream(connection);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = ChainPolicy(),
#pragma warning disable CA5359 // Whoever asked decides by the recorded facts, before anything is sent: a scanner must see bad certificates.
                RemoteCertificateValidationCallback = Record,
#pragma warning restore CA5359
            }, ct);
            return (tls, new TlsFacts(host, tls.SslProtocol, tls.NegotiatedCipherSuite.ToString(), chainFacts, errors, status));
        }
        catch (Exception e) when (e is AuthenticationException or IOException or System.ComponentModel.Win32Exception)
        {
            await tls.DisposeAsync();
            throw new ScopedConnectionException(HttpFaultKind.Tls, $"the TLS handshake with {host} failed: {HostileText.Line(e.GetBaseException().Message, 200)}", e);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        bool Record(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors found)
        {
            errors = found;
            if (certificate is X509Certificate2 leaf) chainFacts.Add(CertificateReading.FactsOf(leaf));
            foreach (var element in chain?.ChainElements.Skip(1) ?? []) chainFacts.Add(CertificateReading.FactsOf(element.Certificate));
            foreach (var flaw in chain?.ChainStatus ?? []) status |= flaw.Status;
            return true;
        }
    }

    private async Task<IPAddress[]> AddressesAsync(ScopeHost host, CancellationToken ct)
    {
        if (host.Address is not null) return [host.Address];
        if (host.IsLocalhost) return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        try
        {
            var addresses = await _lookup(host.Name, ct);
            if (addresses.Length > 0) return addresses;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new ScopedConnectionException(HttpFaultKind.NameNotFound, $"the name {host.Name} could not be looked up: {HostileText.Line(e.Message, 100)}", e);
        }
        throw new ScopedConnectionException(HttpFaultKind.NameNotFound, $"the name {host.Name} has no address");
    }

    private List<IPAddress> Allowed(ScopeHost host, IPAddress[] addresses)
    {
        string? refusal = null;
        List<IPAddress> allowed = [];
        foreach (var address in addresses)
        {
            if (scope.CheckAddress(host.Name, address, out var why)) allowed.Add(ScopeHost.Plain(address));
            else refusal ??= why;
        }
        return allowed.Count > 0 ? allowed : throw new ScopedConnectionException(HttpFaultKind.OutOfScope, refusal!);
    }

    private async Task<NetworkStream> ConnectAsync(ScopeHost host, IPEndPoint endpoint, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(connectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var shown = host.Address is null ? $"{host.Name} ({endpoint})" : endpoint.ToString();
        try
        {
            await socket.ConnectAsync(endpoint, either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var what = e.SocketErrorCode == SocketError.ConnectionRefused ? "refused the connection" : $"could not be reached: {HostileText.Line(e.Message, 100)}";
            throw new ScopedConnectionException(HttpFaultKind.Connection, $"{shown} {what}", e);
        }
        catch (OperationCanceledException e)
        {
            socket.Dispose();
            if (ct.IsCancellationRequested) throw;
            throw new ScopedConnectionException(HttpFaultKind.Timeout, $"{shown} did not accept a connection within {connectTimeout.TotalSeconds:0.#} s", e);
        }
    }

    private X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            // A certificate names addresses for its issuers and revocation lists; asking there would leave the scope.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = clock.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
        };
        if (trustedRoots is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(trustedRoots);
        return policy;
    }
}

/// <summary>Takes a certificate's facts out of it, so that nothing holds on to its handle.</summary>
internal static class CertificateReading
{
    public static CertificateFacts FactsOf(X509Certificate2 certificate) => new(
        HostileText.Line(certificate.Subject, 200), HostileText.Line(certificate.Issuer, 200), NamesOf(certificate),
        new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData),
        certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256));

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == "2.5.29.17");
        if (extension is null) return [];
        try
        {
            var names = new X509SubjectAlternativeNameExtension(extension.RawData);
            return [.. names.EnumerateDnsNames().Select(n => HostileText.Line(n, 200)).Concat(names.EnumerateIPAddresses().Select(a => a.ToString())).Take(100)];
        }
        catch (System.Security.Cryptography.CryptographicException) { return []; }
    }
}
