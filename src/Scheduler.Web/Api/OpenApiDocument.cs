using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary>What the document at /openapi/v1.json says beyond the types of the endpoints.</summary>
internal static class OpenApiDocument
{
    public static void Describe(OpenApiOptions options)
    {
        options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) => Describe(document));
    }

    private static Task Describe(Microsoft.OpenApi.OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Scheduler", Version = "v1",
            Description = "Schedules, runs and watches security scans. Errors are problem details (RFC 9457), with `errors` by field path where fields are wrong.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[BearerTokens.Scheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token: `tokens add` on the command line, or the account page.",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerTokens.Scheme, document)] = [] }];
        return Task.CompletedTask;
    }

    /// <summary>A query parameter, which the endpoint reads itself so that it can name it in a complaint.</summary>
    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = description, Schema = SchemaOf(name) });
            return Task.CompletedTask;
        });

    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder endpoint, int most = QueryReader.MostItems) =>
        endpoint.TakesQuery("limit", $"At most so many, 1 to {most} (default 50)").TakesQuery("cursor", "nextCursor of the page before");

    public static RouteHandlerBuilder TakesBody(this RouteHandlerBuilder endpoint, string description, params string[] types) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Description = description,
                Content = types.ToDictionary(t => t, _ => new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } }),
            };
            return Task.CompletedTask;
        });

    public static RouteHandlerBuilder MayFail(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses) endpoint.ProducesProblem(status);
        return endpoint;
    }

    private static OpenApiSchema SchemaOf(string name) => name switch
    {
        "limit" => new OpenApiSchema { Type = JsonSchemaType.Integer },
        "from" or "to" => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        "label" or "status" => new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
