using System.Text.Json;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>The rows recorded from the systems that came before. Where a row records one of their faults, ours is the right answer.</summary>
public class SeedVectorTests
{
    private static readonly string[] FaultsThere = ["rate(0 minutes)", "infs"];
    private static readonly string[] RefusedOnlyThere = ["1h30m"];

    public static TheoryData<string> Rows()
    {
        var rows = new TheoryData<string>();
        var json = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "triggers", "rate_interval.json"));
        foreach (var row in JsonDocument.Parse(json).RootElement.EnumerateArray()) rows.Add(row.GetRawText());
        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Interval_RecordedRow_IsAnsweredAsRecorded(string json)
    {
        using var document = JsonDocument.Parse(json);
        var row = document.RootElement;
        var text = row.GetProperty("expression").GetString()!;
        var isRefused = row.TryGetProperty("error", out _) ? !RefusedOnlyThere.Contains(text) : FaultsThere.Contains(text);
        Assert.Equal(isRefused, !TriggerText.TryParse(text, null, out var trigger, out _));
        if (isRefused) return;

        var after = row.GetProperty("after").GetString()!;
        if (row.TryGetProperty("interval_seconds", out var seconds))
            Assert.Equal(TimeSpan.FromSeconds(seconds.GetDouble()), Assert.IsType<IntervalTrigger>(trigger).Every);
        if (row.TryGetProperty("expected_next", out var next))
            Assert.Equal(Instants.At(next.GetString()!), Instants.Of(text, anchor: after).Next(Instants.At(after)));
        if (row.TryGetProperty("seed_test_asserts", out _)) // these rows ask for 01:00 and are anchored at "after"
            Assert.Equal(row.GetProperty("matches").GetBoolean(), Instants.Of(text, anchor: after).Matches(Instants.At("2024-01-01T01:00:00Z")));
        else if (row.TryGetProperty("matches", out var matches)) // these count from the epoch
            Assert.Equal(matches.GetBoolean(), Instants.Of(text, anchor: "1970-01-01T00:00:00Z").Matches(Instants.At(after)));
    }
}
