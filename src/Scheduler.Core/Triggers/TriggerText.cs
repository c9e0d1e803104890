using System.Diagnostics.CodeAnalysis;

namespace Scheduler.Core.Triggers;

/// <summary>The one parser of trigger texts and of lengths of time. ASCII only; nothing depends on culture or clock.</summary>
public static class TriggerText
{
    /// <summary>The longest text that is looked at, in characters.</summary>
    public const int MaxLength = 256;

    private const int MostMends = 5;

    /// <summary>Reads any trigger text: cron, cron(…), rate(…), 15m, every 15m, at(…), event(…), manual.</summary>
    /// <param name="text">At most <see cref="MaxLength"/> characters.</param>
    /// <param name="hashKey">What H is spread by, as a rule the schedule's name; null counts as empty.</param>
    /// <exception cref="TriggerFormatException">The text is no trigger, or one that can never fire.</exception>
    public static Trigger Parse(string text, string? hashKey = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, hashKey, out var trigger, out var error) ? trigger : throw new TriggerFormatException(error);
    }

    /// <summary>As <see cref="Parse"/>, with the error as a value.</summary>
    public static bool TryParse(string? text, string? hashKey, [NotNullWhen(true)] out Trigger? trigger, [NotNullWhen(false)] out TriggerError? error)
    {
        var isRead = TryParse(text, hashKey, out var cron, out trigger, out error);
        if (cron is not null) trigger = new CronTrigger(cron);
        return isRead;
    }

    /// <summary>As the other, but a cron expression comes bare.</summary>
    internal static bool TryParse(
        string? text, string? hashKey, out CronExpression? cron, out Trigger? other, [NotNullWhen(false)] out TriggerError? error)
    {
        cron = Read(text ?? "", hashKey, out other, out var fault);
        error = cron is null && other is null ? Error(text ?? "", fault!, hashKey) : null;
        return error is null;
    }

    /// <summary>Reads a length of time: 90s, 15m, 2h, 1d, 1h30m, 1.5h, 0s. Units fall from d to s; no sign.</summary>
    /// <exception cref="FormatException">The text is no length of time; the message says why.</exception>
    public static TimeSpan ParseDuration(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string? fault = "it is too long";
        return text.Length <= MaxLength && Durations.TryParse(text, out var value, out fault)
            ? value
            : throw new FormatException($"'{(text.Length <= MaxLength ? text : text[..MaxLength])}' is not a length of time: {fault}.");
    }

    /// <summary>As <see cref="ParseDuration"/>; null is no length of time.</summary>
    public static bool TryParseDuration(string? text, out TimeSpan value)
    {
        value = default;
        return text is { Length: <= MaxLength } && Durations.TryParse(text, out value, out _);
    }

    /// <summary>The shortest exact text, which <see cref="ParseDuration"/> reads back: 1d, 1h30m, 1m30s, 0s. A negative length gets a minus and can't be read back.</summary>
    public static string PrintDuration(TimeSpan value) => Durations.Print(value);

    /// <summary>A cron expression is returned, any other trigger is handed out, and when it is neither there is a fault.</summary>
    private static CronExpression? Read(string text, string? hashKey, out Trigger? other, out CronFault? fault)
    {
        other = null;
        fault = null;
        return CanonicalCron.Read(text) ?? ReadAny(text, hashKey, out other, out fault);
    }

    private static CronExpression? ReadAny(string text, string? hashKey, out Trigger? other, out CronFault? fault)
    {
        other = null;
        int start = 0, end = text.Length;
        while (start < end && text[start] is ' ' or '\t') start++;
        while (end > start && text[end - 1] is ' ' or '\t') end--;
        if (start == end || text.Length > MaxLength)
        {
            fault = NoText(text);
            return null;
        }
        if (text[start] >= '@')
        {
            var body = text.AsSpan(start, end - start);
            if (body.StartsWith(AwsCron.Opening, StringComparison.Ordinal)) return AwsCron.Parse(text, start, end, hashKey, out fault);
            if (body[0] == '@' && CronMacros.Find(body) is { } macro)
            {
                fault = null;
                return macro;
            }
            other = Worded(text, start, end, body, out fault);
            if (other is not null || fault is not null) return null;
        }
        var cron = CronParser.Parse(text, start, end, hashKey, out var fields, out fault);
        if (cron is null) other = NoCron(text, start, end, fields, ref fault);
        return cron;
    }

    private static CronFault NoText(string text) => text.Length > MaxLength
        ? new(null, MaxLength, text.Length - MaxLength, $"a trigger has at most {MaxLength} characters, found {text.Length}")
        : new(null, 0, text.Length, "the text is empty");

    /// <summary>A length of time, or the fault: the one that the cron parser found if the text looks like cron.</summary>
    private static IntervalTrigger? NoCron(string text, int start, int end, int fields, ref CronFault? fault)
    {
        var looksLikeCron = !char.IsAsciiLetter(text[start]) || text[start] is 'H' or 'h';
        if (fields >= 5 && looksLikeCron) return null;
        if (char.IsAsciiDigit(text[start])) return Interval(text, start, end, out fault);
        fault = Unknown(text, start, end);
        return null;
    }

    /// <summary>What begins with a word of its own; null without a fault when the text is none of these.</summary>
    private static Trigger? Worded(string text, int start, int end, ReadOnlySpan<char> body, out CronFault? fault)
    {
        fault = null;
        switch (body[0])
        {
            case '@':
                return EveryMacro(text, start, body, out fault);
            case 'm' when body is "manual":
                return new ManualTrigger();
            case 'r' or 'a' or 'e' when OpeningOf(body) is { } opening:
                return Bracketed(text, start, end, opening, out fault);
            case 'e' when body.StartsWith("every ", StringComparison.Ordinal):
                return Interval(text, start + "every ".Length, end, out fault);
            default:
                return null;
        }
    }

    private static string? OpeningOf(ReadOnlySpan<char> body) =>
        body.StartsWith("rate(", StringComparison.Ordinal) ? "rate("
        : body.StartsWith("at(", StringComparison.Ordinal) ? "at("
        : body.StartsWith("event(", StringComparison.Ordinal) ? "event("
        : null;

    private static Trigger? Bracketed(string text, int start, int end, string opening, out CronFault? fault)
    {
        if (text[end - 1] != ')') return Fail(null, end, 0, $"the closing bracket of {opening} is missing", out fault, ")");
        var inside = start + opening.Length;
        return opening switch
        {
            "rate(" => Rate(text, inside, end - 1, out fault),
            "at(" => Once(text, inside, end - 1, out fault),
            _ => OnEvent(text, inside, end - 1, out fault),
        };
    }

    private static Trigger? EveryMacro(string text, int start, ReadOnlySpan<char> body, out CronFault? fault)
    {
        if (body.StartsWith("@every ", StringComparison.Ordinal)) return Interval(text, start + "@every ".Length, start + body.Length, out fault);
        return Fail(null, start, body.Length, $"the macros are {string.Join(", ", CronMacros.Names)}; found {body}", out fault,
            Spelling.Nearest(body.ToString(), CronMacros.Names, atMost: 3));
    }

    /// <summary>A length of time that is long and short enough to be an interval.</summary>
    private static IntervalTrigger? Interval(string text, int start, int end, out CronFault? fault)
    {
        var body = text.AsSpan(start, end - start);
        if (!Durations.TryParse(body, out var every, out var message))
        {
            var bare = body.Trim(' ');
            var isNumber = !bare.IsEmpty && bare.IndexOfAnyExceptInRange('0', '9') < 0;
            Fail("interval", start, body.Length, message!, out fault, isNumber ? $"{bare}m" : null);
            return null;
        }
        return Interval(every, "interval", start, body.Length, out fault);
    }

    private static IntervalTrigger? Interval(TimeSpan every, string field, int start, int length, out CronFault? fault)
    {
        fault = null;
        if (every >= IntervalTrigger.MinEvery && every <= IntervalTrigger.MaxEvery) return new IntervalTrigger(every);
        var nearest = every < IntervalTrigger.MinEvery ? IntervalTrigger.MinEvery : IntervalTrigger.MaxEvery;
        Fail(field, start, length,
            $"an interval must be from {Durations.Print(IntervalTrigger.MinEvery)} to {IntervalTrigger.MaxEvery.Days}d, found {Durations.Print(every)}", out fault,
            field == "rate" ? every < IntervalTrigger.MinEvery ? "1 minute" : "36500 days" : Durations.Print(nearest));
        return null;
    }

    /// <summary>As AWS has it: a whole number and minutes, hours or days; the singular is forgiven.</summary>
    private static IntervalTrigger? Rate(string text, int start, int end, out CronFault? fault)
    {
        var body = text.AsSpan(start, end - start).Trim(' ');
        var digits = body.IndexOfAnyExceptInRange('0', '9');
        var unit = digits > 0 ? body[digits..].TrimStart(' ') : [];
        var length = unit switch
        {
            "minute" or "minutes" => TimeSpan.FromMinutes(1),
            "hour" or "hours" => TimeSpan.FromHours(1),
            "day" or "days" => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        if (length == TimeSpan.Zero || body[digits] != ' ')
        {
            fault = new("rate", start, end - start, "rate(…) is a whole number and minutes, hours or days, as in rate(5 minutes)", null, RateMend(body));
            return null;
        }
        if (digits <= 9 && int.Parse(body[..digits], System.Globalization.NumberStyles.None, null) is var number && number <= IntervalTrigger.MaxEvery / length)
            return Interval(number * length, "rate", start, end - start, out fault);
        Fail("rate", start, end - start, $"an interval must be at most {IntervalTrigger.MaxEvery.Days}d, found {body}", out fault);
        return null;
    }

    /// <summary>rate(5 seconds) is 5s, rate(5 MINUTES) is 5m.</summary>
    private static string? RateMend(ReadOnlySpan<char> body) =>
        Durations.TryParse(body, out var every, out _) && every >= IntervalTrigger.MinEvery && every <= IntervalTrigger.MaxEvery ? Durations.Print(every) : null;

    private static OnceTrigger? Once(string text, int start, int end, out CronFault? fault)
    {
        fault = null;
        if (!OnceText.TryParse(text.AsSpan(start, end - start), out var once, out var at, out var message))
            fault = new("at", Math.Min(start + at, end), Math.Max(0, end - start - at), message!);
        return once;
    }

    private static OnEventTrigger? OnEvent(string text, int start, int end, out CronFault? fault)
    {
        fault = null;
        if (OnEventTrigger.IsType(text.AsSpan(start, end - start))) return new OnEventTrigger(text[start..end]);
        fault = new("event", start, end - start, $"an event type has 1 to {OnEventTrigger.MaxTypeLength} letters, digits or . _ - : /, found '{text[start..end]}'");
        return null;
    }

    private static CronFault Unknown(string text, int start, int end)
    {
        var body = text[start..end];
        var bracket = body.IndexOf('(', StringComparison.Ordinal);
        string[] openings = ["cron", "rate", "at", "event"];
        var head = bracket > 0 ? Spelling.Nearest(body[..bracket], openings, atMost: 1) : null;
        var mend = head is not null ? head + body[bracket..]
            : body.StartsWith("every ", StringComparison.OrdinalIgnoreCase) ? $"every {body[6..]}"
            : Spelling.Nearest(body, ["manual", .. CronMacros.Names.Select(name => name[1..])], atMost: 2) is { } word ? word == "manual" ? word : $"@{word}"
            : null;
        return new(null, start, body.Length,
            "a trigger is five or six cron fields, cron(…), rate(…), a length of time such as 15m, at(…), event(…), a macro such as @daily, or manual", mend);
    }

    private static Trigger? Fail(string? field, int position, int length, string message, out CronFault? fault, string? mend = null)
    {
        fault = new(field, position, length, message, mend);
        return null;
    }

    /// <summary>The error with a suggestion that is known to parse: mends are tried, one fault after another.</summary>
    private static TriggerError Error(string text, CronFault fault, string? hashKey)
    {
        var error = new TriggerError(text, fault.Field, fault.Position, fault.Length, fault.Message, null);
        for (var mends = 0; mends < MostMends; mends++)
        {
            var mended = fault.Whole ?? (fault.Mend is { } mend ? string.Concat(text.AsSpan(0, fault.Position), mend, text.AsSpan(fault.Position + fault.Length)) : null);
            if (mended is null) return error;
            if (Read(mended, hashKey, out var other, out var next) is not null || other is not null) return error with { Suggestion = mended };
            (text, fault) = (mended, next!);
        }
        return error;
    }
}
