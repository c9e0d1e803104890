using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Account;

public sealed partial class AccountPage
{
    private static readonly (int Days, string Words)[] Lifetimes = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "A year")];

    private Actor? _actor;
    private IReadOnlyList<TokenRow> _tokens = [];
    private IReadOnlyList<FieldError> _tokenErrors = [];
    private IReadOnlyList<FieldError> _passwordErrors = [];
    private CreatedToken? _created;
    private string? _done;
    private bool _singleKeys;

    [SupplyParameterFromForm(Name = "Input", FormName = "password")] private NewPassword? PostedPassword { get; set; }
    [SupplyParameterFromForm(Name = "NewToken", FormName = "token")] private TokenForm? PostedToken { get; set; }
    [SupplyParameterFromForm(Name = "Keys", FormName = "keys")] private KeysForm? PostedKeys { get; set; }
    [SupplyParameterFromQuery(Name = "done")] private string? Done { get; set; }

    [CascadingParameter] public required HttpContext Context { get; set; }
    [Inject] public required UserAccounts Accounts { get; init; }
    [Inject] public required ApiTokens Tokens { get; init; }
    [Inject] internal SignIn SignIn { get; init; } = null!;
    [Inject] internal Sessions Sessions { get; init; } = null!;
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required ViewerTime Time { get; init; }

    private NewPassword PasswordInput => PostedPassword ??= new NewPassword();
    private TokenForm TokenInput => PostedToken ??= new TokenForm();

    protected override async Task OnInitializedAsync()
    {
        _actor = Context.Actor("page");
        _singleKeys = Preferences.Of(Context).SingleKeys;
        _done = Done switch { "password" => "The password is changed; your other sessions have ended.", "revoked" => "The token is revoked.", "keys" => "Kept.", _ => null };
        await LoadAsync();
    }

    private async Task LoadAsync() => _tokens = await Tokens.ListAsync(_actor!.Name, _actor, Context.RequestAborted);

    private async Task CreateTokenAsync()
    {
        try
        {
            _created = await Tokens.CreateAsync(_actor!.Name, TokenInput.Name ?? "", TokenInput.Role, Time.Now.AddDays(TokenInput.Days), _actor, Context.RequestAborted);
            PostedToken = new TokenForm();
            await LoadAsync();
        }
        catch (InvalidInputException refused)
        {
            _tokenErrors = refused.Errors;
        }
    }

    private async Task RevokeAsync(string id)
    {
        await Tokens.RevokeAsync(id, _actor!, Context.RequestAborted);
        Navigation.NavigateTo("/account?done=revoked");
    }

    private async Task ChangePasswordAsync()
    {
        try
        {
            if (PasswordInput.Mismatch is { } mismatch) throw new InvalidInputException([mismatch]);
            if (PasswordRules.Complaint(_actor!.Name, PasswordInput.Password) is { } complaint) throw new InvalidInputException("password", complaint);
            await SignIn.ConfirmAsync(_actor, PasswordInput.Current, Context.RequestAborted);
            var user = await Accounts.SetPasswordAsync(_actor, PasswordInput.Password, Context.RequestAborted);
            await Sessions.BeginAsync(Context, user);
            Navigation.NavigateTo("/account?done=password");
        }
        catch (InvalidInputException refused)
        {
            _passwordErrors = refused.Errors;
        }
    }

    private async Task SignOutEverywhereAsync()
    {
        await Accounts.SignOutEverywhereAsync(_actor!.Name, _actor, Context.RequestAborted);
        await Context.SignOutAsync(Sessions.Scheme);
        Navigation.NavigateTo("/signin?out=1");
    }

    private void ChangeKeys()
    {
        var cookie = new CookieOptions { MaxAge = TimeSpan.FromDays(365), SameSite = SameSiteMode.Lax, HttpOnly = true, Secure = Context.Request.IsHttps };
        Context.Response.Cookies.Append(Preferences.KeysCookie, PostedKeys is { Single: true } ? "on" : "off", cookie);
        Navigation.NavigateTo("/account?done=keys");
    }

    internal sealed class TokenForm
    {
        public string? Name { get; set; }
        public Role Role { get; set; }
        public int Days { get; set; } = 90;
    }

    internal sealed class KeysForm
    {
        public bool Single { get; set; }
    }
}
