using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Scheduler.Web.Identity;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Account;

public sealed partial class SignInPage
{
    private string? _complaint;

    private Form Input => Posted ??= new Form();

    [SupplyParameterFromForm(Name = "Input")] private Form? Posted { get; set; }
    [SupplyParameterFromQuery(Name = "returnUrl")] private string? ReturnUrl { get; set; }
    [SupplyParameterFromQuery(Name = "out")] private string? Out { get; set; }

    [CascadingParameter] public required HttpContext Context { get; set; }
    [Inject] internal SignIn SignIn { get; init; } = null!;
    [Inject] internal Sessions Sessions { get; init; } = null!;
    [Inject] internal FirstAdministrator First { get; init; } = null!;
    [Inject] public required ILookupNormalizer Normalizer { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required ViewerTime Time { get; init; }

    protected override async Task OnInitializedAsync()
    {
        if (await First.IsMissingAsync(Context.RequestAborted)) Navigation.NavigateTo("/setup");
        else if (HttpMethods.IsGet(Context.Request.Method) && Context.User.Identity?.IsAuthenticated == true) Navigation.NavigateTo(LocalPath.Of(ReturnUrl));
    }

    private async Task TryAsync()
    {
        var device = Sessions.DeviceOf(Context, Normalizer.NormalizeEmail(Input.Email.Trim()) ?? "");
        switch (await SignIn.TryAsync(Input.Email, Input.Password, Context.RemoteAddress(), device, Context.RequestAborted))
        {
            case SignInOutcome.SignedIn(var user):
                await Sessions.BeginAsync(Context, user, Input.Stay);
                Navigation.NavigateTo(LocalPath.Of(ReturnUrl));
                break;
            case SignInOutcome.LockedOut(var until):
                Context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                var text = Time.Show(until);
                _complaint = $"Too many wrong tries. Try again at {text.Clock} {text.ZoneName} ({text.Relative}).";
                break;
            default:
                _complaint = "The e-mail address or the password is not right.";
                break;
        }
    }

    internal sealed class Form
    {
        public string Email { get; set; } = "";
        public string Password { get; set; } = "";
        public bool Stay { get; set; }
    }
}
