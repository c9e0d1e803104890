using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Analytics;
using Scheduler.Core.Backfills;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Events;
using Scheduler.Core.Impact;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Http;
using Scheduler.Core.Jobs.Monitoring;
using Scheduler.Core.Jobs.Noop;
using Scheduler.Core.Jobs.Secrets;
using Scheduler.Core.Jobs.SelfCheck;
using Scheduler.Core.Jobs.Web;
using Scheduler.Core.Live;
using Scheduler.Core.Processes;
using Scheduler.Core.Retention;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.SelfChecks;
using Scheduler.Core.Storage;
using Scheduler.Core.Webhooks;
using Scheduler.Core.Workers;

namespace Scheduler.Core;

/// <summary>The core's table of contents.</summary>
public static class SchedulerServices
{
    /// <summary>Registers everything but the engine: enough to read, to edit, and to execute a single run.</summary>
    public static IServiceCollection AddScheduler(this IServiceCollection services, SchedulerOptions options)
    {
        options.DemandSound();
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<CautiousClock>();

        // Storage
        services.AddSingleton<Database>();
        services.AddSingleton<Lookout>();
        services.AddSingleton<DatabaseStartup>();
        services.AddSingleton<StorageHealth>();
        services.AddSingleton<StorageReserve>();
        services.AddSingleton(s => new DatabaseWriter(
            s.GetRequiredService<Database>(), s.GetRequiredService<StorageHealth>(), s.GetRequiredService<StorageReserve>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<DatabaseWriter>>()));
        services.AddSingleton<ClockJumps>();
        services.AddSingleton<DatabaseCheck>();

        // Live
        services.AddSingleton<LiveFeed>();

        // Processes
        services.AddSingleton<ChildProcesses>();

        // Jobs: a further kind is one line here
        services.AddSingleton<IJobKind, NoopKind>();
        services.AddSingleton<IJobKind, HttpKind>();
        services.AddSingleton<IJobKind, WebScanKind>();
        services.AddSingleton<IJobKind, SecretScanKind>();
        services.AddSingleton<IJobKind, FileMonitorKind>();
        services.AddSingleton<IJobKind, UrlMonitorKind>();
        services.AddSingleton<IJobKind, SelfCheckKind>();
        services.AddSingleton<JobCatalog>();
        services.AddSingleton<ScopeStore>();

        // Schedules
        services.AddSingleton<ManifestReader>();
        services.AddSingleton(s => new ScheduleEditor(
            s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<RunQueue>(), s.GetRequiredService<ManifestReader>(), s.GetRequiredService<JobCatalog>(),
            s.GetRequiredService<ScopeStore>(), s.GetRequiredService<ScheduleChanges>(), s.GetRequiredService<LiveFeed>(), s.GetRequiredService<EngineState>()));
        services.AddSingleton<ScheduleQueries>();
        services.AddSingleton<ScheduleChanges>();
        services.AddSingleton<SavedViews>();

        // Runs
        services.AddSingleton<RunSignals>();
        services.AddSingleton<RunningRuns>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton(s => new Endings(() => [s.GetRequiredService<RunEvents>().Hear]));
        services.AddSingleton<RunLog>();
        services.AddSingleton<RunJournal>();
        services.AddSingleton<RunQueries>();
        services.AddSingleton<WhyNot>();
        services.AddSingleton(s => new QueueQueries(
            s.GetRequiredService<Database>(), s.GetRequiredService<RunQueries>(), s.GetRequiredService<PoolSettings>(), s.GetRequiredService<EngineState>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new RunControl(
            s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<RunQueue>(), s.GetRequiredService<ManifestReader>(), s.GetRequiredService<JobCatalog>(),
            s.GetRequiredService<ScopeStore>(), s.GetRequiredService<EngineState>()));

        // Blackouts
        services.AddSingleton(s => new BlackoutEditor(
            s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<RunQueue>(), s.GetRequiredService<ScheduleChanges>(), s.GetRequiredService<EngineState>()));
        services.AddSingleton<BlackoutQueries>();

        // Emergencies
        services.AddSingleton(s => new EmergencyControl(s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<RunQueue>(), s.GetRequiredService<EmergencyQueries>(), s.GetRequiredService<EngineState>()));
        services.AddSingleton<EmergencyQueries>();

        // Downtimes
        services.AddSingleton<DowntimeQueries>();
        services.AddSingleton(s => new DowntimeControl(s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<RunQueue>(), s.GetRequiredService<EngineState>()));

        // Backfills
        services.AddSingleton<BackfillPlanner>();
        services.AddSingleton<BackfillSteps>();
        services.AddSingleton<BackfillFeeder>();
        services.AddSingleton(s => new BackfillControl(
            s.GetRequiredService<Database>(), s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<BackfillPlanner>(), s.GetRequiredService<BackfillSteps>(),
            s.GetRequiredService<SchedulerOptions>(), s.GetRequiredService<EngineState>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new BackfillQueries(
            s.GetRequiredService<Database>(), s.GetRequiredService<BackfillPlanner>(), s.GetRequiredService<SchedulerOptions>(), s.GetRequiredService<TimeProvider>()));

        // Events
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<FollowedTypes>();
        services.AddSingleton<EventLedger>();
        services.AddSingleton<RunEvents>();
        services.AddSingleton<EventRate>();
        services.AddSingleton<EventRetention>();
        services.AddSingleton(s => new EventIntake(s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<EventLedger>(), s.GetRequiredService<EventRate>(), s.GetRequiredService<EngineState>()));
        services.AddSingleton(s => new EventQueries(s.GetRequiredService<Database>()));

        // Webhooks
        services.AddSingleton(s => new WebhookEditor(s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<LiveFeed>(), s.GetRequiredService<EngineState>()));
        services.AddSingleton<WebhookQueries>();
        services.AddSingleton(s => new WebhookInbox(s.GetRequiredService<EventIntake>()));
        services.AddSingleton(s => new WebhookRefusals(s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<LiveFeed>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<WebhookRefusals>>()));

        // Dispatching and workers
        services.AddSingleton<EngineState>();
        services.AddSingleton<ZoneUpdates>();
        services.AddSingleton<DueTimeDispatcher>();
        services.AddSingleton<RunExecution>();
        services.AddSingleton<WorkerPools>();
        services.AddSingleton(s => new PoolSettings(
            s.GetRequiredService<SchedulerOptions>(), s.GetRequiredService<Database>(), s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<WorkerPools>(), s.GetRequiredService<EngineState>()));
        services.AddSingleton<AbandonedRuns>();
        services.AddSingleton(s => new EngineReport(
            s.GetRequiredService<EngineState>(), s.GetRequiredService<WorkerPools>(), s.GetRequiredService<DueTimeDispatcher>(), s.GetRequiredService<RunQueries>()));
        services.AddSingleton(s => new SingleRun(
            s.GetRequiredService<RunControl>(), s.GetRequiredService<RunQueue>(), s.GetRequiredService<RunExecution>(), s.GetRequiredService<AbandonedRuns>(),
            s.GetRequiredService<RunQueries>(), s.GetRequiredService<TimeProvider>()));

        // Analytics
        services.AddSingleton<StatisticsQueries>();
        services.AddSingleton(s => new StatisticsUpkeep(
            s.GetRequiredService<SchedulerOptions>(), s.GetRequiredService<Database>(), s.GetRequiredService<DatabaseWriter>(), s.GetRequiredService<CautiousClock>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<StatisticsUpkeep>>()));
        services.AddSingleton<LoadForecasts>();

        // Self-check
        services.AddSingleton<SelfCheck>();
        services.AddSingleton<SelfCheckReport>();

        // Impact
        services.AddSingleton<ImpactForecasts>();

        // Retention
        services.AddSingleton<RunRetention>();
        return services;
    }

    /// <summary>Also drives the schedules, from the host's start to its stop.</summary>
    public static IServiceCollection AddSchedulerEngine(this IServiceCollection services) => services.AddSingleton<IHostedService, Engine>();
}
