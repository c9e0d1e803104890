using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Storage;

/// <summary>A setting that an administrator changed; absent ones have their default.</summary>
internal sealed class Setting
{
    public required string Key { get; init; }

    /// <summary>JSON.</summary>
    public required string Value { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

internal static class SettingTable
{
    public static void Map(ModelBuilder model) => model.Entity<Setting>(setting =>
    {
        setting.ToTable("settings");
        setting.HasKey(s => s.Key);
    });
}
