namespace Scheduler.Core.Jobs.Secrets.Git;

/// <summary>A difference as packs store it: pieces to copy from a base, and bytes to insert.</summary>
internal static class GitDelta
{
    /// <summary>How long the result is, by the difference's own word.</summary>
    public static long ResultSize(ReadOnlySpan<byte> delta)
    {
        var at = 0;
        Number(delta, ref at);
        return Number(delta, ref at);
    }

    /// <exception cref="GitException">The difference does not fit its base.</exception>
    public static byte[] Apply(byte[] source, ReadOnlySpan<byte> delta)
    {
        var at = 0;
        if (Number(delta, ref at) != source.Length) throw Damaged();
        var size = Number(delta, ref at);
        if (size > GitStore.LargestObject) throw Damaged();
        var (result, written) = (new byte[size], 0);
        while (at < delta.Length)
        {
            var code = delta[at++];
            if (code == 0) throw Damaged();
            var isCopy = (code & 0x80) != 0;
            var from = isCopy ? Bits(delta, ref at, code, 0, 4) : at;
            var length = isCopy ? Bits(delta, ref at, code, 4, 3) : code;
            if (isCopy && length == 0) length = 0x10000;
            var pieces = isCopy ? source : delta;
            if (from > pieces.Length - length || length > size - written) throw Damaged();
            pieces.Slice((int)from, (int)length).CopyTo(result.AsSpan(written));
            written += (int)length;
            if (!isCopy) at += (int)length;
        }
        return written == size ? result : throw Damaged();
    }

    // Each bit of the code, from "first" on, says whether one byte of the number follows.
    private static long Bits(ReadOnlySpan<byte> delta, ref int at, byte code, int first, int count)
    {
        var number = 0L;
        for (var i = 0; i < count; i++)
        {
            if ((code & (1 << (first + i))) == 0) continue;
            if (at >= delta.Length) throw Damaged();
            number |= (long)delta[at++] << (8 * i);
        }
        return number;
    }

    private static long Number(ReadOnlySpan<byte> delta, ref int at)
    {
        var number = 0L;
        for (var shift = 0; ; shift += 7)
        {
            if (at >= delta.Length || shift > 49) throw Damaged();
            var next = delta[at++];
            number |= (long)(next & 0x7F) << shift;
            if ((next & 0x80) == 0) return number;
        }
    }

    private static GitException Damaged() => new("a pack holds a difference that is damaged");
}
