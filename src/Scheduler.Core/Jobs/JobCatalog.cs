using System.Collections.Frozen;

namespace Scheduler.Core.Jobs;

/// <summary>The job kinds that this build knows, by name.</summary>
public sealed class JobCatalog(IEnumerable<IJobKind> kinds)
{
    private readonly FrozenDictionary<string, IJobKind> _kinds = kinds.ToFrozenDictionary(k => k.Name);

    /// <summary>All kinds that people may use, by name.</summary>
    public IReadOnlyList<IJobKind> All { get; } = kinds.Where(k => k.IsOffered).OrderBy(k => k.Name, StringComparer.Ordinal).ToList();

    public IJobKind? Find(string name) => _kinds.GetValueOrDefault(name);
}
