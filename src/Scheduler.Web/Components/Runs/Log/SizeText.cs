using System.Globalization;

namespace Scheduler.Web.Components.Runs.Log;

internal static class SizeText
{
    /// <summary><c>840 bytes</c>, <c>12.3 KB</c>, <c>48 MB</c>; a KB has 1,000.</summary>
    public static string Of(long bytes) => bytes switch
    {
        1 => "1 byte",
        < 1000 => $"{bytes} bytes",
        < 1_000_000 => Scaled(bytes / 1e3, "KB"),
        < 1_000_000_000 => Scaled(bytes / 1e6, "MB"),
        _ => Scaled(bytes / 1e9, "GB"),
    };

    /// <summary><c>0:12.345</c>, <c>1:02:03.456</c>.</summary>
    public static string Elapsed(TimeSpan since)
    {
        if (since < TimeSpan.Zero) since = TimeSpan.Zero;
        var hours = (int)since.TotalHours;
        return (hours > 0 ? hours.ToString(CultureInfo.InvariantCulture) + since.ToString(@"\:mm\:ss\.fff", CultureInfo.InvariantCulture) : since.ToString(@"m\:ss\.fff", CultureInfo.InvariantCulture));
    }

    private static string Scaled(double value, string unit) => $"{(Math.Floor(value * 10) / 10).ToString(value < 100 ? "0.#" : "0", CultureInfo.InvariantCulture)} {unit}";
}
