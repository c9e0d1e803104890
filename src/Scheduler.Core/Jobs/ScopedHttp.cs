using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs;

/// <summary>
/// Asks for URLs and never leaves the scope: the URL, each redirect and each address that a name leads to are checked, the last at the moment of
/// the connection. No proxy, no cookies, no credentials, no connection reuse; headers, body, redirects and time are bounded. Safe for concurrent use.
/// </summary>
/// <param name="scope">What may be contacted.</param>
/// <param name="clock">The only source of time.</param>
/// <param name="limits">Bounds of each exchange.</param>
/// <param name="certificates">What becomes of certificates that a browser would not trust.</param>
/// <param name="trustedRoots">Roots to trust instead of the machine's own; null for the machine's.</param>
/// <param name="lookup">How names become addresses; null for the machine's resolver.</param>
public sealed class ScopedHttp(
    Scope scope, TimeProvider clock, ScopedHttpLimits limits, CertificateRule certificates,
    X509Certificate2Collection? trustedRoots = null, NameLookup? lookup = null)
{
    /// <summary>How requests introduce themselves.</summary>
    public const string UserAgent = "Scheduler/1.0 (security scan)";

    private readonly ScopedConnector _connector = new(scope, clock, limits.Connect, trustedRoots, lookup);

    /// <summary>
    /// Asks once and follows redirects of GET and HEAD as far as scope and limits allow. A redirect out of the scope makes the redirect itself the last answer.
    /// </summary>
    /// <param name="url">Absolute; a fragment is not sent.</param>
    /// <param name="ct">A stop; throws. Time-outs are faults, not exceptions.</param>
    public async Task<HttpExchange> AskAsync(HttpMethod method, Uri url, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        using var limit = new CancellationTokenSource(limits.Total, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var hops = new List<HttpHop>();
        var current = url;
        try
        {
            while (true)
            {
                if (!scope.CheckUrl(current, out var refusal)) return Ended(new HttpFault(HttpFaultKind.OutOfScope, refusal!, current));
                if (ScopeHost.TryRead(current, out var host, out _)) current = host.Rewrite(current);
                using var visit = new Visit(this, current);
                using var response = await visit.SendAsync(method, either.Token);
                var hop = visit.Hop(response);
                hops.Add(hop);
                var next = NextOf(method, hop, out var notFollowed);
                if (next is null)
                {
                    var body = await ReadBodyAsync(response, either.Token);
                    return Ended(body.Fault is null ? null : new HttpFault(HttpFaultKind.Body, body.Fault, current), notFollowed, body.Bytes, body.IsComplete);
                }
                if (hops.Count > limits.MaxRedirects) return Ended(new HttpFault(HttpFaultKind.TooManyRedirects, $"more than {limits.MaxRedirects} redirects", current));
                current = next;
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Ended(new HttpFault(HttpFaultKind.Timeout, $"no complete answer within {limits.Total.TotalSeconds:0.#} s", current));
        }
        catch (HttpRequestException e)
        {
            return Ended(FaultOf(e, current));
        }

        HttpExchange Ended(HttpFault? fault, string? notFollowed = null, ReadOnlyMemory<byte> body = default, bool isComplete = false) =>
            new(url, hops, fault, notFollowed, body, isComplete && fault is null, clock.GetElapsedTime(started));
    }

    private Uri? NextOf(HttpMethod method, HttpHop hop, out string? notFollowed)
    {
        notFollowed = null;
        if (limits.MaxRedirects == 0 || !hop.IsRedirect || (method != HttpMethod.Get && method != HttpMethod.Head)) return null;
        var location = hop.Header("Location")!;
        if (!Uri.TryCreate(hop.Url, location, out var next)) notFollowed = $"the redirect to \"{HostileText.Line(location, 200)}\" is not a valid address";
        else if (!scope.CheckUrl(next, out var refusal)) notFollowed = $"the redirect to {HostileText.Line(next.OriginalString, 200)} was not followed: {refusal}";
        return notFollowed is null ? next : null;
    }

    private static HttpFault FaultOf(HttpRequestException e, Uri at)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is ScopedConnectionException connection) return new HttpFault(connection.Kind, connection.Message, at);
            if (cause is SocketException socket) return new HttpFault(HttpFaultKind.Connection, $"the connection broke: {HostileText.Line(socket.Message, 100)}", at);
        }
        var text = e.HttpRequestError switch
        {
            HttpRequestError.ResponseEnded => "the connection was closed before the answer was complete",
            HttpRequestError.ConfigurationLimitExceeded => "the answer's headers are too large",
            _ => $"the answer is not valid HTTP: {HostileText.Line(e.GetBaseException().Message, 200)}",
        };
        return new HttpFault(HttpFaultKind.Protocol, text, at);
    }

    private sealed record ReadBody(byte[] Bytes, bool IsComplete, string? Fault);

    private async Task<ReadBody> ReadBodyAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var kept = new MemoryStream();
        try
        {
            await using var wire = await response.Content.ReadAsStreamAsync(ct);
            await using var plain = Decompressed(wire, response);
            var buffer = new byte[16 * 1024];
            while (true)
            {
                // One byte beyond the limit tells "just as long" from "longer"; a bomb is never unpacked further than that.
                var room = limits.MaxBody + 1 - (int)kept.Length;
                var read = await plain.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, room)), ct);
                if (read == 0) return new ReadBody(kept.ToArray(), true, null);
                kept.Write(buffer, 0, read);
                if (kept.Length <= limits.MaxBody) continue;
                kept.SetLength(limits.MaxBody);
                return new ReadBody(kept.ToArray(), false, null);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { throw; }
        catch (InvalidDataException e) { return new ReadBody(kept.ToArray(), false, $"the body could not be decompressed: {HostileText.Line(e.Message, 100)}"); }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            ct.ThrowIfCancellationRequested();
            return new ReadBody(kept.ToArray(), false, $"the body broke off after {kept.Length.ToString(CultureInfo.InvariantCulture)} bytes");
        }
    }

    private static Stream Decompressed(Stream wire, HttpResponseMessage response)
    {
        var coding = response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out var values) ? values.ToString().Trim() : "";
        if (coding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)) return new GZipStream(wire, CompressionMode.Decompress);
        if (coding.Equals("br", StringComparison.OrdinalIgnoreCase)) return new BrotliStream(wire, CompressionMode.Decompress);
        if (coding.Equals("deflate", StringComparison.OrdinalIgnoreCase)) return new ZLibStream(wire, CompressionMode.Decompress);
        return coding is "" || coding.Equals("identity", StringComparison.OrdinalIgnoreCase)
            ? wire
            : throw new InvalidDataException($"unknown content encoding {HostileText.Line(coding, 40)}");
    }

    /// <summary>One request over one connection of its own, so that what the connection tells belongs to this request.</summary>
    private sealed class Visit : IDisposable
    {
        private readonly ScopedHttp _owner;
        private readonly Uri _url;
        private readonly HttpMessageInvoker _invoker;
        private readonly long _started;
        private IPEndPoint? _remote;
        private TlsFacts? _tls;

        public Visit(ScopedHttp owner, Uri url)
        {
            (_owner, _url, _started) = (owner, url, owner.Clock.GetTimestamp());
            _invoker = new HttpMessageInvoker(new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                Credentials = null,
                PreAuthenticate = false,
                ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
                MaxResponseHeadersLength = owner.Limits.MaxHeaders,
                MaxResponseDrainSize = 0,
                ConnectTimeout = Timeout.InfiniteTimeSpan,
                ConnectCallback = ConnectAsync,
            });
        }

        public Task<HttpResponseMessage> SendAsync(HttpMethod method, CancellationToken ct)
        {
            var request = new HttpRequestMessage(method, _url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
            request.Headers.ConnectionClose = true;
            return _invoker.SendAsync(request, ct);
        }

        public HttpHop Hop(HttpResponseMessage response)
        {
            var lines = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
                .SelectMany(header => header.Value.Select(value => new HttpHeader(header.Key, value)));
            return new HttpHop(_url, (int)response.StatusCode, HostileText.Line(response.ReasonPhrase, 100), [.. lines], _remote, _tls, _owner.Clock.GetElapsedTime(_started));
        }

        public void Dispose() => _invoker.Dispose();

        private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
        {
            var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
            var connection = await _owner._connector.ConnectAsync(host, port, ct);
            try
            {
                _remote = connection.Socket.RemoteEndPoint as IPEndPoint;
                if (_url.Scheme != Uri.UriSchemeHttps) return connection;
                var (stream, tls) = await _owner._connector.SecureAsync(connection, host, ct);
                _tls = tls;
                if (_owner.Certificates == CertificateRule.Record || tls.Objection is not { } objection) return stream;
                await stream.DisposeAsync();
                throw new ScopedConnectionException(HttpFaultKind.Certificate, $"the certificate of {tls.Host} is not acceptable: {objection}");
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    private TimeProvider Clock => clock;
    private ScopedHttpLimits Limits => limits;
    private CertificateRule Certificates => certificates;
}
