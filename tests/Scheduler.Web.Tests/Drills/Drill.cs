using System.Globalization;

namespace Scheduler.Web.Tests.Drills;

/// <summary>Drills take minutes, root's rights or a whole disk, so they run when somebody asks for them.</summary>
internal static class Drill
{
    /// <summary>Skips the test unless <c>SCHEDULER_DRILLS=1</c>.</summary>
    public static void OnlyWhenAsked()
    {
        Skip.If(!OperatingSystem.IsLinux(), "Drills need Linux.");
        Skip.If(Environment.GetEnvironmentVariable("SCHEDULER_DRILLS") != "1", "A drill: SCHEDULER_DRILLS=1 runs it.");
    }

    /// <summary>A number from the environment.</summary>
    public static double Setting(string name, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}

/// <summary>Figures of what was measured.</summary>
internal static class Figures
{
    /// <summary>The value that this share of all lies at or below; 0 where there is none.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
    }

    /// <summary>How much y grows a unit of x, by least squares; 0 where that can't be said.</summary>
    public static double Slope(IReadOnlyCollection<(double X, double Y)> points)
    {
        if (points.Count < 2) return 0;
        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        var spread = points.Sum(p => (p.X - x) * (p.X - x));
        return spread == 0 ? 0 : points.Sum(p => (p.X - x) * (p.Y - y)) / spread;
    }

    /// <summary>p50, p95, p99 and the highest, in one line.</summary>
    public static string Spread(IReadOnlyCollection<double> milliseconds) => string.Create(CultureInfo.InvariantCulture,
        $"p50 {Percentile(milliseconds, 0.5):0} ms, p95 {Percentile(milliseconds, 0.95):0} ms, p99 {Percentile(milliseconds, 0.99):0} ms, highest {Percentile(milliseconds, 1):0} ms of {milliseconds.Count}");

    /// <summary>How busy the machine was while this was measured.</summary>
    public static string Machine => $"{Environment.ProcessorCount} cores, load {(File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown")}";
}
