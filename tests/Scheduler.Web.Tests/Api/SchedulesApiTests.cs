using System.Net;
using System.Text.Json;

namespace Scheduler.Web.Tests.Api;

public sealed class SchedulesApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Put_ANewName_Creates_AndSaysWhereAndWhichGeneration()
    {
        var name = server.NewName();

        using var answer = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name, schedule: "0 2 * * *", more: ",\"labels\":{\"team\":\"web\"}")));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal($"/api/v1/schedules/{name}", answer.Headers.Location?.OriginalString);
        Assert.Equal("\"1\"", answer.Headers.ETag?.ToString());
        var schedule = await answer.JsonAsync();
        Assert.Equal("scheduler/v1", schedule.Text("apiVersion"));
        Assert.Equal("ScanSchedule", schedule.Text("kind"));
        Assert.Equal("web", schedule.Text("metadata", "labels", "team"));
        Assert.Equal(1, schedule.GetProperty("metadata").GetProperty("generation").GetInt32());
        Assert.True(Guid.TryParse(schedule.Text("metadata", "uid"), out _));
        Assert.EndsWith("Z", schedule.Text("metadata", "creationTimestamp"), StringComparison.Ordinal);
        Assert.Equal("0 2 * * *", schedule.Text("spec", "schedule"));
        Assert.Equal("Forbid", schedule.Text("spec", "concurrencyPolicy"));
        Assert.False(schedule.GetProperty("spec").GetProperty("suspend").GetBoolean());
        Assert.Equal("Active", schedule.Text("status", "state"));
        Assert.Matches("T02:00:00Z$", schedule.Text("status", "nextScheduleTime"));
        Assert.Equal(JsonValueKind.Null, schedule.GetProperty("status").GetProperty("lastScheduleTime").ValueKind);
        Assert.Equal("True", schedule.GetProperty("status").GetProperty("conditions")[0].Text("status"));
    }

    [Fact]
    public async Task Why_AnswersForAnInstant_WithItsNeighbours()
    {
        var name = await server.ScheduleAsync(schedule: "0 2 * * *");

        var answer = await server.Viewer.JsonAsync($"/api/v1/schedules/{name}/why?at=2099-03-02T08:00:00Z");

        Assert.Equal(("NotDue", "2099-03-02T02:00:00Z", "2099-03-03T02:00:00Z"), (answer.Text("answer"), answer.Text("previousDueAt"), answer.Text("nextDueAt")));
        Assert.Equal(1, answer.GetProperty("generation").GetInt32());
        Assert.Equal("NotMadeYet", (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}/why?at=2001-03-02T08:00:00Z")).Text("answer"));
    }

    [Theory]
    [InlineData("", "is required")]
    [InlineData("?at=yesterday", "must be an ISO 8601 instant")]
    public async Task Why_WithoutAnInstant_SaysSo(string query, string expected)
    {
        var name = await server.ScheduleAsync();
        using var answer = await server.Viewer.GetAsync($"/api/v1/schedules/{name}/why{query}");
        Assert.Contains(expected, (await answer.ProblemAsync(400)).ErrorAt("at"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_WhatGetGave_ChangesNothing()
    {
        var name = await server.ScheduleAsync(schedule: "15m");
        var text = await server.Operator.GetStringAsync($"/api/v1/schedules/{name}");

        using var answer = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(text));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("\"1\"", answer.Headers.ETag?.ToString());
    }

    [Theory]
    [InlineData("application/yaml")]
    [InlineData("text/yaml")]
    [InlineData("application/x-yaml")]
    public async Task Put_Yaml_IsRead(string type)
    {
        var name = server.NewName();
        var yaml = $"apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata:\n  name: {name}\nspec:\n  schedule: 0 2 * * *\n  job: {{ kind: noop, options: {{ duration: 1s }} }}\n";

        using var answer = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Content(yaml, type));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("1s", (await answer.JsonAsync()).Text("spec", "job", "options", "duration"));
    }

    [Fact]
    public async Task Put_AnotherNameThanTheAddress_Is422_AndWritesNothing()
    {
        var name = server.NewName();

        using var answer = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop("other")));

        Assert.Contains($"must be {name}", (await answer.ProblemAsync(422)).ErrorAt("metadata.name"), StringComparison.Ordinal);
        await NotThereAsync(name);
        await NotThereAsync("other");
    }

    [Theory]
    // What is wrong, and the field that must be named.
    [InlineData("\"schedule\":\"61 * * * *\",\"job\":{\"kind\":\"noop\"}", "spec.schedule")]
    [InlineData("\"schedule\":\"0 0 30 2 *\",\"job\":{\"kind\":\"noop\"}", "spec.schedule")]
    [InlineData("\"schedule\":\"5s\",\"timezone\":\"Mars/Base\",\"job\":{\"kind\":\"noop\"}", "spec.timezone")]
    [InlineData("\"schedule\":\"5s\",\"job\":{\"kind\":\"nmap\"}", "spec.job.kind")]
    [InlineData("\"schedule\":\"5s\",\"job\":{\"kind\":\"noop\",\"options\":{\"lnies\":1}}", "spec.job.options.lnies")]
    [InlineData("\"schedule\":\"5s\",\"concurencyPolicy\":\"Allow\",\"job\":{\"kind\":\"noop\"}", "spec.concurencyPolicy")]
    [InlineData("\"schedule\":\"5s\",\"job\":{\"kind\":\"http\",\"targets\":{\"urls\":[\"http://scanme.example/\"]}}", "spec.job.targets.urls[0]")]
    [InlineData("\"schedule\":\"5s\",\"priority\":101,\"job\":{\"kind\":\"noop\"}", "spec.priority")]
    [InlineData("\"schedule\":\"at(2020-01-01T00:00:00)\",\"job\":{\"kind\":\"noop\"}", "spec.schedule")]
    public async Task Put_BadInput_Is422AtTheField_AndWritesNothing(string spec, string path)
    {
        var name = server.NewName();
        var manifest = $$"""{"apiVersion":"scheduler/v1","kind":"ScanSchedule","metadata":{"name":"{{name}}"},"spec":{ {{spec}} } }""";

        using var answer = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(manifest));

        Assert.NotEmpty((await answer.ProblemAsync(422)).ErrorAt(path));
        await NotThereAsync(name);
    }

    [Fact]
    public async Task Put_ABadName_Is422AtTheName()
    {
        using var answer = await server.Operator.PutAsync("/api/v1/schedules/9lives", ApiServer.Json(ApiServer.Noop("9lives")));

        Assert.Contains("must be a letter", (await answer.ProblemAsync(422)).ErrorAt("metadata.name"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_WithTheETagThatHolds_Changes_WithAnOldOne_Is412()
    {
        var name = await server.ScheduleAsync();

        using var first = await server.Operator.SendAsync("PUT", $"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name, schedule: "1h")), ("If-Match", "\"1\""));
        using var second = await server.Operator.SendAsync("PUT", $"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name, schedule: "2h")), ("If-Match", "\"1\""));
        using var either = await server.Operator.SendAsync("PUT", $"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name, schedule: "3h")), ("If-Match", "\"1\", \"2\""));

        Assert.Equal("\"2\"", first.Headers.ETag?.ToString());
        Assert.Contains("generation 2 now, changed by otto@example.com", (await second.ProblemAsync(412)).Text("detail"), StringComparison.Ordinal);
        Assert.Equal("\"3\"", either.Headers.ETag?.ToString());
        Assert.Equal("3h", (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}")).Text("spec", "schedule"));
    }

    [Theory]
    [InlineData("W/\"1\"", 412)] // a weak tag never matches a write
    [InlineData("*", 200)]
    [InlineData("1", 400)]
    [InlineData("\"7\"", 412)]
    public async Task Put_IfMatch_IsReadAsHttpHasIt(string tag, int status)
    {
        var name = await server.ScheduleAsync();

        using var answer = await server.Operator.SendAsync("PUT", $"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name)), ("If-Match", tag));

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Put_IfMatch_OnANewName_Is412_AndWritesNothing()
    {
        var name = server.NewName();

        using var answer = await server.Operator.SendAsync("PUT", $"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name)), ("If-Match", "*"));

        await answer.ProblemAsync(412);
        await NotThereAsync(name);
    }

    [Fact]
    public async Task Put_IfNoneMatchStar_OnlyCreates()
    {
        var name = server.NewName();

        using var first = await server.Operator.SendAsync("PUT", $"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name)), ("If-None-Match", "*"));
        using var second = await server.Operator.SendAsync("PUT", $"/api/v1/schedules/{name}", ApiServer.Json(ApiServer.Noop(name, schedule: "1h")), ("If-None-Match", "*"));

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await second.ProblemAsync(409);
        Assert.Equal("manual", (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}")).Text("spec", "schedule"));
    }

    [Fact]
    public async Task Delete_HonoursIfMatch_ThenIsGone()
    {
        var name = await server.ScheduleAsync();

        using var stale = await server.Operator.SendAsync("DELETE", $"/api/v1/schedules/{name}", null, ("If-Match", "\"9\""));
        using var done = await server.Operator.SendAsync("DELETE", $"/api/v1/schedules/{name}", null, ("If-Match", "\"1\""));
        using var again = await server.Operator.DeleteAsync($"/api/v1/schedules/{name}");

        await stale.ProblemAsync(412);
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        await again.ProblemAsync(404);
    }

    [Fact]
    public async Task List_GoesByNameInPages_AndFiltersByLabelStatusAndText()
    {
        var label = server.NewName("label");
        var names = new List<string>();
        for (var i = 0; i < 5; i++) names.Add(await server.ScheduleAsync(more: $",\"labels\":{{\"set\":\"{label}\",\"n\":\"{i % 2}\"}}"));
        using (await server.Operator.PostAsync($"/api/v1/schedules/{names[1]}/pause", null)) { }

        var seen = new List<string?>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await server.Viewer.JsonAsync($"/api/v1/schedules?label=set%3D{label}&limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 1, 2);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(s => s.Text("metadata", "name")));
            cursor = page.Text("nextCursor");
        }
        Assert.Equal(names.Order(StringComparer.Ordinal), seen);
        Assert.Equal([names[1], names[3]], await NamesAsync($"label=set={label}&label=n=1"));
        Assert.Equal([names[1]], await NamesAsync($"label=set={label}&status=paused"));
        Assert.Equal([names[4]], await NamesAsync($"q={names[4].ToUpperInvariant()}"));
        Assert.Empty(await NamesAsync($"label=set=none"));
    }

    [Fact]
    public async Task Pause_ThenResume_ShowsWhoUntilWhenAndWhy()
    {
        var name = await server.ScheduleAsync(schedule: "1h");

        using var paused = await server.Operator.PostAsync($"/api/v1/schedules/{name}/pause", ApiServer.Json("""{"until":"2099-01-01T00:00:00+01:00","reason":"audit"}"""));
        using var again = await server.Operator.PostAsync($"/api/v1/schedules/{name}/pause", ApiServer.Json("""{"until":"2099-01-01T00:00:00+01:00"}"""));
        var stored = await server.Viewer.JsonAsync($"/api/v1/schedules/{name}");
        using var resumed = await server.Operator.PostAsync($"/api/v1/schedules/{name}/resume", null);
        using var resumedAgain = await server.Operator.PostAsync($"/api/v1/schedules/{name}/resume", null);

        Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("Paused", stored.Text("status", "state"));
        Assert.True(stored.GetProperty("spec").GetProperty("suspend").GetBoolean());
        Assert.Equal("otto@example.com", stored.Text("status", "pause", "by"));
        Assert.Equal("2098-12-31T23:00:00Z", stored.Text("status", "pause", "until"));
        Assert.Equal("audit", stored.Text("status", "pause", "reason"));
        Assert.Null(stored.Text("status", "nextScheduleTime"));
        Assert.Equal("Active", (await resumed.JsonAsync()).Text("status", "state"));
        Assert.Equal(HttpStatusCode.OK, resumedAgain.StatusCode);
    }

    [Theory]
    [InlineData("""{"until":"2020-01-01T00:00:00Z"}""", "until")]
    [InlineData("""{"until":"tomorrow"}""", "until")]
    [InlineData("""{"untill":"2099-01-01T00:00:00Z"}""", "untill")]
    public async Task Pause_BadInput_Is422AtTheField(string body, string path)
    {
        var name = await server.ScheduleAsync(schedule: "1h");

        using var answer = await server.Operator.PostAsync($"/api/v1/schedules/{name}/pause", ApiServer.Json(body));

        Assert.NotEmpty((await answer.ProblemAsync(422)).ErrorAt(path));
        Assert.Equal("Active", (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}")).Text("status", "state"));
    }

    [Fact]
    public async Task SkipNext_SaysWhichAndWhatIsNextThen_AndCanBeTakenBack()
    {
        var name = await server.ScheduleAsync(schedule: "0 0 1 1 *");
        var due = (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}")).GetProperty("status").GetProperty("nextScheduleTime").GetDateTimeOffset();

        using var answer = await server.Operator.PostAsync($"/api/v1/schedules/{name}/skip-next", ApiServer.Json("""{"reason":"audit"}"""));
        var skip = await answer.JsonAsync();
        var run = await server.Viewer.JsonAsync($"/api/v1/runs/{skip.GetProperty("runId")}");
        using var stale = await server.Operator.PostAsync($"/api/v1/schedules/{name}/skip-next", ApiServer.Json($$"""{"scheduledFor":"{{due:O}}"}"""));
        var later = (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}")).Text("status", "nextScheduleTime");
        using var undone = await server.Operator.DeleteAsync($"/api/v1/schedules/{name}/skips/{skip.Text("scheduledFor")}");
        using var again = await server.Operator.DeleteAsync($"/api/v1/schedules/{name}/skips/{skip.Text("scheduledFor")}");

        Assert.Equal((HttpStatusCode.OK, due), (answer.StatusCode, skip.GetProperty("scheduledFor").GetDateTimeOffset()));
        Assert.Equal(due.AddYears(1), skip.GetProperty("nextScheduleTime").GetDateTimeOffset());
        Assert.Equal(("Skipped", "Skipped by otto@example.com: audit"), (run.Text("status"), run.Text("reason")));
        Assert.Contains("somebody was quicker", (await stale.ProblemAsync(409)).Text("detail"), StringComparison.Ordinal);
        Assert.Equal(skip.Text("nextScheduleTime"), later);
        Assert.Equal(HttpStatusCode.NoContent, undone.StatusCode);
        Assert.Equal(due, (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}")).GetProperty("status").GetProperty("nextScheduleTime").GetDateTimeOffset());
        await again.ProblemAsync(409);
    }

    [Fact]
    public async Task SkipNext_ThatCannotBe_SaysWhy()
    {
        var manual = await server.ScheduleAsync();
        var hourly = await server.ScheduleAsync(schedule: "1h");

        using var noClock = await server.Operator.PostAsync($"/api/v1/schedules/{manual}/skip-next", null);
        using var nowhere = await server.Operator.PostAsync("/api/v1/schedules/nowhere/skip-next", null);
        using var badKey = await server.Operator.PostAsync($"/api/v1/schedules/{hourly}/skip-next", ApiServer.Json("""{"resaon":"x"}"""));
        using var badInstant = await server.Operator.DeleteAsync($"/api/v1/schedules/{hourly}/skips/tomorrow");

        Assert.Contains("follows no clock", (await noClock.ProblemAsync(409)).Text("detail"), StringComparison.Ordinal);
        await nowhere.ProblemAsync(404);
        Assert.NotEmpty((await badKey.ProblemAsync(422)).ErrorAt("resaon"));
        await badInstant.ProblemAsync(400);
        Assert.Empty((await server.Viewer.JsonAsync($"/api/v1/runs?schedule={hourly}")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Run_IsAccepted_WithItsAddress_AndEnds()
    {
        var name = await server.ScheduleAsync("""{"lines":3}""");

        using var answer = await server.Operator.PostAsync($"/api/v1/schedules/{name}/run", ApiServer.Json("""{"reason":"because","options":{"lines":2}}"""));
        var run = await answer.JsonAsync();
        var ended = await server.EndOfAsync(run.GetProperty("id").GetInt64());

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal($"/api/v1/runs/{run.GetProperty("id")}", answer.Headers.Location?.OriginalString);
        Assert.Equal("Manual", run.Text("triggerType"));
        Assert.Equal("otto@example.com", run.Text("requestedBy"));
        Assert.Equal("Succeeded", ended.Text("status"));
        Assert.Equal(2, ended.GetProperty("metrics").GetProperty("lines").GetInt32());
    }

    [Theory]
    [InlineData("""{"emergency":true}""", "reason")]
    [InlineData("""{"emergeny":true}""", "emergeny")]
    [InlineData("""{"emergency":"yes"}""", "emergency")]
    [InlineData("""{"options":{"lines":-1}}""", "options.lines")]
    [InlineData("""{"options":7}""", "options")]
    public async Task Run_BadInput_Is422AtTheField_AndStartsNothing(string body, string path)
    {
        var name = await server.ScheduleAsync();

        using var answer = await server.Operator.PostAsync($"/api/v1/schedules/{name}/run", ApiServer.Json(body));

        Assert.NotEmpty((await answer.ProblemAsync(422)).ErrorAt(path));
        Assert.Empty((await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Run_InAnEmergency_SaysSo()
    {
        var name = await server.ScheduleAsync();

        using var answer = await server.Operator.PostAsync($"/api/v1/schedules/{name}/run", ApiServer.Json("""{"emergency":true,"reason":"CVE"}"""));

        Assert.Equal("Emergency", (await answer.JsonAsync()).Text("triggerType"));
    }

    [Fact]
    public async Task Occurrences_AreNotedAndBounded_BothEndsIncluded()
    {
        var name = server.NewName();
        var manifest = ApiServer.Noop(name, schedule: "30 2 * * *").Replace("\"job\"", "\"timezone\":\"Europe/Berlin\",\"job\"", StringComparison.Ordinal);
        using (await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(manifest))) { }

        var spring = await server.Viewer.JsonAsync($"/api/v1/schedules/{name}/occurrences?from=2027-03-28T01:00:00Z&to=2027-03-29T00:30:00Z");
        var first = await server.Viewer.JsonAsync($"/api/v1/schedules/{name}/occurrences?from=2027-10-30T00:00:00Z&limit=1");
        var second = await server.Viewer.JsonAsync($"/api/v1/schedules/{name}/occurrences?from=2027-10-30T00:00:00Z&limit=1&cursor={first.Text("nextCursor")}");

        Assert.Equal(
            """[{"at":"2027-03-28T03:00:00+02:00","utc":"2027-03-28T01:00:00Z","note":"shifted"},{"at":"2027-03-29T02:30:00+02:00","utc":"2027-03-29T00:30:00Z","note":null}]""",
            spring.GetProperty("items").GetRawText().Replace("\\u002B", "+", StringComparison.Ordinal));
        Assert.Null(spring.Text("nextCursor"));
        Assert.Equal("2027-10-30T02:30:00+02:00", first.GetProperty("items")[0].Text("at"));
        Assert.Equal("first-of-two", second.GetProperty("items")[0].Text("note"));
    }

    [Fact]
    public async Task Occurrences_OfAManualSchedule_AreNone()
    {
        var name = await server.ScheduleAsync();

        Assert.Empty((await server.Viewer.JsonAsync($"/api/v1/schedules/{name}/occurrences")).GetProperty("items").EnumerateArray());
    }

    [Theory]
    [InlineData("limit=1001", "limit")]
    [InlineData("from=2027-01-01", "from")]
    [InlineData("from=2027-01-01T00:00:00", "from")] // no zone: never guessed
    [InlineData("from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z", "to")]
    [InlineData("cursor=zzz", "cursor")]
    public async Task Occurrences_BadQuery_Is400NamingTheParameter(string query, string parameter)
    {
        var name = await server.ScheduleAsync();

        using var answer = await server.Viewer.GetAsync($"/api/v1/schedules/{name}/occurrences?{query}");

        Assert.NotEmpty((await answer.ProblemAsync(400)).ErrorAt(parameter));
    }

    private async Task NotThereAsync(string name)
    {
        using var answer = await server.Viewer.GetAsync($"/api/v1/schedules/{name}");
        Assert.Contains(name, (await answer.ProblemAsync(404)).Text("detail"), StringComparison.Ordinal);
    }

    private async Task<IEnumerable<string?>> NamesAsync(string query) =>
        (await server.Viewer.JsonAsync($"/api/v1/schedules?{query}")).GetProperty("items").EnumerateArray().Select(s => s.Text("metadata", "name"));
}
