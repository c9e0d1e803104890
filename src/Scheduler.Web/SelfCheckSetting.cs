using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Web;

/// <summary><c>SCHEDULER_SELFCHECK</c>: how often the self-check is made.</summary>
internal static class SelfCheckSetting
{
    public const string Name = "SCHEDULER_SELFCHECK";

    private static readonly TimeSpan Default = TimeSpan.FromHours(1), Least = TimeSpan.FromSeconds(1), Most = TimeSpan.FromDays(7);

    /// <exception cref="InvalidInputException">It is no length of time, or out of bounds.</exception>
    public static TimeSpan Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Default;
        if (text.Trim() == "0") return TimeSpan.Zero;
        return TriggerText.TryParseDuration(text, out var every) && (every == TimeSpan.Zero || (every >= Least && every <= Most))
            ? every
            : throw new InvalidInputException(Name, $"must be 0 for never, or a length of time from 1s to 7d such as 1h, found \"{(text.Length > 80 ? text[..80] + "…" : text)}\"");
    }
}
