using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Core.Tests.Support;

/// <summary>
/// A real web server on a free port of 127.0.0.1 that answers as a test wants it to: without any header of its own, and 404 where nothing is set.
/// </summary>
public sealed class FaultyWebServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RequestDelegate> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _requests = new();
    private WebApplication? _app;

    /// <summary><c>http://127.0.0.1:port/</c>, or with TLS <c>https://localhost:port/</c>.</summary>
    public Uri Root { get; private set; } = null!;

    /// <summary>Method and path of each request, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public Uri Url(string path) => new(Root, path);

    /// <param name="certificate">Makes it a TLS server; null for plain HTTP.</param>
    /// <param name="protocols">The TLS versions that it accepts, old ones too; none for the platform's own.</param>
    public static async Task<FaultyWebServer> StartAsync(X509Certificate2? certificate = null, SslProtocols protocols = SslProtocols.None)
    {
        var server = new FaultyWebServer();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null) listen.UseHttps(certificate, https => https.OnAuthenticate = (_, tls) => Accept(tls, protocols));
            });
        });
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server._app = app;
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        server.Root = new Uri(certificate is null ? $"http://127.0.0.1:{address.Port}/" : $"https://localhost:{address.Port}/");
        return server;
    }

    /// <summary>Sets the answer for a path, query apart.</summary>
    public FaultyWebServer On(string path, RequestDelegate answer)
    {
        _answers[path] = answer;
        return this;
    }

    public FaultyWebServer OnPage(string path, string html, params (string Name, string Value)[] headers) => On(path, context =>
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        foreach (var (name, value) in headers) context.Response.Headers.Append(name, value);
        return context.Response.WriteAsync(html);
    });

    public FaultyWebServer OnStatus(string path, int status, params (string Name, string Value)[] headers) => On(path, context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers) context.Response.Headers.Append(name, value);
        return Task.CompletedTask;
    });

    public FaultyWebServer OnRedirect(string path, string location, int status = 302) => OnStatus(path, status, ("Location", location));

    public async ValueTask DisposeAsync()
    {
        if (_app is null) return;
        using var impatient = new CancellationTokenSource(TimeSpan.Zero);
        try { await _app.StopAsync(impatient.Token); }
        catch (OperationCanceledException) { }
        await _app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        _requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
        if (_answers.TryGetValue(context.Request.Path, out var answer)) return answer(context);
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    private static void Accept(SslServerAuthenticationOptions tls, SslProtocols protocols)
    {
        if (protocols == SslProtocols.None) return;
        tls.EnabledSslProtocols = protocols;
#pragma warning disable SYSLIB0040 // Lowers OpenSSL's security level, without which it does not offer TLS 1.0 and 1.1.
        tls.EncryptionPolicy = EncryptionPolicy.AllowNoEncryption;
#pragma warning restore SYSLIB0040
    }
}
