using System.Text.Json.Serialization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Scheduler.Web.Api;

namespace Scheduler.Web.Live;

/// <summary>The hub and what feeds it.</summary>
internal static class RunHubServices
{
    private const int LongestMessage = 4 * 1024;

    public static IServiceCollection AddRunHub(this IServiceCollection services)
    {
        services.AddSignalR().AddJsonProtocol(json =>
        {
            json.PayloadSerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.PayloadSerializerOptions.Converters.Add(new InstantConverter());
            json.PayloadSerializerOptions.Converters.Add(new JsonStringEnumConverter());
        }).AddHubOptions<RunHub>(hub =>
        {
            hub.SupportedProtocols = ["json"];
            hub.MaximumReceiveMessageSize = LongestMessage;
        });
        services.TryAddSingleton<JsonHubProtocol>();
        services.AddSingleton<IHubProtocol, OptionalArguments>();
        services.AddSingleton<RunWatchers>();
        services.AddHostedService<RunBroadcaster>();
        return services;
    }
}
