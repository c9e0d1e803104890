using System.Net;

namespace Scheduler.Core.Jobs;

/// <summary>One thing that an administrator allows scans to touch.</summary>
public abstract record ScopeEntry
{
    /// <summary>A host by name, such as <c>shop.example.com</c>, or <c>*.example.com</c> for all names below it.</summary>
    public sealed record Host(string Name) : ScopeEntry;

    /// <summary>An address range, such as <c>10.20.0.0/16</c> or <c>::1/128</c>.</summary>
    public sealed record Network(IPNetwork Range) : ScopeEntry;

    /// <summary>A folder and all below it, as an absolute path with links resolved.</summary>
    public sealed record Folder(string Path) : ScopeEntry;
}

/// <summary>The hosts, networks and folders that scans may touch. Nothing else is ever contacted or read.</summary>
public sealed class Scope(IReadOnlyList<ScopeEntry> entries)
{
    public IReadOnlyList<ScopeEntry> Entries { get; } = entries;
}
