using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Files;

/// <summary>Which files below a folder are meant: those that an <c>include</c> meets (all, where there is none) and no <c>exclude</c>. What git keeps for itself never is.</summary>
internal sealed class FileFilter(IReadOnlyList<Glob> include, IReadOnlyList<Glob> exclude)
{
    private const int MostPatterns = 200;

    /// <summary>The patterns as they were written.</summary>
    public IReadOnlyList<string> Include => [.. include.Select(g => g.Text)];

    /// <inheritdoc cref="Include"/>
    public IReadOnlyList<string> Exclude => [.. exclude.Select(g => g.Text)];

    /// <param name="include">Not blank, as is each of <paramref name="exclude"/>.</param>
    public static FileFilter Of(IEnumerable<string> include, IEnumerable<string> exclude) => new([.. include.Select(t => new Glob(t))], [.. exclude.Select(t => new Glob(t))]);

    public static FileFilter Read(FieldReader options) => new(Patterns(options, "include"), Patterns(options, "exclude"));

    /// <param name="path">Relative, with slashes.</param>
    public bool Wants(string path) => !Excludes(path) && (include.Count == 0 || include.Any(g => g.Matches(path)));

    /// <summary>Whether a folder, and with it all below it, is left out.</summary>
    public bool Excludes(string path) => IsGits(path) || exclude.Any(g => g.Matches(path));

    private static bool IsGits(string path) => path == ".git" || path.EndsWith("/.git", StringComparison.Ordinal);

    private static List<Glob> Patterns(FieldReader options, string key)
    {
        var texts = options.Texts(key, MostPatterns, Glob.MaxLength);
        if (texts.Count > MostPatterns) options.Complain(key, $"must have at most {MostPatterns} entries, found {texts.Count}");
        return [.. texts.Take(MostPatterns).Where(t => t.Length <= Glob.MaxLength && t.Trim('/', '\\').Length > 0).Select(t => new Glob(t))];
    }
}
