using System.Globalization;
using System.Text;

namespace Scheduler.Web.Components.Charts;

/// <summary>Draws a line through the bars' middles. Where a value is missing the line is broken; a value alone is a dash.</summary>
public static class ChartLine
{
    /// <summary>Where in its column a bar begins, and how much of the column it is wide.</summary>
    public const double BarStart = 0.14, BarWidth = 0.72;

    /// <param name="values">One a bar; null for none.</param>
    /// <param name="scale">What they are drawn against.</param>
    /// <returns>An SVG path on a drawing as wide as there are bars and 100 high; empty where there is no value.</returns>
    public static string Path(IReadOnlyList<double?> values, ChartScale scale)
    {
        var path = new StringBuilder();
        var drawing = false;
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is not { } value)
            {
                drawing = false;
                continue;
            }
            var isAlone = !drawing && (i + 1 == values.Count || values[i + 1] is null);
            // As wide as its bar: a dot would hardly be seen, and a schedule that runs once a day has nothing else.
            if (isAlone) path.Append(CultureInfo.InvariantCulture, $"M{i + BarStart:0.##} {scale.Y(value):0.##}h{BarWidth:0.##}");
            else path.Append(CultureInfo.InvariantCulture, $"{(drawing ? 'L' : 'M')}{i + 0.5:0.##} {scale.Y(value):0.##}");
            drawing = true;
        }
        return path.ToString();
    }
}
