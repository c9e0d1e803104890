namespace Scheduler.Core.Triggers;

/// <summary>The names that cron(8) gives to common expressions.</summary>
internal static class CronMacros
{
    internal static readonly string[] Names = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];

    private static readonly CronExpression[] Expressions =
    [
        Named("@hourly", "0 * * * *"), Named("@daily", "0 0 * * *"), Named("@daily", "0 0 * * *"), Named("@weekly", "0 0 * * 0"),
        Named("@monthly", "0 0 1 * *"), Named("@yearly", "0 0 1 1 *"), Named("@yearly", "0 0 1 1 *"),
    ];

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
