using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Identity;

public sealed class UserAccountsTests
{
    private static readonly Actor Root = AccountsFixture.Root;

    [Fact]
    public async Task Add_ANewPerson_GetsALinkThatWorksOnce()
    {
        await using var fixture = await AccountsFixture.CreateAsync();

        var link = await fixture.Accounts.AddAsync("bea@example.com", Role.Operator, Root);
        var user = await fixture.Accounts.AcceptAsync(link.Token, AccountsFixture.Password, null, CancellationToken.None);

        Assert.Equal(Role.Operator, user.Role);
        Assert.Null(await fixture.Accounts.InvitedAsync(link.Token));
        await Assert.ThrowsAsync<InvalidInputException>(() => fixture.Accounts.AcceptAsync(link.Token, "another long password", null, CancellationToken.None));
        Assert.Contains("root@example.com added user bea@example.com: as Operator", fixture.Audit);
        Assert.Contains("bea@example.com accepted the invitation for user bea@example.com: ", fixture.Audit);
    }

    [Fact]
    public async Task Accept_AfterThreeDays_IsTooLate()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var link = await fixture.Accounts.AddAsync("bea@example.com", Role.Operator, Root);

        fixture.Clock.Advance(TimeSpan.FromHours(72));

        Assert.Null(await fixture.Accounts.InvitedAsync(link.Token));
    }

    [Fact]
    public async Task Reset_APerson_EndsTheOldPasswordAndTheOldLink()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        await fixture.AddAsync("bea@example.com", Role.Operator);

        var first = await fixture.Accounts.ResetAsync("bea@example.com", Root);
        var second = await fixture.Accounts.ResetAsync("BEA@example.com", Root);

        Assert.Null(await fixture.Accounts.InvitedAsync(first.Token));
        Assert.Equal("bea@example.com", await fixture.Accounts.InvitedAsync(second.Token));
        Assert.IsType<SignInOutcome.Refused>(await fixture.SignIn.TryAsync("bea@example.com", AccountsFixture.Password, null, null, CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ana")]
    [InlineData("ana @example.com")]
    [InlineData("ana@example.com\n")]
    public async Task Add_SomethingThatIsNoAddress_WritesNothing(string email)
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var before = fixture.Audit.Count;

        if (email.EndsWith('\n')) await fixture.Accounts.AddAsync(email, Role.Viewer, Root);   // outer white space is a slip, not an error
        else await Assert.ThrowsAsync<InvalidInputException>(() => fixture.Accounts.AddAsync(email, Role.Viewer, Root));

        Assert.Equal(email.EndsWith('\n') ? before + 1 : before, fixture.Audit.Count);
    }

    [Fact]
    public async Task Add_TheSameAddressInAnotherCase_IsRefusedAtTheField()
    {
        await using var fixture = await AccountsFixture.CreateAsync();

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => fixture.Accounts.AddAsync("ROOT@example.com", Role.Viewer, Root));

        Assert.Equal("email", Assert.Single(refused.Errors).Path);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Operator)]
    public async Task EveryAct_ByALesserRole_IsDenied(Role role)
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var actor = await fixture.AddAsync("bea@example.com", role);
        var before = fixture.Audit.Count;

        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Accounts.AddAsync("new@example.com", Role.Viewer, actor));
        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Accounts.ChangeRoleAsync(actor.Name, Role.Administrator, actor));
        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Accounts.DisableAsync(Root.Name, actor));
        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Accounts.EnableAsync(Root.Name, actor));
        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Accounts.ResetAsync(Root.Name, actor));
        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Accounts.SignOutEverywhereAsync(Root.Name, actor));

        Assert.Equal(before, fixture.Audit.Count);
    }

    [Fact]
    public async Task TheLastAdministrator_CanNeitherBeDemotedNorDisabled()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        await fixture.Accounts.AddAsync("invited@example.com", Role.Administrator, Root);   // has not accepted: can't sign in, so does not count

        await Assert.ThrowsAsync<InvalidInputException>(() => fixture.Accounts.ChangeRoleAsync(Root.Name, Role.Operator, Root));
        await Assert.ThrowsAsync<InvalidInputException>(() => fixture.Accounts.DisableAsync(Root.Name, Root));

        await fixture.AddAsync("bea@example.com", Role.Administrator);
        await fixture.Accounts.DisableAsync(Root.Name, Root);
    }

    [Fact]
    public async Task TwoAdministrators_WhoDisableEachOtherAtOnce_LeaveOne()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var bea = await fixture.AddAsync("bea@example.com", Role.Administrator);

        var both = new[] { Try(fixture.Accounts.DisableAsync(bea.Name, Root)), Try(fixture.Accounts.DisableAsync(Root.Name, bea)) };

        Assert.Equal(1, (await Task.WhenAll(both)).Count(done => done));
        Assert.Single(await fixture.Accounts.ListAsync(), user => !user.Disabled);

        static async Task<bool> Try(Task act)
        {
            try
            {
                await act;
                return true;
            }
            catch (InvalidInputException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task ADisabledPerson_HasNoSessionAndNoWayIn_UntilEnabled()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        await fixture.AddAsync("bea@example.com", Role.Operator);
        var session = SessionClaims.ForSession(Assert.IsType<SignInOutcome.SignedIn>(await TryAsync()).User);
        Assert.NotNull(await fixture.Checks.CurrentAsync(session));

        await fixture.Accounts.DisableAsync("bea@example.com", Root);
        Assert.Null(await fixture.Checks.CurrentAsync(session));
        Assert.IsType<SignInOutcome.Refused>(await TryAsync());

        await fixture.Accounts.EnableAsync("bea@example.com", Root);
        Assert.IsType<SignInOutcome.SignedIn>(await TryAsync());
        Assert.Null(await fixture.Checks.CurrentAsync(session));

        Task<SignInOutcome> TryAsync() => fixture.SignIn.TryAsync("bea@example.com", AccountsFixture.Password, null, null, CancellationToken.None);
    }

    [Fact]
    public async Task AChangeByAnotherProcess_IsSeenWithinASecond()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        await fixture.AddAsync("bea@example.com", Role.Operator);
        var session = SessionClaims.ForSession(Assert.IsType<SignInOutcome.SignedIn>(
            await fixture.SignIn.TryAsync("bea@example.com", AccountsFixture.Password, null, null, CancellationToken.None)).User);
        Assert.NotNull(await fixture.Checks.CurrentAsync(session));

        await using (var db = await fixture.DbAsync())
        {
            db.Users.Single(u => u.Email == "bea@example.com").Disabled = true;
            await db.SaveChangesAsync();
        }
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await fixture.Checks.CurrentAsync(session));
    }
}
