using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs;

/// <summary>One thing that an administrator allows scans to touch.</summary>
public abstract record ScopeEntry
{
    public const string HostKind = "host";
    public const string NetworkKind = "network";
    public const string FolderKind = "folder";

    /// <summary><c>host</c>, <c>network</c> or <c>folder</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The entry in its canonical spelling; <see cref="TryParse"/> reads it back to an equal entry.</summary>
    public abstract string Text { get; }

    public sealed override string ToString() => $"{Kind} {Text}";

    /// <summary>A host by name, such as <c>shop.example.com</c>, or <c>*.example.com</c> for all names below it (not for itself).</summary>
    /// <param name="Name">Lower-case ASCII, without a trailing dot.</param>
    public sealed record Host(string Name) : ScopeEntry
    {
        public override string Kind => HostKind;
        public override string Text => Name;

        /// <param name="name">A canonical name.</param>
        public bool Matches(string name) => Name.StartsWith("*.", StringComparison.Ordinal)
            ? name.Length > Name.Length - 1 && name.EndsWith(Name[1..], StringComparison.Ordinal)
            : name == Name;
    }

    /// <summary>An address range, such as <c>10.20.0.0/16</c> or <c>::1/128</c>.</summary>
    public sealed record Network(IPNetwork Range) : ScopeEntry
    {
        public override string Kind => NetworkKind;
        public override string Text => Range.ToString();
    }

    /// <summary>A folder and all below it, as an absolute path with links resolved.</summary>
    public sealed record Folder(string Path) : ScopeEntry
    {
        public override string Kind => FolderKind;
        public override string Text => Path;
    }

    /// <summary>Reads what an administrator typed.</summary>
    /// <param name="kind"><c>host</c>, <c>network</c> or <c>folder</c>.</param>
    /// <param name="text">A host name, an address or CIDR range, or an absolute path. A folder need not exist yet.</param>
    /// <param name="entry">The entry, canonical; null after an error.</param>
    /// <param name="error">What is wrong and what would be right; null after success.</param>
    public static bool TryParse(string kind, string text, [NotNullWhen(true)] out ScopeEntry? entry, [NotNullWhen(false)] out string? error)
    {
        text = text.Trim();
        var shown = HostileText.Line(text, 100);
        (entry, error) = kind switch
        {
            _ when text.Length == 0 => (null, "is required"),
            _ when text.Length > 4096 => (null, "must be at most 4096 characters"),
            HostKind => ParseHost(text, shown),
            NetworkKind => ParseNetwork(text, shown),
            FolderKind => ParseFolder(text, shown),
            _ => ((ScopeEntry?)null, $"must be of kind {HostKind}, {NetworkKind} or {FolderKind}, found \"{HostileText.Line(kind, 40)}\""),
        };
        return entry is not null;
    }

    private static (ScopeEntry?, string?) ParseHost(string text, string shown)
    {
        if (text.Contains("://", StringComparison.Ordinal) || text.Contains('/') || text.Contains('@'))
            return (null, $"must be a host name alone, without scheme, path or user, such as shop.example.com; found \"{shown}\"");
        var isWildcard = text.StartsWith("*.", StringComparison.Ordinal);
        var name = isWildcard ? text[2..] : text;
        if (name.Contains('*')) return (null, $"may have a star only as the first label, such as *.example.com; found \"{shown}\"");
        if (IPAddress.TryParse(name.Trim('[', ']'), out _)) return (null, $"\"{shown}\" is an address: add it as a network");
        if (name.Contains(':')) return (null, $"must not have a port (every port of the host is meant); found \"{shown}\"");
        if (!ScopeHost.TryRead(name, out var host, out _)) return (null, $"must be a host name such as shop.example.com or *.example.com; found \"{shown}\"");
        if (host.Address is not null) return (null, $"\"{shown}\" is an address: add it as a network");
        if (isWildcard && !host.Name.Contains('.')) return (null, $"\"{shown}\" would allow a whole top-level domain; name at least a domain, such as *.example.com");
        return (new Host(isWildcard ? $"*.{host.Name}" : host.Name), null);
    }

    private static (ScopeEntry?, string?) ParseNetwork(string text, string shown)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var addressText = slash < 0 ? text : text[..slash];
        if (addressText.Contains('%')) return (null, $"must not have a zone (after %); found \"{shown}\"");
        if (!IPAddress.TryParse(addressText, out var address) || !IsPlainSpelling(addressText, address))
            return (null, $"must be an address or a range such as 10.20.0.0/16, 192.0.2.7 or fd00::/8; found \"{shown}\"");
        var widest = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = widest;
        if (slash >= 0 && !(int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix) && prefix <= widest))
            return (null, $"must have a prefix length from 0 to {widest} after the slash; found \"{shown}\"");
        if (address.IsIPv4MappedToIPv6)
        {
            if (prefix < 96) return (null, $"\"{shown}\" mixes IPv4 and IPv6; write the IPv4 range itself");
            (address, prefix) = (address.MapToIPv4(), prefix - 96);
        }
        var start = Start(address, prefix);
        return start.Equals(address)
            ? (new Network(new IPNetwork(address, prefix)), null)
            : (null, $"\"{shown}\" has bits beyond its prefix; did you mean {start}/{prefix}?");
    }

    // 010.0.0.1 is 8.0.0.1 to some programs and 10.0.0.1 to others, so an administrator must write what everybody reads alike.
    private static bool IsPlainSpelling(string text, IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.Contains('[') : text == address.ToString();

    private static IPAddress Start(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = prefix; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }

    private static (ScopeEntry?, string?) ParseFolder(string text, string shown)
    {
        if (!System.IO.Path.IsPathFullyQualified(text)) return (null, $"must be an absolute path such as /srv/scans; found \"{shown}\"");
        if (!ScopedFile.TryResolve(text, out var path)) return (null, $"\"{shown}\" is not a usable path (a circle of links, or characters that no path has)");
        if (System.IO.Path.GetPathRoot(path) == path) return (null, $"\"{shown}\" is the whole file system; name the folder that scans need");
        return (new Folder(path), null);
    }
}
