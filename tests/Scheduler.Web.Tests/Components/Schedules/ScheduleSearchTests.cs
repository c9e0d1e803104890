using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Schedules;

namespace Scheduler.Web.Tests.Components.Schedules;

public sealed class ScheduleSearchTests
{
    [Fact]
    public void EveryKey_BecomesItsPartOfTheFilter()
    {
        var filter = ScheduleSearch.Parse("shop label:env=prod Label:team KIND:Web-Scan owner:Ana state:failing state:paused nightly").Filter("me@example.com");

        Assert.Equal(["shop", "nightly"], filter.Words);
        Assert.Equal(new Dictionary<string, string> { ["env"] = "prod" }, filter.Labels);
        Assert.Equal(["team"], filter.LabelKeys);
        Assert.Equal(["web-scan"], filter.Kinds);
        Assert.Equal(["ana"], filter.Owners);
        Assert.Equal([ScheduleState.Paused], filter.States);
        Assert.Equal((true, false, false, null), (filter.Failing, filter.NeverRan, filter.NotRunInTwoPeriods, filter.OwnedBy));
    }

    [Theory]
    [InlineData("state:mine")]
    [InlineData("owner:me")]
    public void Mine_IsWhoAsks(string text)
    {
        var filter = ScheduleSearch.Parse(text).Filter("me@example.com");
        Assert.Equal("me@example.com", filter.OwnedBy);
        Assert.Empty(filter.Owners);
    }

    [Theory]
    [InlineData("state:never-ran", "NeverRan")]
    [InlineData("state:overdue", "NotRunInTwoPeriods")]
    public void StatesOfRuns_AreConditionsOfTheirOwn(string text, string property)
    {
        var filter = ScheduleSearch.Parse(text).Filter("me");
        Assert.Equal(true, typeof(ScheduleFilter).GetProperty(property)!.GetValue(filter));
        Assert.Empty(filter.States);
    }

    [Theory]
    [InlineData("colour:red", "There is no \"colour:\"; there are label:, state:, kind:, owner: and words of the name.")]
    [InlineData("state:sleepy", "There is no state \"sleepy\"; there are active, paused, completed, disabled, failing, never-ran, overdue, mine.")]
    [InlineData("label:=prod", "A label needs a key before the =, such as label:env=prod.")]
    [InlineData("kind:\"\"", "\"kind:\" needs a value, such as kind:web-scan.")]
    public void WhatIsNotUnderstood_GivesAHint_AndTheRestHolds(string text, string hint)
    {
        var search = ScheduleSearch.Parse($"shop {text}");
        Assert.Equal([hint], search.Hints);
        Assert.Equal("shop", search.Text);
    }

    [Theory]
    [InlineData("label:owner=\"ana maria\" shop", "label:\"owner=ana maria\" shop")] // quotes anywhere hold a value together
    [InlineData("\"a:b\"", "\"a:b\"")]                                              // quoted, it is a word and no key
    [InlineData("  shop \t shop  ", "shop")]
    [InlineData("label:url=http://x", "label:url=http://x")]                        // only the first colon parts
    [InlineData("\"not closed", "\"not closed\"")]
    [InlineData("", "")]
    public void Text_OfWhatWasRead_ReadsTheSame(string typed, string text)
    {
        var search = ScheduleSearch.Parse(typed);
        Assert.Equal(text, search.Text);
        Assert.Equal(search.Terms, ScheduleSearch.Parse(search.Text).Terms);
        Assert.Empty(search.Hints);
    }

    [Fact]
    public void HostileText_IsCapped()
    {
        var search = ScheduleSearch.Parse(string.Join(' ', Enumerable.Range(0, 5000).Select(i => $"w{i}")) + "\u0000");
        Assert.Equal(30, search.Terms.Count);
        Assert.NotEmpty(search.Hints);
    }

    [Fact]
    public void Address_HoldsTermsOrderAndPage_AndOldAddressesStillWork()
    {
        var address = SchedulesAddress.Read("label:env=prod", "-success", "3");
        Assert.Equal("/schedules?q=label%3Aenv%3Dprod&sort=-success&page=3", address.Href);
        Assert.Equal((ScheduleSort.Success, true, 100), (address.Sort, address.Descending, address.Filter("me").Skip));
        Assert.Equal("/schedules?q=label%3Aenv%3Dprod&sort=success", address.By(ScheduleSort.Success).Href);
        Assert.Equal("/schedules?q=label%3Aenv%3Dprod&sort=-p95", address.By(ScheduleSort.P95).Href);
        Assert.Equal("/schedules?q=label%3Aenv%3Dprod", address.By(ScheduleSort.NextRun).Href);
        Assert.Equal("shop label:a=b state:paused", SchedulesAddress.Read("shop", null, null, "a=b", "Paused").Search.Text);
        Assert.Equal("/schedules", SchedulesAddress.Read(null, "nonsense", "-4").Href);
    }
}
