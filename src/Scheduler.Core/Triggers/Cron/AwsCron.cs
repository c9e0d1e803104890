namespace Scheduler.Core.Triggers;

/// <summary>The form of AWS: <c>cron(minute hour day-of-month month day-of-week year)</c>, weekdays from 1 (Sunday), exactly one <c>?</c>.</summary>
internal static class AwsCron
{
    internal const string Opening = "cron(";

    /// <param name="start">Where <c>cron(</c> begins.</param>
    /// <param name="end">Where the text ends, blanks cut off.</param>
    internal static CronExpression? Parse(string text, int start, int end, string? hashKey, out CronFault? fault)
    {
        if (text[end - 1] == ')') return CronParser.ParseAws(text, start + Opening.Length, end - 1, hashKey, out fault);
        fault = new(null, end, 0, "the closing bracket of cron( is missing", ")");
        return null;
    }
}
