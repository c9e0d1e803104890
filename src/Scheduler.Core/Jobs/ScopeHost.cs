using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Scheduler.Core.Jobs;

/// <summary>
/// The host of a URL in its one canonical spelling: a lower-case ASCII name without a trailing dot, or an address. Every other spelling of
/// the same host (decimal, octal and hexadecimal IPv4, IPv4 in IPv6, full-width digits, upper case) ends up the same, so that it is checked as what it is.
/// </summary>
/// <param name="Name">The name, or the address as text without brackets.</param>
/// <param name="Address">The address when the host is one, else null.</param>
public sealed partial record ScopeHost(string Name, IPAddress? Address)
{
    private const int MaxNameLength = 253;

    /// <summary>Whether the name means this machine by RFC 6761, whatever a resolver says.</summary>
    public bool IsLocalhost => Address is null && (Name == "localhost" || Name.EndsWith(".localhost", StringComparison.Ordinal));

    /// <summary>As it stands in a URL: an IPv6 address in brackets.</summary>
    public string InUrl => Address?.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Name}]" : Name;

    /// <summary>Reads the host of an absolute URL.</summary>
    public static bool TryRead(Uri url, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ScopeHost? host, out string? error)
    {
        host = null;
        string text;
        try { text = url.IdnHost; }
        catch (UriFormatException)
        {
            error = "the host is not a valid name";
            return false;
        }
        return TryRead(text, out host, out error);
    }

    /// <summary>Reads a host that stands alone, without brackets and port.</summary>
    public static bool TryRead(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ScopeHost? host, out string? error)
    {
        host = null;
        error = null;
        if (text.Contains('%')) error = "an address with a zone (after %) is not accepted";
        else if (text.Contains(':')) host = ReadAddress(text);
        else host = ReadNameOrIPv4(text, ref error);
        if (host is null) error ??= "the host is neither a valid name nor an address";
        return host is not null;
    }

    /// <summary>The same URL with its host spelled canonically.</summary>
    public Uri Rewrite(Uri url) => url.Host == InUrl ? url : new UriBuilder(url) { Host = InUrl }.Uri;

    /// <summary>An address in its plain form: IPv4 mapped into IPv6 is IPv4.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static ScopeHost? ReadAddress(string text)
    {
        if (!IPAddress.TryParse(text, out var address)) return null;
        address = Plain(address);
        return new ScopeHost(address.ToString(), address);
    }

    private static ScopeHost? ReadNameOrIPv4(string text, ref string? error)
    {
        string name;
        try { name = new IdnMapping { UseStd3AsciiRules = false }.GetAscii(text.Trim()); }
        catch (ArgumentException)
        {
            error = "the host is not a valid name";
            return null;
        }
#pragma warning disable CA1308 // Host names are lower-case by convention and in every comparison here.
        name = name.ToLowerInvariant();
#pragma warning restore CA1308
        if (name.EndsWith('.')) name = name[..^1];
        // A host that ends in a number is an address or nothing: 256.1.1.1 must never be asked of a name server.
        if (EndsInNumber().IsMatch(name)) return ReadAddress(name);
        return name.Length is > 0 and <= MaxNameLength && NamePattern().IsMatch(name) ? new ScopeHost(name, null) : null;
    }

    [GeneratedRegex(@"(^|\.)([0-9]+|0x[0-9a-f]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex EndsInNumber();

    [GeneratedRegex(@"^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
