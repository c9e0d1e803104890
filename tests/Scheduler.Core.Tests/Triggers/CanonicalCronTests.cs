using System.Reflection;
using FsCheck.Fluent;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>There are two readers of cron fields: a fast one, and one that takes every form and words the faults. They must not drift apart.</summary>
public class CanonicalCronTests
{
    [Fact]
    public void Read_RandomExpressions_IsWhatTheOtherReaderReads() => CronPropertyTests.ForAll(CronGenerator.Expression, 5_000, Compare);

    [Fact]
    public void Read_EditedExpressions_AcceptsWhatTheOtherReaderAccepts() => CronPropertyTests.ForAll(
        from text in CronGenerator.Expression
        from edits in Gen.ArrayOf(CronGenerator.Edits)
        select edits.Take(2).Aggregate(text, CronGenerator.Edited), 20_000, Compare);

    [Fact]
    public void Read_FieldsOfLooseParts_AcceptsWhatTheOtherReaderAccepts() => CronPropertyTests.ForAll(CronGenerator.Soup, 40_000, Compare);

    /// <summary>Every one and every two of these characters, in each field: the corners that chance seldom finds.</summary>
    [Fact]
    public void Read_ShortFields_AcceptsWhatTheOtherReaderAccepts()
    {
        string[] parts = ["", "*", "?", "0", "1", "7", "8", "31", "60", "007", "2030", "L", "W", "H", "#", "-", "/", ",", "MON", "JAN", "l", ")"];
        var texts = from one in parts from two in parts from three in parts select one + two + three;
        string[] forms = ["{0} * * * * *", "{0} * * * *", "* {0} * * *", "* * {0} * *", "* * * {0} *", "* * * * {0}",
            "cron(* * {0} * ? *)", "cron(* * ? * {0} *)", "cron(* * {0} * * *)", "cron(* * ? * * {0})"];
        foreach (var text in texts.Distinct())
            foreach (var form in forms) Compare(form.Replace("{0}", text, StringComparison.Ordinal));
    }

    private static void Compare(string text)
    {
        if (text.Length == 0) return;
        var fast = CanonicalCron.Read(text);
        var slow = text.StartsWith("cron(", StringComparison.Ordinal)
            ? AwsCron.Parse(text, 0, text.Length, null, out _)
            : CronParser.Parse(text, 0, text.Length, null, out _, out _);
        if (fast is not null || slow is { IsHashed: false } && slow.Text == text) AssertSame(slow, fast, text);
    }

    /// <summary>Holds that all fields are equal, those of the parts too.</summary>
    private static void AssertSame(object? expected, object? actual, string place)
    {
        Assert.True(expected is null == actual is null, $"{place}: {expected ?? "nothing"}, {actual ?? "nothing"}");
        if (expected is null) return;
        if (expected is string or Array || expected.GetType() is { IsPrimitive: true } or { IsEnum: true }) Assert.True(Equal(expected, actual!), $"{place}: {expected}, {actual}");
        else
            foreach (var field in expected.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
                AssertSame(field.GetValue(expected), field.GetValue(actual), $"{place}: {field.Name}");
    }

    private static bool Equal(object expected, object actual) =>
        expected is ulong[] numbers ? numbers.SequenceEqual((ulong[])actual) : expected.Equals(actual);
}
