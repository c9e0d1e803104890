using System.Buffers.Binary;
using System.Text;

namespace Scheduler.Web.Tests.Drills;

internal enum DiskAct { Write = 'W', Truncate = 'T', Synced = 'S', Unlink = 'U', Rename = 'R' }

/// <summary>Something that was done to a file.</summary>
/// <param name="Data">A write's bytes.</param>
/// <param name="Name">A rename's new name.</param>
/// <param name="Time">Nanoseconds since 1970, when it was done.</param>
/// <param name="Place">In the order of all; of a sync: everything up to here was done before it was asked for.</param>
/// <param name="Offset">Where a write begins; how long a truncated file became.</param>
internal sealed record DiskEntry(DiskAct Act, string File, ReadOnlyMemory<byte> Data, string Name, long Time, long Place, long Offset);

/// <summary>
/// What shim.c recorded of a server's files, and what a disk could hold of it after a power cut: of each file everything up to its last sync,
/// and of what came later any sectors whatsoever. Names follow a journal: all up to some moment since the last sync, none after.
/// </summary>
internal sealed class DiskRecord
{
    // The log's shared index is memory, not disk; of the reserve only its size counts.
    private static readonly string[] NotOnDisk = ["scheduler.db-shm", "reserve"];

    private DiskRecord(List<DiskEntry> entries) => Entries = entries;

    public IReadOnlyList<DiskEntry> Entries { get; }

    public static DiskRecord Read(string record, string folder)
    {
        var (entries, bytes, at) = (new List<DiskEntry>(), File.ReadAllBytes(record).AsMemory(), 0);
        // The server was killed: its last entry may be cut off.
        while (at + 40 <= bytes.Length)
        {
            var head = bytes.Span[at..];
            var (name, length) = (BinaryPrimitives.ReadInt32LittleEndian(head[4..]), (int)BinaryPrimitives.ReadInt64LittleEndian(head[8..]));
            if (at + 40 + name + length > bytes.Length) break;
            var act = (DiskAct)BinaryPrimitives.ReadInt32LittleEndian(head);
            var path = Path.GetRelativePath(folder, Encoding.UTF8.GetString(head.Slice(40, name)).Replace(" (deleted)", "", StringComparison.Ordinal));
            var data = bytes.Slice(at + 40 + name, length);
            entries.Add(new DiskEntry(act, path, act == DiskAct.Write ? data : default, act == DiskAct.Rename ? Path.GetRelativePath(folder, Encoding.UTF8.GetString(data.Span)) : "",
                BinaryPrimitives.ReadInt64LittleEndian(head[16..]), BinaryPrimitives.ReadInt64LittleEndian(head[24..]), BinaryPrimitives.ReadInt64LittleEndian(head[32..])));
            at += 40 + name + length;
        }
        return new DiskRecord(entries);
    }

    /// <summary>Makes a folder what it could be after a cut.</summary>
    /// <param name="cut">The first entry that did not happen any more.</param>
    /// <param name="folder">What was there, and safe, before the record began.</param>
    /// <param name="trustSyncs">False: as if the disk had promised and not kept; for showing that the drill would notice.</param>
    public void Cut(int cut, string folder, Random random, bool trustSyncs = true)
    {
        var files = Files(cut, folder, out var names, random);
        var (kept, sector) = (((double[])[0, 0.1, 0.5, 0.9, 1])[random.Next(5)], random.Next(2) == 0 ? 512 : 4096);
        foreach (var gone in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => !names.ContainsKey(Path.GetRelativePath(folder, f)))) File.Delete(gone);
        foreach (var (name, number) in names.Where(n => !NotOnDisk.Contains(n.Key) && files[n.Value].Acts.Count > 0))
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, files[number].Content(random, kept, sector, trustSyncs));
        }
    }

    private List<Kept> Files(int cut, string folder, out Dictionary<string, int> names, Random random)
    {
        var lastSync = -1;
        for (var i = cut - 1; i >= 0 && lastSync < 0; i--)
            if (Entries[i].Act == DiskAct.Synced) lastSync = i;
        var journal = random.Next(lastSync + 1, cut + 1);
        var files = new List<Kept>();
        var now = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            now[Path.GetRelativePath(folder, path)] = files.Count;
            files.Add(new Kept(File.ReadAllBytes(path)));
        }
        names = now;
        for (var i = 0; i < cut; i++)
        {
            if (i == journal) names = new Dictionary<string, int>(now, StringComparer.Ordinal);
            var entry = Entries[i];
            switch (entry.Act)
            {
                case DiskAct.Unlink:
                    now.Remove(entry.File);
                    break;
                case DiskAct.Rename:
                    if (now.Remove(entry.File, out var moved)) now[entry.Name] = moved;
                    break;
                case DiskAct.Synced:
                    if (now.TryGetValue(entry.File, out var synced)) files[synced].SyncedTo = Math.Max(files[synced].SyncedTo, entry.Place);
                    break;
                default:
                    if (!now.TryGetValue(entry.File, out var number))
                    {
                        now[entry.File] = number = files.Count;
                        files.Add(new Kept([]));
                    }
                    files[number].Acts.Add(entry);
                    break;
            }
        }
        if (journal >= cut) names = now;
        return files;
    }

    private sealed class Kept(byte[] before)
    {
        public List<DiskEntry> Acts { get; } = [];
        public long SyncedTo { get; set; }

        public byte[] Content(Random random, double kept, int sector, bool trustSyncs)
        {
            var content = new MemoryStream();
            content.Write(before);
            foreach (var act in Acts)
            {
                if (trustSyncs && act.Place <= SyncedTo) Do(content, act);
                else if (act.Act == DiskAct.Write) Tear(content, act, random, kept, sector);
                else if (random.NextDouble() < kept) Do(content, act);
            }
            return content.ToArray();
        }

        private static void Do(MemoryStream content, DiskEntry act)
        {
            if (act.Act == DiskAct.Truncate)
            {
                content.SetLength(act.Offset);
                return;
            }
            if (content.Length < act.Offset) content.SetLength(act.Offset);
            content.Position = act.Offset;
            content.Write(act.Data.Span);
        }

        // Sector by sector; the length may have grown although the bytes never came.
        private static void Tear(MemoryStream content, DiskEntry act, Random random, double kept, int sector)
        {
            for (var from = 0; from < act.Data.Length;)
            {
                var to = Math.Min(act.Data.Length, from + sector - (int)((act.Offset + from) % sector));
                if (random.NextDouble() < kept) Do(content, act with { Offset = act.Offset + from, Data = act.Data[from..to] });
                from = to;
            }
            if (random.Next(2) == 0 && content.Length < act.Offset + act.Data.Length) content.SetLength(act.Offset + act.Data.Length);
        }
    }
}
