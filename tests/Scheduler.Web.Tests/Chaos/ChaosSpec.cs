using System.Globalization;

namespace Scheduler.Web.Tests.Chaos;

/// <summary>What the test once asked for under some name. Its number stands in the manifest's annotations, so that whatever is found on disk can be told apart.</summary>
internal sealed record ChaosSpec
{
    public required int Number { get; init; }
    public required DueRule Rule { get; init; }
    public DateTimeOffset? StartAt { get; init; }
    public DateTimeOffset? EndAt { get; init; }
    public required string Concurrency { get; init; }
    public required string Missed { get; init; }

    /// <summary>Seconds.</summary>
    public int? StartingDeadline { get; init; }
    public required int Attempts { get; init; }

    /// <summary>Before the second attempt, in seconds; each further wait is twice the one before.</summary>
    public required int RetryDelay { get; init; }
    public required string Outcome { get; init; }

    /// <summary>Seconds.</summary>
    public required int Duration { get; init; }
    public required string Pool { get; init; }

    /// <summary>Real ones, which a kill of the server leaves behind.</summary>
    public required int Processes { get; init; }

    public static ChaosSpec Draw(Random random, int number, DateTimeOffset now)
    {
        var outcome = random.Next(20) switch { < 14 => "succeed", < 18 => "fail", _ => "hang" };
        return new ChaosSpec
        {
            Number = number,
            Rule = DueRule.Draw(random, now),
            StartAt = random.Next(8) == 0 ? now.AddMilliseconds(random.Next(-4000, 8000)) : null,
            EndAt = random.Next(10) == 0 ? now.AddSeconds(random.Next(65, 300)) : null,
            Concurrency = (string[])["Forbid", "Allow", "Replace", "Queue"] is var policies ? policies[random.Next(4)] : "",
            Missed = (string[])["Latest", "Latest", "All", "Skip"] is var missed ? missed[random.Next(4)] : "",
            StartingDeadline = random.Next(6) == 0 ? random.Next(1, 6) : null,
            Attempts = random.Next(3) == 0 ? random.Next(2, 5) : 1,
            RetryDelay = random.Next(0, 4),
            Outcome = outcome,
            Duration = random.Next(20) switch { < 12 => 0, < 16 => 1, < 19 => 2, _ => 4 },
            Pool = (string[])["light", "light", "light", "monitor", "scan", "validation"] is var pools ? pools[random.Next(6)] : "",
            Processes = random.Next(5) == 0 ? 1 : 0,
        };
    }

    public string Manifest(string name) => $$"""
        {
          "apiVersion": "scheduler/v1", "kind": "ScanSchedule",
          "metadata": { "name": "{{name}}", "annotations": { "chaos": "{{Number}}" } },
          "spec": {
            "schedule": "{{Rule.Text}}", "timezone": "{{Rule.Zone}}", "startAt": {{Instant(StartAt)}}, "endAt": {{Instant(EndAt)}},
            "concurrencyPolicy": "{{Concurrency}}", "missedRuns": "{{Missed}}", "startingDeadlineSeconds": {{StartingDeadline?.ToString(CultureInfo.InvariantCulture) ?? "null"}},
            "pool": "{{Pool}}", "timeout": "{{(Outcome == "hang" ? "2s" : "1m")}}",
            "successfulRunsHistoryLimit": 100000, "failedRunsHistoryLimit": 100000,
            "retry": { "attempts": {{Attempts}}, "delay": "{{RetryDelay}}s", "multiplier": 2.0, "maxDelay": "60m" },
            "job": { "kind": "noop", "options": { "duration": "{{Duration}}s", "outcome": "{{Outcome}}", "lines": 3, "processes": {{Processes}} } }
          }
        }
        """;

    /// <summary>The shortest wait, in milliseconds, between the end of an attempt and the start of the next.</summary>
    public long WaitAfter(int attempt) => RetryDelay * 1000L * (1L << (attempt - 1));

    private static string Instant(DateTimeOffset? at) => at is null ? "null" : FormattableString.Invariant($"\"{at.Value.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\"");
}
