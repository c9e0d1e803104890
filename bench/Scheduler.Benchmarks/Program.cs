using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using Scheduler.Benchmarks;

// `firing 10000 1000` is the herd, `idle 100000` an engine with nothing to do; --quick [heading] the run of our own for the cron engine; any other arguments are BenchmarkDotNet's.
if (args is ["firing", var schedules, var due, ..])
{
    Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores");
    var slots = args is [_, _, _, var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 32;
    await new Firing(Console.Out, int.Parse(schedules, CultureInfo.InvariantCulture), int.Parse(due, CultureInfo.InvariantCulture), slots).RunAsync();
    return 0;
}
if (args is ["throughput", var runs])
{
    Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores");
    await new Throughput(Console.Out, int.Parse(runs, CultureInfo.InvariantCulture)).RunAsync();
    return 0;
}
if (args is ["idle", var idle, ..])
{
    Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores");
    await new Idle(Console.Out, int.Parse(idle, CultureInfo.InvariantCulture), args is [_, _, var seconds] ? int.Parse(seconds, CultureInfo.InvariantCulture) : 60).RunAsync();
    return 0;
}
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
