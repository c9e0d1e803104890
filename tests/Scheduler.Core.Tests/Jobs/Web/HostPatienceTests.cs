using Scheduler.Core.Jobs.Web;
using static Scheduler.Core.Tests.Jobs.Web.PageBuilder;

namespace Scheduler.Core.Tests.Jobs.Web;

public sealed class HostPatienceTests
{
    [Theory]
    [InlineData(429, "Retry-After: 7", 7)]
    [InlineData(503, "Retry-After: 7", 7)]
    [InlineData(429, "X: y", 1)] // too many, but no wish
    [InlineData(503, "X: y", null)] // broken, not busy
    [InlineData(200, "Retry-After: 7", null)]
    [InlineData(429, "Retry-After: Sat, 21 Nov 2026 12:00:20 GMT", 20)]
    [InlineData(429, "Retry-After: Sat, 21 Nov 2026 11:00:00 GMT", 0)]
    [InlineData(429, "Retry-After: -5", 1)]
    [InlineData(429, "Retry-After: soon", 1)]
    [InlineData(503, "Retry-After: soon", null)]
    public void WishOf_RetryAfter_IsReadInBothForms(int status, string header, int? seconds) =>
        Assert.Equal(seconds, (int?)HostPatience.WishOf(Hop("https://shop.example.com/", status, header), Now)?.TotalSeconds);
}
