using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Emergencies;

/// <summary>The overrides as they are asked for, each with what it risks.</summary>
internal static class OverrideWords
{
    public static readonly Tick Concurrency = new("Run beside runs that go on", "A target may then be scanned twice at once. Without the tick a run waits for the one of its schedule.");
    public static readonly Tick Blackouts = new("Start in spite of blackouts", "Somebody asked for quiet there: a release, a payment run. Without the tick a run waits for the end of the window.");
    public static readonly Tick RateLimits = new("Ignore servers that ask for patience", "A server that answers 429 or Retry-After is asked again at once. It may slow down, fail, or shut the scanner out.");

    /// <summary>In the order of <see cref="Read"/>.</summary>
    public static IReadOnlyList<Tick> All { get; } = [Concurrency, Blackouts, RateLimits];

    /// <param name="ticks">Places in <see cref="All"/>.</param>
    public static Overrides Read(IReadOnlyCollection<int> ticks) => new(ticks.Contains(0), ticks.Contains(1), ticks.Contains(2));
}
