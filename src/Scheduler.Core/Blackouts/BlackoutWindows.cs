using Scheduler.Core.Triggers;

namespace Scheduler.Core.Blackouts;

/// <summary>A time in which nothing that is selected starts: from the first instant, inclusive, to the second, exclusive.</summary>
public sealed record BlackoutWindow(DateTimeOffset From, DateTimeOffset Until);

/// <summary>When a blackout is open. Windows that overlap or touch are one.</summary>
/// <remarks>Pure and immutable. A window begins as cron expressions do, clock changes included, and lasts by elapsed time.</remarks>
public abstract record BlackoutWindows
{
    /// <summary>The longest window.</summary>
    public static readonly TimeSpan MaxLength = TimeSpan.FromDays(31);

    /// <summary>So many windows that follow without a gap are joined; a chain beyond that is looked at anew at its end.</summary>
    private const int MostJoined = 1000;

    private protected BlackoutWindows() { }

    /// <summary>The end of the window that is open at an instant, without what follows on it; null where none is open.</summary>
    public abstract DateTimeOffset? EndAt(DateTimeOffset instant);

    /// <summary>The first window that begins after the instant, or the rest of the one that is open at it; null where there is none.</summary>
    public BlackoutWindow? NextFrom(DateTimeOffset instant)
    {
        var from = EndAt(instant) is null ? StartAfter(instant) : instant;
        return from is { } at ? new BlackoutWindow(at, JoinedEnd(at, EndAt)) : null;
    }

    /// <summary>The windows of a span, joined, in order.</summary>
    public IEnumerable<BlackoutWindow> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var window = NextFrom(from); window is not null && window.From < to; window = NextFrom(window.Until)) yield return window;
    }

    /// <summary>Follows windows that lead on to each other to the end of the last.</summary>
    /// <param name="at">An instant, covered or not.</param>
    /// <param name="endAt">The latest end of the windows open at an instant; null where none is.</param>
    internal static DateTimeOffset JoinedEnd(DateTimeOffset at, Func<DateTimeOffset, DateTimeOffset?> endAt)
    {
        for (var joined = 0; joined < MostJoined && endAt(at) is { } end; joined++) at = end;
        return at;
    }

    private protected abstract DateTimeOffset? StartAfter(DateTimeOffset instant);

    /// <summary>One window.</summary>
    public sealed record Once(DateTimeOffset From, DateTimeOffset Until) : BlackoutWindows
    {
        public override DateTimeOffset? EndAt(DateTimeOffset instant) => instant >= From && instant < Until ? Until : null;

        private protected override DateTimeOffset? StartAfter(DateTimeOffset instant) => From > instant ? From : null;
    }

    /// <summary>A window from each occurrence of a trigger on.</summary>
    public sealed record Repeating(Occurrences Opens, TimeSpan Length) : BlackoutWindows
    {
        // The window that opened last is the one that closes last: all are equally long.
        public override DateTimeOffset? EndAt(DateTimeOffset instant) =>
            Opens.Previous(instant, inclusive: true) + Length is { } end && end > instant ? end : null;

        private protected override DateTimeOffset? StartAfter(DateTimeOffset instant) => Opens.Next(instant);
    }
}
