using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Scheduler.Core.Analytics;
using Scheduler.Core.Audit;
using Scheduler.Core.Backfills;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Events;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Webhooks;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Storage;

/// <summary>The core's tables. Instants are stored as UTC milliseconds since 1970, lengths as milliseconds, enumerations as their numbers.</summary>
internal sealed class SchedulerDb(DbContextOptions<SchedulerDb> options) : DbContext(options)
{
    public DbSet<Schedule> Schedules => Set<Schedule>();
    public DbSet<ScheduleLabel> ScheduleLabels => Set<ScheduleLabel>();
    public DbSet<Revision> Revisions => Set<Revision>();
    public DbSet<SavedView> SavedViews => Set<SavedView>();
    public DbSet<Run> Runs => Set<Run>();
    public DbSet<Attempt> Attempts => Set<Attempt>();
    public DbSet<ShortLog> ShortLogs => Set<ShortLog>();
    public DbSet<LedgerFinding> Findings => Set<LedgerFinding>();
    public DbSet<RunFinding> RunFindings => Set<RunFinding>();
    public DbSet<Blackout> Blackouts => Set<Blackout>();
    public DbSet<Emergency> Emergencies => Set<Emergency>();
    public DbSet<Backfill> Backfills => Set<Backfill>();
    public DbSet<BackfillSlot> BackfillSlots => Set<BackfillSlot>();
    public DbSet<Event> Events => Set<Event>();
    public DbSet<EventVerdict> EventVerdicts => Set<EventVerdict>();
    public DbSet<RollUp> RollUps => Set<RollUp>();
    public DbSet<AuditRow> Audit => Set<AuditRow>();
    public DbSet<Setting> Settings => Set<Setting>();
    public DbSet<Boot> Boots => Set<Boot>();
    public DbSet<MemoryRow> JobMemories => Set<MemoryRow>();
    public DbSet<Downtime> Downtimes => Set<Downtime>();
    public DbSet<Webhook> Webhooks => Set<Webhook>();
    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        conventions.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
        conventions.Properties<TimeSpan>().HaveConversion<LengthConverter>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ScheduleTable.Map(modelBuilder);
        SavedViewTable.Map(modelBuilder);
        RunTable.Map(modelBuilder);
        FindingTable.Map(modelBuilder);
        MemoryTable.Map(modelBuilder);
        BlackoutTable.Map(modelBuilder);
        EmergencyTable.Map(modelBuilder);
        BackfillTable.Map(modelBuilder);
        EventTable.Map(modelBuilder);
        RollUpTable.Map(modelBuilder);
        AuditTable.Map(modelBuilder);
        SettingTable.Map(modelBuilder);
        BootTable.Map(modelBuilder);
        DowntimeTable.Map(modelBuilder);
        WebhookTable.Map(modelBuilder);
        // The self-check's own rows are nobody's business. "Not equal" leaves every query its index.
        modelBuilder.Entity<Schedule>().HasQueryFilter(s => s.Id != SystemSchedule.Id);
        modelBuilder.Entity<Run>().HasQueryFilter(r => r.Id != SystemSchedule.Id);
        modelBuilder.Entity<LedgerFinding>().HasQueryFilter(f => f.ScheduleName != SystemSchedule.Name);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
            property.SetColumnName(SnakeCase(property.Name));
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }

    private sealed class InstantConverter() : ValueConverter<DateTimeOffset, long>(
        at => at.ToUnixTimeMilliseconds(), value => DateTimeOffset.FromUnixTimeMilliseconds(value));

    private sealed class LengthConverter() : ValueConverter<TimeSpan, long>(
        length => (long)length.TotalMilliseconds, value => TimeSpan.FromMilliseconds(value));
}

/// <summary>For the migrations tool alone.</summary>
internal sealed class SchedulerDbFactory : IDesignTimeDbContextFactory<SchedulerDb>
{
    public SchedulerDb CreateDbContext(string[] args) =>
        new(new Database(new SchedulerOptions()).Configure(new DbContextOptionsBuilder<SchedulerDb>()).Options);
}
