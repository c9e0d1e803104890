using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Cli;

/// <summary><c>runs logs ID [--follow]</c>: what a run has written, and what it goes on to write.</summary>
internal static class RunLogs
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(300);

    public static Command Create(Argument<long> id)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the run has ended" };
        return new Command("logs", "The log of a run") { id, follow }.Does(async (parsed, terminal, ct) =>
        {
            using var server = ServerClient.FromEnvironment();
            var runId = parsed.GetValue(id);
            var lines = new List<string>();
            var text = new LineSplitter(terminal.IsJson ? lines.Add : line => terminal.Line(line));
            var run = parsed.GetValue(follow) ? await FollowAsync(server, runId, text, ct) : await CopyAsync(server, runId, text, ct);
            text.Finish();
            if (terminal.IsJson) terminal.Json(writer => Write(writer, runId, run.Status, lines));
            return ExitCode.Done;
        });
    }

    private static async Task<Api.RunJson> CopyAsync(ServerClient server, long id, LineSplitter text, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/runs/{id}/log");
        using var response = await server.AskAsync(request, ct);
        await ServerClient.DemandSuccessAsync(response, ct);
        await text.ReadAsync(await response.Content.ReadAsStreamAsync(ct), ct);
        return await server.GetAsync($"api/v1/runs/{id}", Api.ApiJson.Default.RunJson, ct);
    }

    private static async Task<Api.RunJson> FollowAsync(ServerClient server, long id, LineSplitter text, CancellationToken ct)
    {
        for (long position = 0; ;)
        {
            // The state first: what a run wrote before it ended is there when its end is.
            var run = await server.GetAsync($"api/v1/runs/{id}", Api.ApiJson.Default.RunJson, ct);
            var next = await ReadFromAsync(server, id, position, text, ct);
            if (next == position && run.Status.IsTerminal()) return run;
            if (next == position) await Task.Delay(LookEvery, ct);
            position = next;
        }
    }

    /// <returns>Where to go on.</returns>
    private static async Task<long> ReadFromAsync(ServerClient server, long id, long position, LineSplitter text, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/runs/{id}/log") { Headers = { Range = new RangeHeaderValue(position, null) } };
        using var response = await server.AskAsync(request, ct);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return position;
        await ServerClient.DemandSuccessAsync(response, ct);
        var range = response.Content.Headers.ContentRange;
        if (range?.From > position) text.Say($"[… {range.From - position} bytes left out …]");
        await text.ReadAsync(await response.Content.ReadAsStreamAsync(ct), ct);
        return range?.To + 1 ?? position;
    }

    private static void Write(Utf8JsonWriter writer, long id, RunStatus status, List<string> lines)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", id);
        writer.WriteString("status", status.ToString());
        writer.WriteStartArray("lines");
        foreach (var line in lines)
        {
            // 2026-11-21T08:00:00.000Z info text
            var parts = line.Split(' ', 3);
            writer.WriteStartObject();
            if (parts.Length == 3) writer.WriteString("at", parts[0]);
            if (parts.Length == 3) writer.WriteString("stream", parts[1]);
            writer.WriteString("text", parts.Length == 3 ? parts[2] : line);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

/// <summary>Makes lines out of pieces of UTF-8 that may end anywhere.</summary>
internal sealed class LineSplitter(Action<string> take)
{
    private const int LongestLine = 256 * 1024;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();
    private readonly char[] _chars = new char[Encoding.UTF8.GetMaxCharCount(16 * 1024)];

    public async Task ReadAsync(Stream stream, CancellationToken ct)
    {
        var bytes = new byte[16 * 1024];
        while (await stream.ReadAsync(bytes, ct) is > 0 and var count) Add(bytes.AsSpan(0, count));
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var piece = bytes[..Math.Min(bytes.Length, 16 * 1024)];
            Add(_chars.AsSpan(0, _decoder.GetChars(piece, _chars, flush: false)));
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>A line of our own between those of the text.</summary>
    public void Say(string line)
    {
        Finish();
        take(line);
    }

    public void Finish()
    {
        if (_line.Length > 0) Emit();
    }

    private void Add(ReadOnlySpan<char> text)
    {
        while (text.IndexOf('\n') is >= 0 and var end)
        {
            _line.Append(text[..end]);
            Emit();
            text = text[(end + 1)..];
        }
        _line.Append(text);
        if (_line.Length > LongestLine) Emit();
    }

    private void Emit()
    {
        take(_line.ToString());
        _line.Clear();
    }
}
