using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Settings;

/// <summary>The windows in which schedules do not start: the list, and the form with what it would do in the coming week.</summary>
public sealed partial class BlackoutsPage
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(7);

    private IReadOnlyList<BlackoutView> _blackouts = [];
    private IReadOnlyList<FieldError> _errors = [];
    private BlackoutForm? _form;
    private BlackoutPreview? _preview;
    private bool _busy;
    private bool _mayAdminister;

    /// <summary>The name of the one in the form; empty for a new one; null: no form.</summary>
    [SupplyParameterFromQuery(Name = "edit")] public string? Edit { get; set; }

    [Inject] public required BlackoutQueries Blackouts { get; init; }
    [Inject] public required BlackoutEditor Editor { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    protected override async Task OnParametersSetAsync()
    {
        await CurrentActor.RequireAsync(Role.Operator, "edit blackouts");
        _mayAdminister = (await CurrentActor.GetAsync()).Role == Role.Administrator;
        await LoadAsync();
        if (Edit is null) (_form, _preview, _errors) = (null, null, []);
        else if (Edit.Length == 0) _form = _form is { OldName: null } ? _form : new BlackoutForm { Zone = Time.Zone.Id };
        else if (_form?.OldName != Edit && _blackouts.FirstOrDefault(b => b.Draft.Name == Edit) is { } view)
        {
            _form = BlackoutForm.Of(view.Draft, Time.Zone.Id);
            await PreviewAsync();
        }
    }

    private async Task LoadAsync() => _blackouts = await Blackouts.ListAsync(CancellationToken.None);

    private Task Set(Action change)
    {
        change();
        _errors = [];
        return PreviewAsync();
    }

    private async Task PreviewAsync()
    {
        var (draft, errors) = _form!.Read(Time.Now);
        // A name is not needed to see what it would do.
        _preview = errors.All(e => e.Path == "name") ? await Blackouts.PreviewAsync(draft, Ahead, CancellationToken.None) : null;
    }

    private async Task SaveAsync()
    {
        if (_busy || _form is not { } form) return;
        (var draft, _errors) = form.Read(Time.Now);
        if (_errors.Count > 0) return;
        _busy = true;
        try
        {
            var actor = await CurrentActor.GetAsync();
            var act = form.OldName is null ? await Editor.CreateAsync(draft, actor, CancellationToken.None) : await Editor.ChangeAsync(form.OldName, draft, actor, CancellationToken.None);
            if (act == BlackoutAct.Done)
            {
                Notices.Done($"{draft.Name} is saved.");
                _form = null;
                Navigation.NavigateTo("/settings/blackouts");
            }
            else _errors = [new FieldError("name", act == BlackoutAct.NameTaken ? "is taken by another blackout" : "was deleted meanwhile; cancel, and make a new one")];
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

    private async Task DeleteAsync(BlackoutView view)
    {
        var question = new Question($"Delete {view.Draft.Name}?", view.IsOpen ? "It is open now: what it holds, and no other blackout holds, starts at once." : "What falls into its windows runs again.", "Delete", Danger: true);
        if (!await Confirmation.ConfirmAsync(question)) return;
        await Acts.TryAsync(actor => Editor.DeleteAsync(view.Draft.Name, actor, CancellationToken.None), $"{view.Draft.Name} is deleted.");
        await LoadAsync();
    }

    private static string Text(ChangeEventArgs change) => change.Value as string ?? "";

    private static string EditPath(string name) => $"/settings/blackouts?edit={Uri.EscapeDataString(name)}";
}
