using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Tests.Support;

/// <summary>
/// The real program on a free port over a data folder of its own. Unless told otherwise it has one administrator,
/// <see cref="Admin"/> with <see cref="Password"/>.
/// </summary>
public sealed partial class WebServer : IAsyncDisposable
{
    public const string Admin = "ana@example.com";
    public const string Password = "correct horse battery";

    private readonly TemporaryFolder _folder;
    private readonly WebApplication _app;

    private WebServer(TemporaryFolder folder, WebApplication app, string console)
    {
        (_folder, _app, ConsoleText) = (folder, app, console);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
    }

    public Uri Address { get; }
    public IServiceProvider Services => _app.Services;

    /// <summary>What the program printed once it listened.</summary>
    public string ConsoleText { get; }

    /// <summary>The path and query of the set-up link on the console.</summary>
    public string SetUpPath => SetUpLink().Match(ConsoleText).Groups[1].Value;
    public IReadOnlyList<string> Audit => AuditLog.Read(Services.GetRequiredService<SchedulerOptions>().DatabaseFile);

    /// <param name="withAdmin">False leaves the program without any account, as a first start finds it.</param>
    /// <param name="adjust">Changes the wiring before it is built.</param>
    /// <param name="settings">As from the environment: <c>SCHEDULER_ADMIN_EMAIL</c> and the like.</param>
    public static async Task<WebServer> StartAsync(bool withAdmin = true, Action<WebApplicationBuilder>? adjust = null, params (string Name, string Value)[] settings)
    {
        var folder = new TemporaryFolder();
        string[] args = ["--urls", "http://127.0.0.1:0", "--SCHEDULER_DATA", folder.Path, .. settings.SelectMany(s => new[] { $"--{s.Name}", s.Value })];
        var app = Program.BuildServer(args, builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning).AddFilter("Scheduler", LogLevel.Error);
            builder.Services.Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = 100);
            adjust?.Invoke(builder);
        });
        var console = new StringWriter();
        await Program.StartServerAsync(app, console, CancellationToken.None);
        var server = new WebServer(folder, app, console.ToString());
        if (withAdmin) await server.Services.GetRequiredService<UserAccounts>().AddFirstAsync(Admin, Password, _ => Actor.LocalConsole, CancellationToken.None);
        return server;
    }

    /// <summary>A browser without scripts: keeps cookies and follows no redirect by itself.</summary>
    public HttpClient Browse() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = true, CookieContainer = new CookieContainer() }) { BaseAddress = Address };

    /// <summary>The same, signed in.</summary>
    public async Task<HttpClient> SignedInAsync(string email = Admin, string password = Password)
    {
        var client = Browse();
        using var answer = await client.SubmitAsync("/signin", "signin", ("Input.Email", email), ("Input.Password", password));
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return client;
    }

    /// <summary>A program with a token.</summary>
    public HttpClient WithToken(string token)
    {
        var client = Browse();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Adds somebody with <see cref="Password"/>.</summary>
    public async Task AddUserAsync(string email, Role role)
    {
        var accounts = Services.GetRequiredService<UserAccounts>();
        var link = await accounts.AddAsync(email, role, Actor.LocalConsole);
        await accounts.AcceptAsync(link.Token, Password, null, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [GeneratedRegex(@"https?://[^/\s]+(/setup\?token=\w+)")]
    private static partial Regex SetUpLink();
}

/// <summary>Forms, as a browser sends them.</summary>
public static partial class Forms
{
    /// <summary>Loads the page, fills the named form with its hidden fields and the given ones, and posts it.</summary>
    public static async Task<HttpResponseMessage> SubmitAsync(this HttpClient client, string page, string form, params (string Name, string Value)[] fields)
    {
        var html = await client.GetStringAsync(new Uri(page, UriKind.Relative));
        var from = html.IndexOf($"name=\"_handler\" value=\"{form}\"", StringComparison.Ordinal);
        Assert.True(from >= 0, $"{page} has no form named {form}.");
        var token = AntiforgeryField().Match(html, html.LastIndexOf("<form", from, StringComparison.Ordinal)).Groups[1].Value;
        var values = fields.Select(f => KeyValuePair.Create(f.Name, f.Value)).Append(new("_handler", form)).Append(new("__RequestVerificationToken", token));
        return await client.PostAsync(new Uri(page, UriKind.Relative), new FormUrlEncodedContent(values));
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex AntiforgeryField();
}
