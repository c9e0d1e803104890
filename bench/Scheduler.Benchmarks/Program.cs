using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using Scheduler.Benchmarks;

// A word names one of the program's own measurements; --quick [heading] is the run of our own for the cron engine; any other arguments are BenchmarkDotNet's.
if (args is [not ['-', ..], ..] && await MeasureAsync()) return 0;
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

async Task<bool> MeasureAsync()
{
    int Number(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
    Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores");
    switch (args[0])
    {
        case "firing": await new Firing(Console.Out, Number(1, 10_000), Number(2, 1000), Number(3, 32)).RunAsync(); return true;
        case "throughput": await new Throughput(Console.Out, Number(1, 20_000)).RunAsync(); return true;
        case "backup-cost": await new Throughput(Console.Out, Number(1, 20_000)).WithBackupsAsync(); return true;
        case "scale": await new Scale(Console.Out, Number(1, 100_000), args.ElementAtOrDefault(2)).RunAsync(); return true;
        case "idle": await new Idle(Console.Out, Number(1, 100_000), Number(2, 60)).RunAsync(); return true;
        case "history": await new History(Console.Out, Number(1, 10_000_000), args.ElementAtOrDefault(2), args.ElementAtOrDefault(3) ?? "").RunAsync(); return true;
        case "retention": await new History(Console.Out, Number(1, 10_000_000), args.ElementAtOrDefault(2)).RetentionAsync(Number(3, 30)); return true;
        default: return false;
    }
}
