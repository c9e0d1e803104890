using System.Globalization;
using Microsoft.Net.Http.Headers;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Api;

/// <summary>If-Match and If-None-Match over a schedule's generation, which is its ETag.</summary>
internal static class Preconditions
{
    public static EntityTagHeaderValue TagOf(int generation) => new($"\"{generation.ToString(CultureInfo.InvariantCulture)}\"");

    /// <summary>The generation that the schedule must have; null where any will do. Of several tags the one that holds now is taken.</summary>
    /// <exception cref="RequestFault">400 for what is no entity tag, 412 where no tag can hold.</exception>
    public static async Task<int?> ExpectedAsync(HttpRequest request, string name, ScheduleQueries schedules, CancellationToken ct)
    {
        if (request.Headers.IfMatch is not { Count: > 0 } header) return null;
        if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags))
            throw new RequestFault(StatusCodes.Status400BadRequest, "If-Match must be the ETag of the schedule, in quotes, or *.");
        if (await schedules.GetAsync(name, ct) is not { } stored) throw RequestFault.Stale($"If-Match asks for a schedule that is there; there is no schedule \"{name}\".");
        var now = stored.Summary.Generation;
        return tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(TagOf(now), useStrongComparison: true)) ? now : throw Stale(name, now, stored.Summary.ChangedBy);
    }

    /// <summary>Whether nothing may be there yet: <c>If-None-Match: *</c>.</summary>
    public static bool IsCreateOnly(HttpRequest request) => request.Headers.IfNoneMatch switch
    {
        [] => false,
        ["*"] => true,
        _ => throw new RequestFault(StatusCodes.Status400BadRequest, "If-None-Match can only be * here: create, and change nothing that is there."),
    };

    public static RequestFault Stale(string name, int generation, string changedBy) => RequestFault.Stale(
        generation == 0 ? $"There is no schedule \"{name}\" any more." : $"\"{name}\" has generation {generation} now, changed by {changedBy}. Read it again and repeat your change.");
}
