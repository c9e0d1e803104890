using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;

namespace Scheduler.Core.Emergencies;

/// <summary>What a person asks for with a sweep.</summary>
public sealed record SweepRequest
{
    public const int MostLabels = 32;

    /// <summary>A schedule must have all of them; at least one, so that nobody starts everything by leaving a field empty.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Why; it stands in the audit log and with each run.</summary>
    public string Reason { get; init; } = "";
    public Overrides Overrides { get; init; } = Overrides.None;

    /// <summary>Reads an object with the keys labels, reason, overrideConcurrency, overrideBlackout, overrideRateLimits.</summary>
    /// <exception cref="InvalidInputException">A key is unknown or of the wrong kind, by field.</exception>
    public static SweepRequest Read(JsonElement json)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(json, "", errors);
        var request = new SweepRequest
        {
            Labels = fields.Map("labels", MostLabels, 200),
            Reason = fields.Text("reason") ?? "",
            Overrides = new Overrides(fields.Flag("overrideConcurrency", false), fields.Flag("overrideBlackout", false), fields.Flag("overrideRateLimits", false)),
        };
        fields.Close();
        return errors.Count == 0 ? request : throw new InvalidInputException(errors);
    }

    /// <summary>What is wrong with it, by field; empty when it may be done.</summary>
    public IReadOnlyList<FieldError> Check()
    {
        var errors = new List<FieldError>();
        if (Labels.Count == 0) errors.Add(new FieldError("labels", "is required: at least one label that the schedules have, such as environment=production"));
        else if (Labels.Count > MostLabels || Labels.Any(l => l.Key.Length is 0 or > 200 || l.Value.Length > 200)) errors.Add(new FieldError("labels", $"must be at most {MostLabels} pairs key=value"));
        var reason = Reason.Trim();
        if (reason.Length == 0) errors.Add(new FieldError("reason", "is required for an emergency: say why, for the audit log"));
        if (reason.Length > RunControl.MostReason) errors.Add(new FieldError("reason", $"must be at most {RunControl.MostReason} characters, found {reason.Length}"));
        return errors;
    }
}
