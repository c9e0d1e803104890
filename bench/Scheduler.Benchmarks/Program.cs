using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using Scheduler.Benchmarks;

// --quick [heading] is the run of our own; any other arguments are BenchmarkDotNet's.
var (compared, differences) = EqualAnswers.Check();
if (differences.Count > 0)
{
    foreach (var difference in differences.Take(20)) Console.Error.WriteLine(difference);
    Console.Error.WriteLine($"{differences.Count} of {compared} answers differ: nothing was measured.");
    return 1;
}
if (args is not ["--quick", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(CronCase).Assembly).Run(args);
    return 0;
}
Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores; {compared} answers compared, all equal.");
return new QuickRun(Console.Out).Run(args.ElementAtOrDefault(1) ?? "") ? 0 : 1;
