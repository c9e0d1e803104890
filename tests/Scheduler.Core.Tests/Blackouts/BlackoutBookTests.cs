using Scheduler.Core.Blackouts;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Blackouts;

public sealed class BlackoutBookTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero); // a Monday
    private static readonly Dictionary<string, string> Prod = new() { ["env"] = "prod", ["team"] = "web" };
    private static readonly Dictionary<string, string> None = [];

    [Theory]
    [InlineData(0, true)] // the first instant counts
    [InlineData(-1, false)]
    [InlineData(3599, true)]
    [InlineData(3600, false)] // the last does not
    public void Once_IsOpenFromItsFirstInstantToBeforeItsLast(int seconds, bool open) =>
        Assert.Equal(open, new BlackoutBook([Once("a", Eight, hours: 1)]).Covering(None, Eight.AddSeconds(seconds)) is not null);

    [Fact]
    public void Labels_MustAllBeThere_AndNoneSelectsAll()
    {
        var book = new BlackoutBook([Once("prod web", Eight, 1, labels: Prod)]);
        Assert.NotNull(book.Covering(new Dictionary<string, string>(Prod) { ["tier"] = "1" }, Eight));
        Assert.Null(book.Covering(new Dictionary<string, string> { ["env"] = "prod" }, Eight));
        Assert.Null(book.Covering(new Dictionary<string, string> { ["env"] = "test", ["team"] = "web" }, Eight));
        Assert.NotNull(new BlackoutBook([Once("all", Eight, 1)]).Covering(None, Eight));
    }

    [Fact]
    public void WindowsThatFollowOnEachOther_EndTogether_OverAllBlackoutsThatSelectIt()
    {
        var book = new BlackoutBook([Once("a", Eight, 2), Once("b", Eight.AddHours(1), 2), Once("touches", Eight.AddHours(3), 1), Once("later", Eight.AddHours(5), 1), Once("others", Eight.AddHours(4), 9, labels: Prod)]);
        Assert.Equal(Eight.AddHours(4), book.Covering(None, Eight)!.Until);
        Assert.Equal(Eight.AddHours(13), book.Covering(Prod, Eight)!.Until);
        Assert.Null(book.Covering(None, Eight.AddHours(4.5)));
    }

    [Fact]
    public void OpenAtOnce_SkipOutweighsRunAfter()
    {
        var book = new BlackoutBook([Once("later", Eight, 2, BlackoutMode.RunAfter), Once("never", Eight.AddHours(1), 2)]);
        Assert.Equal((BlackoutMode.RunAfter, "later", Eight.AddHours(3)), Facts(book.Covering(None, Eight)!));
        Assert.Equal((BlackoutMode.Skip, "never", Eight.AddHours(3)), Facts(book.Covering(None, Eight.AddHours(1))!));
    }

    [Theory]
    [InlineData("2026-03-06T21:00:00Z", "2026-03-07T05:00:00Z")] // winter: 22:00 is 21:00 UTC
    [InlineData("2026-07-03T20:00:00Z", "2026-07-04T04:00:00Z")] // summer
    [InlineData("2026-03-28T21:00:00Z", null)] // a Saturday
    public void Repeating_OpensOnTheZonesWall(string opens, string? closes)
    {
        var book = new BlackoutBook([Weekly("0 22 * * FRI", 8)]);
        var at = DateTimeOffset.Parse(opens, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Null(book.Covering(None, at.AddSeconds(-1)));
        Assert.Equal(closes, book.Covering(None, at)?.Until.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Repeating_OverAClockChange_OpensOnceAndLastsByElapsedTime()
    {
        // In the night of 29 March 2026 Berlin's clocks go from 02:00 to 03:00: 02:30 does not exist, so the window opens at 03:00, 01:00 in UTC.
        var spring = Weekly("30 2 * * *", 2).Windows.Between(Instant("2026-03-29T00:00:00Z"), Instant("2026-03-29T12:00:00Z"));
        Assert.Equal(new BlackoutWindow(Instant("2026-03-29T01:00:00Z"), Instant("2026-03-29T03:00:00Z")), Assert.Single(spring));
        // In that of 25 October 02:30 comes twice: the window opens once, at the first.
        var autumn = Weekly("30 2 * * *", 2).Windows.Between(Instant("2026-10-24T22:00:00Z"), Instant("2026-10-25T12:00:00Z"));
        Assert.Equal(new BlackoutWindow(Instant("2026-10-25T00:30:00Z"), Instant("2026-10-25T02:30:00Z")), Assert.Single(autumn));
    }

    [Fact]
    public void WindowLongerThanItsPeriod_IsOneThatEndsWhenTheLastDoes()
    {
        // Each hour from 8 to 10, for 90 minutes each: open from 8:00 to 11:30.
        var rule = Rule("long", new BlackoutWindows.Repeating(new Occurrences(TriggerText.Parse("0 8-10 * * *"), TriggerZone.Utc, default), TimeSpan.FromMinutes(90)));
        Assert.Equal(new BlackoutWindow(Eight, Eight.AddHours(3.5)), rule.Windows.NextFrom(Eight.AddHours(-3)));
        Assert.Equal(Eight.AddHours(3.5), new BlackoutBook([rule]).Covering(Eight.AddHours(1.2))!.Until);
        // The rest of an open one, then the next day's.
        Assert.Equal([new(Eight.AddHours(2), Eight.AddHours(3.5)), new(Eight.AddDays(1), Eight.AddDays(1).AddHours(3.5))], rule.Windows.Between(Eight.AddHours(2), Eight.AddDays(2)));
    }

    [Fact]
    public void Covering_AgreesWithAMinuteWalker()
    {
        var random = new Random(20260302);
        for (var round = 0; round < 60; round++)
        {
            var (books, open) = (new List<BlackoutRule>(), new bool[24 * 60]);
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var (minute, hours, length) = (random.Next(60), random.Next(1, 4), random.Next(1, 150));
                books.Add(Rule($"r{i}", new BlackoutWindows.Repeating(new Occurrences(TriggerText.Parse($"{minute} */{hours} * * *"), TriggerZone.Utc, default), TimeSpan.FromMinutes(length))));
                for (var start = -24 * 60; start < open.Length; start++)
                    if ((start + 24 * 60) % 60 == minute && (start + 24 * 60) / 60 % 24 % hours == 0)
                        for (var m = Math.Max(0, start); m < Math.Min(open.Length, start + length); m++) open[m] = true;
            }
            var book = new BlackoutBook(books);
            // Every minute of the hour comes up, and rounds without a gap are the dear ones.
            for (var m = random.Next(7); m < open.Length; m += 7)
            {
                var cover = book.Covering(None, Eight.Date.AddMinutes(m));
                Assert.Equal(open[m], cover is not null);
                if (cover is null) continue;
                var end = Array.FindIndex(open, m, o => !o);
                if (end >= 0) Assert.Equal(new DateTimeOffset(Eight.Date, TimeSpan.Zero).AddMinutes(end), cover.Until);
            }
        }
    }

    [Theory]
    [InlineData("", "0 22 * * *", "8h", null, null, "name")]
    [InlineData("x", "0 22 * * *", null, null, null, "length")]
    [InlineData("x", "61 22 * * *", "8h", null, null, "opens")]
    [InlineData("x", "1h", "8h", null, null, "opens")] // no cron
    [InlineData("x", "0 22 * * *", "24h", null, null, "length")] // no gap
    [InlineData("x", "0 * * * *", "90m", null, null, "length")]
    [InlineData("x", "0 22 * * *", "8h", "2026-03-03T00:00:00Z", null, "from")]
    [InlineData("x", null, null, null, "2026-03-03T00:00:00Z", "from")]
    [InlineData("x", null, null, "2026-03-03T00:00:00Z", null, "until")]
    [InlineData("x", null, null, "2026-03-03T00:00:00Z", "2026-03-03T00:00:00Z", "until")]
    [InlineData("x", null, null, "2026-02-03T00:00:00Z", "2026-03-01T00:00:00Z", "until")] // passed
    [InlineData("x", null, "8h", "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z", "length")]
    public void Check_SaysWhatIsWrongAtTheField(string name, string? opens, string? length, string? from, string? until, string field)
    {
        var draft = new BlackoutDraft { Name = name, Opens = opens, Length = length is null ? null : TriggerText.ParseDuration(length), From = from is null ? null : Instant(from), Until = until is null ? null : Instant(until) };
        Assert.Equal(field, Assert.Single(draft.Check(Eight)).Path);
    }

    [Fact]
    public void Check_AGoodOne_HasNoComplaint()
    {
        Assert.Empty(new BlackoutDraft { Name = "x", Opens = "0 22 * * FRI", TimeZone = "europe/berlin", Length = TimeSpan.FromHours(8) }.Check(Eight));
        Assert.Empty(new BlackoutDraft { Name = "x", From = Eight.AddHours(-1), Until = Eight.AddHours(1) }.Check(Eight)); // open already
        Assert.Equal("timezone", Assert.Single(new BlackoutDraft { Name = "x", Opens = "0 22 * * FRI", TimeZone = "Berlin", Length = TimeSpan.FromHours(8) }.Check(Eight)).Path);
    }

    private static (BlackoutMode, string, DateTimeOffset) Facts(BlackoutCover cover) => (cover.Mode, cover.Name, cover.Until);

    private static BlackoutRule Once(string name, DateTimeOffset from, double hours, BlackoutMode mode = BlackoutMode.Skip, Dictionary<string, string>? labels = null) =>
        new(name.Length, name, labels ?? None, new BlackoutWindows.Once(from, from.AddHours(hours)), mode);

    private static BlackoutRule Weekly(string opens, double hours) =>
        Rule("weekly", new BlackoutWindows.Repeating(new Occurrences(TriggerText.Parse(opens), TriggerZone.Find("Europe/Berlin"), default), TimeSpan.FromHours(hours)));

    private static BlackoutRule Rule(string name, BlackoutWindows windows) => new(1, name, None, windows, BlackoutMode.Skip);

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
