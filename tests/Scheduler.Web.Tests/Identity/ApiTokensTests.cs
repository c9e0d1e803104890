using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Identity;

public sealed class ApiTokensTests
{
    private const string Bea = "bea@example.com";

    [Fact]
    public async Task Create_AToken_ActsForThePersonWithItsRole()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var bea = await fixture.AddAsync(Bea, Role.Operator);

        var token = await fixture.Tokens.CreateAsync(Bea, "report", Role.Viewer, null, bea);
        var found = await fixture.Tokens.CheckAsync(token.Text, CancellationToken.None);

        Assert.Matches("^sch_[0-9A-Za-z]{40}$", token.Text);
        Assert.Equal((Bea, Role.Viewer), (found?.User.Email, found?.Role));
        Assert.Equal(fixture.Clock.GetUtcNow().AddDays(90), token.ExpiresAt);
    }

    [Fact]
    public async Task TheText_StandsNowhereOnDisk()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var token = await fixture.Tokens.CreateAsync(AccountsFixture.Root.Name, "report", null, null, AccountsFixture.Root);

        foreach (var file in Directory.EnumerateFiles(fixture.Options.DataFolder, "scheduler.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(token.Text[^36..], await reader.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Check_AfterADemotion_IsCappedByThePersonsRole()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var bea = await fixture.AddAsync(Bea, Role.Administrator);
        var token = await fixture.Tokens.CreateAsync(Bea, "deploy", Role.Administrator, null, bea);

        await fixture.Accounts.ChangeRoleAsync(Bea, Role.Viewer, AccountsFixture.Root);

        Assert.Equal(Role.Viewer, (await fixture.Tokens.CheckAsync(token.Text, CancellationToken.None))?.Role);
    }

    [Fact]
    public async Task Check_ExpiredRevokedOrDisabled_IsNobody()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var bea = await fixture.AddAsync(Bea, Role.Operator);
        var expiring = await fixture.Tokens.CreateAsync(Bea, "short", null, fixture.Clock.GetUtcNow().AddDays(1), bea);
        var revoked = await fixture.Tokens.CreateAsync(Bea, "gone", null, null, bea);
        var disabled = await fixture.Tokens.CreateAsync(Bea, "theirs", null, null, bea);

        fixture.Clock.Advance(TimeSpan.FromDays(1));
        Assert.True(await fixture.Tokens.RevokeAsync(revoked.Id, bea));
        Assert.Null(await fixture.Tokens.CheckAsync(expiring.Text, CancellationToken.None));
        Assert.Null(await fixture.Tokens.CheckAsync(revoked.Text, CancellationToken.None));
        Assert.NotNull(await fixture.Tokens.CheckAsync(disabled.Text, CancellationToken.None));

        await fixture.Accounts.DisableAsync(Bea, AccountsFixture.Root);
        Assert.Null(await fixture.Tokens.CheckAsync(disabled.Text, CancellationToken.None));
        Assert.Null(await fixture.Tokens.CheckAsync("sch_" + new string('0', 40), CancellationToken.None));
        Assert.Null(await fixture.Tokens.CheckAsync("", CancellationToken.None));
    }

    [Fact]
    public async Task Create_MoreThanOnesOwnRole_IsRefusedAtTheField()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var bea = await fixture.AddAsync(Bea, Role.Operator);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => fixture.Tokens.CreateAsync(Bea, " ", Role.Administrator, fixture.Clock.GetUtcNow(), bea));

        Assert.Equal(["name", "role", "expires"], refused.Errors.Select(e => e.Path));
    }

    [Fact]
    public async Task TokensOfOthers_AreForAdministrators()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var bea = await fixture.AddAsync(Bea, Role.Operator);
        var roots = await fixture.Tokens.CreateAsync(AccountsFixture.Root.Name, "backup", null, null, AccountsFixture.Root);

        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Tokens.CreateAsync(AccountsFixture.Root.Name, "mine", null, null, bea));
        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Tokens.RevokeAsync(roots.Id, bea));
        await Assert.ThrowsAsync<AccessDeniedException>(() => fixture.Tokens.ListAsync(null, bea));

        await fixture.Tokens.CreateAsync(Bea, "for bea", null, null, AccountsFixture.Root);
        Assert.Equal("for bea", Assert.Single(await fixture.Tokens.ListAsync(Bea, bea)).Name);
    }

    [Fact]
    public async Task Check_ABusyToken_NotesItsUseOnceAMinute()
    {
        await using var fixture = await AccountsFixture.CreateAsync();
        var token = await fixture.Tokens.CreateAsync(AccountsFixture.Root.Name, "report", null, null, AccountsFixture.Root);
        var first = fixture.Clock.GetUtcNow();

        await fixture.Tokens.CheckAsync(token.Text, CancellationToken.None);
        fixture.Clock.Advance(TimeSpan.FromSeconds(30));
        await fixture.Tokens.CheckAsync(token.Text, CancellationToken.None);
        Assert.Equal(first, (await fixture.Tokens.ListAsync(null, AccountsFixture.Root)).Single().LastUsedAt);

        fixture.Clock.Advance(TimeSpan.FromSeconds(31));
        await fixture.Tokens.CheckAsync(token.Text, CancellationToken.None);
        Assert.Equal(first.AddSeconds(61), (await fixture.Tokens.ListAsync(null, AccountsFixture.Root)).Single().LastUsedAt);
    }
}
