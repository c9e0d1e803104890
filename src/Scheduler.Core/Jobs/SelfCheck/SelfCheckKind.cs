using Scheduler.Core.Fields;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.SelfCheck;

/// <summary>Reports one of everything that a scan reports, with a word in it by which the self-check knows it again. Not offered to people.</summary>
public sealed class SelfCheckKind : IJobKind
{
    public const string KindName = "self-check";
    public const string Rule = "scheduler.self-check";

    public string Name => KindName;
    public string Summary => "Shows that the scheduler itself works.";
    public string DefaultPool => "light";
    public bool IsOffered => false;
    public IReadOnlyList<JobField> Fields => [];

    // Some kilobytes: the log's file must be written, not only a buffer before it.
    private const int Lines = 100;

    /// <summary>The last line that a job with this word writes.</summary>
    public static string LastLineOf(string word) => LineOf(word, Lines);

    private static string LineOf(string word, int number) => $"self-check {word}: line {number} of {Lines}";

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var options = new FieldReader(job.Options, $"{path}.options", errors);
        options.RequiredText("word", "a1b2c3");
        options.Close();
    }

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var word = context.Job.Options.GetProperty("word").GetString()!;
        for (var number = 1; number <= Lines; number++) await context.LogAsync(LineOf(word, number), stopping);
        await context.ProgressAsync(1, null, stopping);
        await context.MetricAsync("assetsScanned", 1, stopping);
        await context.FoundAsync(new Finding { Rule = Rule, Severity = Severity.Info, Title = "The self-check finds what it was given to find", Asset = word }, stopping);
        return new JobOutcome.Succeeded("reported one of everything");
    }
}
