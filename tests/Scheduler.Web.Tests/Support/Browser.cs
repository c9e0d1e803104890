using Microsoft.Playwright;

namespace Scheduler.Web.Tests.Support;

/// <summary>One Chromium for all browser tests; each test gets a context of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Find() is not { } executable) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = executable, Args = Arguments });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A fresh page, as after clearing all cookies. Skips the test where there is no browser.</summary>
    public Task<BrowserPage> OpenAsync(WebServer server, int width = 1440, int height = 900, bool scripts = true, ColorScheme colors = ColorScheme.Light) =>
        OpenAsync(server.Address, width, height, scripts, colors);

    /// <inheritdoc cref="OpenAsync(WebServer, int, int, bool, ColorScheme)"/>
    public async Task<BrowserPage> OpenAsync(Uri server, int width = 1440, int height = 900, bool scripts = true, ColorScheme colors = ColorScheme.Light)
    {
        Skip.If(_browser is null, "No Chromium found: set CHROMIUM_PATH, or install chromium.");
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = server.ToString(), ViewportSize = new ViewportSize { Width = width, Height = height }, JavaScriptEnabled = scripts,
            ColorScheme = colors, TimezoneId = "America/New_York", Locale = "en-GB", ReducedMotion = ReducedMotion.Reduce,
        });
        return new BrowserPage(context, await context.NewPageAsync());
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } given) return given;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}

/// <summary>A page, and what went wrong in it: script errors, refused resources, console errors.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private readonly List<string> _complaints = [];

    internal BrowserPage(IBrowserContext context, IPage page)
    {
        (Context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("status of 4", StringComparison.Ordinal)) Complain(message.Text);
        };
        page.PageError += (_, error) => Complain(error);
    }

    public IBrowserContext Context { get; }
    public IPage Page { get; }

    /// <summary>Errors on the console, the content policy's refusals among them.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints) return [.. _complaints];
        }
    }

    public async Task SignInAsync(string email = WebServer.Admin, string password = WebServer.Password)
    {
        await Page.GotoAsync("/signin");
        await FillSignInAsync(email, password);
        await Page.WaitForURLAsync(url => !url.Contains("/signin", StringComparison.Ordinal));
    }

    public async Task FillSignInAsync(string email, string password)
    {
        await Page.GetByLabel("E-mail address").FillAsync(email);
        await Page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
    }

    /// <summary>Goes there and waits until the page's circuit answers.</summary>
    public async Task GoLiveAsync(string path)
    {
        await Page.GotoAsync(path);
        await Assertions.Expect(Page.Locator("#live-lamp")).ToHaveAttributeAsync("data-state", "live");
    }

    /// <summary>Goes there, and waits for the circuit where the page has one.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        if (await Page.Locator("#live-lamp").CountAsync() > 0) await Assertions.Expect(Page.Locator("#live-lamp")).ToHaveAttributeAsync("data-state", "live");
        await Assertions.Expect(Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("Scheduler$"));
    }

    public ValueTask DisposeAsync() => Context.DisposeAsync();

    private void Complain(string text)
    {
        lock (_complaints) _complaints.Add(text);
    }
}

/// <summary>Tests that share the browser; they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<Browser>
{
    public const string Name = "Browser";
}
