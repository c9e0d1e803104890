using Microsoft.AspNetCore.Authorization;
using Scheduler.Core.Access;

namespace Scheduler.Web.Identity;

/// <summary>
/// What pages, API and hub ask for, by the least role that will do:
/// <c>[Authorize(Policy = Policies.Operator)]</c>, <c>.RequireAuthorization(Policies.Operator)</c>, <c>&lt;AuthorizeView Policy="@Policies.Operator"&gt;</c>.
/// </summary>
public static class Policies
{
    public const string Viewer = nameof(Role.Viewer);
    public const string Operator = nameof(Role.Operator);
    public const string Administrator = nameof(Role.Administrator);

    internal static void Add(AuthorizationOptions options)
    {
        foreach (var least in Enum.GetValues<Role>())
            options.AddPolicy(least.ToString(), policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.RoleOrNull() >= least));

        // Whatever says nothing else takes a signed-in person: a new page or endpoint is closed until somebody opens it.
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();
    }
}
