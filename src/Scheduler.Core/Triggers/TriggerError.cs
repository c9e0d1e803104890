namespace Scheduler.Core.Triggers;

/// <summary>What is wrong with a trigger text, where, and how it might be mended.</summary>
/// <param name="Text">The text as it was given.</param>
/// <param name="Field">The cron field ("hour", "day of month", …) or part ("interval", "at", "event") at fault; null when it is the whole text.</param>
/// <param name="Position">Where the fault begins, in characters from 0.</param>
/// <param name="Length">How many characters are at fault; 0 when something is missing there.</param>
/// <param name="Message">One sentence without a full stop: what is allowed and what was found.</param>
/// <param name="Suggestion">A mended text that parses, or null when none is near.</param>
public sealed record TriggerError(string Text, string? Field, int Position, int Length, string Message, string? Suggestion);

/// <summary>A text that is no trigger. <see cref="Error"/> tells where and why.</summary>
public sealed class TriggerFormatException(TriggerError error) : FormatException(Sentence(error))
{
    /// <summary>The fault, with its place and perhaps a mended text.</summary>
    public TriggerError Error { get; } = error;

    private static string Sentence(TriggerError error) =>
        $"'{(error.Text.Length <= TriggerText.MaxLength ? error.Text : error.Text[..TriggerText.MaxLength] + "…")}' is not a trigger: {error.Message} (at character {error.Position + 1})"
        + (error.Suggestion is null ? "." : $"; did you mean '{error.Suggestion}'?");
}
