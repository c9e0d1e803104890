namespace Scheduler.Benchmarks;

/// <summary>Speed only compares where the answers are the same; this looks whether they are.</summary>
public static class EqualAnswers
{
    /// <summary>How many answers were compared, and a line for each that differs.</summary>
    public static (int Compared, IReadOnlyList<string> Differences) Check()
    {
        var compared = 0;
        var differences = new List<string>();
        foreach (var zone in Zone.All)
        {
            foreach (var cron in CronCase.All)
            {
                var ours = cron.Parse();
                var quartz = cron.ParseQuartz().WithTimeZone(zone.Info);
                foreach (var instant in Sample.Instants)
                {
                    compared++;
                    var (our, their) = (ours.Next(instant, zone.Trigger), quartz.GetNextValidTimeAfter(instant));
                    if (our != their) differences.Add($"{cron} in {zone} after {instant:O}: ours {our:O}, Quartz {their:O}");
                }
            }
        }
        return (compared, differences);
    }
}
