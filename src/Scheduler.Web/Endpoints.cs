using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Diagnostics;
using Scheduler.Core.SelfChecks;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Layout;
using Scheduler.Web.Identity;

namespace Scheduler.Web;

/// <summary>The few addresses of the shell that are no pages.</summary>
internal static class Endpoints
{
    /// <summary>ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS and <c>--urls</c> win; a container image sets one of them.</summary>
    public static IWebHostBuilder UseDefaultAddress(this IWebHostBuilder host, IConfiguration configuration, string address) =>
        (configuration["urls"] ?? configuration["http_ports"] ?? configuration["https_ports"]) is null ? host.UseUrls(address) : host;

    public static void MapHealth(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/health").AllowAnonymous().MapHealthChecks();

    private static void MapHealthChecks(this IEndpointRouteBuilder health)
    {
        health.MapGet("/live", () => "alive");

        // The server listens only once the migrations are done, so what is left to ask is the engine.
        // A full disk or a lock is told and not refused: the engine copes, and pages can be read.
        // So is a self-check that failed: to take a server out of service for it would take away the pages that say what is wrong.
        health.MapGet("/ready", (EngineReport engine, StorageHealth storage, SelfCheckReport selfCheck, TimeProvider clock) => engine.Status == EngineStatus.Running
            ? Results.Text($"ready. {(storage.Now is { Trouble: not StorageTrouble.None } state ? $"{StorageWords.Line(state)} " : "")}{SelfCheckWords.Line(selfCheck, clock.GetUtcNow())}")
            : Results.Text(engine.Reason is { Length: > 0 } reason ? reason : "The engine is starting.", statusCode: StatusCodes.Status503ServiceUnavailable));
    }

    public static void MapAccount(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/signout", async (HttpContext context, IAntiforgery forms, SignIn signIn) =>
        {
            if (!await forms.IsRequestValidAsync(context)) return Results.BadRequest();
            await signIn.LeaveAsync(context.Actor("page"), context.RequestAborted);
            await context.SignOutAsync(Sessions.Scheme);
            return Results.Redirect("/signin?out=1");
        });

    /// <summary>Pages for people, problem details for programs; a body that an endpoint has written stays as it is.</summary>
    public static void UseStatusCodePagesForPeople(this WebApplication app)
    {
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use((context, next) =>
        {
            if ((!HttpMethods.IsGet(context.Request.Method) || Problems.IsForProgram(context.Request.Path)) && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
                pages.Enabled = false;
            return next(context);
        });
        app.UseWhen(context => Problems.IsForProgram(context.Request.Path), program => program.UseStatusCodePages());
    }
}
