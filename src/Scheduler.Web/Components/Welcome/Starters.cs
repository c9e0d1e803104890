using System.Text.Json;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Welcome;

/// <summary>A schedule that works at once, offered to whoever has none yet.</summary>
/// <param name="Name">What it will be called.</param>
/// <param name="Title">In a few words.</param>
/// <param name="Text">What it does and when.</param>
/// <param name="Manifest">Ready to be saved.</param>
public sealed record Starter(string Name, string Title, string Text, JsonElement Manifest);

/// <summary>The three that show what the program does without touching anything but this machine.</summary>
internal static class Starters
{
    /// <param name="server">This server's own address, with a slash at the end.</param>
    public static IReadOnlyList<Starter> Of(Uri server) =>
    [
        new("self-web-scan", "Scan this server's pages", $"Every 15 minutes: security headers, cookies and TLS of {server}", Manifest(
            "self-web-scan", "Looks at this very server as a scanner would", "15m",
            // This server speaks plain http on the loopback at first, which is a finding but no failure.
            new { kind = "web-scan", targets = new { urls = new[] { server.ToString() } }, options = new { failOn = "high" } })),
        new("self-health", "Watch this server's health", $"Every minute: {new Uri(server, "health/live")} must answer", Manifest(
            "self-health", "Asks this server whether it is alive", "1m",
            new { kind = "http", targets = new { urls = new[] { new Uri(server, "health/live").ToString() } }, options = new { timeout = "10s" } })),
        new("heartbeat", "A heartbeat", "Every 10 seconds: contacts nothing, writes a few lines, so that you see something move", Manifest(
            "heartbeat", "Shows that schedules start and runs end", "10s",
            new { kind = "noop", options = new { duration = "2s", lines = 5 } })),
    ];

    /// <summary>Where this server can be scanned: as the browser sees it when that is this machine, else its own loopback address.</summary>
    /// <param name="seen">The address in the browser.</param>
    /// <param name="listening">What the server listens on, such as <c>http://0.0.0.0:5080</c>; may be empty.</param>
    public static Uri OwnAddress(Uri seen, IEnumerable<string> listening)
    {
        if (seen.IsLoopback) return new Uri(seen.GetLeftPart(UriPartial.Authority) + "/");
        var port = listening.Where(a => a.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            .Select(a => (int?)BindingAddress.Parse(a).Port).FirstOrDefault() ?? seen.Port;
        return new Uri($"http://127.0.0.1:{port}/");
    }

    private static JsonElement Manifest(string name, string description, string schedule, object job) => JsonSerializer.SerializeToElement(new
    {
        apiVersion = Scheduler.Core.Schedules.Manifest.ApiVersion,
        kind = Scheduler.Core.Schedules.Manifest.KindName,
        metadata = new { name, labels = new { starter = "yes" }, annotations = new { description } },
        spec = new { schedule, timezone = "UTC", job },
    });
}
