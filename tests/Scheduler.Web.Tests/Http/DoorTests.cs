using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Http;

/// <summary>Nothing is open that nobody opened on purpose.</summary>
public sealed class DoorTests
{
    // Every address that answers without sign-in stands here; a new one fails until somebody adds it knowingly.
    private static readonly string[] Open = ["/signin", "/setup", "/account/accept", "/error", "/health/live", "/health/ready", "/hooks/{name}"];

    [Fact]
    public async Task EveryEndpoint_ButTheListedOnes_TakesASignedInPerson()
    {
        await using var server = await WebServer.StartAsync();
        var open = Endpoints(server).Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null && !IsStaticFile(e)).Select(e => "/" + e.RoutePattern.RawText?.Trim('/'));

        Assert.Equal(Open.Order(), open.Distinct().Order());
    }

    [Fact]
    public async Task EveryEndpoint_AskedByNobody_RefusesOrSendsToSignIn()
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();

        var asked = 0;
        foreach (var endpoint in Endpoints(server).Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is null))
        {
            var path = string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "x"))));
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), "/" + path);
                using var answer = await client.SendAsync(request);
                Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || answer.Headers.Location?.ToString().Contains("/signin", StringComparison.Ordinal) == true,
                    $"{method} /{path} answers {answer.StatusCode} to somebody who is not signed in.");
                asked++;
            }
        }
        Assert.True(asked > 10);
    }

    [Theory]
    [InlineData("/api/v1/schedules")]
    [InlineData("/hubs/runs")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/_blazor")]
    [InlineData("/_blazor/negotiate?negotiateVersion=1")]
    public async Task AProgramWithoutAToken_Gets401AsProblemDetails(string path)
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();

        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task AnUnknownAddress_IsNotFoundForPeople_AndSignInForNobody()
    {
        await using var server = await WebServer.StartAsync();
        using var nobody = server.Browse();
        using var ana = await server.SignedInAsync();

        using var hidden = await nobody.GetAsync(new Uri("/no/such/page", UriKind.Relative));
        using var missing = await ana.GetAsync(new Uri("/no/such/page", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Found, hidden.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("There is nothing at this address", await missing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_IsOpen_AndReadyOnceTheEngineRuns()
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        await Eventually.Async(async () => (await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode == HttpStatusCode.OK);
    }

    private static IEnumerable<RouteEndpoint> Endpoints(WebServer server) =>
        server.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>();

    private static bool IsStaticFile(RouteEndpoint endpoint) =>
        endpoint.Metadata.Any(m => m.GetType().Name.Contains("StaticAsset", StringComparison.Ordinal));
}
