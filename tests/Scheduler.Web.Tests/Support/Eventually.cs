using System.Diagnostics;

namespace Scheduler.Web.Tests.Support;

/// <summary>Waits for a condition, never for a duration.</summary>
internal static class Eventually
{
    public static async Task Async(Func<Task<bool>> holds, int seconds = 20)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(seconds), $"Still not so after {seconds} s.");
            await Task.Delay(20);
        }
    }
}
