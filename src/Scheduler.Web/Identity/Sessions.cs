using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

namespace Scheduler.Web.Identity;

/// <summary>The browser's session: a cookie that scripts can't read, checked against the account at each request.</summary>
internal sealed class Sessions(IDataProtectionProvider protection, TimeProvider clock)
{
    public const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;
    private const string DeviceCookie = "scheduler-device";
    private readonly IDataProtector _devices = protection.CreateProtector("Scheduler.KnownDevice.v1");

    public static void Configure(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "scheduler-session";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
        cookie.SlidingExpiration = true;
        cookie.LoginPath = "/signin";
        cookie.LogoutPath = "/signout";
        cookie.AccessDeniedPath = "/denied";
        cookie.ReturnUrlParameter = "returnUrl";
        cookie.Events.OnValidatePrincipal = CheckAsync;
        cookie.Events.OnRedirectToLogin = ChallengeAsync;
        cookie.Events.OnRedirectToAccessDenied = DeniedAsync;
    }

    /// <param name="context">A request whose response has not begun.</param>
    /// <param name="user">Who has just proved to be who they are.</param>
    /// <param name="stay">Keeps the session when the browser closes, for 14 days.</param>
    public async Task BeginAsync(HttpContext context, AppUser user, bool stay = false)
    {
        var properties = stay ? new AuthenticationProperties { IsPersistent = true, ExpiresUtc = clock.GetUtcNow().AddDays(14) } : new AuthenticationProperties();
        await context.SignInAsync(Scheme, SessionClaims.ForSession(user), properties);
        var device = DeviceOf(context, user.NormalizedEmail!) ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        context.Response.Cookies.Append(DeviceCookie, _devices.Protect($"{device}\n{user.NormalizedEmail}"), new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, MaxAge = TimeSpan.FromDays(180), Path = "/signin", IsEssential = true,
        });
    }

    /// <summary>The id of this browser when the account has signed in from it before, else null.</summary>
    public string? DeviceOf(HttpContext context, string normalizedEmail)
    {
        try
        {
            if (!context.Request.Cookies.TryGetValue(DeviceCookie, out var cookie)) return null;
            return _devices.Unprotect(cookie).Split('\n') is [var device, var email] && email == normalizedEmail ? device : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        var checks = context.HttpContext.RequestServices.GetRequiredService<AccountChecks>();
        if (context.Principal is { } person && await checks.CurrentAsync(person, context.HttpContext.RequestAborted) is not null) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Scheme);
    }

    private static async Task ChallengeAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (Problems.IsForProgram(context.Request.Path))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer"; // RFC 9110: a 401 says how to come in
            await Problems.WriteAsync(context.HttpContext, StatusCodes.Status401Unauthorized, "Sign in, or send a token as `Authorization: Bearer …`.");
            return;
        }
        var first = context.HttpContext.RequestServices.GetRequiredService<FirstAdministrator>();
        context.Response.Redirect(await first.IsMissingAsync(context.HttpContext.RequestAborted) ? "/setup" : context.RedirectUri);
    }

    private static Task DeniedAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (Problems.IsForProgram(context.Request.Path)) return Problems.Forbidden(context.HttpContext);
        context.Response.Redirect("/denied");
        return Task.CompletedTask;
    }
}
