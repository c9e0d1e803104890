using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Identity;

/// <summary>
/// No account and no default password exist at first. Whoever reads the console makes the first account: by a link with a
/// token that lives in memory only, so each start prints a new one, or by two environment variables.
/// </summary>
internal sealed partial class FirstAdministrator(UserAccounts accounts, ILogger<FirstAdministrator> log)
{
    private readonly string _token = SecretText.Create();
    private volatile bool _done;

    /// <summary>Whether nobody has an account yet. Once somebody has, this never asks the database again.</summary>
    public async ValueTask<bool> IsMissingAsync(CancellationToken ct = default)
    {
        if (!_done && await accounts.AnyAsync(ct)) _done = true;
        return !_done;
    }

    public bool Knows(string? token) => SecretText.Matches(token, SecretText.Hash(_token));

    /// <summary>Null when the token is wrong, or when somebody was faster.</summary>
    /// <exception cref="InvalidInputException">Address or password won't do.</exception>
    public async Task<AppUser?> CreateAsync(string? token, string email, string password, string? address, CancellationToken ct)
    {
        if (!Knows(token) || !await IsMissingAsync(ct)) return null;
        var user = await accounts.AddFirstAsync(email, password, name => new Actor(name, Role.Administrator, "page", address), ct);
        _done = true;
        return user;
    }

    /// <summary>To be called once the server listens: makes the account from the environment, or prints the link.</summary>
    public async Task AnnounceAsync(IConfiguration configuration, IServer server, TextWriter console, CancellationToken ct)
    {
        if (!await IsMissingAsync(ct)) return;
        if (configuration["SCHEDULER_ADMIN_EMAIL"] is { Length: > 0 } email && configuration["SCHEDULER_ADMIN_PASSWORD"] is { Length: > 0 } password)
        {
            try
            {
                await accounts.AddFirstAsync(email, password, _ => Actor.LocalConsole, ct);
                _done = true;
                LogCreated(email.Trim());
                return;
            }
            catch (InvalidInputException refused)
            {
                await console.WriteLineAsync($"\nSCHEDULER_ADMIN_EMAIL and SCHEDULER_ADMIN_PASSWORD made no account. {refused.Message}");
            }
        }
        var listening = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost:5080";
        await console.WriteLineAsync($"""

            Nobody has an account yet. Make the first administrator here:

                {Reachable(listening)}/setup?token={_token}

            The link works once, and only until the program stops.

            """);
    }

    /// <summary>An address that a browser on this machine can open: a server that listens everywhere names no host.</summary>
    internal static string Reachable(string listening)
    {
        var address = BindingAddress.Parse(listening);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" or "127.0.0.1" or "[::1]" ? "localhost" : address.Host;
        return $"{address.Scheme}://{host}:{address.Port}{address.PathBase}";
    }

    [LoggerMessage(LogLevel.Information, "The first administrator {Email} was made from the environment")]
    private partial void LogCreated(string email);
}
