namespace Scheduler.Core.Jobs.Web;

/// <summary>One content security policy, read as a browser reads it: directive names without case, the first of a name counts.</summary>
internal sealed class ContentSecurityPolicy
{
    private static readonly string[] Anywhere = ["*", "http:", "https:", "http://*", "https://*", "*:*"];

    private readonly Dictionary<string, string[]> _directives = new(StringComparer.OrdinalIgnoreCase);

    private ContentSecurityPolicy(string text)
    {
        foreach (var directive in text.Split(';'))
        {
            var words = directive.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0) _directives.TryAdd(words[0], words[1..]);
        }
    }

    /// <summary>The policies of a header's value, which commas separate. All of them are enforced together.</summary>
    public static IEnumerable<ContentSecurityPolicy> ReadAll(string header) =>
        header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => new ContentSecurityPolicy(t)).Where(p => p._directives.Count > 0);

    public bool UpgradesInsecureRequests => _directives.ContainsKey("upgrade-insecure-requests");

    /// <summary>Whether it says anything about where scripts come from.</summary>
    public bool LimitsScripts => ScriptSources is not null;

    public bool AllowsInlineScripts => ScriptSources is not { } sources || AllowsInline(sources);

    public bool AllowsInlineStyles => SourcesOf("style-src") is not { } sources || AllowsInline(sources);

    public bool LimitsStyles => SourcesOf("style-src") is not null;

    public bool AllowsEval => ScriptSources is not { } sources || Has(sources, "'unsafe-eval'");

    /// <summary>Scripts from any host; with 'strict-dynamic' browsers ignore such sources.</summary>
    public bool AllowsScriptsFromAnywhere =>
        ScriptSources is not { } sources || (!Has(sources, "'strict-dynamic'") && (sources.Any(IsAnywhere) || Has(sources, "data:")));

    /// <summary>Null when it says nothing about framing; else whether only named origins (or none) may frame the page.</summary>
    public bool? LimitsFraming => _directives.TryGetValue("frame-ancestors", out var ancestors) ? !ancestors.Any(IsAnywhere) : null;

    private string[]? ScriptSources => SourcesOf("script-src");

    private string[]? SourcesOf(string directive) =>
        _directives.TryGetValue(directive, out var own) ? own : _directives.TryGetValue("default-src", out var otherwise) ? otherwise : null;

    // A nonce, a hash or 'strict-dynamic' makes browsers ignore 'unsafe-inline': it stands there for the oldest of them.
    private static bool AllowsInline(string[] sources) => Has(sources, "'unsafe-inline'") && !Has(sources, "'strict-dynamic'") &&
        !Array.Exists(sources, s => s.StartsWith("'nonce-", StringComparison.OrdinalIgnoreCase) || s.StartsWith("'sha", StringComparison.OrdinalIgnoreCase));

    private static bool IsAnywhere(string source) => Array.Exists(Anywhere, a => a.Equals(source, StringComparison.OrdinalIgnoreCase));

    private static bool Has(string[] sources, string word) => Array.Exists(sources, s => s.Equals(word, StringComparison.OrdinalIgnoreCase));
}
