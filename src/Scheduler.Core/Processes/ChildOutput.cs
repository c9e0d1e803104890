using System.Buffers;
using System.Text;

namespace Scheduler.Core.Processes;

/// <summary>Turns what a child writes into lines, in bounded memory whatever it writes.</summary>
internal static class ChildOutput
{
    /// <summary>Bytes of one line that are kept. A little less than a log keeps, so that the note of what is left out fits behind them.</summary>
    public const int MaxLine = 16 * 1024 - 64;

    /// <summary>Reads to the end. Whoever takes the lines slowly slows the child down: nothing piles up here.</summary>
    /// <param name="say">Once it throws, the rest is read and thrown away, so that the child is not held up.</param>
    public static async Task ReadAsync(Stream from, bool isError, Func<ChildLine, CancellationToken, ValueTask> say, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        var line = ArrayPool<byte>.Shared.Rent(MaxLine);
        try
        {
            var (kept, leftOut, isListening) = (0, 0L, true);
            while (await from.ReadAsync(buffer, ct) is > 0 and var count)
            {
                for (var at = 0; at < count;)
                {
                    var length = buffer.AsSpan(at, count - at).IndexOf((byte)'\n');
                    var part = length < 0 ? count - at : length;
                    var room = Math.Min(part, MaxLine - kept);
                    buffer.AsSpan(at, room).CopyTo(line.AsSpan(kept));
                    (kept, leftOut, at) = (kept + room, leftOut + part - room, at + part + 1);
                    if (length < 0) break;
                    isListening = isListening && await TrySayAsync();
                    (kept, leftOut) = (0, 0);
                }
            }
            if (kept > 0 && isListening) await TrySayAsync();

            async Task<bool> TrySayAsync()
            {
                try
                {
                    await say(new ChildLine(isError, TextOf(line.AsSpan(0, kept), leftOut)), ct);
                    return true;
                }
                catch (Exception) when (!ct.IsCancellationRequested)
                {
                    return false; // the run is over
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Nobody waits for the rest any more.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(line);
        }
    }

    private static string TextOf(ReadOnlySpan<byte> bytes, long leftOut)
    {
        if (leftOut == 0 && bytes is [.., (byte)'\r']) bytes = bytes[..^1];
        var text = Encoding.UTF8.GetString(bytes).Replace('\0', '�'); // what is no UTF-8 becomes the same sign
        return leftOut == 0 ? text : $"{text} [… {leftOut} bytes left out]";
    }
}
