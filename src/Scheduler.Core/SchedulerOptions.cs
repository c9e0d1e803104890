namespace Scheduler.Core;

/// <summary>What the operator of the program sets; everything has a working default.</summary>
public sealed class SchedulerOptions
{
    /// <summary>The folder that holds the database, run logs and backups. Relative to the working folder.</summary>
    public string DataFolder { get; set; } = "data";

    public string DatabaseFile => Path.Combine(DataFolder, "scheduler.db");
    public string LogFolder => Path.Combine(DataFolder, "logs");
    /// <summary>The keys of sign-in cookies and of stored secrets.</summary>
    public string KeyFolder => Path.Combine(DataFolder, "keys");
    /// <summary>Notes on the processes that jobs have started, and where these work.</summary>
    public string ChildFolder => Path.GetFullPath(Path.Combine(DataFolder, "children"));
    public string BackupFolder => Path.Combine(DataFolder, "backups");

    /// <summary>A folder that scans may read from the start, for trying things out.</summary>
    public string DemoFolder => Path.Combine(DataFolder, "demo");

    /// <summary>Slots by pool.</summary>
    public Dictionary<string, int> Pools { get; set; } = new(StringComparer.Ordinal) { ["scan"] = 2, ["monitor"] = 5, ["validation"] = 2, ["light"] = 16 };

    /// <summary>The longest that the dispatcher trusts one reading of the clock.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the engine shows that every step works, from a due time to what pages are told; 0 for never. The program itself says once an hour.</summary>
    public TimeSpan SelfCheckEvery { get; set; } = TimeSpan.Zero;

    /// <summary>How long running jobs may go on when the process is asked to stop.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The most catch-up runs that one schedule gets under the policy All; older occurrences are recorded as skipped.</summary>
    public int CatchUpLimit { get; set; } = 100;

    /// <summary>After a downtime, or a jump of the clock, longer than this a person is asked before anything that was missed runs; zero: nobody is asked.</summary>
    public TimeSpan CatchUpAsk { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long an ended run, its log and its attempts are kept; the schedule's history limits may be tighter. What proves a finding open or gone stays longer.</summary>
    public TimeSpan RunAge { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long statistics by the hour are kept; at least 8 days, which the charts ask for.</summary>
    public TimeSpan HourlyStatisticsAge { get; set; } = TimeSpan.FromDays(35);

    /// <summary>How long statistics by the day are kept; at least 91 days, which the charts ask for.</summary>
    public TimeSpan DailyStatisticsAge { get; set; } = TimeSpan.FromDays(2 * 366);

    /// <summary>How long an event and its verdicts are kept; at least a day.</summary>
    public TimeSpan EventAge { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The most events that are kept, at least 1,000; the oldest go first.</summary>
    public long EventRows { get; set; } = 1_000_000;

    /// <summary>The most bytes of event data that are kept, at least 1 MiB; the oldest go first.</summary>
    public long EventBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>The most events accepted in a minute, at least 2; half of them from one sender.</summary>
    public int EventsPerMinute { get; set; } = 60_000;

    /// <summary>The most bytes of event data accepted in a minute, at least 1 MiB.</summary>
    public long EventBytesPerMinute { get; set; } = 256L * 1024 * 1024;

    /// <summary>The most bytes of log kept for a run: the head and the tail of what it wrote.</summary>
    public long LogCap { get; set; } = 50L * 1024 * 1024;

    /// <summary>Bytes of the data folder's disk that are kept free for states when the disk is full; 0 for none.</summary>
    public long ReserveSize { get; set; } = 64L * 1024 * 1024;

    /// <exception cref="ArgumentException">A setting is out of its bounds; the message names it.</exception>
    internal void DemandSound()
    {
        Demand(EventAge >= TimeSpan.FromDays(1), nameof(EventAge), "at least a day");
        Demand(EventRows >= 1000, nameof(EventRows), "at least 1,000");
        Demand(EventBytes >= 1024 * 1024, nameof(EventBytes), "at least 1 MiB");
        Demand(EventsPerMinute >= 2, nameof(EventsPerMinute), "at least 2");
        Demand(EventBytesPerMinute >= 1024 * 1024, nameof(EventBytesPerMinute), "at least 1 MiB");

        static void Demand(bool holds, string name, string bound)
        {
            if (!holds) throw new ArgumentException($"{name} must be {bound}.", name);
        }
    }
}
