using System.Net;
using System.Net.Sockets;

namespace Scheduler.Core.Jobs;

/// <summary>What sort of address a name may lead to.</summary>
internal enum AddressKind
{
    /// <summary>Unicast on the public internet.</summary>
    Public,

    /// <summary>Private, loopback, link-local, shared, documentation or reserved: only by a network entry.</summary>
    Local,

    /// <summary>Unspecified, multicast, broadcast or a cloud's metadata service: only by a network entry that names just that.</summary>
    Guarded,
}

/// <summary>Pure knowledge about address ranges.</summary>
internal static class ScopeAddresses
{
    /// <summary>Blocks that a wide entry such as <c>0.0.0.0/0</c> does not open: an entry must be no wider than the block itself.</summary>
    private static readonly IPNetwork[] GuardedBlocks = Parse(
        "0.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/128", "ff00::/8",
        // Metadata services hand out credentials to whoever asks: AWS (instance, tasks, pods), Azure, Alibaba, Oracle, Google.
        "169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
        "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128");

    private static readonly IPNetwork[] LocalIPv4 = Parse(
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4");

    private static readonly IPNetwork PublicIPv6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] LocalWithinPublicIPv6 = Parse("2001::/23", "2001:db8::/32", "3fff::/20");

    /// <summary>The address's kind; an IPv4 address carried inside an IPv6 one counts as what it is.</summary>
    public static AddressKind KindOf(IPAddress address)
    {
        var kind = OuterKindOf(address);
        return Carried(address) is { } inner && KindOf(inner) is var innerKind && (innerKind > kind || IsNat64(address)) ? innerKind : kind;
    }

    /// <summary>Whether the networks allow the address, and the IPv4 address that it carries, if any.</summary>
    public static bool Allow(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        if (!AllowOuter(networks, address)) return false;
        return Carried(address) is not { } inner || KindOf(inner) == AddressKind.Public || AllowOuter(networks, inner);
    }

    private static bool AllowOuter(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        var guards = GuardedBlocks.Where(block => block.Contains(address)).ToList();
        return networks.Any(n => n.Contains(address) && guards.TrueForAll(block => n.PrefixLength >= block.PrefixLength));
    }

    private static AddressKind OuterKindOf(IPAddress address)
    {
        if (GuardedBlocks.Any(block => block.Contains(address))) return AddressKind.Guarded;
        var isLocal = address.AddressFamily == AddressFamily.InterNetwork
            ? LocalIPv4.Any(block => block.Contains(address))
            : !PublicIPv6.Contains(address) || LocalWithinPublicIPv6.Any(block => block.Contains(address));
        return isLocal ? AddressKind.Local : AddressKind.Public;
    }

    // 64:ff9b::/96 stands for the public IPv4 internet behind a translator, so a public address inside makes a public one.
    private static bool IsNat64(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 && Nat64.Contains(address);

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork LocalNat64 = IPNetwork.Parse("64:ff9b:1::/48");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");
    private static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");

    /// <summary>The IPv4 address inside a transition address (NAT64, 6to4, Teredo, IPv4-compatible, SIIT, ISATAP), or null.</summary>
    private static IPAddress? Carried(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.IPv6Loopback)) return null;
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address) || LocalNat64.Contains(address) || Compatible.Contains(address) || Translated.Contains(address)) return new IPAddress(bytes.AsSpan(12));
        if (SixToFour.Contains(address)) return new IPAddress(bytes.AsSpan(2, 4));
        if (Teredo.Contains(address)) return new IPAddress([(byte)~bytes[12], (byte)~bytes[13], (byte)~bytes[14], (byte)~bytes[15]]);
        var isIsatap = (bytes[8] & 0xFD) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
        return isIsatap ? new IPAddress(bytes.AsSpan(12)) : null;
    }

    private static IPNetwork[] Parse(params string[] blocks) => [.. blocks.Select(IPNetwork.Parse)];
}
