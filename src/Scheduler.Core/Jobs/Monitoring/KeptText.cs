using System.IO.Compression;
using System.Text;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>Texts as they are remembered for the next comparison: compressed, and not more than a schedule may keep.</summary>
internal static class KeptText
{
    /// <summary>Bytes of a content whose text is kept. Of a longer one its hash alone is compared.</summary>
    public const int MostBytes = 1 << 20;

    public static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest)) brotli.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    public static string Unpack(byte[] packed)
    {
        using var reader = new StreamReader(new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>Counts what a schedule keeps of texts, so that it stays within bounds. What does not fit is not kept: it can still be told that it changed, but not what.</summary>
/// <param name="most">Bytes.</param>
/// <param name="kept">What is kept already, in bytes.</param>
internal sealed class TextBudget(long most, long kept)
{
    /// <summary>Bytes that all texts of one schedule may take, compressed.</summary>
    public const long Most = 32 << 20;

    private long _kept = kept;

    /// <summary>How many texts did not fit.</summary>
    public int Refused { get; private set; }

    /// <summary>Whether a text may take the place of another one.</summary>
    /// <param name="before">Bytes that it frees.</param>
    /// <param name="now">Bytes that it takes.</param>
    public bool Take(int before, int now)
    {
        if (_kept - before + now > most)
        {
            Refused++;
            _kept -= before;
            return false;
        }
        _kept += now - before;
        return true;
    }

    public void Free(int bytes) => _kept -= bytes;
}
