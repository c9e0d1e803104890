using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Web;

/// <summary>What the operator of the program sets in its environment.</summary>
internal static class ServerSettings
{
    private const string Ask = "SCHEDULER_CATCHUP_ASK";

    /// <summary>After how long a downtime a person is asked before anything missed runs; zero: never. Null where it is not set.</summary>
    /// <exception cref="InvalidInputException">It is no length of time.</exception>
    public static TimeSpan? CatchUpAsk(IConfiguration configuration) => configuration[Ask]?.Trim() switch
    {
        null or "" => null,
        "0" => TimeSpan.Zero,
        var text => TriggerText.TryParseDuration(text, out var length) ? length : throw new InvalidInputException(Ask, $"must be a length of time such as 24h or 2d, or 0 to be never asked; found \"{text}\""),
    };
}
