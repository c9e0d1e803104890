using Scheduler.Core.Fields;

namespace Scheduler.Web.Components.Account;

/// <summary>The form of whoever chooses a password.</summary>
public sealed class NewPassword
{
    public string Email { get; set; } = "";
    public string Current { get; set; } = "";
    public string Password { get; set; } = "";
    public string Again { get; set; } = "";

    /// <summary>The complaint that the two don't agree, or null.</summary>
    public FieldError? Mismatch => Password == Again ? null : new FieldError("again", "This is not the same password.");
}
