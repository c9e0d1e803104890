using Microsoft.AspNetCore.Identity;

namespace Scheduler.Web.Identity;

/// <summary>Length is what counts; on top of it, what a guesser tries first is refused.</summary>
internal sealed class PasswordRules : IPasswordValidator<AppUser>
{
    public const int MinimumLength = 12;
    public const int MaximumLength = 256;

    private static readonly string[] Guessed =
        ["password", "passwort", "qwertyuiop", "letmein", "administrator", "iloveyou", "welcome", "changeme", "scheduler", "1234567890", "0987654321", "abcdefghij"];

    public Task<IdentityResult> ValidateAsync(UserManager<AppUser> manager, AppUser user, string? password) =>
        Task.FromResult(Complaint(user.Email ?? "", password ?? "") is { } complaint
            ? IdentityResult.Failed(new IdentityError { Code = "PasswordRefused", Description = complaint })
            : IdentityResult.Success);

    /// <summary>What is wrong with the password in one sentence, or null.</summary>
    public static string? Complaint(string email, string password)
    {
        if (password.Length < MinimumLength) return $"Use at least {MinimumLength} characters; a few words in a row are easy to remember.";
        if (password.Length > MaximumLength) return $"Use at most {MaximumLength} characters.";
        if (password.Distinct().Count() < 5) return "Use at least five different characters.";

        var name = email.Split('@')[0];
        if (name.Length >= 3 && password.Contains(name, StringComparison.OrdinalIgnoreCase)) return "Leave your e-mail name out of the password.";

        // "Password1234" is long, and among the first things tried: what is left beside the guessed word must stand by itself.
        var rest = Guessed.Aggregate(password, (text, guess) => text.Replace(guess, "", StringComparison.OrdinalIgnoreCase));
        return rest.Length < password.Length && rest.Length < 8 ? "This is among the first passwords that are guessed. Add other words." : null;
    }
}
