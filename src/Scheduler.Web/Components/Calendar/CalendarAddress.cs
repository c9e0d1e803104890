using System.Globalization;

namespace Scheduler.Web.Components.Calendar;

public enum CalendarView { Week, Day, Load }

/// <summary>What the calendar shows, as its address says it: a copied link shows the same.</summary>
public sealed record CalendarAddress
{
    /// <summary>So far ahead of today a week may begin.</summary>
    public const int MostDaysAhead = 53 * 7;

    public CalendarView View { get; init; }

    /// <summary>The day, or the first of seven.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>On the clock that the page shows. The address leaves this day out.</summary>
    public required DateOnly Today { get; init; }

    /// <summary>Only schedules of this pool; null: all.</summary>
    public string? Pool { get; init; }

    /// <summary>The hour of the day whose starts are told one by one, 0 to 23; null: none.</summary>
    public int? Hour { get; init; }

    public DateOnly LastDay => Today.AddDays(MostDaysAhead);

    /// <summary>How far "previous" and "next" go.</summary>
    public int Step => View == CalendarView.Day ? 1 : 7;

    /// <summary>Null where today is reached: what has passed is told by the runs.</summary>
    public CalendarAddress? Previous => Day <= Today ? null : this with { Day = Clamped(Day.AddDays(-Step), Today), Hour = null };

    /// <summary>Null where the last day is reached.</summary>
    public CalendarAddress? Next => Day.AddDays(Step) > LastDay ? null : this with { Day = Day.AddDays(Step), Hour = null };

    /// <summary>Reads what the address bar has. What makes no sense is left out; a day that is out of reach becomes the nearest that is not.</summary>
    public static CalendarAddress Read(string? view, string? day, string? pool, string? hour, DateOnly today) => new()
    {
        View = Enum.TryParse<CalendarView>(view, ignoreCase: true, out var read) && Enum.IsDefined(read) ? read : CalendarView.Week,
        Day = DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? Clamped(date, today) : today,
        Today = today,
        Pool = string.IsNullOrWhiteSpace(pool) ? null : pool,
        Hour = int.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 24 ? number : null,
    };

    public string Href
    {
        get
        {
            var parts = new List<string>();
            if (View != CalendarView.Week) parts.Add($"view={View.ToString().ToLowerInvariant()}");
            if (Day != Today) parts.Add($"day={Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}");
            if (Pool is not null) parts.Add($"pool={Uri.EscapeDataString(Pool)}");
            if (View == CalendarView.Day && Hour is { } hour) parts.Add($"hour={hour.ToString(CultureInfo.InvariantCulture)}");
            return parts.Count == 0 ? "/calendar" : $"/calendar?{string.Join('&', parts)}";
        }
    }

    private static DateOnly Clamped(DateOnly day, DateOnly today) => day < today ? today : day > today.AddDays(MostDaysAhead) ? today.AddDays(MostDaysAhead) : day;
}
