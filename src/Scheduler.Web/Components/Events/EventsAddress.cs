using System.Globalization;
using Scheduler.Core.Events;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Events;

/// <summary>What the list of events shows, as its address says it: a copied link shows the same.</summary>
public sealed record EventsAddress
{
    public const int PageSize = 50;

    public string? Type { get; init; }
    public string? Source { get; init; }
    public string? Schedule { get; init; }
    public EventOutcome? Outcome { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }

    /// <summary>The page of events with smaller numbers.</summary>
    public long? Before { get; init; }

    public bool IsFiltered => Type is not null || Source is not null || Schedule is not null || Outcome is not null || From is not null || To is not null;

    /// <summary>Reads what the address bar has. What makes no sense is left out, and the form shows that it is.</summary>
    public static EventsAddress Read(string? type, string? source, string? schedule, string? outcome, string? from, string? to, string? before) => new()
    {
        Type = Text(type),
        Source = Text(source),
        Schedule = Text(schedule),
        Outcome = Enum.TryParse<EventOutcome>(outcome, ignoreCase: true, out var read) && Enum.IsDefined(read) && !int.TryParse(outcome, out _) ? read : null,
        From = LocalInput.FromAddress(from),
        To = LocalInput.FromAddress(to),
        Before = long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null,
    };

    public string Href
    {
        get
        {
            var parts = new List<string>();
            Add("type", Type);
            Add("source", Source);
            Add("schedule", Schedule);
            Add("outcome", Outcome?.ToString());
            Add("from", LocalInput.ForAddress(From));
            Add("to", LocalInput.ForAddress(To));
            Add("before", Before?.ToString(CultureInfo.InvariantCulture));
            return parts.Count == 0 ? "/events" : $"/events?{string.Join('&', parts)}";

            void Add(string name, string? value)
            {
                if (value is not null) parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    public EventListFilter Filter(int limit) => new() { Type = Type, Source = Source, Schedule = Schedule, Outcome = Outcome, From = From, To = To, BeforeId = Before, Limit = limit };

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
