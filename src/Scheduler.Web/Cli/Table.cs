using System.Text;

namespace Scheduler.Web.Cli;

/// <summary>Columns of text, as wide as their widest cell. Long cells are cut but in the last column.</summary>
internal sealed class Table(params string[] headings)
{
    private const int WidestCell = 64;
    private readonly List<string[]> _rows = [headings];

    public void Add(params string?[] cells) => _rows.Add([.. cells.Select((cell, column) => Cut(TerminalText.Line(cell), column))]);

    public IEnumerable<string> Lines()
    {
        var widths = Enumerable.Range(0, headings.Length).Select(column => _rows.Max(row => Width(row[column]))).ToArray();
        foreach (var row in _rows)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++)
                line.Append(row[column]).Append(' ', widths[column] - Width(row[column]) + 2);
            yield return line.ToString().TrimEnd();
        }
    }

    private string Cut(string cell, int column) => column == headings.Length - 1 || cell.Length <= WidestCell ? cell : cell[..(WidestCell - 1)] + "…";

    private static int Width(string cell) => cell.EnumerateRunes().Count();
}
