using Scheduler.Web.Identity;

namespace Scheduler.Web.Security;

/// <summary>
/// Refuses what another site makes a browser send: changing requests, and web sockets, which no cookie rule and no CORS
/// check guards. Programs send no Origin, or a token, which a foreign site does not have.
/// </summary>
internal static class SameOrigin
{
    public static IApplicationBuilder UseSameOrigin(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var request = context.Request;
        var harmless = (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && !IsSocket(request);
        return harmless || IsOwn(request) || BearerTokens.TokenOf(request) is not null
            ? next(context)
            : Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "This request comes from another site.");
    });

    // A socket may ask by GET (HTTP/1.1) or CONNECT (HTTP/2); everything below these two paths belongs to one.
    private static bool IsSocket(HttpRequest request) =>
        request.Path.StartsWithSegments("/_blazor") || request.Path.StartsWithSegments("/hubs") || request.HttpContext.WebSockets.IsWebSocketRequest;

    // The host alone is compared: a proxy in front may speak https where we are spoken to in http.
    private static bool IsOwn(HttpRequest request)
    {
        string? origin = request.Headers.Origin;
        if (string.IsNullOrEmpty(origin)) return request.Headers["Sec-Fetch-Site"] is not [("cross-site" or "same-site")];
        return Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, Authority(request.Host, from.Scheme), StringComparison.OrdinalIgnoreCase);
    }

    private static string Authority(HostString host, string scheme) =>
        Uri.TryCreate($"{scheme}://{host.Value}", UriKind.Absolute, out var own) ? own.Authority : "";
}
