using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Workers;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Components.Shared;

/// <summary>Does what a person asks for on a page: finds out who it is, lets the core do it, and says in the corner why it was refused.</summary>
public sealed class Acts(CurrentActor currentActor, NotificationService notices)
{
    /// <summary>True when it was done. What was refused is said; nothing else is caught.</summary>
    public async Task<bool> TryAsync(Func<Actor, Task> act)
    {
        try
        {
            await act(await currentActor.GetAsync());
            return true;
        }
        catch (InvalidInputException refused)
        {
            notices.Failed("Not done", string.Join(" ", refused.Errors.Select(e => e.Path.Length == 0 ? e.Message : $"{e.Path}: {e.Message}.")));
        }
        catch (Exception refused) when (refused is AccessDeniedException or EngineNotHereException)
        {
            notices.Failed("Not done", refused.Message);
        }
        return false;
    }

    /// <summary>The same, with a word in the corner when it was done.</summary>
    public async Task<bool> TryAsync(Func<Actor, Task> act, string done)
    {
        if (!await TryAsync(act)) return false;
        notices.Done(done);
        return true;
    }
}
