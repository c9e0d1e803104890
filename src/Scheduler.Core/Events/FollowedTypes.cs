using System.Collections.Frozen;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Events;

/// <summary>Which types of event some schedule follows, in memory: where thousands of runs end a second, each asks.</summary>
/// <remarks>Thread-safe. It knows what is committed, and looks again after each change of a schedule.</remarks>
internal sealed class FollowedTypes(Database database, ScheduleChanges changes)
{
    private Snapshot? _known;

    public bool Contains(string type) => Current.Types.Contains(type);

    /// <summary>Whether any of the types is followed that the end of a run may raise.</summary>
    public bool AnyOfRuns => Current.OfRuns;

    private Snapshot Current
    {
        get
        {
            var version = changes.Count;
            if (Volatile.Read(ref _known) is { } known && known.Version == version) return known;
            using var db = database.Read();
            var types = db.Schedules.Where(s => s.EventType != null).Select(s => s.EventType!).Distinct().ToFrozenSet(StringComparer.Ordinal);
            var read = new Snapshot(version, types, RunEvents.Types.Any(types.Contains));
            Volatile.Write(ref _known, read);
            return read;
        }
    }

    private sealed record Snapshot(long Version, FrozenSet<string> Types, bool OfRuns);
}
