using Microsoft.AspNetCore.Identity;
using Scheduler.Core.Access;

namespace Scheduler.Web.Identity;

/// <summary>A person's account. The user name is the e-mail address.</summary>
public sealed class AppUser : IdentityUser
{
    /// <summary>What the person may do; one role each, since each role includes the ones below.</summary>
    public Role Role { get; set; }

    /// <summary>A disabled account can't sign in, its sessions have ended and its tokens are refused. It stays for the audit log's sake.</summary>
    public bool Disabled { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastSignInAt { get; set; }

    /// <summary>An account that can act: not disabled, and its person has chosen a password.</summary>
    public bool IsActive => !Disabled && PasswordHash is not null;
}
