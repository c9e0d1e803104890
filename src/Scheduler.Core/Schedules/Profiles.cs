using System.Text.Json;

namespace Scheduler.Core.Schedules;

/// <summary>Named, reusable options of a job kind. A job's own options stand over its profile's.</summary>
public static class Profiles
{
    private static readonly Dictionary<(string Kind, string Name), JsonElement> BuiltIn = new()
    {
        [("web-scan", "fast")] = JsonElement.Parse("""{ "maxUrls": 100, "concurrency": 20, "crawl": false }"""),
        [("web-scan", "balanced")] = JsonElement.Parse("{}"),
        [("web-scan", "deep")] = JsonElement.Parse("""{ "maxUrls": 5000, "concurrency": 5 }"""),
    };

    /// <summary>The names of a kind's profiles, gentlest last.</summary>
    public static IEnumerable<string> NamesOf(string kind) => BuiltIn.Keys.Where(k => k.Kind == kind).Select(k => k.Name);

    /// <summary>An object of options, or null where there is no such profile.</summary>
    internal static JsonElement? OptionsOf(string kind, string name) => BuiltIn.TryGetValue((kind, name), out var options) ? options : null;
}
