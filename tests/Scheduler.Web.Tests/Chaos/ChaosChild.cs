using System.Globalization;

namespace Scheduler.Web.Tests.Chaos;

/// <summary>A process that a job of some server has started. It works in the data folder, which tells it from all others whoever started it.</summary>
/// <param name="Start">Numbers are used again; with this they are not.</param>
internal sealed record ChaosChild(int Id, string Start)
{
    /// <summary>All that live now.</summary>
    public static List<ChaosChild> All(string folder)
    {
        var (found, at) = (new List<ChaosChild>(), Path.Combine(folder, "children"));
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                if (new FileInfo(Path.Combine(process, "cwd")).LinkTarget != at) continue;
                var stat = File.ReadAllText(Path.Combine(process, "stat"));
                found.Add(new ChaosChild(id, stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or somebody else's.
            }
        }
        return found;
    }
}
