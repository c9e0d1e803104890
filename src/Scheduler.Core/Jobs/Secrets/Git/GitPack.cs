using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Core.Jobs.Secrets.Git;

/// <summary>A pack and its index (version 2), as git's pack format has them. Reads by offset; holds both files open. Not for concurrent use.</summary>
internal sealed class GitPack(FileStream index, FileStream pack) : IDisposable
{
    private const int FanoutAt = 8;
    private const int NamesAt = FanoutAt + 256 * 4;
    private const int LongestChain = 5000;
    private const long MostKept = 32 << 20;
    private const uint IsLarge = 0x8000_0000;
    private const int OffsetDelta = 6;
    private const int IdDelta = 7;

    private readonly Dictionary<long, GitObject> _kept = [];
    private readonly int _count = CountOf(index);
    private long _keptBytes;

    /// <summary>Where an object stands in the pack; null when it is not in it.</summary>
    /// <param name="id">20 bytes.</param>
    public long? Find(ReadOnlySpan<byte> id)
    {
        var low = id[0] == 0 ? 0 : (int)Whole(index, FanoutAt + 4 * (id[0] - 1));
        var high = (int)Whole(index, FanoutAt + 4 * id[0]) - 1;
        if (low < 0 || high >= _count) throw new GitException("a pack's index is damaged");
        Span<byte> name = stackalloc byte[GitId.Bytes];
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            Read(index, NamesAt + (long)middle * GitId.Bytes, name);
            var order = name.SequenceCompareTo(id);
            if (order == 0) return OffsetOf(middle);
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return null;
    }

    /// <summary>Reads the object at an offset, deltas applied.</summary>
    /// <param name="offset">As <see cref="Find"/> gives it.</param>
    /// <param name="most">Bytes; of a larger object only the size is told.</param>
    /// <param name="size">Of the object.</param>
    /// <param name="findBase">Finds the base of a delta that names it by its id, in whatever pack.</param>
    /// <returns>Null when it is larger.</returns>
    public GitObject? Read(long offset, long most, out long size, Func<byte[], GitObject?> findBase)
    {
        var deltas = new Stack<byte[]>();
        GitObject? found = null;
        size = 0;
        for (var at = offset; found is null;)
        {
            if (deltas.Count > LongestChain) throw new GitException("a pack has a chain of differences without end");
            if (_kept.TryGetValue(at, out found)) break;
            var (type, length, data) = Header(at);
            if (deltas.Count == 0) size = length;
            if (type is >= (int)GitType.Commit and <= (int)GitType.Tag)
            {
                if (length > (deltas.Count == 0 ? most : GitStore.LargestObject)) return null;
                found = Keep(at, new GitObject((GitType)type, Inflate(data, length)));
                break;
            }
            var (baseAt, baseId, next) = BaseOf(type, at, data);
            if (length > GitStore.LargestObject) return null;
            var delta = Inflate(next, length);
            if (deltas.Count == 0)
            {
                size = GitDelta.ResultSize(delta);
                if (size > most) return null;
            }
            deltas.Push(delta);
            if (baseId is not null) found = findBase(baseId) ?? throw new GitException("the base of a difference is missing; is this a partial clone?");
            else at = baseAt;
        }
        while (deltas.TryPop(out var delta)) found = found with { Content = GitDelta.Apply(found.Content, delta) };
        size = found.Content.Length;
        if (size > most) return null;
        return Keep(offset, found);
    }

    public void Dispose()
    {
        index.Dispose();
        pack.Dispose();
    }

    private static int CountOf(FileStream index)
    {
        if (Whole(index, 0) != 0xFF74_4F63 || Whole(index, 4) != 2) throw new GitException("a pack's index is of a version that is not known here (2 is); git gc writes it anew");
        var count = Whole(index, FanoutAt + 255 * 4);
        if (NamesAt + (long)count * (GitId.Bytes + 8) > index.Length) throw new GitException("a pack's index is cut short");
        return (int)count;
    }

    private long OffsetOf(int place)
    {
        var offsets = NamesAt + (long)_count * (GitId.Bytes + 4);
        var offset = Whole(index, offsets + 4L * place);
        if ((offset & IsLarge) == 0) return offset;
        Span<byte> large = stackalloc byte[8];
        Read(index, offsets + 4L * _count + 8L * (offset & ~IsLarge), large);
        return BinaryPrimitives.ReadInt64BigEndian(large);
    }

    /// <returns>The type, the size when inflated, and where what follows begins.</returns>
    private (int Type, long Size, long Data) Header(long at)
    {
        Span<byte> head = stackalloc byte[12];
        var read = RandomAccess.Read(pack.SafeFileHandle, head, at);
        var size = (long)(head[0] & 0x0F);
        var used = 1;
        for (var shift = 4; (head[used - 1] & 0x80) != 0; shift += 7)
        {
            if (used >= read || shift > 53) throw new GitException("a pack is damaged");
            size |= (long)(head[used++] & 0x7F) << shift;
        }
        return ((head[0] >> 4) & 7, size, at + used);
    }

    private (long At, byte[]? Id, long Data) BaseOf(int type, long at, long data)
    {
        Span<byte> head = stackalloc byte[GitId.Bytes];
        var read = RandomAccess.Read(pack.SafeFileHandle, head, data);
        if (type == IdDelta && read == GitId.Bytes) return (0, head.ToArray(), data + GitId.Bytes);
        if (type != OffsetDelta || read == 0) throw new GitException("a pack is damaged");
        var (back, used) = ((long)(head[0] & 0x7F), 1);
        while ((head[used - 1] & 0x80) != 0)
        {
            if (used >= read || used > 9) throw new GitException("a pack is damaged");
            back = ((back + 1) << 7) | (long)(head[used++] & 0x7F);
        }
        if (back <= 0 || back >= at) throw new GitException("a pack is damaged");
        return (at - back, null, data + used);
    }

    private byte[] Inflate(long at, long length)
    {
        using var zlib = new ZLibStream(new FileSlice(pack.SafeFileHandle, at), CompressionMode.Decompress);
        var content = new byte[length];
        zlib.ReadExactly(content);
        return content;
    }

    private GitObject Keep(long at, GitObject found)
    {
        if (found.Content.Length > MostKept / 4) return found;
        if (_keptBytes > MostKept)
        {
            _kept.Clear();
            _keptBytes = 0;
        }
        if (_kept.TryAdd(at, found)) _keptBytes += found.Content.Length;
        return found;
    }

    private static uint Whole(FileStream file, long at)
    {
        Span<byte> four = stackalloc byte[4];
        Read(file, at, four);
        return BinaryPrimitives.ReadUInt32BigEndian(four);
    }

    private static void Read(FileStream file, long at, Span<byte> into)
    {
        if (at < 0 || RandomAccess.Read(file.SafeFileHandle, into, at) != into.Length) throw new GitException("a pack or its index is cut short");
    }

    /// <summary>A file from an offset on, for an inflater.</summary>
    private sealed class FileSlice(SafeFileHandle file, long at) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var read = RandomAccess.Read(file, buffer, at);
            at += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
