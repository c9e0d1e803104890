using System.Text.RegularExpressions;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Secrets;

/// <summary>How one sort of secret is recognised.</summary>
/// <param name="Id">Such as <c>secret.github-token</c>.</param>
/// <param name="Title">What it is, as the beginning of a sentence.</param>
/// <param name="Anchors">Texts of which one stands in every line that may hold it, so that most files need no further look.</param>
/// <param name="Pattern">Over one line; its group <c>s</c> is the secret.</param>
internal sealed record SecretRule(string Id, Severity Severity, string Title, IReadOnlyList<string> Anchors, Regex Pattern)
{
    /// <summary>Whether letters of both cases meet the anchors.</summary>
    public bool AnyCase { get; init; }

    /// <summary>Looks like a word that stands for a secret, or like code that reads it from elsewhere, unless it is as mixed as a made one.</summary>
    public bool IsGeneric { get; init; }

    /// <summary>Whether a value without quotes counts in files of settings alone: elsewhere it is code.</summary>
    public bool QuotedOutsideSettings { get; init; }
}
