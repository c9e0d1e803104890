using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Core.Fields;
using Scheduler.Core.Webhooks;
using Scheduler.Core.Workers;
using Scheduler.Web.Api;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Webhooks;

/// <summary>
/// <c>POST /hooks/{name}</c>: where other systems make events. Nobody signs in here; what counts is the signature. Whatever is wrong with it,
/// the answer is the same, so that it neither tells which webhooks there are nor what to try next; the administrator reads the reason on the webhook's page.
/// </summary>
internal static class WebhookDoor
{
    private const string Refusal = """{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.2","title":"Unauthorized","status":401,"detail":"The delivery was refused."}""";

    public static void MapWebhooks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/hooks/{name}", ReceiveAsync).AllowAnonymous().AddEndpointFilter<ProblemFilter>().ExcludeFromDescription();

    private static async Task<IResult> ReceiveAsync(
        string name, HttpContext context, WebhookQueries webhooks, WebhookSecrets secrets, WebhookInbox inbox, WebhookRefusals refusals, WebhookLimits limits, EngineState engine, TimeProvider clock)
    {
        var (address, ct) = (context.RemoteAddress(), context.RequestAborted);
        engine.DemandWritable();
        if (limits.TakeAddress(address) is { } wait) return Later(context, wait, clock, "Too many requests from this address.");

        var body = await RequestBody.ReadBytesAsync(context.Request, ct);
        var gate = name.Length <= 64 ? await webhooks.GateAsync(name, ct) : null;
        var secret = gate is null ? null : secrets.Read(gate.ProtectedSecret);
        // Also where there is no webhook a signature is reckoned: the time must not tell.
        var proof = WebhookProof.Of(gate?.Signing ?? WebhookSigning.GitHubHmac, secret ?? WebhookSecrets.OfNobody, context.Request.Headers, body, clock.GetUtcNow());
        if (gate is null) return Refuse(null);
        if (secret is null) return Refuse(WebhookRefusal.UnreadableSecret);
        if (proof.Fault is { } fault) return Refuse(fault);
        if (!gate.Enabled) return Refuse(WebhookRefusal.Disabled);

        // From here on the sender is known, and may be told what is wrong.
        if (limits.TakeWebhook(gate) is { } pause)
        {
            refusals.Note(gate.Id, WebhookRefusal.TooMany, address);
            return Later(context, pause, clock, $"This webhook takes {gate.PerMinute.ToString(CultureInfo.InvariantCulture)} deliveries a minute.");
        }
        if (context.Request.Headers["X-GitHub-Event"] is ["ping"]) return Results.Text("pong");
        try
        {
            var data = WebhookBody.Read(context.Request, body);
            return await inbox.AcceptAsync(gate, proof.Fingerprint, data, address, ct) switch
            {
                WebhookOutcome.Accepted accepted => Results.Json(new WebhookAnswer(accepted.EventId), WebhookJson.Default.WebhookAnswer, statusCode: StatusCodes.Status202Accepted),
                WebhookOutcome.Replayed => Refuse(WebhookRefusal.Replayed),
                _ => Refuse(WebhookRefusal.Disabled),
            };
        }
        catch (Exception e) when (e is RequestFault or InvalidInputException)
        {
            refusals.Note(gate.Id, WebhookRefusal.NotJson, address);
            throw;
        }

        IResult Refuse(WebhookRefusal? why)
        {
            limits.Refused(address);
            if (gate is not null && why is { } reason) refusals.Note(gate.Id, reason, address);
            return Results.Text(Refusal, "application/problem+json", statusCode: StatusCodes.Status401Unauthorized);
        }
    }

    private static IResult Later(HttpContext context, DateTimeOffset until, TimeProvider clock, string detail)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling((until - clock.GetUtcNow()).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Results.Problem(detail, statusCode: StatusCodes.Status429TooManyRequests);
    }
}

/// <summary>What an accepted delivery is answered: the number under which the event's page tells the rest.</summary>
internal sealed record WebhookAnswer(long Id);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WebhookAnswer))]
internal sealed partial class WebhookJson : JsonSerializerContext;
