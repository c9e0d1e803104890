using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Components.Settings;

public sealed partial class UsersPage
{
    private static readonly StateLook Invited = StateLook.Waiting with { Word = "Invited" };

    private IReadOnlyList<UserRow>? _users;
    private IReadOnlyList<FieldError> _errors = [];
    private InvitationLink? _invitation;
    private Actor? _me;
    private string _newEmail = "";
    private Role _newRole = Role.Operator;
    private bool _busy;

    [Inject] public required UserAccounts Accounts { get; init; }
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    protected override async Task OnInitializedAsync()
    {
        _me = await CurrentActor.RequireAsync(Role.Administrator, "see the accounts");
        _users = await Accounts.ListAsync();
    }

    private Task AddAsync() => ActAsync(async actor =>
    {
        _invitation = await Accounts.AddAsync(_newEmail, _newRole, actor);
        _newEmail = "";
    }, atField: true);

    private Task ChangeRoleAsync(UserRow user, object? chosen) => Enum.TryParse<Role>(chosen as string, out var role) && role != user.Role
        ? AskThenAsync(
            new Question($"Make {user.Email} {role}?", $"{RoleWords(role)} Their open sessions end; they sign in again.", $"Make {role}"),
            async actor =>
            {
                await Accounts.ChangeRoleAsync(user.Email, role, actor);
                Notices.Done($"{user.Email} is {role} now.");
            })
        : Task.CompletedTask;

    private Task DisableAsync(UserRow user) => AskThenAsync(
        new Question($"Disable {user.Email}?", "Their sessions end at once and their tokens are refused. The account stays for the audit log and can be enabled again.", "Disable", Danger: true),
        async actor =>
        {
            await Accounts.DisableAsync(user.Email, actor);
            Notices.Done($"{user.Email} is disabled.");
        });

    private Task EnableAsync(UserRow user) => ActAsync(async actor =>
    {
        await Accounts.EnableAsync(user.Email, actor);
        Notices.Done($"{user.Email} can sign in again.");
    });

    private Task ResetAsync(UserRow user) => AskThenAsync(
        new Question($"Make a new link for {user.Email}?", "Their password stops working and their sessions end. With the link they choose a new password.", "Make a link", Danger: user.HasPassword),
        async actor => _invitation = await Accounts.ResetAsync(user.Email, actor));

    private async Task AskThenAsync(Question question, Func<Actor, Task> act)
    {
        if (await Confirmation.ConfirmAsync(question)) await ActAsync(act);
        else _users = await Accounts.ListAsync();  // a choice that was taken back must not stay on the screen
    }

    private async Task ActAsync(Func<Actor, Task> act, bool atField = false)
    {
        if (_busy) return;
        (_busy, _errors) = (true, []);
        try
        {
            await act(await CurrentActor.GetAsync());
        }
        catch (InvalidInputException refused) when (atField)
        {
            _errors = refused.Errors;
        }
        catch (Exception refused) when (refused is InvalidInputException or AccessDeniedException or UnknownAccountException)
        {
            Notices.Failed("Not done", refused is InvalidInputException input ? input.Errors[0].Message : refused.Message);
        }
        finally
        {
            _busy = false;
            _users = await Accounts.ListAsync();
        }
    }

    private string Link(InvitationLink invitation) => Navigation.ToAbsoluteUri(invitation.Path).ToString();

    private static StateLook LookOf(UserRow user) => user switch
    {
        { Disabled: true } => StateLook.Disabled,
        { HasPassword: false } => Invited,
        _ => StateLook.Active,
    };

    private static string RoleWords(Role role) => role switch
    {
        Role.Viewer => "A viewer sees schedules, runs, logs and findings, and changes nothing.",
        Role.Operator => "An operator also creates and changes schedules, runs, cancels and pauses them, and triages findings.",
        _ => "An administrator also manages people, scope, pools and settings, and reads the audit log.",
    };
}
