using System.Diagnostics;
using System.Text.Json;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Monitoring;

namespace Scheduler.Core.Tests.Jobs.Monitoring;

public sealed class IgnoreRulesTests
{
    [Theory]
    [InlineData("b", "a <b>x</b> c", "a  c")]
    [InlineData("#clock", "<p id=clock>12:00</p><p id=Clock>x", "<p id=Clock>x")] // by case, as ids are
    [InlineData(".ad", "<div class='big ad'>x</div><div class=adult>y</div>", "<div class=adult>y</div>")]
    [InlineData("[data-time]", "<i data-time=1>a</i><i>b</i>", "<i>b</i>")]
    [InlineData("[type=hidden]", "<input type=hidden value=7><input type=text>", "<input type=text>")] // an element without an end
    [InlineData("input[name=\"csrf\"][type='hidden']", "<input name=csrf><input name=csrf type=hidden>", "<input name=csrf>")]
    [InlineData("nav .price", "<nav><b><i class=price>1</i></b></nav><i class=price>2</i>", "<nav><b></b></nav><i class=price>2</i>")]
    [InlineData("ul li.x", "<ul><li>a<li class=x>b<li>c</ul>", "<ul><li>a<li>c</ul>")] // end tags that are left out
    [InlineData("p.x", "<p class=x>a<p>b<div>c</div>", "<p>b<div>c</div>")]
    [InlineData("td.x", "<table><tr><td class=x>a<td>b<tr><td>c</table>", "<table><tr><td>b<tr><td>c</table>")]
    [InlineData("div.x", "<div class=x><div>in</div>still in</div>out", "out")]
    [InlineData("div.x", "<section><div class=x>never ended</section>out", "<section></section>out")]
    [InlineData("div.x", "<div class=x>never ended", "")]
    [InlineData(".x", "<!-- <b class=x> --><script>var a = '<b class=x>c</b>';</script><b CLASS=x>d</b>&amp;\r\n", "<!-- <b class=x> --><script>var a = '<b class=x>c</b>';</script>&amp;\r\n")]
    [InlineData("script", "a<script>if (a<b) '</b>'</script>c", "ac")]
    [InlineData(".x", "<svg><path class=x /><g>y</g></svg>", "<svg><g>y</g></svg>")]
    public void Selectors_TakeElementsOut_AndLeaveEveryOtherCharacter(string selector, string html, string rest) =>
        Assert.Equal(rest, Rules(selector).Apply(html, isHtml: true, default));

    [Fact]
    public void Patterns_MeetLinesAndIgnoreCaseWhenTold_AndSelectorsMeanNothingInOtherText()
    {
        var rules = Rules("b", "/^built .*$/", "/[0-9]+ Visitors/i");
        Assert.Equal("<b>x</b>\n\nseen by ", rules.Apply("<b>x</b>\nbuilt today\nseen by 12 visitors", isHtml: false, default));
    }

    [Theory]
    [InlineData("/(?=x)y/", "must do without look-around, back references and atomic groups")]
    [InlineData("/(a)\\1/", "must do without look-around, back references and atomic groups")]
    [InlineData("/a(/", "is no regular expression: ")]
    [InlineData("/(a{100}){100}/", "repeats too much: ")]
    [InlineData("/abc", "must be a regular expression between slashes, such as ")]
    [InlineData("//", "must be a regular expression between slashes, such as ")]
    [InlineData("div > p", "must be a selector of a tag, #id, .class, [attr], [attr=value], these together, and behind each other for what lies within (nav .price), or a regular expression between slashes, found \"div > p\"")]
    [InlineData("a:hover", "must be a selector of ")]
    [InlineData("a, b", "must be a selector of ")]
    [InlineData("*", "must be a selector of ")]
    [InlineData("[href^=x]", "must be a selector of ")]
    public void Check_WhatIsNotSupported_IsRefusedAtItsPlace(string entry, string message)
    {
        var job = JobSpec.Of("url-monitor", """{ "urls": ["http://127.0.0.1/"] }""", JsonSerializer.Serialize(new { ignore = new[] { "#fine", entry } }));
        Assert.StartsWith($"spec.job.options.ignore[1]: {message}", Assert.Single(JobProbe.Complaints(new UrlMonitorKind(), job)), StringComparison.Ordinal);
    }

    [Fact]
    public void Selectors_APageOfNestedTagsAlone_CostsNoMoreThanItsLength()
    {
        var html = string.Concat(Enumerable.Repeat("<div class=a><p>", 200_000)) + string.Concat(Enumerable.Repeat("</div>", 200_000));
        var watch = Stopwatch.StartNew();
        Assert.Equal(html, Rules([.. Enumerable.Range(0, 50).Select(i => $".a .b{i} .c")]).Apply(html, isHtml: true, default));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20); // a tree of it takes minutes
    }

    private static IgnoreRules Rules(params string[] entries) =>
        IgnoreRules.Read(new Core.Fields.FieldReader(JsonElement.Parse(JsonSerializer.Serialize(new { ignore = entries })), "", []), "", []);
}
