namespace Scheduler.Core.Processes;

/// <summary>Finds all that a child has become: itself, whoever carries its marker, and from these on whoever shares their session or descends from them.</summary>
/// <remarks>
/// The marker finds those that have left the tree, as a double fork does, and those with a session of their own. Whoever leaves both and wipes the environment
/// it was started with is not found. Off Linux only the child itself is found here, and what descends from it is ended with it.
/// </remarks>
internal static class ProcessTree
{
    public static IReadOnlyList<ProcessName> Find(ChildNote note)
    {
        if (!OperatingSystem.IsLinux()) return note.Child is { } child && ProcessTable.IsAlive(child) ? [child] : [];
        var own = ProcessTable.Of(Environment.ProcessId)!.Value;
        // Nothing of it can be older than who started it.
        var candidates = ProcessTable.All().Where(p => p.Name.Start >= note.Owner.Start && p.Name != own.Name && p.Name.Id != 1).ToList();
        var variable = $"{ChildNotes.Variable}={note.Marker}";
        var found = candidates.Where(p => p.Name == note.Child || ProcessTable.HasInEnvironment(p.Name.Id, variable)).ToHashSet();
        for (var before = 0; before < found.Count;)
        {
            before = found.Count;
            var ids = found.Select(p => p.Name.Id).ToHashSet();
            // Only sessions that the tree has made itself: without setsid a child is in that of whoever started the scheduler.
            var sessions = found.Select(p => p.Session).Where(s => s != own.Session && (ids.Contains(s) || s == note.Child?.Id)).ToHashSet();
            found.UnionWith(candidates.Where(p => sessions.Contains(p.Session) || ids.Contains(p.Parent)));
        }
        return [.. found.Select(p => p.Name)];
    }
}
