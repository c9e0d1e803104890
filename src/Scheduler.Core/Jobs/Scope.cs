using System.Net;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs;

/// <summary>The hosts, networks and folders that scans may touch. Nothing else is ever contacted or read. Immutable and safe for concurrent use.</summary>
public sealed class Scope
{
    /// <summary>How every refusal ends: what a person can do about it.</summary>
    public const string Remedy = "ask an administrator to add it under Settings, Scope";

    private readonly ScopeEntry.Host[] _hosts;
    private readonly IPNetwork[] _networks;
    private readonly string[] _folders;

    public Scope(IReadOnlyList<ScopeEntry> entries)
    {
        Entries = entries;
        _hosts = [.. entries.OfType<ScopeEntry.Host>()];
        _networks = [.. entries.OfType<ScopeEntry.Network>().Select(n => n.Range)];
        _folders = [.. entries.OfType<ScopeEntry.Folder>().Select(f => f.Path)];
    }

    public IReadOnlyList<ScopeEntry> Entries { get; }

    /// <summary>What a fresh installation may touch: this machine's loopback addresses and the demo folder.</summary>
    /// <param name="demoFolder">An absolute path.</param>
    public static Scope Default(string demoFolder) => new(
    [
        new ScopeEntry.Network(IPNetwork.Parse("127.0.0.0/8")),
        new ScopeEntry.Network(IPNetwork.Parse("::1/128")),
        new ScopeEntry.Folder(ScopedFile.TryResolve(demoFolder, out var path) ? path : demoFolder),
    ]);

    /// <summary>
    /// Whether a URL may be asked for, as far as its text tells: http or https without credentials, and a host that is listed by name, means this
    /// machine (<c>localhost</c>), or is an address within a network. Asks no name server: <see cref="CheckAddress"/> decides again at the connection.
    /// </summary>
    /// <param name="url">An absolute URL, in whatever spelling.</param>
    /// <param name="refusal">Why not and what helps, in one clean line; null when allowed.</param>
    public bool CheckUrl(Uri url, out string? refusal)
    {
        refusal = null;
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            refusal = $"only http and https addresses can be scanned, found {HostileText.Line(url.OriginalString, 200)}";
        else if (url.UserInfo.Length > 0)
            refusal = $"an address with a user name or password in it is not accepted: {HostileText.Line(url.IdnHost, 100)}";
        else if (!ScopeHost.TryRead(url, out var host, out var error))
            refusal = $"{error}: {HostileText.Line(url.Host, 100)}";
        else if (!AllowsHost(host))
            refusal = OutOf(host.Name);
        return refusal is null;
    }

    /// <summary>
    /// Whether a connection to an address may be opened for a host. A listed name may lead to public unicast addresses, and to private, loopback
    /// and link-local ones only when a network allows them too (a name's owner must not steer a scan into our own network). Any other host
    /// only to addresses that a network allows. Unspecified, multicast, broadcast and metadata addresses need a network entry no wider than they are.
    /// </summary>
    /// <param name="host">The host as the URL has it.</param>
    /// <param name="address">The address that is about to be connected to.</param>
    /// <param name="refusal">Why not and what helps; null when allowed.</param>
    public bool CheckAddress(string host, IPAddress address, out string? refusal)
    {
        address = ScopeHost.Plain(address);
        refusal = null;
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && address.ScopeId != 0) refusal = OutOf($"{HostileText.Line(host, 100)} ({address})");
        else if (ScopeAddresses.Allow(_networks, address)) return true;
        else if (ScopeHost.TryRead(host, out var read, out _) && read.Address is null && IsListed(read.Name) && ScopeAddresses.KindOf(address) == AddressKind.Public) return true;
        else refusal = OutOf(read?.Address is not null ? read.Name : $"{HostileText.Line(host, 100)} ({address})");
        return false;
    }

    /// <summary>Whether a file or folder may be read: with all links resolved it lies in an allowed folder.</summary>
    /// <param name="path">An absolute path; what it names need not exist.</param>
    /// <param name="realPath">The path with links resolved; open this one, or better use <see cref="ScopedFile"/>.</param>
    /// <param name="refusal">Why not and what helps; null when allowed.</param>
    public bool CheckPath(string path, out string realPath, out string? refusal)
    {
        realPath = "";
        refusal = null;
        var shown = HostileText.Line(path, 200);
        if (!Path.IsPathFullyQualified(path)) refusal = $"must be an absolute path, found \"{shown}\"";
        else if (!ScopedFile.TryResolve(path, out realPath)) refusal = $"\"{shown}\" is not a usable path (a circle of links, or characters that no path has)";
        else if (!AllowsRealPath(realPath)) refusal = OutOf(shown);
        return refusal is null;
    }

    /// <param name="realPath">A path with all links resolved.</param>
    internal bool AllowsRealPath(string realPath)
    {
        var comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return Array.Exists(_folders, folder =>
            realPath.Equals(folder, comparison) || realPath.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, comparison));
    }

    private bool AllowsHost(ScopeHost host) => host switch
    {
        { Address: { } address } => ScopeAddresses.Allow(_networks, address),
        { IsLocalhost: true } => ScopeAddresses.Allow(_networks, IPAddress.Loopback) || ScopeAddresses.Allow(_networks, IPAddress.IPv6Loopback),
        _ => IsListed(host.Name),
    };

    private bool IsListed(string name) => Array.Exists(_hosts, h => h.Matches(name));

    private static string OutOf(string what) => $"{what} is outside the scope; {Remedy}";
}
