using Microsoft.AspNetCore.Components;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Settings;

/// <summary>The administrator's list of what scans may touch.</summary>
public sealed partial class ScopePage
{
    private string _kind = ScopeEntry.HostKind;
    private string _text = "";
    private string _note = "";
    private bool _busy;
    private IReadOnlyList<FieldError> _errors = [];

    [Inject] public required ScopeStore Scope { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }

    private string Example => _kind switch { ScopeEntry.HostKind => "shop.example.com", ScopeEntry.NetworkKind => "10.20.0.0/16", _ => "/srv/reports" };

    private string Hint => _kind switch
    {
        ScopeEntry.HostKind => "*.example.com stands for all names below it. A name may lead to public addresses; private ones need a network entry too.",
        ScopeEntry.NetworkKind => "An address, or a range in CIDR form.",
        _ => "An absolute path; everything below it may be read.",
    };

    private async Task AddAsync()
    {
        if (_busy) return;
        (_busy, _errors) = (true, []);
        try
        {
            await Acts.TryAsync(AddAsync);
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task AddAsync(Actor actor)
    {
        try
        {
            if (!await Scope.AddAsync(_kind, _text.Trim(), _note.Trim(), actor, CancellationToken.None)) _errors = [new FieldError("entry", "is allowed already")];
            else (_text, _note) = ("", "");
        }
        catch (InvalidInputException refused)
        {
            _errors = refused.Errors;
        }
    }

    private async Task RemoveAsync(ScopeLine line)
    {
        if (await Confirmation.ConfirmAsync(new Question($"Remove {line.Text}?", "Scans that begin from now on no longer touch it; schedules with targets there fail and say so.", "Remove", Danger: true)))
            await Acts.TryAsync(actor => Scope.RemoveAsync(line.Kind, line.Text, actor, CancellationToken.None), $"{line.Text} is no longer allowed.");
    }
}
