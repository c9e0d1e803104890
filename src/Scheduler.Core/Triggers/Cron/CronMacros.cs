namespace Scheduler.Core.Triggers;

/// <summary>The names that cron(8) gives to common expressions.</summary>
internal static class CronMacros
{
    internal static readonly string[] Names = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];

    private static readonly string[] Fields = ["0 * * * *", "0 0 * * *", "0 0 * * *", "0 0 * * 0", "0 0 1 * *", "0 0 1 1 *", "0 0 1 1 *"];

    private static readonly CronExpression[] Expressions =
    [
        Named("@hourly", Fields[0]), Named("@daily", Fields[1]), Named("@daily", Fields[2]), Named("@weekly", Fields[3]),
        Named("@monthly", Fields[4]), Named("@yearly", Fields[5]), Named("@yearly", Fields[6]),
    ];

    /// <summary>The five fields that a macro stands for; any other text as it is.</summary>
    internal static string Expand(string text) => text[0] == '@' ? Fields[Array.IndexOf(Names, text)] : text;

    /// <summary>The expression of that name in any case, or null. @midnight and @annually come back as @daily and @yearly.</summary>
    internal static CronExpression? Find(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < Names.Length; i++)
            if (name.Equals(Names[i], StringComparison.OrdinalIgnoreCase)) return Expressions[i];
        return null;
    }

    private static CronExpression Named(string name, string fields) =>
        CronParser.Parse(fields, 0, fields.Length, null, out _, out _)!.WithText(name);
}
