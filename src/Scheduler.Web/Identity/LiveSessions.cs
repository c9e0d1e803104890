using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Scheduler.Web.Identity;

/// <summary>Throws an open page out within seconds once its session has ended. What the page may do is checked at each act by <see cref="CurrentActor"/>.</summary>
internal sealed class LiveSessions(ILoggerFactory logging, AccountChecks checks) : RevalidatingServerAuthenticationStateProvider(logging)
{
    // Five seconds is the promise; the look itself and the way to the browser take some of it.
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(4);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState state, CancellationToken ct)
    {
        try
        {
            return await checks.CurrentAsync(state.User, ct) is not null;
        }
        catch (ObjectDisposedException)
        {
            return false;  // the program is stopping, and the circuit with it
        }
    }
}
