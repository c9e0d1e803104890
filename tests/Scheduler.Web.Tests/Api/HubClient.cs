using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Scheduler.Web.Tests.Api;

/// <summary>SignalR's JSON protocol over a bare web socket, as a program without SignalR's client would speak it.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private const char End = '\u001e';

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _deadline;
    private readonly Queue<JsonElement> _messages = new();
    private string _rest = "";

    private HubClient(TimeSpan patience) => _deadline = new CancellationTokenSource(patience);

    /// <param name="patience">After this everything fails; null: 30 s.</param>
    /// <exception cref="WebSocketException">The server refused the socket.</exception>
    public static async Task<HubClient> ConnectAsync(Uri server, string? token = null, string? origin = null, bool inAddress = false, TimeSpan? patience = null)
    {
        var client = new HubClient(patience ?? TimeSpan.FromSeconds(30));
        try
        {
            if (token is not null && !inAddress) client._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            if (origin is not null) client._socket.Options.SetRequestHeader("Origin", origin);
            client._socket.Options.CollectHttpResponseDetails = true;
            await client._socket.ConnectAsync(new UriBuilder(server) { Scheme = "ws", Path = "/hubs/runs", Query = inAddress ? $"access_token={token}" : "" }.Uri, client._deadline.Token);
            await client.SendAsync("""{"protocol":"json","version":1}""");
            Assert.Equal("{}", (await client.ReceiveAsync()).GetRawText());
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls a method and waits for its completion.</summary>
    /// <returns>The completion.</returns>
    public async Task<JsonElement> InvokeAsync(string target, string arguments)
    {
        await SendAsync($$"""{"type":1,"invocationId":"1","target":"{{target}}","arguments":{{arguments}}}""");
        while (true)
            if (await ReceiveAsync() is var message && message.GetProperty("type").GetInt32() == 3) return message;
    }

    /// <summary>The next run that the server tells of, pings left out.</summary>
    public async Task<JsonElement> NextRunAsync()
    {
        while (true)
        {
            var message = await ReceiveAsync();
            if (message.GetProperty("type").GetInt32() != 1) continue;
            Assert.Equal("runChanged", message.GetProperty("target").GetString());
            return Assert.Single(message.GetProperty("arguments").EnumerateArray());
        }
    }

    /// <summary>Waits until the server ends the connection.</summary>
    public async Task ClosedAsync()
    {
        try
        {
            while (true) await ReceiveAsync();
        }
        catch (Exception e) when (e is WebSocketException or EndOfStreamException)
        {
            Assert.False(_deadline.IsCancellationRequested);
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _deadline.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task SendAsync(string json) => _socket.SendAsync(Encoding.UTF8.GetBytes(json + End), WebSocketMessageType.Text, true, _deadline.Token);

    private async Task<JsonElement> ReceiveAsync()
    {
        var buffer = new byte[16 * 1024];
        while (_messages.Count == 0)
        {
            var got = await _socket.ReceiveAsync(buffer, _deadline.Token);
            if (got.MessageType == WebSocketMessageType.Close) throw new EndOfStreamException();
            var parts = (_rest + Encoding.UTF8.GetString(buffer, 0, got.Count)).Split(End);
            foreach (var part in parts[..^1]) _messages.Enqueue(JsonElement.Parse(part));
            _rest = parts[^1];
        }
        return _messages.Dequeue();
    }
}
