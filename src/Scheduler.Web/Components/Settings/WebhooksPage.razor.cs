using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Live;
using Scheduler.Core.Webhooks;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Live;
using Scheduler.Web.Webhooks;

namespace Scheduler.Web.Components.Settings;

/// <summary>The webhooks: what each has taken and refused, and the form. A secret is on the screen once, when it is made.</summary>
public sealed partial class WebhooksPage : IDisposable
{
    private IReadOnlyList<WebhookView> _webhooks = [];
    private IReadOnlyList<FieldError> _errors = [];
    private WebhookForm? _form;
    private FreshSecret? _fresh;
    private LiveRefresh? _live;
    private bool _busy;

    /// <summary>The name of the one in the form; empty for a new one; null: no form.</summary>
    [SupplyParameterFromQuery(Name = "edit")] public string? Edit { get; set; }

    [Inject] public required WebhookQueries Webhooks { get; init; }
    [Inject] public required WebhookEditor Editor { get; init; }
    [Inject] internal WebhookSecrets Secrets { get; init; } = null!;
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required LivePages Live { get; init; }

    protected override void OnInitialized() => _live = Live.Start(change => change is LiveChange.WebhooksChanged or LiveChange.EventAccepted, _ => InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    }));

    protected override async Task OnParametersSetAsync()
    {
        await CurrentActor.RequireAsync(Role.Administrator, "edit webhooks");
        await LoadAsync();
        if (Edit is null) (_form, _errors) = (null, []);
        else if (Edit.Length == 0) _form = _form is { OldName: null } ? _form : new WebhookForm();
        else if (_form?.OldName != Edit && _webhooks.FirstOrDefault(w => w.Name == Edit) is { } webhook) _form = WebhookForm.Of(webhook);
    }

    public void Dispose() => _live?.Dispose();

    private async Task LoadAsync() => _webhooks = await Webhooks.ListAsync(CancellationToken.None);

    private async Task SaveAsync()
    {
        if (_busy || _form is not { } form) return;
        (var draft, _errors) = form.Read();
        if (_errors.Count > 0) return;
        _busy = true;
        try
        {
            var actor = await CurrentActor.GetAsync();
            var (plain, stored) = Secrets.Create();
            var act = form.OldName is null ? await Editor.CreateAsync(draft, stored, actor, CancellationToken.None) : await Editor.ChangeAsync(form.OldName, draft, actor, CancellationToken.None);
            if (act != WebhookAct.Done)
            {
                _errors = [new FieldError("name", act == WebhookAct.NameTaken ? "is taken by another webhook" : "was deleted meanwhile; cancel, and make a new one")];
                return;
            }
            _fresh = form.OldName is null ? Show(draft.Name, draft.Signing, plain) : null;
            Notices.Done(form.OldName is null ? $"{draft.Name} is made." : $"{form.OldName} is saved.");
            _form = null;
            Navigation.NavigateTo("/settings/webhooks");
        }
        catch (InvalidInputException refused)
        {
            _errors = refused.Errors;
        }
        catch (Exception refused) when (refused is AccessDeniedException or EngineNotHereException)
        {
            Notices.Failed("Not done", refused.Message);
        }
        finally
        {
            _busy = false;
        }
    }

    private Task RotateAsync(WebhookView webhook) => AskThenAsync(
        new Question($"Give {webhook.Name} a new secret?", "What is signed with the old one is refused from that moment on.", "New secret", Danger: true),
        async actor =>
        {
            var (plain, stored) = Secrets.Create();
            if (await Editor.RotateAsync(webhook.Name, stored, actor, CancellationToken.None) == WebhookAct.Done) _fresh = Show(webhook.Name, webhook.Signing, plain);
        });

    private Task EnableAsync(WebhookView webhook) => webhook.Enabled
        ? AskThenAsync(
            new Question($"Disable {webhook.Name}?", "It refuses everything until it is enabled again; the sender is not told why.", "Disable"),
            actor => Editor.EnableAsync(webhook.Name, false, actor, CancellationToken.None))
        : AskThenAsync(null, actor => Editor.EnableAsync(webhook.Name, true, actor, CancellationToken.None));

    private Task DeleteAsync(WebhookView webhook) => AskThenAsync(
        new Question($"Delete {webhook.Name}?", "Its address answers nobody any more. The events that it made stay.", "Delete", Danger: true),
        async actor =>
        {
            await Editor.DeleteAsync(webhook.Name, actor, CancellationToken.None);
            if (_fresh?.Name == webhook.Name) _fresh = null;
        });

    private async Task AskThenAsync(Question? question, Func<Actor, Task> act)
    {
        if (_busy || (question is not null && !await Confirmation.ConfirmAsync(question))) return;
        _busy = true;
        try
        {
            await Acts.TryAsync(act);
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    private FreshSecret Show(string name, WebhookSigning signing, string secret) => new(name, signing, AddressOf(name), secret, WebhookWords.Command(signing, AddressOf(name), secret));

    private string AddressOf(string name) => $"{Navigation.BaseUri}hooks/{name}";

    private static string EditPath(string name) => $"/settings/webhooks?edit={Uri.EscapeDataString(name)}";

    private static string EventsPath(string name) => $"/events?source={Uri.EscapeDataString($"webhook:{name}")}";

    /// <summary>What is shown of a new secret, once.</summary>
    private sealed record FreshSecret(string Name, WebhookSigning Signing, string Address, string Secret, string Command);
}
