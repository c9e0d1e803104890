using System.Net;
using Microsoft.AspNetCore.Components.Authorization;
using Scheduler.Core.Access;

namespace Scheduler.Web.Identity;

/// <summary>
/// Who is at the page. Ask at each act and hand the answer to the writer: the account is looked up again, so that
/// a circuit whose account was disabled or changed can't act any more.
/// </summary>
public sealed class CurrentActor(AuthenticationStateProvider authentication, AccountChecks checks)
{
    /// <summary>The remote network address; set once, when the page or its circuit starts.</summary>
    public string? Address { get; set; }

    /// <exception cref="AccessDeniedException">Nobody is signed in, or the session has ended.</exception>
    public async Task<Actor> GetAsync(CancellationToken ct = default)
    {
        var person = (await authentication.GetAuthenticationStateAsync()).User;
        var account = await checks.CurrentAsync(person, ct) ?? throw new AccessDeniedException("Your session has ended. Sign in again.");
        return new Actor(account.Email, account.Role, "page", Address);
    }

    /// <summary>The same, and the role must suffice.</summary>
    /// <exception cref="AccessDeniedException">The session has ended, or the role is too low.</exception>
    public async Task<Actor> RequireAsync(Role least, string act, CancellationToken ct = default)
    {
        var actor = await GetAsync(ct);
        actor.Require(least, act);
        return actor;
    }
}

/// <summary>Who calls, for endpoints.</summary>
public static class HttpActor
{
    /// <summary>The caller of an endpoint that takes a signed-in person or a token. Cookie and token were checked when the request came in.</summary>
    /// <param name="context">The request.</param>
    /// <param name="door">page, api or hub.</param>
    /// <exception cref="AccessDeniedException">Nobody is signed in.</exception>
    public static Actor Actor(this HttpContext context, string door = "api") =>
        context.User is { Identity.Name: { } name } person && person.RoleOrNull() is { } role
            ? new Actor(name, role, door, context.RemoteAddress())
            : throw new AccessDeniedException("Nobody is signed in.");

    internal static string? RemoteAddress(this HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => IPAddress.IsLoopback(address) ? "127.0.0.1" : address.ToString(),
    };
}
