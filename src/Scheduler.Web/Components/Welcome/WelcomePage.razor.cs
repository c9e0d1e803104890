using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Components.Welcome;

internal enum StarterState { Offered, Created, There, Failed }

/// <summary>The first minutes: schedules that work at once. Also reached from every empty list.</summary>
public sealed partial class WelcomePage
{
    private readonly List<Choice> _choices = [];
    private static readonly StateLook Created = StateLook.Succeeded with { Word = "Created" };
    private bool _busy;

    [Inject] public required ScheduleEditor Editor { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required IServer Server { get; init; }

    private string CreateWords => _choices.Count(c => c.Ticked) switch
    {
        0 => "Create",
        1 => "Create it",
        2 => "Create both",
        var many => $"Create all {many}",
    };

    protected override async Task OnInitializedAsync()
    {
        var own = Starters.OwnAddress(new Uri(Navigation.BaseUri), Server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        foreach (var starter in Starters.Of(own))
        {
            var there = await Schedules.GetAsync(starter.Name, CancellationToken.None) is not null;
            _choices.Add(new Choice(starter) { Ticked = !there, State = there ? StarterState.There : StarterState.Offered });
        }
    }

    private async Task CreateAsync()
    {
        if (_busy) return;
        _busy = true;
        try
        {
            foreach (var choice in _choices.Where(c => c.Ticked)) await CreateAsync(choice);
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task CreateAsync(Choice choice)
    {
        try
        {
            // Somebody else may have made one of the same name meanwhile; theirs stays.
            var outcome = await Editor.SaveAsync(choice.Starter.Manifest, new SaveRules { CreateOnly = true, Note = "Starter" }, await CurrentActor.GetAsync(), CancellationToken.None);
            choice.Errors = [];
            choice.State = outcome is SaveOutcome.Saved ? StarterState.Created : StarterState.There;
            choice.Ticked = false;
        }
        catch (InvalidInputException refused)
        {
            choice.Fail(refused.Errors.Select(e => e.Path.Length == 0 ? e.Message : $"{e.Path}: {e.Message}"));
        }
        catch (Exception refused) when (refused is AccessDeniedException or EngineNotHereException)
        {
            choice.Fail([refused.Message]);
        }
    }

    private sealed class Choice(Starter starter)
    {
        public Starter Starter { get; } = starter;
        public bool Ticked { get; set; }
        public StarterState State { get; set; }
        public IReadOnlyList<string> Errors { get; set; } = [];

        public void Fail(IEnumerable<string> errors) => (State, Errors) = (StarterState.Failed, errors.ToList());
    }
}
