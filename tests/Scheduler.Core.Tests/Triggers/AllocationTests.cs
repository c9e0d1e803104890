using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class AllocationTests
{
    [Theory]
    [InlineData("*/5 * * * *")]
    [InlineData("30 2 * * MON-FRI")]
    [InlineData("0 0 29 2 *")]
    [InlineData("0 0 LW,15W * MON#2,FRIL")]
    [InlineData("cron(0 10 ? * 6L 2020-2199)")]
    [InlineData("15m")]
    [InlineData("at(2026-12-24T18:00:00)")]
    public void NextPreviousMatches_AllocateNothing(string text)
    {
        var occurrences = Instants.Of(text, "America/New_York");
        var at = Instants.At("2026-03-01T00:00:00Z");
        Walk(); // the first call may compile
        var before = GC.GetAllocatedBytesForCurrentThread();
        Walk();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Walk()
        {
            var next = occurrences.Next(at);
            var previous = occurrences.Previous(next ?? at);
            occurrences.Matches(previous ?? at);
        }
    }
}
