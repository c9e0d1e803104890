namespace Scheduler.Core;

/// <summary>When loops look again that look every so often: on the same beat, because waking the processor costs more than most of their looks.</summary>
internal static class Beat
{
    /// <summary>Until the next full multiple of a length on the monotonic clock: more than nothing, at most the length, in whole milliseconds.</summary>
    public static TimeSpan UntilNext(TimeProvider clock, TimeSpan every)
    {
        var rest = every.Ticks - clock.GetElapsedTime(0).Ticks % every.Ticks;
        return TimeSpan.FromMilliseconds((rest + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond);
    }
}
