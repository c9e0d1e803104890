using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class TriggerZoneTests
{
    [Fact]
    public void Find_SameName_GivesTheSameInstance()
    {
        Assert.Same(TriggerZone.Find("Europe/Berlin"), TriggerZone.Find("Europe/Berlin"));
        Assert.Same(TriggerZone.Find("Europe/Berlin"), TriggerZone.Find("europe/berlin"));
        Assert.Same(TriggerZone.Utc, TriggerZone.Find("UTC"));
        Assert.Equal("Europe/Berlin", TriggerZone.Find("Europe/Berlin").Id);
    }

    [Theory]
    [InlineData("asia/TOKYO", "Asia/Tokyo")]
    [InlineData("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires")]
    [InlineData("Utc", "UTC")]
    public void TryFind_OtherCase_IsForgivenInAFreshProcess(string name, string id)
    {
        TimeZoneInfo.ClearCachedData(); // a zone that was loaded before is found in any case, even where file names heed it
        Assert.True(TriggerZone.TryFind(name, out var zone));
        Assert.Same(TriggerZone.Find(id), zone);
    }

    [Theory]
    [InlineData("Berlin", "'Berlin' is not a known time zone; did you mean 'Europe/Berlin'?")]
    [InlineData("America/New York", "'America/New York' is not a known time zone; did you mean 'America/New_York'?")]
    [InlineData("Europe/Brelin", "'Europe/Brelin' is not a known time zone; did you mean 'Europe/Berlin'?")]
    [InlineData("W. Europe Standard Time", "'W. Europe Standard Time' is not a known time zone; did you mean 'Europe/Berlin'?")]
    [InlineData("Nowhere/At_All_In_The_World", "'Nowhere/At_All_In_The_World' is not a known time zone; use an IANA name such as Europe/Berlin, America/New_York or UTC.")]
    public void Find_UnknownName_NamesANearOne(string name, string message) =>
        Assert.Equal(message, Assert.Throws<TimeZoneNotFoundException>(() => TriggerZone.Find(name)).Message);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("localtime")] // whatever the machine's own is
    [InlineData("posixrules")]
    [InlineData("posix/Europe/Berlin")]
    [InlineData("right/UTC")]
    [InlineData("Europe//Berlin")] // one file, many names
    [InlineData("Europe/")]
    [InlineData("Europe")]
    [InlineData("Local\0")]
    public void TryFind_NoZone_IsFalse(string? name) => Assert.False(TriggerZone.TryFind(name, out _));

    [Fact]
    public void Ids_AreSortedAndAllFound()
    {
        Assert.Equal(TriggerZone.Ids.Order(StringComparer.Ordinal), TriggerZone.Ids);
        Assert.Contains("UTC", TriggerZone.Ids);
        Assert.Contains("America/New_York", TriggerZone.Ids);
        Assert.All(TriggerZone.Ids, id => Assert.True(TriggerZone.TryFind(id, out _)));
    }

    [Theory]
    [InlineData("2026-07-01T12:00:00Z", "2026-07-01T14:00:00+02:00")]
    [InlineData("2026-03-29T00:59:59.9999999Z", "2026-03-29T01:59:59.9999999+01:00")]
    [InlineData("2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00")]
    [InlineData("9999-12-31T23:30:00Z", "9999-12-31T23:30:00Z")] // Berlin's clock would show year 10000
    public void ToLocal_Instant_IsTheWallClock(string instant, string local)
    {
        var converted = TriggerZone.Find("Europe/Berlin").ToLocal(Instants.At(instant));
        Assert.Equal(Instants.At(local), converted);
        Assert.Equal(Instants.At(local).Offset, converted.Offset);
    }

    [Fact]
    public void Table_EveryZone_AgreesWithTheSystem()
    {
        var random = new Random(20261121);
        foreach (var id in TriggerZone.Ids)
        {
            var table = TriggerZone.Find(id).Table;
            var info = TimeZoneInfo.FindSystemTimeZoneById(id);
            for (var i = 0; i < 300; i++)
            {
                var at = i % 3 == 0 ? random.NextInt64(0, Clock.Last) : Seconds(1960) + random.NextInt64(0, Seconds(2060) - Seconds(1960));
                Check(at);
            }
            foreach (var period in table.Periods)
            {
                if (period.Start < Seconds(1970) || period.Start > Seconds(2040)) continue;
                Check(period.Start);
                Check(period.Start - 1);
            }

            void Check(long at) => Assert.True(
                info.GetUtcOffset(Clock.ToInstant(at).UtcDateTime).TotalSeconds == table.OffsetAt(at), $"{id} at {Clock.ToInstant(at):u}");
        }

        static long Seconds(int year) => new DateTime(year, 1, 1).Ticks / TimeSpan.TicksPerSecond;
    }
}
