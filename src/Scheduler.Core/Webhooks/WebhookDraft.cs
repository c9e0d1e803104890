using System.Globalization;
using System.Text.RegularExpressions;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Webhooks;

/// <summary>A webhook as an administrator writes it.</summary>
public sealed partial record WebhookDraft
{
    public const int MostPerMinute = 6000;

    /// <summary>The last part of its address; it stays.</summary>
    public string Name { get; init; } = "";
    public string EventType { get; init; } = "";
    public WebhookSigning Signing { get; init; }

    /// <summary>1 to <see cref="MostPerMinute"/>.</summary>
    public int PerMinute { get; init; } = 60;
    public string Note { get; init; } = "";

    /// <summary>What is wrong with it, by field; empty when it may be stored.</summary>
    public IReadOnlyList<FieldError> Check()
    {
        var errors = new List<FieldError>();
        void Complain(string field, string message) => errors.Add(new FieldError(field, message));

        if (!NamePattern().IsMatch(Name)) Complain("name", "must be a letter or digit, then letters, digits, _ or -, 64 characters at most, for example shop-push");
        if (!OnEventTrigger.IsType(EventType)) Complain("eventType", $"must be 1 to {OnEventTrigger.MaxTypeLength} letters, digits or . _ - : /, for example git.push");
        else if (NewEvent.OwnPrefixes.FirstOrDefault(own => EventType.StartsWith(own, StringComparison.OrdinalIgnoreCase)) is { } own)
            Complain("eventType", $"must not begin with {own}: such events the scheduler raises itself");
        if (!Enum.IsDefined(Signing)) Complain("signing", "must be GitHubHmac or Bearer");
        if (PerMinute is < 1 or > MostPerMinute) Complain("perMinute", $"must be from 1 to {MostPerMinute}, found {PerMinute.ToString(CultureInfo.InvariantCulture)}");
        if (Note.Length > 500) Complain("note", $"must be at most 500 characters, found {Note.Length}");
        return errors;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex NamePattern();
}
