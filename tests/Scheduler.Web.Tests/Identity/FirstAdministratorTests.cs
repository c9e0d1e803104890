using Scheduler.Core.Fields;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Identity;

public sealed class FirstAdministratorTests
{
    [Fact]
    public async Task Create_WithoutTheToken_MakesNothing()
    {
        await using var fixture = await AccountsFixture.CreateAsync(withRoot: false);

        Assert.Null(await fixture.First.CreateAsync("guess", "ana@example.com", AccountsFixture.Password, null, CancellationToken.None));
        Assert.Null(await fixture.First.CreateAsync(null, "ana@example.com", AccountsFixture.Password, null, CancellationToken.None));

        Assert.True(await fixture.First.IsMissingAsync());
    }

    [Fact]
    public async Task AddFirst_TwoAtOnce_MakesOne()
    {
        await using var fixture = await AccountsFixture.CreateAsync(withRoot: false);

        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            fixture.Accounts.AddFirstAsync($"admin{i}@example.com", "correct horse battery", _ => AccountsFixture.Root, CancellationToken.None)));

        Assert.Single(made, user => user is not null);
        Assert.Single(await fixture.Accounts.ListAsync());
    }

    [Fact]
    public async Task AddFirst_AWeakPassword_WritesNothing()
    {
        await using var fixture = await AccountsFixture.CreateAsync(withRoot: false);

        await Assert.ThrowsAsync<InvalidInputException>(() => fixture.Accounts.AddFirstAsync("ana@example.com", "short", _ => AccountsFixture.Root, CancellationToken.None));

        Assert.False(await fixture.Accounts.AnyAsync());
        Assert.Empty(fixture.Audit);
    }

    [Theory]
    [InlineData("http://localhost:5080", "http://localhost:5080")]
    [InlineData("http://[::]:8080", "http://localhost:8080")]
    [InlineData("http://0.0.0.0:8080", "http://localhost:8080")]
    [InlineData("https://scans.example.com:443", "https://scans.example.com:443")]
    public void Reachable_AnAddressToListenOn_IsOneToOpen(string listening, string expected) => Assert.Equal(expected, FirstAdministrator.Reachable(listening));
}
