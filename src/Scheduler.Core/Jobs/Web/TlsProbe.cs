using System.Net.Security;
using System.Security.Authentication;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

internal enum ProtocolAnswer
{
    Accepted,
    Refused,

    /// <summary>Nobody knows: this machine does not offer the protocol, or the server did not answer.</summary>
    Unknown,
}

/// <param name="Why">Why it is unknown, for the log; else null.</param>
internal sealed record ProtocolResult(SslProtocols Protocol, ProtocolAnswer Answer, string? Why)
{
    public string Name => NameOf(Protocol);

#pragma warning disable SYSLIB0039, CA5397, CA5398 // Asking for outdated protocols is what this is for; nothing is ever sent over them.
    public static readonly SslProtocols[] Outdated = [SslProtocols.Tls, SslProtocols.Tls11];

    public static bool IsOutdated(SslProtocols protocol) => Array.IndexOf(Outdated, protocol) >= 0;

    public static string NameOf(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls => "TLS 1.0",
        SslProtocols.Tls11 => "TLS 1.1",
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls13 => "TLS 1.3",
        _ => protocol.ToString(),
    };
#pragma warning restore SYSLIB0039, CA5397, CA5398
}

/// <summary>Asks a server whether it still shakes hands with an outdated version of TLS.</summary>
internal sealed class TlsProbe(ScopedConnector connector, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<ProtocolResult> AskAsync(string host, int port, SslProtocols protocol, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            var connection = await connector.ConnectAsync(host, port, either.Token);
            await using var spoken = new SpokenStream(connection);
            return await ShakeHandsAsync(spoken, host, protocol, either.Token);
        }
        catch (ScopedConnectionException e) { return Unknown(e.Message); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return Unknown($"no answer within {Patience.TotalSeconds:0} s"); }

        ProtocolResult Unknown(string why) => new(protocol, ProtocolAnswer.Unknown, why);
    }

    private static async Task<ProtocolResult> ShakeHandsAsync(SpokenStream spoken, string host, SslProtocols protocol, CancellationToken ct)
    {
        await using var tls = new SslStream(spoken);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = ScopeHost.TryRead(host, out var read, out _) ? read.Name : host,
                EnabledSslProtocols = protocol,
#pragma warning disable SYSLIB0040 // OpenSSL offers TLS 1.0 and 1.1 only at its lowest security level, and this is the way to that level.
                EncryptionPolicy = EncryptionPolicy.AllowNoEncryption,
#pragma warning restore SYSLIB0040
                CertificateChainPolicy = new() { DisableCertificateDownloads = true },
#pragma warning disable CA5359 // Only the handshake matters here; the connection is dropped at once.
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
            }, ct);
            return new ProtocolResult(protocol, tls.SslProtocol == protocol ? ProtocolAnswer.Accepted : ProtocolAnswer.Refused, null);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or System.ComponentModel.Win32Exception or PlatformNotSupportedException or ArgumentException)
        {
            // A client that fails before it says a word tells about this machine, not about the server.
            return spoken.HasSpoken
                ? new ProtocolResult(protocol, ProtocolAnswer.Refused, null)
                : new ProtocolResult(protocol, ProtocolAnswer.Unknown, $"this machine cannot offer it ({HostileText.Line(e.GetBaseException().Message, 100)})");
        }
    }

    /// <summary>A stream that remembers whether anything was written.</summary>
    private sealed class SpokenStream(Stream inner) : Stream
    {
        public bool HasSpoken { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            HasSpoken = true;
            inner.Write(buffer, offset, count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            HasSpoken = true;
            return inner.WriteAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
