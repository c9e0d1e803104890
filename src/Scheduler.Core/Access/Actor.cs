namespace Scheduler.Core.Access;

/// <summary>What a person may do; each role includes the ones before it.</summary>
public enum Role
{
    /// <summary>Sees schedules, runs, logs, findings and charts.</summary>
    Viewer,

    /// <summary>Also runs, cancels, pauses, edits schedules and profiles, triages.</summary>
    Operator,

    /// <summary>Also manages scope, pools, settings, users and the audit log.</summary>
    Administrator,
}

/// <summary>Who acts, and by which door. Every writer takes one, checks it and puts it into the audit log.</summary>
/// <param name="Name">The account's e-mail address, or <c>system</c>.</param>
/// <param name="Role">The role that counts for this act: a token's where one is used.</param>
/// <param name="Door">page, api, hub, cli or engine.</param>
/// <param name="Address">The remote network address, where there is one.</param>
public sealed record Actor(string Name, Role Role, string Door, string? Address = null)
{
    /// <summary>The scheduler itself; its acts are not a person's and are audited only where a setting changes.</summary>
    public static Actor System { get; } = new("system", Role.Administrator, "engine");

    /// <summary>Somebody who owns the data folder's files and uses the command line on it.</summary>
    public static Actor LocalConsole { get; } = new("console", Role.Administrator, "cli");

    /// <exception cref="AccessDeniedException">The role is too low.</exception>
    public void Require(Role least, string act)
    {
        if (Role < least) throw new AccessDeniedException($"{Name} is {Role}; to {act} takes {least}.");
    }
}

/// <summary>A person asked for something that their role does not allow. Nothing was done.</summary>
public sealed class AccessDeniedException(string message) : Exception(message);
