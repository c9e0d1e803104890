using Microsoft.AspNetCore.Components;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Components.Account;

public sealed partial class SetUpPage
{
    private IReadOnlyList<FieldError> _errors = [];
    private bool _closed;

    private NewPassword Input => Posted ??= new NewPassword();

    [SupplyParameterFromQuery(Name = "token")] private string? Token { get; set; }
    [SupplyParameterFromForm(Name = "Input")] private NewPassword? Posted { get; set; }

    [CascadingParameter] public required HttpContext Context { get; set; }
    [Inject] internal FirstAdministrator First { get; init; } = null!;
    [Inject] internal Sessions Sessions { get; init; } = null!;
    [Inject] public required NavigationManager Navigation { get; init; }

    protected override async Task OnInitializedAsync() => _closed = !await First.IsMissingAsync(Context.RequestAborted);

    private async Task CreateAsync()
    {
        try
        {
            if (Input.Mismatch is { } mismatch) throw new InvalidInputException([mismatch]);
            var user = await First.CreateAsync(Token, Input.Email, Input.Password, Context.RemoteAddress(), Context.RequestAborted);
            if (user is null)
            {
                _closed = true;
                return;
            }
            await Sessions.BeginAsync(Context, user);
            Navigation.NavigateTo("/welcome");
        }
        catch (InvalidInputException refused)
        {
            _errors = refused.Errors;
        }
    }
}
