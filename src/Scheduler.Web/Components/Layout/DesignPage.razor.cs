using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Layout;

public sealed partial class DesignPage
{
    private static readonly string[] Kinds = ["noop", "http", "web-scan", "port-scan", "secret-scan"];
    private static readonly FieldError[] Errors = [new("spec.schedule", "hours are 0-23, found 25; meant `0 23 * * *`?")];
    private static readonly RunBar[] Bars =
    [
        .. Enumerable.Range(0, 20).Select(i => new RunBar(
            i switch { 4 => RunStatus.Failed, 9 => RunStatus.Skipped, 13 => RunStatus.TimedOut, 16 => RunStatus.Interrupted, 19 => RunStatus.Running, _ => RunStatus.Succeeded },
            i == 9 ? null : TimeSpan.FromSeconds(20 + (i * 37 % 90)))),
    ];

    private DateTimeOffset _since;
    private string _kind = "web-scan";
    private string _zone = "Europe/Berlin";

    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required ViewerTime Time { get; init; }

    private Row[] Rows =>
    [
        new("shop-nightly", RunStatus.Succeeded, _since.AddHours(5), TimeSpan.FromSeconds(192)),
        new("tls-production", RunStatus.Running, _since.AddMinutes(14), TimeSpan.FromSeconds(12)),
        new("ports-office", RunStatus.Failed, _since.AddDays(2), TimeSpan.FromMinutes(64)),
        new("secrets-monorepo", RunStatus.TimedOut, _since.AddSeconds(40), TimeSpan.FromHours(2)),
        new("health-check", RunStatus.Queued, _since.AddSeconds(4), TimeSpan.FromMilliseconds(84)),
    ];

    protected override void OnInitialized() => _since = Time.Now;

    private async Task AskAsync()
    {
        var answer = await Confirmation.AskAsync(new Question("Pause shop-nightly?", "No run starts until you resume it. The running one goes on.", "Pause", ReasonLabel: "Why"));
        if (answer is not null) Notices.Done("Paused.", answer.Reason);
    }

    private Task<Answer?> AskHardAsync() => Confirmation.AskAsync(
        new Question("Delete shop-nightly?", "Its 482 runs and their findings go with it.", "Delete", Danger: true, TypeToConfirm: "shop-nightly"));

    private sealed record Row(string Name, RunStatus Status, DateTimeOffset At, TimeSpan Took);
}
