using System.Text.Json;
using System.Text.RegularExpressions;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Schedules;

/// <summary>Turns JSON into a <see cref="Manifest"/>, or into the list of all that is wrong with it, by field path.</summary>
public sealed partial class ManifestReader(SchedulerOptions options, JobCatalog catalog)
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>Reads and checks a whole manifest.</summary>
    /// <param name="root">An object; <c>status</c> and the server's own metadata are ignored, so that what was read can be written back.</param>
    /// <param name="scope">What scans may touch; a target outside is an error.</param>
    /// <exception cref="InvalidInputException">Anything is wrong; nothing was taken.</exception>
    public Manifest Read(JsonElement root, Scope scope)
    {
        var errors = new List<FieldError>();
        var manifest = TryRead(root, scope, errors);
        return manifest is not null && errors.Count == 0 ? manifest : throw new InvalidInputException(errors);
    }

    /// <summary>A stored manifest, which was checked when it was written: what has since left the scope is found when it runs.</summary>
    internal Manifest ReadStored(string json) =>
        TryRead(JsonElement.Parse(json), null, []) ?? throw new InvalidDataException("A stored manifest can't be read: it was changed outside of Scheduler.");

    /// <summary>The manifest as far as it can be read, for a form that shows the errors beside the fields; null where even its outline is missing.</summary>
    public Manifest? TryRead(JsonElement root, Scope? scope, List<FieldError> errors)
    {
        var before = errors.Count;
        var fields = new FieldReader(root, "", errors);
        if (root.ValueKind != JsonValueKind.Object)
        {
            if (errors.Count == before) errors.Add(new FieldError("", "the manifest is empty; it needs apiVersion, kind, metadata and spec"));
            return null;
        }
        if (fields.RequiredText("apiVersion", Manifest.ApiVersion) is { Length: > 0 } version && version != Manifest.ApiVersion)
            fields.Complain("apiVersion", $"must be {Manifest.ApiVersion}, found {version}");
        if (fields.RequiredText("kind", Manifest.KindName) is { Length: > 0 } kind && kind != Manifest.KindName)
            fields.Complain("kind", $"must be {Manifest.KindName}, found {kind}");
        fields.Raw("status");
        var metadata = fields.Nested("metadata");
        var spec = fields.Nested("spec");
        fields.Close();

        var name = ReadName(metadata);
        var labels = ReadLabels(metadata);
        var annotations = metadata.Map("annotations", 64, 4000);
        foreach (var serversOwn in (string[])["uid", "creationTimestamp", "generation"]) metadata.Raw(serversOwn);
        metadata.Close();
        return ReadSpec(spec, name, scope, errors) is { } read
            ? new Manifest { Name = name, Labels = labels, Annotations = annotations, Spec = read }
            : null;
    }

    /// <summary>The job with its profile's options underneath its own.</summary>
    public static JobSpec Resolve(JobSpec job) =>
        job.Profile is null ? job : job with { Profile = null, Options = JsonMerge.Over(Profiles.OptionsOf(job.Kind, job.Profile) ?? default, job.Options) };

    /// <summary>Refuses a label that a manifest could not have. A value of null is not looked at.</summary>
    /// <exception cref="InvalidInputException">The key or the value is wrong.</exception>
    internal static void DemandLabel(string key, string? value)
    {
        if (!LabelKeyPattern().IsMatch(key)) throw new InvalidInputException("label", $"must be letters, digits, '.', '_', '/' or '-', 63 characters at most, then = and a value; found \"{(key.Length > 80 ? key[..80] + "…" : key)}\"");
        if (value?.Length > 63) throw new InvalidInputException("label", $"must have a value of at most 63 characters, found {value.Length}");
    }

    private static string ReadName(FieldReader metadata)
    {
        var name = metadata.RequiredText("name", "shop-nightly");
        if (name.Length > 0 && !NamePattern().IsMatch(name))
            metadata.Complain("name", $"must be a letter, then letters, digits, _ or -, 64 characters at most; found \"{(name.Length > 80 ? name[..80] + "…" : name)}\"");
        return name;
    }

    private static IReadOnlyDictionary<string, string> ReadLabels(FieldReader metadata)
    {
        var labels = metadata.Map("labels", 32, 63);
        foreach (var key in labels.Keys.Where(k => !LabelKeyPattern().IsMatch(k)))
            metadata.Complain($"labels.{key}", "a label's key must be letters, digits, '.', '_', '/' or '-', 63 characters at most");
        return labels;
    }

    private ScheduleSpec? ReadSpec(FieldReader spec, string name, Scope? scope, List<FieldError> errors)
    {
        var text = spec.RequiredText("schedule", "\"0 2 * * *\" or 15m");
        Trigger? trigger = null;
        if (text.Length > 0 && !TriggerText.TryParse(text, name, out trigger, out var error)) spec.Complain("schedule", Words(error!));
        var zone = spec.Text("timezone", 100) ?? "UTC";
        if (!TriggerZone.TryFind(zone, out _)) spec.Complain("timezone", $"\"{zone}\" is no IANA time zone; right would be, for example, Europe/Berlin or UTC");
        var startAt = spec.Instant("startAt");
        var endAt = spec.Instant("endAt");
        if (startAt >= endAt) spec.Complain("endAt", "must be after startAt");
        var pool = spec.Text("pool", 64);
        if (pool is not null && !options.Pools.ContainsKey(pool))
            spec.Complain("pool", $"there is no pool \"{pool}\"; there are {string.Join(", ", options.Pools.Keys.Order(StringComparer.Ordinal))}");
        var backend = spec.Word("backend", "local", "local");
        var job = ReadJob(spec.Nested("job"), spec.Has("job"), scope, errors);
        var (debounce, debounceMode) = ReadDebounce(spec);
        EventFilter.Read(spec.Raw("eventFilter"), "spec.eventFilter", errors);
        EventParameters.Read(spec.Raw("parameters"), "spec.parameters", errors);
        var read = new ScheduleSpec
        {
            Schedule = text,
            Trigger = trigger ?? ManualPlaceholder,
            TimeZone = zone,
            StartAt = startAt,
            EndAt = endAt,
            Suspend = spec.Has("suspend") ? spec.Flag("suspend", false) : null,
            Priority = spec.Whole("priority", 0, -100, 100),
            Pool = pool,
            ConcurrencyPolicy = spec.Choice("concurrencyPolicy", ConcurrencyPolicy.Forbid),
            StartingDeadline = spec.Has("startingDeadlineSeconds") ? TimeSpan.FromSeconds(spec.Whole("startingDeadlineSeconds", 60, 1, 31_536_000)) : null,
            MissedRuns = spec.Choice("missedRuns", MissedRunsPolicy.Latest),
            Timeout = spec.Duration("timeout", TimeSpan.FromHours(2), TimeSpan.FromSeconds(1), Week),
            Retry = ReadRetry(spec),
            SuccessfulRunsHistoryLimit = spec.Whole("successfulRunsHistoryLimit", 30, 0, 100_000),
            FailedRunsHistoryLimit = spec.Whole("failedRunsHistoryLimit", 10, 0, 100_000),
            LateAfter = spec.Has("lateAfter") ? spec.Duration("lateAfter", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1), Week) : null,
            Debounce = debounce,
            DebounceMode = debounceMode,
            EventFilter = spec.Raw("eventFilter"),
            Parameters = spec.Raw("parameters"),
            Notifications = ReadNotifications(spec, errors),
            Backend = backend,
            Job = job,
        };
        spec.Close();
        return read;
    }

    // What a form shows while the text is not yet right; a manifest with an error is never stored.
    private static readonly Trigger ManualPlaceholder = new ManualTrigger();

    private static RetryPolicy ReadRetry(FieldReader spec)
    {
        var otherwise = RetryPolicy.None;
        if (!spec.Has("retry")) return otherwise;
        var retry = spec.Nested("retry");
        var policy = new RetryPolicy(
            retry.Whole("attempts", 3, 1, 100),
            retry.Duration("delay", otherwise.Delay, TimeSpan.Zero, TimeSpan.FromDays(1)),
            retry.Number("multiplier", otherwise.Multiplier, 1, 10),
            retry.Duration("maxDelay", otherwise.MaxDelay, TimeSpan.Zero, Week));
        retry.Close();
        return policy;
    }

    private JobSpec ReadJob(FieldReader fields, bool isThere, Scope? scope, List<FieldError> errors)
    {
        var kindName = isThere ? fields.RequiredText("kind", "web-scan", 64) : "";
        if (!isThere) errors.Add(new FieldError("spec.job", "is required, for example { kind: web-scan, targets: { urls: [\"http://127.0.0.1:5080/\"] } }"));
        var job = new JobSpec(kindName, fields.Text("profile", 64), fields.Raw("targets"), fields.Raw("options"));
        fields.Close();
        if (kindName.Length == 0) return job;
        var kind = catalog.Find(kindName) is { } known && (known.IsOffered || scope is null) ? known : null;
        if (kind is null)
            fields.Complain("kind", $"there is no job kind \"{kindName}\" in this version; there are {string.Join(", ", catalog.All.Select(k => k.Name))}");
        else if (job.Profile is not null && Profiles.OptionsOf(kindName, job.Profile) is null)
            fields.Complain("profile", $"there is no profile \"{job.Profile}\" for {kindName}; there are {string.Join(", ", Profiles.NamesOf(kindName))}");
        else if (scope is not null)
            kind.Check(Resolve(job), scope, "spec.job", errors);
        return job;
    }

    private static (TimeSpan, DebounceMode) ReadDebounce(FieldReader spec)
    {
        var debounce = spec.Duration("debounce", TimeSpan.Zero, TimeSpan.Zero, Week);
        var mode = spec.Word("debounceMode", "leading", "leading", "trailing") == "trailing" ? DebounceMode.Trailing : DebounceMode.Leading;
        if (mode == DebounceMode.Trailing && debounce < TimeSpan.FromSeconds(1)) spec.Complain("debounce", "must be at least 1s where debounceMode is trailing: so long it waits for a further event");
        return (debounce, mode);
    }

    private static JsonElement ReadNotifications(FieldReader spec, List<FieldError> errors)
    {
        var list = spec.Raw("notifications");
        if (list.ValueKind == JsonValueKind.Undefined) return default;
        if (list.ValueKind != JsonValueKind.Array)
        {
            spec.Complain("notifications", "must be a list of { channel, on }");
            return default;
        }
        // A rule for a channel that is not there would look like a promise to tell somebody.
        foreach (var (index, element) in list.EnumerateArray().Index())
        {
            var rule = new FieldReader(element, $"spec.notifications[{index}]", errors);
            var channel = rule.RequiredText("channel", "soc-slack", 64);
            if (channel.Length > 0) rule.Complain("channel", $"there is no channel \"{channel}\"; no channel is set up");
        }
        return list;
    }

    private static string Words(TriggerError error)
    {
        var place = error.Position > 0 || error.Length < error.Text.Length ? $" (at character {error.Position + 1})" : "";
        var mend = error.Suggestion is null ? "" : $"; did you mean \"{error.Suggestion}\"?";
        return error.Message + place + mend;
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._/-]{0,62}\z")]
    private static partial Regex LabelKeyPattern();
}
