using System.Diagnostics;

namespace Scheduler.Core.Tests.Support;

/// <summary>Waits for conditions. The deadline only bounds a failing test; nothing waits it out when things work.</summary>
public static class Until
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > Deadline) throw new TimeoutException($"Waited {Deadline.TotalSeconds} s in vain: {what}.");
            await Task.Yield();
            await Task.Delay(5);
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task<T> NotNullAsync<T>(Func<Task<T?>> get, string what) where T : class
    {
        T? found = null;
        await TrueAsync(async () => (found = await get()) is not null, what);
        return found!;
    }
}
