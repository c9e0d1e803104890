using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

/// <summary>The real program in front of a database that it must not use.</summary>
[Collection(ProgramTests.Name)]
public sealed class SafeModeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CliProgram _program;
    private readonly HttpClient _client;
    private readonly string _address;

    public SafeModeTests()
    {
        _program = new CliProgram(_folder.Path);
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = new Uri(_address) };
    }

    private string Database => Path.Combine(_folder.Path, "scheduler.db");

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task DamagedFile_ServesOnePageThatSaysHow_AndStartsByItselfOnceItIsRestored()
    {
        (await _program.RunAsync("users", "add", "otto@example.com", "--role", "operator")).Exits(0);
        var copy = Path.Combine(_folder.Path, "backups", "sunday.db");
        (await _program.RunAsync("db", "backup", copy)).Exits(0);
        var damaged = await File.ReadAllBytesAsync(Database);
        Array.Fill(damaged, (byte)0xA5, 4096, 2 * 4096);
        await File.WriteAllBytesAsync(Database, damaged);

        using var server = _program.Start("serve", "--urls", _address);
        try
        {
            await AnswersAsync("/health/ready", HttpStatusCode.ServiceUnavailable);
            Assert.Contains("is damaged", await TextAsync("/health/ready"), StringComparison.Ordinal);
            Assert.Equal("alive", await TextAsync("/health/live"));
            foreach (var path in (string[])["/", "/signin", "/schedules/x"])
            {
                using var answer = await _client.GetAsync(path);
                var html = await answer.Content.ReadAsStringAsync();
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
                Assert.Contains(Database, html, StringComparison.Ordinal);
                Assert.Contains("Nothing is scheduled", html, StringComparison.Ordinal);
                Assert.Contains("<td class=\"what\">sunday.db</td><td class=\"what\">good</td>", html, StringComparison.Ordinal);
                Assert.Contains($"db restore {copy}</pre>", html, StringComparison.Ordinal);
                Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
                Assert.DoesNotContain("otto", html, StringComparison.Ordinal);
                Assert.False(answer.Headers.Contains("Set-Cookie"));
            }
            using (var api = await _client.PostAsync("/api/v1/schedules/x/run", null))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, api.StatusCode);
                Assert.Equal("application/problem+json", api.Content.Headers.ContentType!.MediaType);
                Assert.Contains("is damaged", JsonElement.Parse(await api.Content.ReadAsStringAsync()).GetProperty("detail").GetString(), StringComparison.Ordinal);
            }
            Assert.Equal(damaged, await File.ReadAllBytesAsync(Database));
            Assert.False(File.Exists(Path.Combine(_folder.Path, "engine.json")));

            (await _program.RunAsync("db", "restore", copy)).Exits(0);

            await AnswersAsync("/health/ready", HttpStatusCode.OK);
            await AnswersAsync("/signin", HttpStatusCode.OK);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    [Theory]
    [InlineData("newer")]
    [InlineData("read-only")]
    [InlineData("gone")]
    public async Task FileThatItMustNotUse_IsLeftAsItIs_AndTheProgramStopsWhenAsked(string how)
    {
        (await _program.RunAsync("users", "add", "otto@example.com", "--role", "operator")).Exits(0);
        if (how == "newer")
        {
            using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
            connection.Open();
            using var future = connection.CreateCommand();
            future.CommandText = "INSERT INTO __identity_migrations VALUES ('29990101000000_FromTheFuture', '99.0')";
            future.ExecuteNonQuery();
        }
        if (how == "read-only" && !OperatingSystem.IsWindows()) File.SetUnixFileMode(Database, UnixFileMode.UserRead);
        if (how == "gone")
        {
            (await _program.RunAsync("db", "backup", Path.Combine(_folder.Path, "backups", "sunday.db"))).Exits(0);
            File.Delete(Database);
        }
        var before = File.Exists(Database) ? await File.ReadAllBytesAsync(Database) : null;

        using var server = _program.Start("serve", "--urls", _address);
        try
        {
            await AnswersAsync("/", HttpStatusCode.ServiceUnavailable);
            Assert.Contains(how switch { "newer" => "FromTheFuture", "read-only" => "chmod u+rw", _ => "is not there" }, await TextAsync("/"), StringComparison.Ordinal);
            using (var terminate = System.Diagnostics.Process.Start("kill", ["-TERM", $"{server.Id}"])) await terminate.WaitForExitAsync();
            await server.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, server.ExitCode);
            Assert.Equal(before, File.Exists(Database) ? await File.ReadAllBytesAsync(Database) : null);
        }
        finally
        {
            if (!server.HasExited) server.Kill(entireProcessTree: true);
        }
    }

    private async Task<string> TextAsync(string path)
    {
        using var answer = await _client.GetAsync(path);
        return await answer.Content.ReadAsStringAsync();
    }

    private Task AnswersAsync(string path, HttpStatusCode status) => Eventually.Async(async () =>
    {
        try
        {
            using var answer = await _client.GetAsync(path);
            return answer.StatusCode == status;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet, or just changing over
        }
    }, seconds: 60);
}
