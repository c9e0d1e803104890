using Microsoft.AspNetCore.Components;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Components.Account;

public sealed partial class AcceptPage
{
    private IReadOnlyList<FieldError> _errors = [];
    private string? _email;

    private NewPassword Input => Posted ??= new NewPassword();

    [SupplyParameterFromQuery(Name = "token")] private string? Token { get; set; }
    [SupplyParameterFromForm(Name = "Input")] private NewPassword? Posted { get; set; }

    [CascadingParameter] public required HttpContext Context { get; set; }
    [Inject] public required UserAccounts Accounts { get; init; }
    [Inject] internal Sessions Sessions { get; init; } = null!;
    [Inject] public required NavigationManager Navigation { get; init; }

    protected override async Task OnInitializedAsync() => _email = await Accounts.InvitedAsync(Token ?? "", Context.RequestAborted);

    private async Task AcceptAsync()
    {
        try
        {
            if (Input.Mismatch is { } mismatch) throw new InvalidInputException([mismatch]);
            var user = await Accounts.AcceptAsync(Token ?? "", Input.Password, Context.RemoteAddress(), Context.RequestAborted);
            await Sessions.BeginAsync(Context, user);
            Navigation.NavigateTo("/");
        }
        catch (InvalidInputException refused)
        {
            _errors = refused.Errors;
        }
    }
}
