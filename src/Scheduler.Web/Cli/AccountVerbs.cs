using System.CommandLine;
using System.Text.Json;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Cli;

/// <summary><c>users add|reset</c> and <c>tokens add</c>, on the data folder itself: whoever can read its files may do this.</summary>
internal static class AccountVerbs
{
    private static readonly Argument<string> Email = new("email") { Description = "The account's e-mail address" };
    private static readonly string[] Roles = ["viewer", "operator", "administrator"];

    public static Command CreateUsers() => new("users", "Accounts, on the data folder of this machine") { AddUser(), ResetUser() };

    public static Command CreateTokens() => new("tokens", "API tokens, on the data folder of this machine") { AddToken() };

    private static Command AddUser()
    {
        var role = new Option<string>("--role") { Description = "viewer, operator or administrator", Required = true, HelpName = "role" };
        return new Command("add", "Make an account and print a one-time link by which its owner sets a password") { Email, role }.Does(async (parsed, terminal, ct) =>
        {
            var asked = RoleOf(parsed.GetRequiredValue(role));
            await using var folder = await DataFolder.OpenAsync(mayCreate: true, ct);
            var link = await folder.GetRequiredService<UserAccounts>().AddAsync(parsed.GetRequiredValue(Email), asked, Actor.LocalConsole, ct);
            return Print(terminal, link, asked);
        });
    }

    private static Command ResetUser() => new Command("reset", "Take a password away and print a one-time link to set a new one") { Email }.Does(async (parsed, terminal, ct) =>
    {
        await using var folder = await DataFolder.OpenAsync(mayCreate: false, ct);
        return Print(terminal, await Known(folder.GetRequiredService<UserAccounts>().ResetAsync(parsed.GetRequiredValue(Email), Actor.LocalConsole, ct)), null);
    });

    private static Command AddToken()
    {
        var name = new Option<string>("--name") { Description = "What the token is for", Required = true, HelpName = "name" };
        var role = new Option<string?>("--role") { Description = "viewer, operator or administrator; at most the account's own (default)", HelpName = "role" };
        var expires = new Option<string?>("--expires") { Description = "An instant, or a length of time from now such as 30d (default 90d)", HelpName = "when" };
        return new Command("add", "Make a token for an account and print it; it is shown this once") { Email, name, role, expires }.Does(async (parsed, terminal, ct) =>
        {
            var asked = parsed.GetValue(role) is { } word ? RoleOf(word) : (Role?)null;
            var until = parsed.GetValue(expires) is { } text ? Verbs.InstantOrLength("expires", text, +1, TimeProvider.System.GetUtcNow()) : (DateTimeOffset?)null;
            await using var folder = await DataFolder.OpenAsync(mayCreate: false, ct);
            var email = parsed.GetRequiredValue(Email);
            var token = await Known(folder.GetRequiredService<ApiTokens>().CreateAsync(email, parsed.GetRequiredValue(name), asked, until, Actor.LocalConsole, ct));
            terminal.Note($"Token \"{token.Name}\" of {email}: {token.Role}, until {Instants.Print(token.ExpiresAt)}. It is shown this once.");
            if (!terminal.IsJson) terminal.Line(token.Text);
            else terminal.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("token", token.Text);
                writer.WriteString("id", token.Id);
                writer.WriteString("email", email.Trim());
                writer.WriteString("name", token.Name);
                writer.WriteString("role", Word(token.Role));
                writer.WriteString("expiresAt", Instants.Print(token.ExpiresAt));
                writer.WriteEndObject();
            });
            return ExitCode.Done;
        });
    }

    private static int Print(Terminal terminal, InvitationLink invitation, Role? role)
    {
        var link = ServerClient.Address.ToString().TrimEnd('/') + invitation.Path;
        terminal.Note($"Whoever opens this link sets the password of {invitation.Email}. It works once, until {Instants.Print(invitation.ExpiresAt)}:");
        if (!terminal.IsJson) terminal.Line(link);
        else terminal.Json(writer => Write(writer, invitation, role, link));
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter writer, InvitationLink invitation, Role? role, string link)
    {
        writer.WriteStartObject();
        writer.WriteString("email", invitation.Email);
        if (role is { } known) writer.WriteString("role", Word(known));
        writer.WriteString("link", link);
        writer.WriteString("expiresAt", Instants.Print(invitation.ExpiresAt));
        writer.WriteEndObject();
    }

    private static Role RoleOf(string word) => Array.IndexOf(Roles, word.ToLowerInvariant()) is >= 0 and var index
        ? (Role)index : throw CliFailure.BadInput("role", $"must be {string.Join(", ", Roles)}; found {word}");

    private static string Word(Role role) => Roles[(int)role];

    private static async Task<T> Known<T>(Task<T> act)
    {
        try
        {
            return await act;
        }
        catch (UnknownAccountException e)
        {
            throw CliFailure.NotFound(e.Message);
        }
    }
}
