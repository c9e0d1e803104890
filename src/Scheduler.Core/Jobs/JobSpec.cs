using System.Text.Json;

namespace Scheduler.Core.Jobs;

/// <summary>What a run does: a kind, its targets and its options, as a manifest gives them.</summary>
/// <param name="Kind">The name of a job kind, such as <c>web-scan</c>.</param>
/// <param name="Profile">A stored profile whose options come first, or null.</param>
/// <param name="Targets">An object, or undefined when there is none.</param>
/// <param name="Options">An object, or undefined when there is none.</param>
public sealed record JobSpec(string Kind, string? Profile, JsonElement Targets, JsonElement Options)
{
    public static JobSpec Of(string kind, string targetsJson = "{}", string optionsJson = "{}") =>
        new(kind, null, JsonElement.Parse(targetsJson), JsonElement.Parse(optionsJson));
}
