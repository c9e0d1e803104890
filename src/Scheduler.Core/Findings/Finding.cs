using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Core.Findings;

/// <summary>How bad a finding is; higher is worse.</summary>
public enum Severity { Info, Low, Medium, High, Critical }

/// <summary>One observed weakness or change, as a job reports it. All texts are hostile: whoever shows them encodes them.</summary>
public sealed record Finding
{
    public const int MaxText = 4000;

    /// <summary>A stable id of the check, such as <c>web.header.csp-missing</c>.</summary>
    public required string Rule { get; init; }
    public required Severity Severity { get; init; }
    public required string Title { get; init; }

    /// <summary>What was looked at (a URL, host:port or path): the unit that a later run covers or does not cover.</summary>
    public required string Asset { get; init; }

    /// <summary>Where exactly within the asset: a cookie's name, a header, a line. Part of the finding's identity.</summary>
    public string Location { get; init; } = "";

    /// <summary>What was seen, word for word as far as it fits. Not part of the identity.</summary>
    public string Evidence { get; init; } = "";
    public string Remedy { get; init; } = "";

    /// <summary>An address (OWASP, RFC) that explains the weakness.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Seen in a state of the past: it says nothing of what is there now, so that it opens nothing.</summary>
    public bool OfThePast { get; init; }

    /// <summary>The same for the same weakness in every run: SHA-256 over rule, asset and location, as 32 hexadecimal digits.</summary>
    public string Fingerprint =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Rule}\n{Asset}\n{Location}")).AsSpan(0, 16));
}
