using Microsoft.AspNetCore.Components;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Welcome;

/// <summary>Offers the starter schedules after set-up, and to whoever asks for them later.</summary>
public sealed partial class WelcomePage
{
    private readonly Dictionary<string, StarterState> _states = new(StringComparer.Ordinal);
    private IReadOnlyList<Starter> _starters = [];
    private bool _busy;

    [Inject] public required ScheduleEditor Editor { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    private string ChosenWords => _states.Values.Count(s => s is { Chosen: true, Outcome: null }) switch { 1 => "it", 2 => "both", var count => $"all {count}" };

    protected override async Task OnInitializedAsync()
    {
        _starters = Starters.For(new Uri(Navigation.BaseUri));
        foreach (var starter in _starters)
            _states[starter.Name] = await Schedules.GetAsync(starter.Name, CancellationToken.None) is null
                ? new StarterState { Chosen = true } : new StarterState { Outcome = "There already" };
    }

    private async Task CreateAsync()
    {
        if (_busy) return;
        _busy = true;
        try
        {
            foreach (var starter in _starters.Where(s => _states[s.Name] is { Chosen: true, Outcome: null }))
                if (!await Acts.TryAsync(actor => CreateAsync(starter, actor))) return;
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task CreateAsync(Starter starter, Core.Access.Actor actor)
    {
        var state = _states[starter.Name];
        state.Errors = [];
        try
        {
            var outcome = await Editor.SaveAsync(starter.Manifest, new SaveRules { CreateOnly = true }, actor, CancellationToken.None);
            state.Outcome = outcome is SaveOutcome.Saved ? "Created" : "There already";
        }
        catch (InvalidInputException refused)
        {
            state.Errors = refused.Errors;
        }
    }

    private sealed class StarterState
    {
        public bool Chosen { get; set; }
        public string? Outcome { get; set; }
        public IReadOnlyList<FieldError> Errors { get; set; } = [];
    }
}
