using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Components.Settings;

/// <summary>What scans may touch, line by line.</summary>
public sealed partial class ScopePage
{
    private IReadOnlyList<ScopeLine> _lines = [];
    private IReadOnlyList<FieldError> _errors = [];
    private string _kind = ScopeEntry.HostKind;
    private string _entry = "";
    private string _note = "";
    private bool _busy;

    [Inject] public required ScopeStore Scopes { get; init; }
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }

    private string EntryLabel => KindWord(_kind);

    private string EntryExample => _kind switch
    {
        ScopeEntry.HostKind => "shop.example.com",
        ScopeEntry.NetworkKind => "10.20.0.0/16",
        _ => "/srv/scans",
    };

    private string EntryHint => _kind switch
    {
        ScopeEntry.HostKind => "A name without scheme, port or path; *.example.com allows all names below it. Its private addresses need a network too.",
        ScopeEntry.NetworkKind => "An address or a range in CIDR form. It also says which private addresses a host may lead to.",
        _ => "An absolute path on this machine; everything below it may be read. Links that lead out of it are not followed.",
    };

    protected override async Task OnInitializedAsync()
    {
        await CurrentActor.RequireAsync(Role.Administrator, "see the scope");
        _lines = Scopes.Lines;
    }

    private async Task AddAsync()
    {
        if (_busy) return;
        (_busy, _errors) = (true, []);
        try
        {
            if (await Scopes.AddAsync(_kind, _entry, _note.Trim(), await CurrentActor.GetAsync(), CancellationToken.None))
            {
                Notices.Done($"{_entry.Trim()} is allowed now.");
                (_entry, _note) = ("", "");
            }
            else _errors = [new FieldError("entry", "is allowed already")];
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
            _lines = Scopes.Lines;
        }
    }

    private async Task RemoveAsync(ScopeLine line)
    {
        var question = new Question($"Remove {line.Kind} {line.Text}?", "Schedules with targets there fail from their next run on, and say why. Runs that go on finish.", "Remove", Danger: true);
        if (!await Confirmation.ConfirmAsync(question)) return;
        await Acts.TryAsync(actor => Scopes.RemoveAsync(line.Kind, line.Text, actor, CancellationToken.None), $"{line.Text} is no longer allowed.");
        _lines = Scopes.Lines;
    }

    private static string KindWord(string kind) => kind switch
    {
        ScopeEntry.HostKind => "Host",
        ScopeEntry.NetworkKind => "Network",
        _ => "Folder",
    };

    private static string IconOf(string kind) => kind switch
    {
        ScopeEntry.HostKind => Icons.Globe,
        ScopeEntry.NetworkKind => Icons.Queue,
        _ => Icons.Folder,
    };
}
