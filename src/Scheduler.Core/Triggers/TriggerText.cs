namespace Scheduler.Core.Triggers;
// stand-in until the trigger engine is merged
public static class TriggerText
{
    public static bool TryParseDuration(string? text, out TimeSpan value) { value = default; return text is not null; }
    public static string PrintDuration(TimeSpan value) => value.ToString();
}
