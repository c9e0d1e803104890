using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Scheduler.Web.Identity;

/// <summary>Signs callers in by <c>Authorization: Bearer sch_…</c>; the hub's web socket, which can't send headers, by <c>access_token</c>.</summary>
internal sealed class BearerTokens(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging, UrlEncoder encoder, ApiTokens tokens, TokenGuesses guesses)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public new const string Scheme = "Bearer";

    private DateTimeOffset? _blockedUntil;

    /// <summary>The token that the request carries, or null for a browser's request.</summary>
    public static string? TokenOf(HttpRequest request)
    {
        if (request.Path.StartsWithSegments("/hooks")) return null; // a webhook's secret is no token, and must not count as a wrong one
        string? header = request.Headers.Authorization;
        if (header is not null) return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : "";
        return request.Path.StartsWithSegments("/hubs") ? request.Query["access_token"].FirstOrDefault() : null;
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Request) is not { } text) return AuthenticateResult.NoResult();
        var address = Context.RemoteAddress();
        _blockedUntil = guesses.Limit.BlockedUntil(address);
        if (_blockedUntil is not null) return AuthenticateResult.Fail("Too many wrong tokens from this address.");
        if (await tokens.CheckAsync(text, Context.RequestAborted) is { } found)
            return AuthenticateResult.Success(new AuthenticationTicket(SessionClaims.ForToken(found.User, found.Role, found.TokenId), Scheme));

        guesses.Limit.Failed(address);
        return AuthenticateResult.Fail("The token is unknown, expired or revoked.");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Scheme;
        if (_blockedUntil is { } until)
        {
            Response.Headers.RetryAfter = Math.Max(1, (int)(until - TimeProvider.GetUtcNow()).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await Problems.WriteAsync(Context, StatusCodes.Status429TooManyRequests, "Too many wrong tokens from this address. Wait a little.");
            return;
        }
        await Problems.WriteAsync(Context, StatusCodes.Status401Unauthorized, "The token is missing, unknown, expired or revoked.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.Forbidden(Context);
}

/// <summary>Wrong tokens by network address: thirty a minute, then none is looked up for the rest of it.</summary>
internal sealed class TokenGuesses(TimeProvider clock)
{
    public FailureLimit Limit { get; } = new(clock, allowed: 30, window: TimeSpan.FromMinutes(1));
}

/// <summary>Refusals to programs, as problem details.</summary>
internal static class Problems
{
    /// <summary>Paths whose callers are programs: they get a status, never a redirect to a page.</summary>
    public static bool IsForProgram(PathString path) =>
        path.StartsWithSegments("/api") || path.StartsWithSegments("/hubs") || path.StartsWithSegments("/openapi") || path.StartsWithSegments("/metrics") || path.StartsWithSegments("/hooks") || path.StartsWithSegments("/_blazor");

    public static Task Forbidden(HttpContext context) => WriteAsync(context, StatusCodes.Status403Forbidden,
        context.User.RoleOrNull() is { } role ? $"You are {role} here; this takes a higher role." : "This is not allowed.");

    public static Task WriteAsync(HttpContext context, int status, string detail) => Results.Problem(detail, statusCode: status).ExecuteAsync(context);
}
