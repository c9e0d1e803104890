using System.Security.Claims;
using Scheduler.Core.Access;

namespace Scheduler.Web.Identity;

/// <summary>What a session or a token says about its bearer.</summary>
public static class SessionClaims
{
    /// <summary>Changes with password, role and state of the account; an older session then no longer counts.</summary>
    internal const string Stamp = "stamp";

    /// <summary>The id of the API token that was used; absent in a browser's session.</summary>
    internal const string Token = "token";

    internal static ClaimsPrincipal ForSession(AppUser user) => Principal("session", user.Id, user.Email!, user.Role, new Claim(Stamp, user.SecurityStamp ?? ""));

    internal static ClaimsPrincipal ForToken(AccountState user, Role role, string tokenId) =>
        Principal(BearerTokens.Scheme, user.Id, user.Email, role, new Claim(Token, tokenId));

    /// <summary>The role that counts, or null for somebody who is not signed in.</summary>
    public static Role? RoleOrNull(this ClaimsPrincipal person) =>
        person.Identity?.IsAuthenticated == true && Enum.TryParse<Role>(person.FindFirstValue(ClaimTypes.Role), out var role) ? role : null;

    internal static string? UserId(this ClaimsPrincipal person) => person.FindFirstValue(ClaimTypes.NameIdentifier);

    private static ClaimsPrincipal Principal(string kind, string id, string email, Role role, Claim more) => new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, id), new(ClaimTypes.Name, email), new(ClaimTypes.Role, role.ToString()), more], kind));
}
