using System.Text.Json;
using System.Text.Json.Nodes;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Welcome;

/// <summary>A schedule that works at once on a fresh installation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Title">What it is for, in a few words.</param>
/// <param name="Words">What it does and how often.</param>
/// <param name="Manifest">Ready to be saved.</param>
internal sealed record Starter(string Name, string Title, string Words, JsonElement Manifest);

/// <summary>The ready-made schedules: they look at this very server, which is always there and always in scope.</summary>
internal static class Starters
{
    /// <param name="server">This server's address as the browser has it; where that is no loopback address, its port on 127.0.0.1 is used.</param>
    public static IReadOnlyList<Starter> For(Uri server)
    {
        var self = server.IsLoopback ? new Uri(server.GetLeftPart(UriPartial.Authority) + "/") : new Uri($"http://127.0.0.1:{server.Port}/");
        return
        [
            Of("self-web-scan", "Scan this server", $"Every 15 minutes: TLS, security headers, cookies and versions of {self}.", "15m", "web-scan", new Uri(self, "signin")),
            Of("self-health", "Watch its health", $"Every minute: does {self}health/live still answer?", "1m", "http", new Uri(self, "health/live")),
            Of("heartbeat", "See something move", "Every 10 seconds: a job that does nothing and ends well.", "10s", "noop", null),
        ];
    }

    private static Starter Of(string name, string title, string words, string trigger, string kind, Uri? url) => new(name, title, words, JsonSerializer.SerializeToElement(new JsonObject
    {
        ["apiVersion"] = Manifest.ApiVersion,
        ["kind"] = Manifest.KindName,
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["starter"] = "true" }, ["annotations"] = new JsonObject { ["description"] = words } },
        ["spec"] = new JsonObject
        {
            ["schedule"] = trigger,
            ["job"] = new JsonObject
            {
                ["kind"] = kind,
                ["targets"] = url is null ? new JsonObject() : new JsonObject { ["urls"] = new JsonArray(url.ToString()) },
                ["options"] = kind == "noop" ? new JsonObject { ["duration"] = "2s", ["lines"] = 5 } : new JsonObject(),
            },
        },
    }));
}
