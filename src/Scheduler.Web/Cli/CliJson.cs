using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Web.Cli;

internal sealed record RunBody(bool Emergency, string? Reason, bool OverrideConcurrency, bool OverrideBlackout, bool OverrideRateLimits);

internal sealed record SweepBody(IReadOnlyDictionary<string, string> Labels, string? Reason, bool OverrideConcurrency, bool OverrideBlackout, bool OverrideRateLimits);

internal sealed record PauseBody(string? Until, string? Reason);

internal sealed record SkipBody(string? Reason);

internal sealed record LaunchBody(
    string Schedule, string From, string To, int? MaxParallel, string? Mode, string? OnFailure, string? Order, string? Hours, string? Note, bool DryRun);

internal sealed record ParallelBody(int MaxParallel);

internal sealed record EventBody(string Type, string? Source, JsonElement? Data);

/// <summary>What the command line sends to a server.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RunBody))]
[JsonSerializable(typeof(SweepBody))]
[JsonSerializable(typeof(PauseBody))]
[JsonSerializable(typeof(SkipBody))]
[JsonSerializable(typeof(LaunchBody))]
[JsonSerializable(typeof(ParallelBody))]
[JsonSerializable(typeof(EventBody))]
[JsonSerializable(typeof(string))]
internal sealed partial class CliJson : JsonSerializerContext;
