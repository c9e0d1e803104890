namespace Scheduler.Core;

/// <summary>
/// Now, for those who delete what has grown old: never more than a day ahead of the time that this process has lived through.
/// A clock that is set years ahead by mistake must not cost a history; one that is right lets it go a little later.
/// </summary>
internal sealed class CautiousClock(TimeProvider clock)
{
    private static readonly TimeSpan MostAhead = TimeSpan.FromDays(1);

    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();
    private readonly long _mark = clock.GetTimestamp();

    public DateTimeOffset Now
    {
        get
        {
            var (wall, most) = (clock.GetUtcNow(), _startedAt + clock.GetElapsedTime(_mark) + MostAhead);
            return wall < most ? wall : most;
        }
    }
}
