using System.Globalization;
using Scheduler.Core.Backfills;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Tests.Triggers;
using Instants = Scheduler.Core.Fields.Instants;

namespace Scheduler.Core.Tests.Backfills;

/// <summary>Which slots a range has, and what is refused.</summary>
public sealed class BackfillRangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    // Expressions that clock changes hit, in zones that change by an hour, by half of one, around midnight, and not at all.
    [Theory]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-20", "2026-04-02")] // falls into the gap of 29 March
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-20", "2026-10-30")] // comes twice on 25 October
    [InlineData("*/20 * * * *", "Europe/Berlin", "2026-10-24", "2026-10-26")]
    [InlineData("15 1-3 * * *", "America/New_York", "2026-03-01", "2026-03-15")]
    [InlineData("15 1 1,8 * MON", "America/New_York", "2026-10-01", "2026-11-10")]
    [InlineData("*/10 1-2 * * *", "Australia/Lord_Howe", "2026-03-28", "2026-04-10")] // half an hour
    [InlineData("0 0 * * *", "America/Santiago", "2026-08-30", "2026-09-12")] // midnight itself is left out
    [InlineData("cron(0/30 1-3 ? * SUN *)", "Europe/London", "2026-03-20", "2026-04-02")]
    [InlineData("cron(30 1 L * ? *)", "Europe/London", "2026-01-01", "2026-11-01")]
    [InlineData("cron(0 12 ? * 2#1 *)", "UTC", "2026-01-01", "2026-11-01")]
    public async Task Slots_AreThoseOfASlowerCount_BothEndsIncluded(string schedule, string zone, string from, string to)
    {
        await using var scheduler = await WithAsync(schedule, zone);
        var (first, last) = (Utc(from), Utc(to));
        var truth = new WalkingOracle(schedule).Between(WalkingOracle.Walk.Through(zone, first.AddDays(-2), last)).Where(at => at <= last).ToList();
        Assert.True(truth.Count > 3, "The oracle finds nothing to compare with.");

        Assert.Equal(truth, await SlotsAsync(scheduler, Instants.Print(first), Instants.Print(last)));
        // Cut exactly at an occurrence, and a second past it, on both sides.
        Assert.Equal(truth[1..^1], await SlotsAsync(scheduler, Instants.Print(truth[1]), Instants.Print(truth[^2])));
        Assert.Equal(truth[2..^2], await SlotsAsync(scheduler, Instants.Print(truth[1].AddSeconds(1)), Instants.Print(truth[^2].AddSeconds(-1))));
    }

    [Fact]
    public async Task Slots_OfAnInterval_FollowElapsedTimeFromItsStart_AcrossAClockChange()
    {
        await using var scheduler = await WithAsync("90m", "Europe/Berlin", """ "startAt": "2026-10-24T00:10:00Z" """);
        var truth = new List<DateTimeOffset>();
        for (var at = Utc("2026-10-24").AddMinutes(10); at <= Utc("2026-10-26"); at += TimeSpan.FromMinutes(90)) truth.Add(at);
        Assert.Equal(truth, await SlotsAsync(scheduler, "2026-10-01T00:00:00Z", "2026-10-26T00:00:00Z"));
    }

    // Local ends in Europe/Berlin: 02:30 comes twice on 25 October 2026 and not at all on 29 March.
    [Theory]
    [InlineData("2026-10-25T02:30", "2026-10-25T02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")] // the first as a start, the second as an end
    [InlineData("2026-03-29T02:30", "2026-03-29T02:30", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z")] // the first instant after the gap
    [InlineData("2026-10-25", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z")] // a day of 25 hours
    [InlineData("2026-03-01 02:00", "2026-03-01T02:00:30", "2026-03-01T01:00:00Z", "2026-03-01T01:00:30Z")]
    [InlineData("2026-03-01T02:00:00+05:00", "2026-03-01T00:00:00Z", "2026-02-28T21:00:00Z", "2026-03-01T00:00:00Z")]
    [InlineData("2026-11-20", "2026-11-20", "2026-11-19T23:00:00Z", "2026-11-20T12:00:00Z")] // today means up to now
    public async Task Ends_WithoutAnOffset_AreReadInTheSchedulesZone(string from, string to, string first, string last)
    {
        await using var scheduler = await WithAsync("0 * * * *", "Europe/Berlin");
        var preview = (await PreviewAsync(scheduler, from, to))!;
        Assert.Equal((first, last), (Instants.Print(preview.From), Instants.Print(preview.To)));
    }

    [Theory]
    [InlineData("yesterday", "2026-11-01", "from", "must be an instant such as 2026-03-01T02:00:00Z, or a time or a date in UTC such as 2026-03-01T02:00 or 2026-03-01, found \"yesterday\"")]
    [InlineData("2026-11-02", "2026-11-01", "to", "must not be before from")]
    [InlineData("2026-11-01", "2026-11-21", "to", "must not lie ahead, found 2026-11-21T23:59:59.999Z: a backfill runs what is past; what lies ahead runs by itself")]
    [InlineData("", "2026-11-01", "from", "must be an instant such as 2026-03-01T02:00:00Z, or a time or a date in UTC such as 2026-03-01T02:00 or 2026-03-01")]
    public async Task Ends_ThatMakeNoSense_AreSaidByField(string from, string to, string path, string message)
    {
        await using var scheduler = await WithAsync("0 * * * *", "UTC");
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PreviewAsync(scheduler, from, to));
        Assert.Contains(new FieldError(path, message), refused.Errors);
    }

    [Fact]
    public async Task TenThousandSlots_AreAccepted_OneMoreIsRefusedWithTheCount()
    {
        await using var scheduler = await WithAsync("* * * * *", "UTC");
        var from = Utc("2026-11-01");
        var id = await LaunchAsync(scheduler, from, from.AddMinutes(9_999));
        Assert.Equal((10_000, 10_000), await CountsAsync(scheduler, id!.Value));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => LaunchAsync(scheduler, from, from.AddMinutes(10_000)));
        Assert.Equal([new FieldError("to", "the range holds 10,001 occurrences; a backfill takes at most 10,000: choose a shorter range")], refused.Errors);
        Assert.Single(await scheduler.Get<BackfillQueries>().ListAsync(null, null, 10, default));
    }

    [Fact]
    public async Task ARangeOfMillions_IsRefusedWithoutCountingThemAll()
    {
        await using var scheduler = await WithAsync("* * * * * *", "UTC");
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PreviewAsync(scheduler, "2000-01-01", "2026-01-01"));
        Assert.StartsWith("the range holds more than 1,000,000 occurrences", refused.Errors[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("event(data_available)", "s runs when the event data_available comes, not by the clock: it has no past occurrences to backfill")]
    [InlineData("manual", "s runs only when somebody starts it: it has no past occurrences to backfill")]
    public async Task SchedulesWithoutAClock_AreRefusedWithTheReason(string schedule, string message)
    {
        await using var scheduler = await WithAsync(schedule, "UTC");
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PreviewAsync(scheduler, "2026-11-01", "2026-11-02"));
        Assert.Equal([new FieldError("schedule", message)], refused.Errors);
    }

    [Fact]
    public async Task WhatCannotBeLaunched_IsSaidByField_AndWritesNothing()
    {
        await using var scheduler = await WithAsync("0 0 * * *", "UTC");
        Assert.Equal("from", await PathAsync(new BackfillRequest { Schedule = "s", From = "2026-11-01T01:00", To = "2026-11-01T02:00" })); // no occurrence
        Assert.Equal("maxParallel", await PathAsync(Days(3) with { Parallel = 0 }));
        Assert.Equal("maxParallel", await PathAsync(Days(3) with { Parallel = 17 })); // the pool has 16
        Assert.Equal("priority", await PathAsync(Days(3) with { Priority = 101 }));
        Assert.Equal("note", await PathAsync(Days(3) with { Note = new string('x', 501) }));
        Assert.Equal("exclude", await PathAsync(Days(3) with { Excluded = [Utc("2026-11-01").AddMinutes(1)] }));
        Assert.Equal("mode", await PathAsync(Days(1) with { Excluded = [Utc("2026-11-01")] })); // nothing left to run
        Assert.Null(await scheduler.Get<BackfillControl>().LaunchAsync(Days(3) with { Schedule = "nobody" }, TestScheduler.Ana, default));
        await Assert.ThrowsAsync<Core.Access.AccessDeniedException>(() => scheduler.Get<BackfillControl>().LaunchAsync(Days(3), TestScheduler.Vic, default));
        Assert.Empty(await scheduler.Get<BackfillQueries>().ListAsync(null, null, 10, default));

        async Task<string> PathAsync(BackfillRequest request) =>
            (await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Get<BackfillControl>().LaunchAsync(request, TestScheduler.Ana, default))).Errors[0].Path;

        static BackfillRequest Days(int count) => new() { Schedule = "s", From = "2026-11-01", To = $"2026-11-0{count}" };
    }

    [Fact]
    public async Task AJobThatLeftTheScope_IsNotLaunched()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Now));
        await scheduler.Get<Core.Jobs.ScopeStore>().AddAsync("network", "192.0.2.0/24", "", TestScheduler.Ana, default);
        await scheduler.SaveAsync("s", "0 0 * * *", """{ "kind": "http", "targets": { "urls": ["http://192.0.2.7/"] } }""");
        await scheduler.Get<Core.Jobs.ScopeStore>().RemoveAsync("network", "192.0.2.0/24", TestScheduler.Ana, default);
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => LaunchAsync(scheduler, Utc("2026-11-01"), Utc("2026-11-03")));
        Assert.Equal("spec.job.targets.urls[0]", refused.Errors[0].Path);
    }

    [Theory]
    [InlineData("22:00-06:00", "23:59", true)]
    [InlineData("22:00-06:00", "05:59", true)]
    [InlineData("22:00-06:00", "06:00", false)] // the end is exclusive
    [InlineData("9:00-17:30", "17:29", true)]
    [InlineData("9:00-17:30", "08:59", false)]
    public void Hours_GoThroughMidnight(string text, string at, bool open)
    {
        Assert.True(HoursWindow.TryParse(text, out var window));
        var time = TimeOnly.ParseExact(at, "HH:mm", CultureInfo.InvariantCulture);
        Assert.Equal(open, window.IsOpen(new DateTimeOffset(new DateOnly(2026, 3, 2), time, TimeSpan.Zero), Core.Triggers.TriggerZone.Utc));
    }

    [Theory]
    [InlineData("")]
    [InlineData("22:00")]
    [InlineData("22:00-22:00")]
    [InlineData("24:00-06:00")]
    [InlineData("22-6")]
    public void Hours_ThatMakeNoSense_AreNotRead(string text) => Assert.False(HoursWindow.TryParse(text, out _));

    private static async Task<TestScheduler> WithAsync(string schedule, string zone, string more = "")
    {
        var scheduler = await TestScheduler.CreateAsync(new ManualTime(Now));
        await scheduler.SaveAsync("s", schedule, more: $"\"timezone\": \"{zone}\"{(more.Length > 0 ? "," + more : "")}");
        return scheduler;
    }

    private static Task<BackfillPreview?> PreviewAsync(TestScheduler scheduler, string from, string to) =>
        scheduler.Get<BackfillQueries>().PreviewAsync(new BackfillRequest { Schedule = "s", From = from, To = to }, default);

    private static async Task<List<DateTimeOffset>> SlotsAsync(TestScheduler scheduler, string from, string to) =>
        [.. (await PreviewAsync(scheduler, from, to))!.Slots.Select(s => s.ScheduledFor)];

    private static Task<long?> LaunchAsync(TestScheduler scheduler, DateTimeOffset from, DateTimeOffset to) => scheduler.Get<BackfillControl>().LaunchAsync(
        new BackfillRequest { Schedule = "s", From = Instants.Print(from), To = Instants.Print(to), Mode = BackfillMode.All }, TestScheduler.Ana, default);

    private static async Task<(int Total, int Left)> CountsAsync(TestScheduler scheduler, long id)
    {
        var slots = (await scheduler.Get<BackfillQueries>().GetAsync(id, default))!.Slots;
        return (slots.Total, slots.Left);
    }

    private static DateTimeOffset Utc(string date) => DateTimeOffset.Parse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
