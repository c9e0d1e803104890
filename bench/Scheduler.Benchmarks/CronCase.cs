using Ours = Scheduler.Core.Triggers;

namespace Scheduler.Benchmarks;

/// <summary>One schedule, written for either engine: Quartz has the second first, counts weekdays from 1 (Sunday) and wants a <c>?</c> in one of the day fields.</summary>
public sealed record CronCase(string Text, string QuartzText)
{
    /// <summary>What people schedule by the clock, by weekday and by date; nothing that only one engine knows or that the two read differently.</summary>
    public static IReadOnlyList<CronCase> All { get; } =
    [
        new("* * * * *", "0 * * * * ?"),
        new("*/5 * * * *", "0 */5 * * * ?"),
        new("7-59/15 * * * *", "0 7-59/15 * * * ?"),
        new("0 * * * *", "0 0 * * * ?"),
        new("30 */2 * * *", "0 30 */2 * * ?"),
        new("0 */6 * * *", "0 0 */6 * * ?"),
        new("0 0 * * *", "0 0 0 * * ?"),
        new("45 23 * * *", "0 45 23 * * ?"),
        new("0 0,8,16 * * *", "0 0 0,8,16 * * ?"),
        new("*/10 9-17 * * *", "0 */10 9-17 * * ?"),
        new("5,35 8-18 * * *", "0 5,35 8-18 * * ?"),
        new("*/10 * * * * *", "*/10 * * * * ?"),
        new("15 30 4 * * *", "15 30 4 * * ?"),
        new("0 9 * * MON-FRI", "0 0 9 ? * MON-FRI"),
        new("*/30 8-17 * * 1-5", "0 */30 8-17 ? * 2-6"),
        new("0 22 * * SAT", "0 0 22 ? * SAT"),
        new("0 4 * * 0", "0 0 4 ? * 1"),
        new("0 8,20 * * MON,WED,FRI", "0 0 8,20 ? * MON,WED,FRI"),
        new("0 0 1 * *", "0 0 0 1 * ?"),
        new("0 6 1,15 * *", "0 0 6 1,15 * ?"),
        new("0 12 31 * *", "0 0 12 31 * ?"),
        new("0 5 */2 * *", "0 0 5 */2 * ?"),
        new("0 3 1 1,4,7,10 *", "0 0 3 1 1,4,7,10 ?"),
        new("30 7 * JUN-AUG *", "0 30 7 * JUN-AUG ?"),
        new("0 0 1 1 *", "0 0 0 1 1 ?"),
        new("0 10 L * *", "0 0 10 L * ?"),
        new("0 18 LW * *", "0 0 18 LW * ?"),
        new("0 9 15W * *", "0 0 9 15W * ?"),
        new("0 9 * * MON#1", "0 0 9 ? * 2#1"),
        new("0 17 * * 5L", "0 0 17 ? * 6L"),
        new("0 0 29 2 *", "0 0 0 29 2 ?"),
        new("cron(0 10 ? * 2-6 2026-2040)", "0 0 10 ? * 2-6 2026-2040"),
    ];

    /// <summary>The same for this project's engine.</summary>
    public Ours.CronExpression Parse() => Ours.CronExpression.Parse(Text);

    /// <summary>The same for Quartz.</summary>
    public Quartz.CronExpression ParseQuartz() => new(QuartzText);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
