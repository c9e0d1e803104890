using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Storage;

internal static class RevisionReader
{
    /// <summary>The manifest of one revision as JSON, or null when it is not there.</summary>
    public static async Task<string?> SpecOfAsync(Database database, long? scheduleId, int generation, CancellationToken ct)
    {
        if (scheduleId is null) return null;
        await using var db = database.Read();
        return await db.Revisions.Where(r => r.ScheduleId == scheduleId && r.Generation == generation).Select(r => r.Spec).FirstOrDefaultAsync(ct);
    }
}
