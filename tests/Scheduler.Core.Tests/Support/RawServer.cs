using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Scheduler.Core.Tests.Support;

/// <summary>
/// A listener on a free port of 127.0.0.1 that sends the same bytes to everybody, for answers that no decent server gives; and a canary: it counts who comes.
/// </summary>
public sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _closing = new();
    private readonly Func<NetworkStream, CancellationToken, Task> _answer;
    private readonly Task _accepting;
    private int _connections;

    public RawServer(Func<NetworkStream, CancellationToken, Task> answer) : this(new IPEndPoint(IPAddress.Loopback, 0), answer) { }

    private RawServer(IPEndPoint endpoint, Func<NetworkStream, CancellationToken, Task> answer)
    {
        _listener = new TcpListener(endpoint);
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers with the bytes of a text (Latin-1) once the request's head has come, and closes.</summary>
    public RawServer(string answer) : this(Sending(answer)) { }

    /// <summary>On another loopback address, such as 127.0.0.2; port 0 for a free one.</summary>
    public static RawServer At(IPAddress address, string answer, int port = 0) => new(new IPEndPoint(address, port), Sending(answer));

    public static RawServer Canary() => new("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary");

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;
    public Uri Root => new($"http://127.0.0.1:{Port}/");

    /// <summary>How many connections were accepted until now.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Whether nobody ever came: connects itself, and is then the only one. A connection before would have been accepted before this one.</summary>
    public async Task<bool> NobodyCameAsync()
    {
        using var own = new TcpClient();
        await own.ConnectAsync(IPAddress.Loopback, Port);
        while (Connections == 0) await Task.Yield();
        return Connections == 1;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting;
        _listener.Stop();
        _closing.Dispose();
    }

    private static Func<NetworkStream, CancellationToken, Task> Sending(string answer) =>
        (stream, ct) => stream.WriteAsync(Encoding.Latin1.GetBytes(answer), ct).AsTask();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                Interlocked.Increment(ref _connections);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                await ReadHeadAsync(stream, _closing.Token);
                await _answer(stream, _closing.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException) { }
        }
    }

    private static async Task ReadHeadAsync(NetworkStream stream, CancellationToken ct)
    {
        var last = 0;
        var one = new byte[1];
        while (last != 0x0D0A0D0A && await stream.ReadAsync(one, ct) == 1) last = (last << 8) | one[0];
    }
}
