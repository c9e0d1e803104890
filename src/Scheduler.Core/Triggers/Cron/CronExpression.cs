using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Scheduler.Core.Triggers;

/// <summary>A cron expression as sets of bits. Immutable, thread-safe; searching allocates nothing.</summary>
/// <remarks>
/// <para>Day of month and day of week: when both are restricted either matches, as in cron(8); when one begins with <c>*</c> or is <c>?</c> both must.</para>
/// <para>Clock changes: a match that falls into a gap runs once, at the first instant after it. When local times come twice, an expression whose second,
/// minute or hour field holds <c>*</c>, a range or a step runs in both passes, any other once, in the first.</para>
/// </remarks>
public sealed partial class CronExpression : IEquatable<CronExpression>
{
    private enum DayKind : byte { Every, Weekdays, MonthDays, Dates }

    private readonly ulong _seconds, _minutes;
    private readonly uint _hours, _days;
    private readonly ushort _months;
    private readonly byte _weekdays;
    private readonly DayKind _dayKind;
    private readonly bool _either;
    private readonly int _firstTime;
    private readonly DayRules? _rules;

    private CronExpression(string text, CronForm form, in CronFields fields)
    {
        Text = text;
        Form = form;
        _seconds = fields.Seconds;
        _minutes = fields.Minutes;
        _hours = fields.Hours;
        _days = fields.Days;
        _months = (ushort)fields.Months;
        _weekdays = (byte)fields.Weekdays;
        _rules = fields.Rules;
        RepeatsInOverlap = fields.Repeats;
        IsHashed = fields.Hashed;
        _either = fields.Either;
        _firstTime = BitOperations.TrailingZeroCount(_hours) * Clock.Hour + FirstOfHour;
        // When either day field may match and one is full, every day does.
        var anyDay = _days == CronFields.AllDays && (_either || _weekdays == CronFields.AllWeekdays)
            || _either && _weekdays == CronFields.AllWeekdays;
        _dayKind = _rules is not null || _months != CronFields.AllMonths ? DayKind.Dates
            : anyDay ? DayKind.Every
            : _days == CronFields.AllDays ? DayKind.Weekdays
            : !_either && _weekdays == CronFields.AllWeekdays ? DayKind.MonthDays
            : DayKind.Dates;
    }

    /// <summary>The expression, or null when no date matches.</summary>
    internal static CronExpression? IfItFires(string text, CronForm form, in CronFields fields)
    {
        var expression = new CronExpression(text, form, in fields);
        return fields.SurelyHasDates || expression.HasDates() ? expression : null;
    }

    /// <summary>The canonical text: capitals, single spaces, <c>cron(…)</c> around the AWS form; H and macros stay as they are.</summary>
    public string Text { get; private set; }

    /// <summary>How the expression is written.</summary>
    public CronForm Form { get; }

    /// <summary>Whether a field holds H, so that its meaning depends on the hash key.</summary>
    public bool IsHashed { get; }

    /// <summary>Whether it runs in both passes when local times come twice.</summary>
    public bool RepeatsInOverlap { get; }

    /// <summary>Reads five fields, six fields (seconds first), a macro, or the AWS form <c>cron(…)</c>.</summary>
    /// <param name="text">At most 256 characters.</param>
    /// <param name="hashKey">What H is spread by, as a rule the schedule's name; null counts as empty.</param>
    /// <exception cref="TriggerFormatException">The text is no cron expression, or one that can never fire.</exception>
    public static CronExpression Parse(string text, string? hashKey = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, hashKey, out var expression, out var error) ? expression : throw new TriggerFormatException(error);
    }

    /// <summary>As <see cref="Parse"/>, with the error as a value.</summary>
    public static bool TryParse(
        string? text, string? hashKey, [NotNullWhen(true)] out CronExpression? expression, [NotNullWhen(false)] out TriggerError? error)
    {
        TriggerText.TryParse(text, hashKey, out expression, out _, out error);
        if (expression is not null) return true;
        error ??= new(text ?? "", null, 0, text?.Length ?? 0, "it is a trigger, but no cron expression", null);
        return false;
    }

    /// <summary>The first occurrence after <paramref name="after"/> (or at it, when inclusive) in UTC; null when there is none before year 10000.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TriggerZone zone, bool inclusive = false)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var next = LocalTimeRules.Next(this, zone.Table, Clock.SecondsFrom(after, inclusive));
        return next <= Clock.Last ? Clock.ToInstant(next) : null;
    }

    /// <summary>The last occurrence before <paramref name="before"/> (or at it, when inclusive) in UTC; null when there is none from year 1 on.</summary>
    public DateTimeOffset? Previous(DateTimeOffset before, TriggerZone zone, bool inclusive = false)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var previous = LocalTimeRules.Previous(this, zone.Table, Clock.SecondsTo(before, inclusive));
        return previous >= 0 ? Clock.ToInstant(previous) : null;
    }

    /// <summary>Whether it occurs at exactly this instant; a fraction of a second never matches.</summary>
    public bool Matches(DateTimeOffset instant, TriggerZone zone) => Next(instant, zone, inclusive: true) == instant;

    /// <summary>The sets, for those who describe the expression.</summary>
    internal CronFields Fields => new()
    {
        Seconds = _seconds,
        Minutes = _minutes,
        Hours = _hours,
        Days = _days,
        Months = _months,
        Weekdays = _weekdays,
        DaysOpen = FieldTexts[3][0] is '*' or '?',
        WeekdaysOpen = FieldTexts[5][0] is '*' or '?',
        Repeats = RepeatsInOverlap,
        Hashed = IsHashed,
        Rules = _rules,
    };

    /// <summary>The fields as written, second first ("0" where the form has none), and the year in the AWS form.</summary>
    internal string[] FieldTexts
    {
        get
        {
            var fields = (Form == CronForm.Aws ? Text[AwsCron.Opening.Length..^1] : CronMacros.Expand(Text)).Split(' ');
            return Form == CronForm.SixFields ? fields : ["0", .. fields];
        }
    }

    /// <summary>The same expression under another name: a macro's.</summary>
    internal CronExpression WithText(string text)
    {
        var copy = (CronExpression)MemberwiseClone();
        copy.Text = text;
        return copy;
    }

    /// <summary>Equal texts that mean the same: with H, the same hash key's meaning.</summary>
    public bool Equals(CronExpression? other) =>
        other is not null && Text == other.Text && (!IsHashed
            || (_seconds == other._seconds && _minutes == other._minutes && _hours == other._hours
                && _days == other._days && _months == other._months && _weekdays == other._weekdays));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CronExpression);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The canonical text.</summary>
    public override string ToString() => Text;
}
