namespace Scheduler.Core.Triggers;

/// <summary>The number behind H: the same for the same key and field on every machine and in every version, and evenly spread.</summary>
internal static class CronHash
{
    /// <summary>From 0 to <paramref name="count"/> - 1.</summary>
    internal static int Pick(string? key, FieldKind field, int count)
    {
        var hash = 14_695_981_039_346_656_037UL; // FNV-1a over the UTF-16 units, low byte first
        foreach (var c in key ?? "")
        {
            hash = (hash ^ (byte)c) * 1_099_511_628_211;
            hash = (hash ^ (byte)(c >> 8)) * 1_099_511_628_211;
        }
        hash = (hash ^ (byte)field) * 1_099_511_628_211;
        hash = (hash ^ hash >> 33) * 0xFF51_AFD7_ED55_8CCD; // Murmur's finish: all bits weigh in what remains after division
        hash = (hash ^ hash >> 33) * 0xC4CE_B9FE_1A85_EC53;
        return (int)((hash ^ hash >> 33) % (ulong)count);
    }
}
