using System.Net;

namespace Scheduler.Web.Tests.Api;

public sealed class BlackoutsApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Post_Get_Put_Delete_AreOneLife()
    {
        using var created = await server.Operator.PostAsync("/api/v1/blackouts", ApiServer.Json("""{"name":"Payments freeze","labels":{"env":"nowhere"},"opens":"0 22 * * FRI","timezone":"Europe/Berlin","length":"8h","mode":"RunAfter","note":"CHG-1"}"""));
        Assert.Equal((HttpStatusCode.Created, "/api/v1/blackouts/Payments%20freeze"), (created.StatusCode, created.Headers.Location?.OriginalString));
        var blackout = await server.Viewer.JsonAsync("/api/v1/blackouts/Payments%20freeze");
        Assert.Equal(("nowhere", "8h", "RunAfter", "otto@example.com"), (blackout.Text("labels", "env"), blackout.Text("length"), blackout.Text("mode"), blackout.Text("changedBy")));
        Assert.EndsWith("Z", blackout.Text("window", "from"), StringComparison.Ordinal);

        using var changed = await server.Operator.PutAsync("/api/v1/blackouts/Payments%20freeze", ApiServer.Json("""{"name":"Freeze","labels":{"env":"nowhere"},"from":"2099-01-01T00:00:00Z","until":"2099-01-02T00:00:00Z"}"""));
        Assert.Equal("Skip", (await changed.JsonAsync()).Text("mode"));
        Assert.Contains((await server.Viewer.JsonAsync("/api/v1/blackouts")).GetProperty("items").EnumerateArray(), b => b.Text("name") == "Freeze");

        using var deleted = await server.Operator.DeleteAsync("/api/v1/blackouts/Freeze");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var again = await server.Operator.DeleteAsync("/api/v1/blackouts/Freeze");
        await again.ProblemAsync(404);
    }

    [Theory]
    [InlineData("""{"opens":"0 22 * * FRI","length":"8h"}""", "name")]
    [InlineData("""{"name":"x","opens":"61 22 * * FRI","length":"8h"}""", "opens")]
    [InlineData("""{"name":"x","opens":"0 * * * *","length":"60m"}""", "length")]
    [InlineData("""{"name":"x","from":"2099-01-02T00:00:00Z","until":"2099-01-01T00:00:00Z"}""", "until")]
    [InlineData("""{"name":"x","when":"later"}""", "when")]
    public async Task Post_WhatMakesNoSense_IsSaidByField(string body, string field)
    {
        using var answer = await server.Operator.PostAsync("/api/v1/blackouts", ApiServer.Json(body));
        Assert.NotEmpty((await answer.ProblemAsync(422)).ErrorAt(field));
    }

    [Fact]
    public async Task Run_InABlackout_WaitsAndOnlyAnEmergencyMayOverride()
    {
        var name = await server.ScheduleAsync(more: ",\"labels\":{\"env\":\"frozen\"}");
        using (await server.Operator.PostAsync("/api/v1/blackouts", ApiServer.Json("""{"name":"frozen","labels":{"env":"frozen"},"from":"2020-01-01T00:00:00Z","until":"2020-12-31T00:00:00Z"}"""))) { }
        using (var made = await server.Operator.PostAsync("/api/v1/blackouts", ApiServer.Json($$"""{"name":"frozen","labels":{"env":"frozen"},"from":"{{DateTime.UtcNow.AddHours(-1):yyyy-MM-dd'T'HH:mm:ss'Z'}}","until":"{{DateTime.UtcNow.AddHours(1):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}""")))
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var refused = await server.Operator.PostAsync($"/api/v1/schedules/{name}/run", ApiServer.Json("""{"overrideBlackout":true}"""));
        Assert.NotEmpty((await refused.ProblemAsync(422)).ErrorAt("overrideBlackout"));

        using var emergency = await server.Operator.PostAsync($"/api/v1/schedules/{name}/run", ApiServer.Json("""{"emergency":true,"overrideBlackout":true,"reason":"leak"}"""));

        Assert.Equal("Succeeded", (await server.EndOfAsync((await emergency.JsonAsync()).GetProperty("id").GetInt64())).Text("status"));
    }
}
