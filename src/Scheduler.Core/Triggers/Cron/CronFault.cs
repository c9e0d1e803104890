namespace Scheduler.Core.Triggers;

/// <summary>What is wrong with a part of a text, before anyone has looked whether mending it gives a text that parses.</summary>
/// <param name="Mend">What to put in the place of the part; null when nothing comes to mind.</param>
/// <param name="Whole">What to put in the place of the whole text; goes before <paramref name="Mend"/>.</param>
internal sealed record CronFault(string? Field, int Position, int Length, string Message, string? Mend = null, string? Whole = null);
