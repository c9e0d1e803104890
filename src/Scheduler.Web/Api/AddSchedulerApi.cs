using System.Text.Json.Serialization;
using Scheduler.Web.Identity;
using Scheduler.Web.Live;

namespace Scheduler.Web.Api;

/// <summary>The programs' doors: HTTP API, its document, and the hub.</summary>
internal static class SchedulerApi
{
    public static IServiceCollection AddSchedulerApi(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.Converters.Add(new InstantConverter());
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter());
        });
        services.AddOpenApi("v1", OpenApiDocument.Describe);
        services.AddRunHub();
        return services;
    }

    public static void MapSchedulerApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").RequireAuthorization(Policies.Viewer)
            .AddEndpointFilter<RouteGroupBuilder, ProblemFilter>().AddEndpointFilter<RouteGroupBuilder, OwnPagesFilter>()
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        api.MapSchedules();
        api.MapRuns();
        api.MapQueue();
        api.MapBackfills();
        api.MapEvents();
        api.MapBlackouts();
        api.MapEmergencies();
        api.MapDowntimes();
        api.MapStatus();
        api.MapStats();
        routes.MapOpenApi("/openapi/{documentName}.json").RequireAuthorization(Policies.Viewer);
        routes.MapHub<RunHub>("/hubs/runs").RequireAuthorization(Policies.Viewer);
    }
}
