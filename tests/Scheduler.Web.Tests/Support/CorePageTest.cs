using System.Security.Claims;
using System.Text.Json;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Live;
using Scheduler.Web.Tests.Components;

namespace Scheduler.Web.Tests.Support;

/// <summary>Pages over the real core and a file of their own, for a person with an account. The engine runs once a test starts it.</summary>
public abstract class CorePageTest : ComponentTest, IAsyncLifetime
{
    protected static readonly Actor Ana = new("ana@example.com", Role.Administrator, "test");

    private readonly TemporaryFolder _folder = new();
    private readonly BunitAuthorizationContext _person;
    private IHostedService? _engine;

    protected CorePageTest()
    {
        Options = new SchedulerOptions { DataFolder = _folder.Path, DrainTime = TimeSpan.FromSeconds(1) };
        Services.AddLogging();
        Services.AddScheduler(Options).AddSchedulerEngine();
        Services.AddAccounts(Options);
        Services.Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = 100);
        Services.AddSingleton<LivePages>();
        Services.AddScoped<CurrentActor>();
        Services.AddScoped<Acts>();
        _person = AddAuthorization();
    }

    protected SchedulerOptions Options { get; }
    protected RunControl Control => Services.GetRequiredService<RunControl>();
    protected RunQueries RunQueries => Services.GetRequiredService<RunQueries>();
    private protected ManualTime Clock => (ManualTime)Services.GetRequiredService<TimeProvider>();

    async Task IAsyncLifetime.InitializeAsync()
    {
        var startup = Services.GetRequiredService<DatabaseStartup>();
        await startup.PrepareAsync(CancellationToken.None);
        await using (var db = await Services.GetRequiredService<IDbContextFactory<IdentityDb>>().CreateDbContextAsync())
            await startup.MigrateAsync(db, "accounts", CancellationToken.None);
        var user = await Services.GetRequiredService<UserAccounts>().AddFirstAsync(Ana.Name, "correct horse battery", _ => Ana, CancellationToken.None);
        var account = await Services.GetRequiredService<AccountChecks>().StateAsync(user!.Id);
        _person.SetAuthorized(Ana.Name);
        _person.SetClaims(new Claim(ClaimTypes.NameIdentifier, account!.Id), new Claim(SessionClaims.Stamp, account.Stamp!));
        _person.SetPolicies(Policies.Viewer, Policies.Operator, Policies.Administrator);
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeComponentsAsync();
        if (_engine is not null) await _engine.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)this).DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Takes the buttons of operators and administrators away.</summary>
    protected void BecomeViewer() => _person.SetPolicies(Policies.Viewer);

    protected async Task StartEngineAsync()
    {
        _engine = Services.GetRequiredService<IHostedService>();
        await _engine.StartAsync(CancellationToken.None);
        await Eventually.Async(() => Task.FromResult(Services.GetRequiredService<EngineState>().Status == EngineStatus.Running));
    }

    protected Task SaveAsync(string name, string options = "{}", string more = "", string schedule = "manual") => Services.GetRequiredService<ScheduleEditor>().SaveAsync(JsonElement.Parse(
        $$"""
        { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" },
          "spec": { "schedule": "{{schedule}}", "timezone": "Europe/Berlin", "concurrencyPolicy": "Allow", "job": { "kind": "noop", "options": {{options}} }{{(more.Length > 0 ? ", " + more : "")}} } }
        """), new SaveRules(), Ana, CancellationToken.None);

    protected async Task<long> RunAsync(string schedule) => (await Control.RunNowAsync(schedule, new RunRequest(), Ana, CancellationToken.None))!.Value;

    /// <summary>Runs it to its end.</summary>
    protected async Task<RunView> RunToEndAsync(string schedule)
    {
        var id = await RunAsync(schedule);
        await Eventually.Async(async () => (await RunQueries.GetAsync(id, CancellationToken.None))!.Status.IsTerminal());
        return (await RunQueries.GetAsync(id, CancellationToken.None))!;
    }

    /// <summary>What a run's log file holds, as the log writes it.</summary>
    protected void WriteLog(long runId, IEnumerable<string> lines)
    {
        var file = Path.Combine(Options.LogFolder, (runId / 1000).ToString("D6", System.Globalization.CultureInfo.InvariantCulture), $"{runId}.log");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.AppendAllText(file, string.Concat(lines.Select(l => l + "\n")));
    }
}
