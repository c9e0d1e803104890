using Scheduler.Core.SelfChecks;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Layout;

/// <summary>What the self-check says, in words for people.</summary>
internal static class SelfCheckWords
{
    /// <summary>As part of a sentence: "at the claim".</summary>
    public static string Of(SelfCheckStep step) => step switch
    {
        SelfCheckStep.Due => "at the due time",
        SelfCheckStep.Claim => "at the claim",
        SelfCheckStep.Job => "at the job",
        SelfCheckStep.Log => "at the log",
        SelfCheckStep.Finding => "at the finding",
        _ => "at telling of it",
    };

    /// <summary>Without "Self-check" before it and without a full stop: "passed 14 min ago".</summary>
    public static string Short(SelfCheckReport report, DateTimeOffset now) => report switch
    {
        { IsOn: false } => "is off",
        { Last: null } => "has not been made yet",
        { Last.FailedAt: { } step } => $"failed {Of(step)} {Ago(report.Last.At, now)}",
        _ => $"passed {Ago(report.Last.At, now)}{(report.IsGood(now) ? "" : ", which is too long")}",
    };

    /// <summary>A line for a health check.</summary>
    public static string Line(SelfCheckReport report, DateTimeOffset now) => report is { IsOn: true, Last: { FailedAt: not null } last }
        ? $"Self-check {Short(report, now)}: {last.Why} {Passed(last, now)}"
        : $"Self-check {Short(report, now)}.";

    public static string Passed(SelfCheckResult result, DateTimeOffset now) => result.PassedAt is { } at ? $"It last passed {Ago(at, now)}." : "It has never passed.";

    private static string Ago(DateTimeOffset at, DateTimeOffset now) => InstantText.RelativeText(at - now);
}
