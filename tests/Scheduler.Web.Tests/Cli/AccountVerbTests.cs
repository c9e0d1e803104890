using System.Net;
using System.Text.Json;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

[Collection(ProgramTests.Name)]
public sealed class AccountVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CliProgram _program;

    public AccountVerbTests() => _program = new CliProgram(_folder.Path) { Server = new Uri("http://127.0.0.1:9/") };

    [Fact]
    public async Task UsersAdd_OnAnEmptyFolder_PrintsALink_AndTokensAddATokenAlone()
    {
        var user = await _program.RunAsync("users", "add", "ana@example.com", "--role", "administrator");
        var token = await _program.RunAsync("tokens", "add", "ana@example.com", "--name", "ci");

        Assert.Matches(@"^http://127\.0\.0\.1:9/account/accept\?token=\w{40}\n$", user.Exits(0).Out);
        Assert.Contains("ana@example.com", user.Error, StringComparison.Ordinal);
        Assert.Matches(@"^sch_\w{40}\n$", token.Exits(0).Out);
        Assert.Contains("It is shown this once", token.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsJson_TheyAreOneValue()
    {
        var user = await _program.RunAsync("users", "add", "otto@example.com", "--role", "operator", "--json");
        var token = await _program.RunAsync("tokens", "add", "otto@example.com", "--name", "ci", "--role", "viewer", "--expires", "2d", "--json");
        var reset = await _program.RunAsync("users", "reset", "otto@example.com", "--json");

        Assert.Equal(["email", "role", "link", "expiresAt"], user.Exits(0).Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["token", "id", "email", "name", "role", "expiresAt"], token.Exits(0).Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("viewer", token.Json.GetProperty("role").GetString());
        Assert.InRange(token.Json.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromDays(1.9), TimeSpan.FromDays(2));
        Assert.Contains("/account/accept?token=", reset.Exits(0).Json.GetProperty("link").GetString(), StringComparison.Ordinal);
        Assert.Equal("", user.Error + token.Error + reset.Error);
    }

    [Fact]
    public async Task BadInput_Exits2_AtItsField_AndAnUnknownAccount4()
    {
        (await _program.RunAsync("users", "add", "otto@example.com", "--role", "operator")).Exits(0);

        var twice = await _program.RunAsync("users", "add", "OTTO@example.com", "--role", "viewer");
        var email = await _program.RunAsync("users", "add", "nobody", "--role", "viewer");
        var role = await _program.RunAsync("users", "add", "x@example.com", "--role", "king");
        var more = await _program.RunAsync("tokens", "add", "otto@example.com", "--name", "x", "--role", "administrator");
        var past = await _program.RunAsync("tokens", "add", "otto@example.com", "--name", "x", "--expires", "2020-01-01T00:00:00Z");
        var vague = await _program.RunAsync("tokens", "add", "otto@example.com", "--name", "x", "--expires", "soon");
        var nameless = await _program.RunAsync("tokens", "add", "otto@example.com");
        var unknown = await _program.RunAsync("tokens", "add", "eve@example.com", "--name", "x", "--json");
        var unknownReset = await _program.RunAsync("users", "reset", "eve@example.com");

        Assert.StartsWith("email: ", twice.Exits(2).Error, StringComparison.Ordinal);
        Assert.StartsWith("email: ", email.Exits(2).Error, StringComparison.Ordinal);
        Assert.StartsWith("role: ", role.Exits(2).Error, StringComparison.Ordinal);
        Assert.StartsWith("role: ", more.Exits(2).Error, StringComparison.Ordinal);
        Assert.StartsWith("expires: ", past.Exits(2).Error, StringComparison.Ordinal);
        Assert.StartsWith("expires: ", vague.Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("--name", nameless.Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("eve@example.com", JsonElement.Parse(unknown.Exits(4).Error).GetProperty("detail").GetString(), StringComparison.Ordinal);
        unknownReset.Exits(4);
    }

    [Fact]
    public async Task AFolderThatIsNotThere_IsNotMadeByMistake()
    {
        var tokens = await _program.RunAsync("tokens", "add", "ana@example.com", "--name", "x");
        var once = await _program.RunAsync("once", "nightly");

        Assert.Contains("Set SCHEDULER_DATA", tokens.Exits(4).Error, StringComparison.Ordinal);
        once.Exits(4);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task BesideARunningServer_BothWorkAtOnce()
    {
        using var server = await ServerProcess.StartAsync(_program);

        var link = (await _program.RunAsync("users", "add", "ana@example.com", "--role", "viewer")).Exits(0).Out.Trim();
        var token = (await _program.RunAsync("tokens", "add", "ana@example.com", "--name", "x")).Exits(0).Out.Trim();
        using var client = new HttpClient();
        using var page = await client.GetAsync(link);
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var status = await client.GetAsync(new Uri(server.Address, "/api/v1/status"));

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("ana@example.com", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, status.StatusCode);
    }

    public void Dispose() => _folder.Dispose();
}
