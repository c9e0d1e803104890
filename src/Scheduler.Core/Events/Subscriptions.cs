using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Events;

/// <summary>What a schedule's manifest says of events, read for use.</summary>
internal sealed class Subscription(Manifest manifest)
{
    private Scope? _checkedScope;
    private string? _complaint;

    public EventFilter Filter { get; } = EventFilter.Read(manifest.Spec.EventFilter, "", []);
    public EventParameters Parameters { get; } = EventParameters.Read(manifest.Spec.Parameters, "", []);
    public TimeSpan Debounce => manifest.Spec.Debounce;
    public DebounceMode Mode => manifest.Spec.DebounceMode;

    /// <summary>What the job may no longer touch, as a sentence; null where it may touch all that it names.</summary>
    public string? ComplaintIn(Scope scope, JobCatalog catalog)
    {
        if (ReferenceEquals(_checkedScope, scope)) return _complaint;
        var errors = new List<FieldError>();
        catalog.Find(manifest.Spec.Job.Kind)?.Check(ManifestReader.Resolve(manifest.Spec.Job), scope, "spec.job", errors);
        _complaint = errors.Count == 0 ? null : $"{errors[0].Path}: {errors[0].Message}{(errors.Count > 1 ? $" (and {errors.Count - 1} more)" : "")}.";
        _checkedScope = scope;
        return _complaint;
    }
}

/// <summary>Subscriptions by schedule, each read once a generation, as soon as that is on disk. For the writer's thread alone.</summary>
internal sealed class Subscriptions(ManifestReader manifests)
{
    private const int MostKept = 10_000;

    private readonly Dictionary<long, (int Generation, Subscription Subscription)> _kept = [];

    /// <summary>Null where the stored manifest can't be read.</summary>
    public Subscription? Of(WriteBatch write, long scheduleId, int generation)
    {
        if (_kept.TryGetValue(scheduleId, out var known) && known.Generation == generation) return known.Subscription;
        if (write.Scalar("SELECT spec FROM schedules WHERE id = ?1", scheduleId) is not string spec) return null;
        try
        {
            var read = new Subscription(manifests.ReadStored(spec));
            // What is rolled back must not be remembered: the next edit has the same number.
            write.AfterCommit(() => Keep(scheduleId, generation, read));
            return read;
        }
        catch (Exception e) when (e is InvalidDataException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private void Keep(long scheduleId, int generation, Subscription subscription)
    {
        if (_kept.Count >= MostKept) _kept.Clear();
        _kept[scheduleId] = (generation, subscription);
    }
}
