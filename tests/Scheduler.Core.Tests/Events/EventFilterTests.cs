using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Events;

/// <summary>Conditions on events: what holds, what is refused, and what a mismatch says.</summary>
public sealed class EventFilterTests
{
    private static readonly EventFacts Push = new(7, "push", "github", "webhook shop-push", new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), JsonElement.Parse(
        """
        { "ref": "refs/heads/main", "bucket": "shop", "size": 10, "large": 12345678901234567890123456789, "huge": 123456789012345678901234567890, "tiny": 1e-40, "price": 1.50, "draft": false, "none": null, "empty": "",
          "labels": ["web", "prod", 3], "commits": [{ "id": "a1", "files": ["x.cs"] }, { "id": "b2" }], "a.b": { "c d": "deep" }, "5": "five" }
        """));

    [Theory]
    [InlineData("data.bucket", "equals", "\"shop\"", true)]
    [InlineData("data.bucket", "equals", "\"Shop\"", false)] // by case
    [InlineData("data.size", "equals", "10.0", true)] // numbers as numbers
    [InlineData("data.size", "equals", "1e1", true)]
    [InlineData("data.size", "equals", "\"10\"", false)] // a text is no number
    [InlineData("data.price", "equals", "1.5", true)]
    [InlineData("data.large", "equals", "12345678901234567890123456789", true)]
    [InlineData("data.draft", "equals", "false", true)]
    [InlineData("data.commits[1]", "equals", "{\"id\":\"b2\"}", true)]
    [InlineData("data.none", "equals", "false", false)]
    [InlineData("type", "equals", "\"push\"", true)]
    [InlineData("source", "startsWith", "\"git\"", true)]
    [InlineData("by", "equals", "\"webhook shop-push\"", true)]
    [InlineData("id", "gt", "6", true)]
    [InlineData("at", "startsWith", "\"2026-03-02T08\"", true)]
    [InlineData("data.commits[0].id", "equals", "\"a1\"", true)]
    [InlineData("data.commits[2].id", "equals", "\"a1\"", false)] // there is no third
    [InlineData("data.commits[0].files[0]", "startsWith", "\"x\"", true)]
    [InlineData("data.commits.id", "exists", "true", false)] // a list has no keys
    [InlineData("data.bucket[0]", "exists", "true", false)] // a text has no items
    [InlineData("data[\"a.b\"][\"c d\"]", "equals", "\"deep\"", true)]
    [InlineData("data.5", "equals", "\"five\"", true)]
    [InlineData("data.bucket", "notEquals", "\"blog\"", true)]
    [InlineData("data.bucket", "notEquals", "\"shop\"", false)]
    [InlineData("data.missing", "notEquals", "\"shop\"", true)] // what is missing is not equal
    [InlineData("data.none", "notEquals", "\"shop\"", true)]
    [InlineData("data.ref", "contains", "\"heads\"", true)]
    [InlineData("data.ref", "contains", "\"\"", true)]
    [InlineData("data.labels", "contains", "\"prod\"", true)]
    [InlineData("data.labels", "contains", "3.0", true)]
    [InlineData("data.labels", "contains", "\"pro\"", false)] // an item, not a part of one
    [InlineData("data.size", "contains", "1", false)]
    [InlineData("data.ref", "startsWith", "\"refs/heads/\"", true)]
    [InlineData("data.ref", "startsWith", "\"heads\"", false)]
    [InlineData("data.ref", "matches", "\"main$\"", true)]
    [InlineData("data.ref", "matches", "\"^main\"", false)]
    [InlineData("data.size", "matches", "\"10\"", false)]
    [InlineData("data.bucket", "in", "[\"blog\", \"shop\"]", true)]
    [InlineData("data.size", "in", "[9, 10.0]", true)]
    [InlineData("data.bucket", "in", "[]", false)]
    [InlineData("data.size", "gt", "9.99", true)]
    [InlineData("data.size", "gt", "10", false)]
    [InlineData("data.size", "lt", "10.01", true)]
    [InlineData("data.large", "gt", "12345678901234567890123456788", true)] // beyond what a double tells apart
    [InlineData("data.huge", "equals", "123456789012345678901234567891", false)] // beyond what a decimal holds
    [InlineData("data.huge", "gt", "1e29", true)]
    [InlineData("data.tiny", "equals", "0", false)]
    [InlineData("data.tiny", "gt", "0", true)]
    [InlineData("data.bucket", "gt", "1", false)]
    [InlineData("data.empty", "exists", "true", true)]
    [InlineData("data.none", "exists", "true", false)] // null is nothing
    [InlineData("data.none", "exists", "false", true)]
    [InlineData("data.missing", "exists", "false", true)]
    [InlineData("data.bucket", "exists", null, true)]
    [InlineData("data.missing", "exists", null, false)]
    [InlineData("data.missing", "contains", "\"\"", false)]
    [InlineData("data.missing", "lt", "1", false)]
    public void Holds_AsDocumented(string path, string op, string? value, bool holds)
    {
        var filter = Read(Condition(path, op, value));
        Assert.Equal(holds, filter.Matches(Push));
        Assert.Equal(holds, filter.FirstMismatch(Push) is null);
    }

    [Theory]
    [InlineData("""{ "path": "data.a", "op": "is", "value": 1 }""", "f[0].op", "must be one of equals, notEquals, contains, startsWith, matches, in, gt, lt, exists, found \"is\"")]
    [InlineData("""{ "path": "data.a" }""", "f[0].op", "is required: equals, notEquals, contains, startsWith, matches, in, gt, lt or exists")]
    [InlineData("""{ "op": "exists" }""", "f[0].path", "is required, for example data.bucket")]
    [InlineData("""{ "path": "bucket", "op": "exists" }""", "f[0].path", "begins with \"bucket\"; a path is type, source, by, id, at or data with keys and indexes behind it, such as data.commits[0].id or data[\"a.b\"]")]
    [InlineData("""{ "path": "data..a", "op": "exists" }""", "f[0].path", "can't be read behind \"data\"; a path is type, source, by, id, at or data with keys and indexes behind it, such as data.commits[0].id or data[\"a.b\"]")]
    [InlineData("""{ "path": "type.x", "op": "exists" }""", "f[0].path", "goes on behind \"type\", which has no parts; a path is type, source, by, id, at or data with keys and indexes behind it, such as data.commits[0].id or data[\"a.b\"]")]
    [InlineData("""{ "path": "data.a", "op": "equals" }""", "f[0].value", "is required for equals")]
    [InlineData("""{ "path": "data.a", "op": "gt", "value": "10" }""", "f[0].value", "must be a number for gt")]
    [InlineData("""{ "path": "data.a", "op": "startsWith", "value": 1 }""", "f[0].value", "must be a text for startsWith")]
    [InlineData("""{ "path": "data.a", "op": "in", "value": "a" }""", "f[0].value", "must be a list of at most 100 values for in")]
    [InlineData("""{ "path": "data.a", "op": "exists", "value": "yes" }""", "f[0].value", "must be true or false for exists, or be left out")]
    [InlineData("""{ "path": "data.a", "op": "matches", "value": "(a)\\1" }""", "f[0].value", "must do without look-around, back references and atomic groups")]
    [InlineData("""{ "path": "data.a", "op": "matches", "value": "(?=a)" }""", "f[0].value", "must do without look-around, back references and atomic groups")]
    [InlineData("""{ "path": "data.a", "op": "matches", "value": "((a{99}){99}){99}" }""", "f[0].value", "repeats too much: its numbers in braces may multiply to 1000 at most")]
    [InlineData("""{ "path": "data.a", "op": "exists", "values": [] }""", "f[0].values", "unknown key; known here: op, path, value")]
    [InlineData("""7""", "f[0]", "must be an object, found a number")]
    public void Read_WhatMakesNoSense_IsSaidByField(string condition, string field, string message)
    {
        var errors = new List<FieldError>();
        EventFilter.Read(JsonElement.Parse($"[{condition}]"), "f", errors);
        Assert.Contains(new FieldError(field, message), errors);
    }

    [Fact]
    public void Read_APatternThatIsNone_AndTooManyConditions_AreRefused()
    {
        var errors = new List<FieldError>();
        EventFilter.Read(JsonElement.Parse("""[{ "path": "data.a", "op": "matches", "value": "(" }]"""), "f", errors);
        EventFilter.Read(JsonElement.Parse($"[{string.Join(',', Enumerable.Repeat(Condition("data.a", "exists", null), 33))}]"), "f", errors);
        EventFilter.Read(JsonElement.Parse("{}"), "f", errors);
        Assert.StartsWith("is no regular expression: ", errors[0].Message, StringComparison.Ordinal);
        Assert.Equal(["must have at most 32 conditions, found 33", "must be a list of { path, op, value }"], errors.Skip(1).Select(e => e.Message));
    }

    [Fact]
    public async Task Manifest_WithAWrongFilterOrParameter_IsRefusedByFieldPath()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.SaveAsync("s", "event(push)", more:
            """ "eventFilter": [{ "path": "data.a", "op": "exists" }, { "path": "data.a", "op": "in", "value": 1 }], "parameters": { "branch": "main", "2nd": "data.x" }, "debounceMode": "trailing" """));
        Assert.Equal(["spec.debounce", "spec.eventFilter[1].value", "spec.parameters", "spec.parameters.branch"], refused.Errors.Select(e => e.Path).Order(StringComparer.Ordinal));
    }

    // A pattern that takes a backtracking engine longer than the universe has.
    [Fact]
    public void Matches_ACatastrophicPattern_IsAnsweredAtOnce()
    {
        var filter = Read(Condition("data.x", "matches", "\"^(a+)+$\""));
        var facts = Push with { Data = JsonElement.Parse($$"""{ "x": "{{new string('a', 100_000)}}!" }""") };
        Assert.False(filter.Matches(facts));
    }

    [Fact]
    public void FirstMismatch_QuotesWhatWasFound_AsOneCleanCutLine()
    {
        var filter = Read(Condition("data.x", "equals", "\"y\""));
        Assert.Equal("data.x equals \"y\": found nothing there.", filter.FirstMismatch(Push));
        Assert.Equal("data.x equals \"y\": found \"<b>\".", filter.FirstMismatch(With("\"<b>\"")));
        var hostile = filter.FirstMismatch(With("\"line\\nbreak \\u202e \\u001b[31m" + new string('z', 5000) + "\""))!;
        Assert.InRange(hostile.Length, 60, 130);
        Assert.DoesNotContain(hostile, c => char.IsControl(c) || c == '\u202e');
        Assert.Equal("data.x equals \"y\": found a long list.", filter.FirstMismatch(With($"[{string.Join(',', Enumerable.Range(0, 2000))}]")));
        static EventFacts With(string json) => Push with { Data = JsonElement.Parse($$"""{ "x": {{json}} }""") };
    }

    /// <summary>Random conditions over random data, against another reading of the same rules: by nodes instead of elements, and by words instead of functions.</summary>
    [Fact]
    public void Matches_AgreesWithANaiveOracle()
    {
        var random = new Random(20261121);
        var (held, failed) = (0, 0);
        for (var round = 0; round < 6000; round++)
        {
            var data = RandomObject(random, 3);
            var conditions = Enumerable.Range(0, random.Next(1, 3)).Select(_ => RandomCondition(random, data)).ToList();
            var filter = Read([.. conditions.Select(c => c.ToJsonString())]);
            var facts = Push with { Data = JsonElement.Parse(data.ToJsonString()) };
            var expected = conditions.All(c => NaiveFilter.Holds(c, data));
            Assert.True(expected == filter.Matches(facts), $"{string.Join(" and ", conditions.Select(c => c.ToJsonString()))} over {data.ToJsonString()} should be {expected}");
            if (expected) held++;
            else failed++;
        }
        Assert.True(held > 500 && failed > 500, $"Only {held} held and {failed} did not: this compares nothing.");
    }

    private static readonly string[] Keys = ["a", "b", "c"];
    private static readonly string[] Texts = ["", "x", "xy", "yx", "1", "X"];
    private static readonly string[] Operators = ["equals", "notEquals", "contains", "startsWith", "matches", "in", "gt", "lt", "exists"];

    private static JsonObject RandomObject(Random random, int depth)
    {
        var found = new JsonObject();
        foreach (var key in Keys)
            if (random.Next(3) > 0) found[key] = RandomValue(random, depth - 1);
        return found;
    }

    private static JsonNode? RandomValue(Random random, int depth) => random.Next(depth > 0 ? 8 : 5) switch
    {
        0 => JsonValue.Create(Texts[random.Next(Texts.Length)]),
        1 => JsonValue.Create(random.Next(-2, 3)),
        2 => JsonNode.Parse((random.Next(-4, 5) / 2.0).ToString("0.0", CultureInfo.InvariantCulture)),
        3 => JsonValue.Create(random.Next(2) == 0),
        4 => null,
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => RandomValue(random, 0))]),
        _ => RandomObject(random, depth),
    };

    private static JsonObject RandomCondition(Random random, JsonObject data)
    {
        var path = "data";
        JsonNode? at = data;
        for (var steps = random.Next(1, 4); steps > 0; steps--)
        {
            var step = at is JsonArray ? $"[{random.Next(3)}]" : $".{Keys[random.Next(Keys.Length)]}";
            path += step;
            at = NaiveFilter.Follow(at, step);
        }
        var op = Operators[random.Next(Operators.Length)];
        JsonNode? value = op switch
        {
            "gt" or "lt" => JsonValue.Create(random.Next(-2, 3)),
            "startsWith" => JsonValue.Create(Texts[random.Next(Texts.Length)]),
            "matches" => JsonValue.Create(new[] { "^x", "y$", "x.", "", "[0-9]" }[random.Next(5)]),
            "in" => new JsonArray([.. Enumerable.Range(0, 3).Select(_ => RandomValue(random, 0))]),
            "exists" => JsonValue.Create(random.Next(2) == 0),
            // Often the very value that stands there, or hardly anything would ever be equal.
            _ => random.Next(2) == 0 && at is not null ? at.DeepClone() : RandomValue(random, 1) ?? JsonValue.Create("x"),
        };
        return new JsonObject { ["path"] = path, ["op"] = op, ["value"] = value };
    }

    private static string Condition(string path, string op, string? value) =>
        $$"""{ "path": {{JsonSerializer.Serialize(path)}}, "op": "{{op}}"{{(value is null ? "" : $", \"value\": {value}")}} }""";

    private static EventFilter Read(params string[] conditions)
    {
        var errors = new List<FieldError>();
        var filter = EventFilter.Read(JsonElement.Parse($"[{string.Join(',', conditions)}]"), "f", errors);
        Assert.Empty(errors);
        return filter;
    }
}

/// <summary>The documented rules once more, in the plainest way.</summary>
internal static class NaiveFilter
{
    public static bool Holds(JsonObject condition, JsonObject data)
    {
        var found = At((string)condition["path"]!, data);
        var value = condition["value"];
        switch ((string)condition["op"]!)
        {
            case "exists": return found is not null == (bool)value!;
            case "notEquals": return found is null || !Same(found, value!);
        }
        if (found is null) return false;
        var text = found.GetValueKind() == JsonValueKind.String ? (string?)found : null;
        return (string)condition["op"]! switch
        {
            "equals" => Same(found, value!),
            "contains" => found is JsonArray items ? items.Any(i => Same(i, value)) : text is not null && value!.GetValueKind() == JsonValueKind.String && text.Contains((string)value!, StringComparison.Ordinal),
            "startsWith" => text?.StartsWith((string)value!, StringComparison.Ordinal) == true,
            "matches" => text is not null && System.Text.RegularExpressions.Regex.IsMatch(text, (string)value!),
            "in" => ((JsonArray)value!).Any(v => Same(found, v)),
            "gt" => Number(found) > Number(value!),
            "lt" => Number(found) < Number(value!),
            _ => throw new InvalidOperationException("An operator without a rule."),
        };
    }

    public static JsonNode? Follow(JsonNode? at, string step) => step[0] == '['
        ? at is JsonArray list && int.Parse(step[1..^1], CultureInfo.InvariantCulture) is var index && index < list.Count ? list[index] : null
        : at is JsonObject o ? o[step[1..]] : null;

    private static JsonNode? At(string path, JsonObject data)
    {
        JsonNode? at = data;
        foreach (var step in path["data".Length..].Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
            at = Follow(at, step[0] == '[' ? step : $".{step}");
        return at;
    }

    private static double? Number(JsonNode node) => node.GetValueKind() == JsonValueKind.Number ? double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) : null;

    private static bool Same(JsonNode? one, JsonNode? other)
    {
        if (one is null || other is null) return one is null && other is null;
        if (Number(one) is { } a && Number(other) is { } b) return a.Equals(b);
        if (one is JsonArray list && other is JsonArray others) return list.Count == others.Count && list.Zip(others).All(p => Same(p.First, p.Second));
        if (one is JsonObject o && other is JsonObject p) return o.Count == p.Count && o.All(x => p.ContainsKey(x.Key) && Same(x.Value, p[x.Key]));
        return one.GetValueKind() == other.GetValueKind() && one.ToJsonString() == other.ToJsonString();
    }
}
