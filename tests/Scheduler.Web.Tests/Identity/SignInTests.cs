using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Identity;

public sealed class SignInTests
{
    private const string Bea = "bea@example.com";

    [Fact]
    public async Task FiveWrongTries_LockForAQuarterOfAnHour_EvenForTheRightPassword()
    {
        await using var fixture = await WithBeaAsync();

        for (var i = 0; i < 4; i++) Assert.IsType<SignInOutcome.Refused>(await TryAsync(fixture, "wrong"));
        var locked = Assert.IsType<SignInOutcome.LockedOut>(await TryAsync(fixture, "wrong"));
        Assert.Equal(fixture.Clock.GetUtcNow().AddMinutes(15), locked.Until);
        Assert.IsType<SignInOutcome.LockedOut>(await TryAsync(fixture, AccountsFixture.Password));

        fixture.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.IsType<SignInOutcome.SignedIn>(await TryAsync(fixture, AccountsFixture.Password));
    }

    [Fact]
    public async Task AnUnknownAddress_LocksJustTheSame()
    {
        await using var fixture = await WithBeaAsync();

        for (var i = 0; i < 4; i++) Assert.IsType<SignInOutcome.Refused>(await TryAsync(fixture, "wrong", "nobody@example.com"));

        Assert.IsType<SignInOutcome.LockedOut>(await TryAsync(fixture, "wrong", "nobody@example.com"));
    }

    [Fact]
    public async Task FortyAtOnce_AreEvaluatedFiveTimesAtMost()
    {
        await using var fixture = await WithBeaAsync();

        var tries = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TryAsync(fixture, $"guess {i}", address: $"10.0.0.{i}")));

        Assert.Equal(4, tries.Count(t => t is SignInOutcome.Refused));
        Assert.Equal(5, fixture.Audit.Count(line => line.Contains("was denied to sign in", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AGuesserElsewhere_DoesNotLockAKnownDevice()
    {
        await using var fixture = await WithBeaAsync();
        for (var i = 0; i < 5; i++) await TryAsync(fixture, "wrong");

        Assert.IsType<SignInOutcome.SignedIn>(await TryAsync(fixture, AccountsFixture.Password, device: "bea's laptop"));
    }

    [Fact]
    public async Task OneAddress_GuessingAcrossManyAccounts_IsStopped()
    {
        await using var fixture = await WithBeaAsync();
        for (var i = 0; i < 20; i++) await TryAsync(fixture, "wrong", $"someone{i}@example.com", address: "203.0.113.9");

        Assert.IsType<SignInOutcome.LockedOut>(await TryAsync(fixture, AccountsFixture.Password, address: "203.0.113.9"));
        Assert.IsType<SignInOutcome.SignedIn>(await TryAsync(fixture, AccountsFixture.Password, address: "198.51.100.7"));
    }

    [Fact]
    public async Task ASuccess_ForgetsEarlierSlips()
    {
        await using var fixture = await WithBeaAsync();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 4; i++) Assert.IsType<SignInOutcome.Refused>(await TryAsync(fixture, "wrong"));
            Assert.IsType<SignInOutcome.SignedIn>(await TryAsync(fixture, AccountsFixture.Password));
        }
    }

    [Fact]
    public async Task EveryEvaluatedTry_IsInTheAuditLog()
    {
        await using var fixture = await WithBeaAsync();

        await TryAsync(fixture, "wrong");
        await TryAsync(fixture, AccountsFixture.Password);
        await TryAsync(fixture, "whatever", "nobody@example.com");

        Assert.Equal(
            [
                "bea@example.com was denied to sign in session bea@example.com: wrong password",
                "bea@example.com signed in session bea@example.com: ",
                "nobody@example.com was denied to sign in session nobody@example.com: no such account",
            ],
            fixture.Audit.TakeLast(3));
    }

    [Fact]
    public async Task Confirm_TheWrongPassword_CountsForItself()
    {
        await using var fixture = await WithBeaAsync();
        var bea = new Actor(Bea, Role.Operator, "page");

        for (var i = 0; i < 6; i++)
        {
            var refused = await Assert.ThrowsAsync<InvalidInputException>(() => fixture.SignIn.ConfirmAsync(bea, "wrong", CancellationToken.None));
            Assert.Equal("current", Assert.Single(refused.Errors).Path);
        }

        Assert.IsType<SignInOutcome.SignedIn>(await TryAsync(fixture, AccountsFixture.Password));
    }

    private static Task<SignInOutcome> TryAsync(AccountsFixture fixture, string password, string email = Bea, string? address = null, string? device = null) =>
        fixture.SignIn.TryAsync(email, password, address, device, CancellationToken.None);

    private static async Task<AccountsFixture> WithBeaAsync()
    {
        var fixture = await AccountsFixture.CreateAsync();
        await fixture.AddAsync(Bea, Role.Operator);
        return fixture;
    }
}
