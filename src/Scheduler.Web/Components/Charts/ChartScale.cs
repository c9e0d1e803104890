using System.Globalization;

namespace Scheduler.Web.Components.Charts;

/// <summary>What a row of a chart reaches up to, and what stands beside its top and bottom line.</summary>
/// <param name="Low">At the bottom line.</param>
/// <param name="High">At the top line; above <paramref name="Low"/>.</param>
public sealed record ChartScale(double Low, double High, string LowText, string HighText)
{
    private static readonly double[] Steps = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

    // Lengths that people count in, in milliseconds.
    private static readonly double[] Lengths =
    [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3,
        3600e3, 7200e3, 4 * 3600e3, 8 * 3600e3, 12 * 3600e3, 86400e3, 2 * 86400e3, 7 * 86400e3, 14 * 86400e3, 30 * 86400e3,
    ];

    /// <summary>0 (bottom) to 100 (top), for a drawing of that height that grows downwards: 100 is the bottom line.</summary>
    public double Y(double value) => 100 - 100 * Math.Clamp((value - Low) / (High - Low), 0, 1);

    /// <summary>From nothing to the next round number.</summary>
    public static ChartScale OfCounts(double most)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(1, most))));
        var high = Math.Ceiling(Steps.First(s => s * power >= most) * power);
        return new ChartScale(0, high, "0", Count(high));
    }

    /// <summary>From nothing to the next round length.</summary>
    public static ChartScale OfLengths(TimeSpan? longest)
    {
        var high = Lengths.FirstOrDefault(l => l >= (longest ?? TimeSpan.Zero).TotalMilliseconds, Lengths[^1]);
        return new ChartScale(0, high, "0", Time.DurationText.Of(TimeSpan.FromMilliseconds(high)));
    }

    /// <summary>Up to 100 %, from as high as all of it fits: between 99 and 100 % a scale from nothing would show a flat line.</summary>
    public static ChartScale OfRates(double? least)
    {
        var low = ((double[])[0.99, 0.95, 0.9, 0.8, 0.5]).FirstOrDefault(l => l < (least ?? 1), 0);
        return new ChartScale(low, 1, Percent(low), "100 %");
    }

    /// <summary>1,234; 12.3 k from ten thousand on, because the gutter is narrow.</summary>
    public static string Count(double value) => value switch
    {
        < 10_000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        < 1_000_000 => (value / 1000).ToString("0.#", CultureInfo.InvariantCulture) + " k",
        _ => (value / 1_000_000).ToString("0.#", CultureInfo.InvariantCulture) + " M",
    };

    /// <summary>Rounded down: 99.96 % is not all of them.</summary>
    public static string Percent(double? rate) => rate is { } known ? (Math.Floor(known * 1000 + 1e-9) / 10).ToString("0.#", CultureInfo.InvariantCulture) + " %" : "–";
}
