using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core;

namespace Scheduler.Web.Identity;

/// <summary>Accounts, sessions, tokens and roles: the table of contents of this folder.</summary>
internal static class AccountServices
{
    private const string CookieOrToken = "CookieOrToken";

    /// <summary>Accounts alone: what the command line needs on a data folder.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, SchedulerOptions options)
    {
        services.AddDbContextFactory<IdentityDb>(db => IdentityDb.Configure(db, options.DatabaseFile));
        // Identity's managers live as long as one change (AccountDesk), not as long as a request or a circuit.
        services.Configure<IdentityOptions>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            identity.User.AllowedUserNameCharacters = "";  // the user name is the e-mail address, which UserAccounts has checked
        });
        // PBKDF2-HMAC-SHA512: about a tenth of a second a try.
        services.Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = 250_000);
        services.AddSingleton<IPasswordHasher<AppUser>, PasswordHasher<AppUser>>();
        services.AddSingleton<IPasswordValidator<AppUser>, PasswordRules>();
        services.AddSingleton<IUserValidator<AppUser>, UserValidator<AppUser>>();
        services.AddSingleton<ILookupNormalizer, UpperInvariantLookupNormalizer>();
        services.AddSingleton<IdentityErrorDescriber>();
        services.AddSingleton<AccountDesk>();
        services.AddSingleton<AccountChecks>();
        services.AddSingleton<UserAccounts>();
        services.AddSingleton<ApiTokens>();
        return services;
    }

    /// <summary>What a server needs on top: sign-in, sessions, and who may do what.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<SignIn>();
        services.AddSingleton<FirstAdministrator>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<TokenGuesses>();
        services.AddAuthentication(CookieOrToken)
            .AddPolicyScheme(CookieOrToken, null, either => either.ForwardDefaultSelector =
                context => BearerTokens.TokenOf(context.Request) is null ? Sessions.Scheme : BearerTokens.Scheme)
            .AddCookie(Sessions.Scheme, Sessions.Configure)
            .AddScheme<AuthenticationSchemeOptions, BearerTokens>(BearerTokens.Scheme, null);
        services.AddAuthorization(Policies.Add);
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, LiveSessions>();
        services.AddScoped<CurrentActor>();
        return services;
    }
}
