namespace Scheduler.Web.Components.Shared;

/// <summary>A step on the way to a page.</summary>
public sealed record Crumb(string Text, string Href);

/// <summary>One of several views of a page; each has an address of its own.</summary>
/// <param name="Text">What it is called.</param>
/// <param name="Href">Its address.</param>
/// <param name="Active">Whether it is the one shown.</param>
/// <param name="Count">How many things are in it, where that helps.</param>
public sealed record TabLink(string Text, string Href, bool Active, long? Count = null);

/// <summary>One of the last runs of a schedule, as a bar.</summary>
/// <param name="Status">Its state; the bar's shape and colour.</param>
/// <param name="Duration">Its height; null while it has none.</param>
/// <param name="Title">Shown on hover.</param>
/// <param name="Href">Where a click leads, if anywhere.</param>
public sealed record RunBar(Scheduler.Core.Runs.RunStatus Status, TimeSpan? Duration, string? Title = null, string? Href = null);
