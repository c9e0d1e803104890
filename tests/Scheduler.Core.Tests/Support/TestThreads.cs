using System.Runtime.CompilerServices;

namespace Scheduler.Core.Tests.Support;

/// <summary>Many engines and real programs run side by side in this one process, and some tests wait for a program by blocking: nobody's timer may be late for that.</summary>
internal static class TestThreads
{
    [ModuleInitializer]
    internal static void Provide() => ThreadPool.SetMinThreads(64, 64);
}
