using System.Globalization;
using Scheduler.Core.Backfills;

namespace Scheduler.Web.Components.Backfills;

/// <summary>What the page of a new backfill shows, as its address says it: a copied link shows the same.</summary>
public sealed record BackfillAddress
{
    public string? Schedule { get; init; }

    /// <summary>As people and links write it: on the schedule's wall clock, or with an offset.</summary>
    public string? From { get; init; }
    public string? To { get; init; }
    public BackfillMode Mode { get; init; } = BackfillMode.Missing;
    public BackfillOrder Order { get; init; }
    public BackfillOnFailure OnFailure { get; init; }
    public int? Parallel { get; init; }
    public string? Hours { get; init; }

    /// <summary>Of the table: run, skip, or null for all.</summary>
    public string? Show { get; init; }
    public int Page { get; init; } = 1;

    /// <summary>Reads what the address bar has; what makes no sense is left out.</summary>
    public static BackfillAddress Read(string? schedule, string? from, string? to, string? mode, string? order, string? failure, int? parallel, string? hours, string? show, int? page) => new()
    {
        Schedule = Filled(schedule),
        From = Filled(from),
        To = Filled(to),
        Mode = Choice(mode, BackfillMode.Missing),
        Order = Choice(order, BackfillOrder.OldestFirst),
        OnFailure = Choice(failure, BackfillOnFailure.Continue),
        Parallel = parallel,
        Hours = Filled(hours),
        Show = show is "run" or "skip" ? show : null,
        Page = Math.Max(1, page ?? 1),
    };

    public string Href
    {
        get
        {
            var parts = new List<string>();
            Add("schedule", Schedule);
            Add("from", From);
            Add("to", To);
            Add("mode", Mode == BackfillMode.Missing ? null : Mode.ToString());
            Add("order", Order == BackfillOrder.OldestFirst ? null : Order.ToString());
            Add("failure", OnFailure == BackfillOnFailure.Continue ? null : OnFailure.ToString());
            Add("parallel", Parallel?.ToString(CultureInfo.InvariantCulture));
            Add("hours", Hours);
            Add("show", Show);
            Add("page", Page > 1 ? Page.ToString(CultureInfo.InvariantCulture) : null);
            return parts.Count == 0 ? "/backfills/new" : $"/backfills/new?{string.Join('&', parts)}";

            void Add(string name, string? value)
            {
                if (!string.IsNullOrEmpty(value)) parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    private static string? Filled(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static T Choice<T>(string? text, T otherwise) where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var choice) && Enum.IsDefined(choice) ? choice : otherwise;
}
