using System.Buffers;
using System.Globalization;
using System.Text;
using Scheduler.Core.Jobs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>
/// The logs of runs: plain text, a line each, <c>2026-11-21T08:00:00.000Z info text</c>. A log is capped: its head is kept, and of the
/// rest the newest part; what lies between is left out and counted. Positions are byte offsets into all that was ever written,
/// so they stay true while old parts go. The few lines of a run that ended at once stand in the database, for a file each would cost
/// more than the run; once there is a file, it holds the whole log.
/// </summary>
/// <param name="options">Where the files are, and their cap.</param>
/// <param name="database">Where the short logs are; null: there are none.</param>
public sealed class RunLog(SchedulerOptions options, Database? database = null)
{
    public const int MaxLine = 16 * 1024;

    /// <summary>The most bytes of a log that is kept without a file.</summary>
    public const int ShortCap = 4096;

    private long HeadCap => options.LogCap / 2;
    private long PartCap => Math.Max(options.LogCap / 4, 1);

    /// <summary>Opens a run's log for appending; one writer at a time. A further attempt appends to what is there.</summary>
    internal LogWriter Write(long runId)
    {
        var files = FilesOf(runId);
        Directory.CreateDirectory(Path.GetDirectoryName(files.Head)!);
        var earlier = File.Exists(files.Head) ? null : Short(runId);
        var writer = new LogWriter(this, files, FileLength(files));
        if (earlier is not null) writer.Write(earlier);
        return writer;
    }

    internal bool HasFile(long runId) => File.Exists(FilesOf(runId).Head);

    /// <summary>Keeps a short log in the transaction that ends its attempt. An earlier attempt's comes first.</summary>
    internal static void KeepShort(WriteBatch write, long runId, byte[] text) =>
        write.Execute("INSERT INTO short_logs (run_id, text) VALUES (?1, ?2) ON CONFLICT (run_id) DO UPDATE SET text = CAST(text || excluded.text AS BLOB)", runId, text);

    private byte[]? Short(long runId)
    {
        if (database is null) return null;
        using var db = database.Read();
        return db.ShortLogs.Where(l => l.RunId == runId).Select(l => l.Text).FirstOrDefault();
    }

    /// <summary>How many bytes were ever written.</summary>
    public long Length(long runId)
    {
        var files = FilesOf(runId);
        return File.Exists(files.Head) ? FileLength(files) : Short(runId)?.Length ?? 0;
    }

    private long FileLength(LogFiles files)
    {
        var head = new FileInfo(files.Head);
        if (!head.Exists) return 0;
        if (head.Length < HeadCap) return head.Length; // a part begins when the head is full
        return files.Parts().LastOrDefault() is { Path: not null } last ? LogFiles.StartOf(last.Index, HeadCap, PartCap) + new FileInfo(last.Path).Length : head.Length;
    }

    /// <summary>The stretches of the log that are kept, in order; between two of them something is left out. The last one may grow.</summary>
    public IReadOnlyList<LogStretch> Kept(long runId)
    {
        var files = FilesOf(runId);
        var kept = new List<LogStretch>();
        foreach (var (start, path) in files.Parts().Select(p => (LogFiles.StartOf(p.Index, HeadCap, PartCap), p.Path)).Prepend((0, files.Head)))
        {
            if (new FileInfo(path) is not { Exists: true, Length: > 0 } file) continue;
            if (kept is [.., var last] && last.End == start) kept[^1] = last with { End = start + file.Length };
            else kept.Add(new LogStretch(start, start + file.Length));
        }
        if (kept.Count == 0 && Short(runId) is { } text) kept.Add(new LogStretch(0, text.Length));
        return kept;
    }

    /// <summary>Reads from a position on.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="from">A byte position; one whose part has been left out moves forward to the next that is there.</param>
    /// <param name="maxBytes">At most so many.</param>
    /// <returns>The bytes, where they begin, and how many between <paramref name="from"/> and there have been left out. Empty at the end.</returns>
    public LogSlice Read(long runId, long from, int maxBytes)
    {
        var files = FilesOf(runId);
        if (!File.Exists(files.Head))
        {
            var text = Short(runId) ?? [];
            return new LogSlice(from, 0, from >= text.Length ? [] : text.AsSpan((int)from, (int)Math.Min(maxBytes, text.Length - from)).ToArray());
        }
        foreach (var (start, path) in files.Parts().Select(p => (LogFiles.StartOf(p.Index, HeadCap, PartCap), p.Path)).Prepend((0, files.Head)))
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                if (from >= start + file.Length) continue;
                var begin = Math.Max(from, start);
                file.Position = begin - start;
                var bytes = new byte[Math.Min(maxBytes, start + file.Length - begin)];
                return new LogSlice(begin, begin - from, bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)]);
            }
            catch (FileNotFoundException)
            {
                // This part was left out while we looked; the next one is there.
            }
        }
        return new LogSlice(from, 0, []);
    }

    /// <summary>The whole log as it is kept, with a line that says so where something is left out.</summary>
    public async Task CopyToAsync(long runId, Stream to, CancellationToken ct)
    {
        for (long position = 0; ;)
        {
            var slice = Read(runId, position, 64 * 1024);
            if (slice.LeftOut > 0) await to.WriteAsync(Encoding.UTF8.GetBytes($"[… {slice.LeftOut} bytes left out: the log's limit is {options.LogCap} bytes …]\n"), ct);
            if (slice.Bytes.Length == 0) return;
            await to.WriteAsync(slice.Bytes, ct);
            position = slice.Next;
        }
    }

    internal void Delete(long runId)
    {
        var files = FilesOf(runId);
        foreach (var (_, path) in files.Parts().ToList()) File.Delete(path);
        if (File.Exists(files.Head)) File.Delete(files.Head);
    }

    /// <summary>A line as it stands in a log; one that holds line breaks becomes several, one that is too long is cut and says so.</summary>
    internal static void Format(JobEvent.LogLine line, ArrayBufferWriter<byte> to)
    {
        foreach (var part in line.Text.AsSpan().EnumerateLines())
        {
            var text = part.Length > MaxLine ? part[..MaxLine] : part;
            to.Advance(Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{line.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Word(line.Stream)} "), to.GetSpan(64)));
            if (text.ContainsAnyInRange('\0', '\x1f') || text.ContainsAnyInRange('\x7f', '\x9f')) Encoding.UTF8.GetBytes(Cleaned(text), to);
            else Encoding.UTF8.GetBytes(text, to);
            if (part.Length > MaxLine) Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $" [… {part.Length - MaxLine} characters left out]"), to);
            to.Write("\n"u8);
        }
    }

    private static string Cleaned(ReadOnlySpan<char> text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text) clean.Append(char.IsControl(c) && c is not ('\t' or '\e') ? '�' : c);
        return clean.ToString();
    }

    private static string Word(LogStream stream) => stream switch { LogStream.Out => "out", LogStream.Err => "err", LogStream.Warn => "warn", _ => "info" };

    private LogFiles FilesOf(long runId)
    {
        var folder = Path.Combine(options.LogFolder, (runId / 1000).ToString("D6", CultureInfo.InvariantCulture));
        return new LogFiles(folder, runId.ToString(CultureInfo.InvariantCulture));
    }

    internal sealed record LogFiles(string Folder, string Name)
    {
        public string Head => Path.Combine(Folder, Name + ".log");

        public string Part(int index) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Name}.{index:D8}.log"));

        public static long StartOf(int part, long headCap, long partCap) => headCap + part * partCap;

        /// <summary>The parts after the head that are still there, oldest first.</summary>
        public IEnumerable<(int Index, string Path)> Parts() => !Directory.Exists(Folder) ? [] :
            Directory.EnumerateFiles(Folder, Name + ".*.log")
                .Select(path => (int.TryParse(Path.GetFileName(path).AsSpan(Name.Length + 1, 8), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1, path))
                .Where(p => p.Item1 >= 0).OrderBy(p => p.Item1);
    }

    /// <summary>Appends lines to a run's log. Not safe for concurrent use.</summary>
    internal sealed class LogWriter(RunLog log, LogFiles files, long position) : IDisposable
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();
        private FileStream? _file;
        private long _room;

        /// <summary>Where the next byte goes.</summary>
        public long Position { get; private set; } = position;

        /// <summary>Writes a line.</summary>
        public void Append(JobEvent.LogLine line)
        {
            _bytes.ResetWrittenCount();
            Format(line, _bytes);
            Write(_bytes.WrittenSpan);
        }

        public void Flush() => _file?.Flush();

        public void Dispose() => _file?.Dispose();

        /// <summary>Writes lines that are formatted.</summary>
        public void Write(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                if (_room == 0) NextFile();
                var count = (int)Math.Min(bytes.Length, _room);
                _file!.Write(bytes[..count]);
                _room -= count;
                Position += count;
                bytes = bytes[count..];
            }
        }

        private void NextFile()
        {
            _file?.Dispose();
            var part = Position < log.HeadCap ? -1 : (int)((Position - log.HeadCap) / log.PartCap);
            _file = new FileStream(part < 0 ? files.Head : files.Part(part), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 16 * 1024);
            _room = part < 0 ? log.HeadCap - Position : LogFiles.StartOf(part + 1, log.HeadCap, log.PartCap) - Position;
            if (part < 2) return;
            foreach (var (index, path) in files.Parts().ToList())
                if (index < part - 1) File.Delete(path);
        }
    }
}

/// <summary>A piece of a log.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="LeftOut">How many bytes before it, from the position asked for, are no longer kept.</param>
/// <param name="Bytes">UTF-8; a piece may end inside a character or line.</param>
public sealed record LogSlice(long Position, long LeftOut, byte[] Bytes)
{
    public long Next => Position + Bytes.Length;
}

/// <summary>Bytes of a log that follow each other.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">One past the last.</param>
public readonly record struct LogStretch(long Start, long End);

/// <summary>The whole log of a run that ended at once.</summary>
internal sealed class ShortLog
{
    public required long RunId { get; init; }
    public required byte[] Text { get; init; }
}
