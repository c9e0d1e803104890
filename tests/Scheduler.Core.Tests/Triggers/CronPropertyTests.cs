using FsCheck;
using FsCheck.Fluent;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class CronPropertyTests
{
    private sealed record Case(string Cron, string Zone, DateTimeOffset From, int Days);

    private static Gen<Case> Cases =>
        from cron in CronGenerator.Expression
        from zone in CronGenerator.Zone
        from instant in CronGenerator.InstantFor(zone)
        from days in Gen.Frequency((4, Gen.Constant(3)), (1, Gen.Constant(35)))
        select new Case(cron, zone, instant, days);

    [Fact]
    public void Between_RandomExpressions_AgreesWithAMinuteByMinuteWalk() => ForAll(Cases, 1_000, test =>
    {
        var to = test.From.AddDays(test.Days);
        var oracle = new WalkingOracle(test.Cron);
        var walk = WalkingOracle.Walk.Through(test.Zone, test.From.AddDays(-2), to);
        var expected = oracle.Between(walk);
        if (!TriggerText.TryParse(test.Cron, null, out var trigger, out var error))
        {
            Assert.Contains("never fire", error.Message, StringComparison.Ordinal);
            Assert.Empty(expected);
            return;
        }
        var occurrences = new Occurrences(trigger, TriggerZone.Find(test.Zone), test.From);
        Assert.Equal(expected, occurrences.Between(test.From, to.AddSeconds(59)));
        Assert.Equal(Enumerable.Reverse(expected), Backwards(occurrences, to.AddSeconds(59), test.From));
        foreach (var (at, next) in expected.Zip(expected.Skip(1)).Take(50)) CheckBounds(occurrences, at, next);
        foreach (var occurrence in occurrences.Upcoming(test.From, 20, inclusive: true).Where(occurrence => occurrence.Utc < to.AddDays(-1)))
            Assert.Equal(oracle.NoteOf(walk, occurrence.Utc), occurrence.Note);
        for (var minute = 0; minute < 100; minute++)
        {
            var at = test.From.AddMinutes(minute * 7);
            Assert.Equal(expected.BinarySearch(at) >= 0, occurrences.Matches(at));
        }
    });

    [Fact]
    public void NextAndPrevious_WholeCalendar_UndoEachOther() => ForAll(
        from cron in CronGenerator.Expression
        from zone in CronGenerator.Zone
        from year in Gen.Choose(1, 9999)
        from second in Gen.Choose(0, 31_535_999)
        select (Cron: cron, Zone: zone, At: new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second)), 4_000, test =>
    {
        if (!TriggerText.TryParse(test.Cron, null, out var trigger, out _)) return;
        var occurrences = new Occurrences(trigger, TriggerZone.Find(test.Zone), test.At);
        if (occurrences.Next(test.At) is { } next)
        {
            Assert.True(next > test.At);
            Assert.True(occurrences.Matches(next));
            if (occurrences.Previous(next) is { } before) Assert.True(before <= test.At);
            Assert.Equal(next, occurrences.Previous(next, inclusive: true));
            if (occurrences.Next(next) is { } second) Assert.Equal(next, occurrences.Previous(second));
        }
        if (occurrences.Previous(test.At) is { } previous)
        {
            Assert.True(previous < test.At);
            Assert.True(occurrences.Matches(previous));
            if (occurrences.Next(previous) is { } after) Assert.True(after >= test.At);
        }
    });

    [Fact]
    public void Parse_RandomExpressions_RoundTripAndForgiveCaseAndBlanks() => ForAll(CronGenerator.Expression, 2_000, cron =>
    {
        if (!TriggerText.TryParse(cron, null, out var trigger, out _)) return;
        Assert.Equal(cron, trigger.Text);
#pragma warning disable CA1308 // lower case is what is being tried
        Assert.Equal(trigger, TriggerText.Parse($" {cron.ToLowerInvariant().Replace(" ", "\t ", StringComparison.Ordinal)} "));
#pragma warning restore CA1308
        Assert.NotEmpty(TriggerDescription.Describe(trigger));
    });

    [Fact]
    public void TryParse_RandomRubbish_NeverThrowsAndSuggestsOnlyWhatParses() => ForAll(
        Gen.OneOf(CronGenerator.Expression, OtherTexts).SelectMany(text => Gen.ArrayOf(CronGenerator.Edits).Select(edits => (Text: text, Edits: edits))), 4_000, test =>
    {
        var text = test.Edits.Aggregate(test.Text, CronGenerator.Edited);
        if (TriggerText.TryParse(text, "key", out var trigger, out var error))
        {
            Assert.Equal(trigger, TriggerText.Parse(trigger.Text, "key"));
            Assert.NotEmpty(TriggerDescription.Describe(trigger));
            return;
        }
        Assert.InRange(error.Position, 0, text.Length);
        Assert.InRange(error.Length, 0, text.Length - error.Position);
        if (error.Suggestion is { } suggestion) Assert.True(TriggerText.TryParse(suggestion, "key", out _, out _));
    });

    private static Gen<string> OtherTexts =>
        Gen.Elements("rate(5 minutes)", "1h30m", "99999999999999999d", "at(2026-12-24T18:00:00)", "at(9999-12-31T23:59:59.9999999-14:00)", "event(a)", "manual", "@daily", "H H(0-7)/2 * * *");

    private static void CheckBounds(Occurrences occurrences, DateTimeOffset at, DateTimeOffset next)
    {
        Assert.Equal(at, occurrences.Next(at.AddTicks(-1)));
        Assert.Equal(at, occurrences.Next(at, inclusive: true));
        Assert.Equal(next, occurrences.Next(at));
        Assert.Equal(next, occurrences.Next(at.AddTicks(1), inclusive: true));
        Assert.Equal(at, occurrences.Previous(next));
        Assert.Equal(at, occurrences.Previous(next.AddTicks(-1), inclusive: true));
        Assert.Equal(next, occurrences.Previous(next.AddTicks(1)));
        Assert.True(occurrences.Matches(at));
    }

    private static IEnumerable<DateTimeOffset> Backwards(Occurrences occurrences, DateTimeOffset from, DateTimeOffset to)
    {
        for (var at = occurrences.Previous(from, inclusive: true); at >= to; at = occurrences.Previous(at.Value)) yield return at.Value;
    }

    internal static void ForAll<T>(Gen<T> cases, int count, Action<T> check) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true), Prop.ForAll(cases.ToArbitrary(), check));
}
