using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Data.Sqlite;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Drills;

/// <summary>The real program over a folder, with an administrator's token. It can be started again and again.</summary>
internal sealed class DrillServer : IDisposable
{
    private HttpClient? _api;
    private ServerProcess? _process;

    private DrillServer(CliProgram program, string token) => (Program, Token) = (program, token);

    public CliProgram Program { get; }
    public string Token { get; private set; }
    public string Folder => Program.Folder;
    public ServerProcess Process => _process ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>Below <c>/api/v1/</c>.</summary>
    public HttpClient Api => _api ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>A folder with an account; nothing runs yet.</summary>
    public static async Task<DrillServer> PrepareAsync(string folder)
    {
        var program = new CliProgram(folder);
        (await program.RunAsync("users", "add", "drill@example.com", "--role", "administrator")).Exits(0);
        return new DrillServer(program, (await program.RunAsync("tokens", "add", "drill@example.com", "--name", "t")).Exits(0).Out.Trim());
    }

    /// <summary>A server that runs, with an administrator who can sign in: <see cref="WebServer.Admin"/>.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="settings">Further variables of its environment.</param>
    public static async Task<DrillServer> StartWithPagesAsync(string folder, params (string Name, string Value)[] settings)
    {
        var program = new CliProgram(folder) { Settings = { ["SCHEDULER_ADMIN_EMAIL"] = WebServer.Admin, ["SCHEDULER_ADMIN_PASSWORD"] = WebServer.Password } };
        foreach (var (name, value) in settings) program.Settings[name] = value;
        var server = new DrillServer(program, "");
        await server.StartAsync();
        server.Token = (await program.RunAsync("tokens", "add", WebServer.Admin, "--name", "t")).Exits(0).Out.Trim();
        server.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        return server;
    }

    /// <summary>A browser without scripts, signed in.</summary>
    public async Task<HttpClient> SignedInAsync()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new System.Net.CookieContainer() }) { BaseAddress = Process.Address };
        using var answer = await client.SubmitAsync("/signin", "signin", ("Input.Email", WebServer.Admin), ("Input.Password", WebServer.Password));
        Assert.Equal(System.Net.HttpStatusCode.Found, answer.StatusCode);
        return client;
    }

    /// <summary>Starts it and waits until its engine is ready.</summary>
    /// <param name="isReady">False: only until it listens.</param>
    public async Task StartAsync(bool isReady = true)
    {
        _process?.Dispose();
        _api?.Dispose();
        _process = ServerProcess.Begin(Program);
        await _process.ListensAsync();
        _api = Client();
        if (isReady) await Eventually.Async(async () => { Assert.False(_process.HasExited, _process.Text); return await IsReadyAsync(); }, seconds: 60);
    }

    public HttpClient Client() => new()
    {
        BaseAddress = new Uri(Process.Address, "/api/v1/"), Timeout = TimeSpan.FromSeconds(60),
        // As long as there is none, each look at a server that is slow to start would count as a wrong one.
        DefaultRequestHeaders = { Authorization = Token.Length == 0 ? null : new AuthenticationHeaderValue("Bearer", Token) },
    };

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Api.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <param name="more">Further keys of the spec, in JSON, without a comma before them.</param>
    public async Task SaveAsync(string name, string schedule, string options = "{}", string more = "")
    {
        var manifest = $$"""
            { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" },
              "spec": { "schedule": "{{schedule}}", "job": { "kind": "noop", "options": {{options}} }{{(more.Length > 0 ? ", " + more : "")}} } }
            """;
        using var answer = await Api.PutAsync(new Uri($"schedules/{name}", UriKind.Relative), new StringContent(manifest, Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>One figure of <c>/metrics</c>, by its name and labels as they stand there.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await Api.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var line = text.Split('\n').Single(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Resident memory, bytes.</summary>
    public long Resident => long.Parse(Status("VmRSS:").Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture) * 1024;

    public int Threads => int.Parse(Status("Threads:"), CultureInfo.InvariantCulture);

    public int OpenFiles => Directory.EnumerateFileSystemEntries($"/proc/{Process.Id}/fd").Count();

    /// <summary>Processor time so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = System.Diagnostics.Process.GetProcessById(Process.Id);
            return process.TotalProcessorTime;
        }
    }

    public long WalBytes => new FileInfo(Path.Combine(Folder, "scheduler.db-wal")) is { Exists: true } wal ? wal.Length : 0;

    public void Signal(string name)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{name}", $"{Process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Reads the database as a stranger would.</summary>
    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read) => RowsIn(Folder, sql, read);

    public static List<T> RowsIn<T>(string folder, string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "scheduler.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public long Ask(string sql) => Rows(sql, r => r.IsDBNull(0) ? 0 : r.GetInt64(0)).Single();

    public void Dispose()
    {
        _api?.Dispose();
        _process?.Dispose();
    }

    private string Status(string key) => File.ReadLines($"/proc/{Process.Id}/status").Single(l => l.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();
}
