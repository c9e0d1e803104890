using System.Buffers;
using System.Security.Cryptography;
using Scheduler.Core.Jobs.Files;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>A file as it is now.</summary>
/// <param name="Text">Its text; null where it is none, where it is too long to be kept, or where nobody wants it.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
internal sealed record FileLook(FileState State, string? Text, string? Problem)
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>Reads a file from end to end. Of one that is larger than wanted nothing is read.</summary>
    /// <param name="scope">What may be read.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="maxSize">Bytes.</param>
    /// <param name="wantsText">Whether its text is wanted too.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null where no file is there (any more).</returns>
    public static async Task<FileLook?> AtAsync(Scope scope, string path, long maxSize, bool wantsText, CancellationToken ct)
    {
        if (!scope.CheckPath(path, out var real, out var refusal)) return Unread(refusal!);
        var file = new FileInfo(real);
        if (!file.Exists) return null;
        // Pipes and devices have no length either; they are not opened.
        if (file.Length == 0) return new FileLook(new FileState(SeenAs.Whole, 0, Convert.ToHexStringLower(SHA256.HashData([]))), wantsText ? "" : null, null);
        if (file.Length > maxSize) return Outline(file);
        if (!ScopedFile.TryOpen(scope, path, out var stream, out refusal)) return File.Exists(real) ? Unread(refusal!) : null;
        await using (stream)
        {
            try
            {
                return await ReadAsync(stream, maxSize, wantsText, ct) ?? Outline(new FileInfo(real));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return Unread($"{path} cannot be read: {e.Message}");
            }
        }
    }

    /// <summary>A file that was listed by a name which is not its own, since the true one is no valid text: nobody may hide a file behind that. Null for others, which have gone.</summary>
    public static FileLook? Nameless(string path) => path.Contains('\uFFFD') ? Unread($"{path} cannot be read: its name is no valid UTF-8") : null;

    /// <returns>Null where it is longer than wanted: it may grow while it is read.</returns>
    private static async Task<FileLook?> ReadAsync(FileStream stream, long maxSize, bool wantsText, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var kept = new MemoryStream();
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            var size = 0L;
            while (await stream.ReadAsync(chunk.AsMemory(0, ChunkSize), ct) is > 0 and var read)
            {
                size += read;
                if (size > maxSize) return null;
                hash.AppendData(chunk, 0, read);
                if (wantsText && size <= KeptText.MostBytes) kept.Write(chunk, 0, read);
            }
            var text = wantsText && size <= KeptText.MostBytes ? FileText.Of(kept.GetBuffer().AsSpan(0, (int)kept.Length)) : null;
            return new FileLook(new FileState(SeenAs.Whole, size, Convert.ToHexStringLower(hash.GetHashAndReset())), text, null);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static FileLook Outline(FileInfo file) =>
        new(new FileState(SeenAs.Outline, file.Length, null, new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeMilliseconds()), null, null);

    private static FileLook Unread(string problem) => new(new FileState(SeenAs.Unread), null, problem);
}
