using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Access;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Workers;

namespace Scheduler.Web.Api;

/// <summary>Turns what endpoints throw into problem details (RFC 9457), with <c>errors</c> by field path where fields are wrong.</summary>
internal sealed partial class ProblemFilter(ILogger<ProblemFilter> log) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return null; // nobody is there to read an answer
        }
        catch (Exception e)
        {
            return ProblemOf(e, context.HttpContext);
        }
    }

    private ProblemHttpResult ProblemOf(Exception e, HttpContext context)
    {
        switch (e)
        {
            case RequestFault fault:
                return Problem(fault.Status, fault.Message, fault.Errors);
            case InvalidInputException invalid:
                return Problem(StatusCodes.Status422UnprocessableEntity, "Some fields are wrong; nothing was changed.", invalid.Errors);
            case AccessDeniedException:
                return Problem(StatusCodes.Status403Forbidden, e.Message);
            case BadHttpRequestException bad:
                return Problem(bad.StatusCode, bad.Message);
            case TooManyEventsException flood:
                context.Response.Headers.RetryAfter = ((int)flood.RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return Problem(StatusCodes.Status429TooManyRequests, flood.Message);
            case EngineNotHereException:
                // Another process may let go of the data folder, and this one takes over: the same request can succeed later.
                context.Response.Headers.RetryAfter = "5";
                return Problem(StatusCodes.Status503ServiceUnavailable, e.Message);
            default:
                LogFailed(e, context.Request.Method, context.Request.Path);
                return Problem(StatusCodes.Status500InternalServerError, "Something went wrong here, not with your request. The server's log says what.");
        }
    }

    private static ProblemHttpResult Problem(int status, string detail, IReadOnlyList<FieldError>? errors = null) => errors is { Count: > 0 }
        ? TypedResults.Problem(new HttpValidationProblemDetails(errors.GroupBy(e => e.Path, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Select(e => e.Message).ToArray(), StringComparer.Ordinal))
        {
            Status = status, Detail = detail, Title = status == StatusCodes.Status422UnprocessableEntity ? "Invalid input" : "Malformed request",
        })
        : TypedResults.Problem(detail, statusCode: status);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogFailed(Exception e, string method, string path);
}

/// <summary>
/// A browser's session may change things only from our own pages: the request must say that it comes from there. Middleware before has
/// refused every Origin that is not ours; here one that says nothing is refused too. A token can't be sent by a foreign page, so it needs no proof.
/// </summary>
internal sealed class OwnPagesFilter : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var isProved = HttpMethods.IsGet(request.Method)
            || Identity.BearerTokens.TokenOf(request) is not null
            || !string.IsNullOrEmpty(request.Headers.Origin)
            || request.Headers["Sec-Fetch-Site"] is ["same-origin"];
        return isProved ? next(context) : throw new RequestFault(StatusCodes.Status403Forbidden,
            "A browser's session changes things only from the application's own pages. Programs send a token: Authorization: Bearer …");
    }
}
