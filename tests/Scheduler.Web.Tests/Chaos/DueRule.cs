namespace Scheduler.Web.Tests.Chaos;

/// <summary>
/// When a schedule falls due, worked out by walking second by second with the calendar of the base library. Nothing of Scheduler's
/// own trigger engine is used: this is what its ledger is compared with.
/// </summary>
/// <param name="Text">As the manifest says it.</param>
/// <param name="Zone">An IANA name.</param>
internal abstract record DueRule(string Text, string Zone = "UTC")
{
    /// <summary>Due instants in Unix milliseconds, rising.</summary>
    /// <param name="after">Exclusive.</param>
    /// <param name="to">Inclusive.</param>
    /// <param name="anchor">Where intervals count from.</param>
    /// <param name="anchorIsDue">Whether an interval's first instant is the anchor itself: it was given as startAt.</param>
    public abstract IEnumerable<long> Due(long after, long to, long anchor, bool anchorIsDue);

    public static DueRule Draw(Random random, DateTimeOffset now)
    {
        switch (random.Next(10))
        {
            case < 4:
                return new Every(Pick(random, 2, 3, 5, 7, 11, 20, 30));
            case < 6:
                return Cron("UTC", Steps(Pick(random, 3, 5, 10, 15)), null, null);
            case < 7:
                return Cron("UTC", [.. Enumerable.Range(0, 4).Select(_ => random.Next(60)).Distinct().Order()], null, null);
            case < 8:
                return Cron("UTC", [random.Next(60)], Steps(Pick(random, 2, 3)), null);
            case < 9:
                // A window of hours in a zone: the one that it is now there and the next, or one that it is not.
                var zone = Pick(random, "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Europe/Berlin", "Asia/Kathmandu");
                var hour = TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(zone)).Hour + (random.Next(5) == 0 ? 6 : 0);
                return Cron(zone, Steps(Pick(random, 4, 6, 12)), null, [.. new[] { hour % 24, (hour + 1) % 24 }.Order()]);
            default:
                var place = Pick(random, "UTC", "Asia/Kolkata", "America/New_York");
                var local = TimeZoneInfo.ConvertTime(now.AddSeconds(random.Next(2, 60)), TimeZoneInfo.FindSystemTimeZoneById(place));
                return new Once(FormattableString.Invariant($"at({local:yyyy-MM-dd'T'HH:mm:ss})"), place, local.ToUnixTimeSeconds() * 1000);
        }
    }

    private static int[] Steps(int step) => [.. Enumerable.Range(0, 60).Where(n => n % step == 0)];

    private static T Pick<T>(Random random, params T[] from) => from[random.Next(from.Length)];

    private static LocalTimes Cron(string zone, int[] seconds, int[]? minutes, int[]? hours) =>
        new($"{string.Join(',', seconds)} {(minutes is null ? "*" : string.Join(',', minutes))} {(hours is null ? "*" : string.Join(',', hours))} * * *", zone, seconds, minutes, hours);

    private sealed record Every(int Seconds) : DueRule($"{Seconds}s")
    {
        public override IEnumerable<long> Due(long after, long to, long anchor, bool anchorIsDue)
        {
            for (var at = anchorIsDue ? anchor : anchor + Seconds * 1000L; at <= to; at += Seconds * 1000L)
                if (at > after) yield return at;
        }
    }

    private sealed record LocalTimes(string Text, string Zone, int[] Seconds, int[]? Minutes, int[]? Hours) : DueRule(Text, Zone)
    {
        public override IEnumerable<long> Due(long after, long to, long anchor, bool anchorIsDue)
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(Zone);
            for (var second = after / 1000 + 1; second * 1000 <= to; second++)
            {
                var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(second), zone);
                if (Seconds.Contains(local.Second) && Minutes?.Contains(local.Minute) != false && Hours?.Contains(local.Hour) != false) yield return second * 1000;
            }
        }
    }

    private sealed record Once(string Text, string Zone, long At) : DueRule(Text, Zone)
    {
        public override IEnumerable<long> Due(long after, long to, long anchor, bool anchorIsDue) => At > after && At <= to ? [At] : [];
    }
}
