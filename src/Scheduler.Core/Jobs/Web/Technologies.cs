using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>Which software a response gives away by its headers, cookie names and generator. A hint for people, not a finding.</summary>
internal static class Technologies
{
    private static readonly (string Prefix, string Technology)[] Cookies =
    [
        ("PHPSESSID", "PHP"), ("ASP.NET_SessionId", "ASP.NET"), (".ASPXAUTH", "ASP.NET"), (".AspNetCore.", "ASP.NET Core"), ("JSESSIONID", "Java"),
        ("connect.sid", "Express"), ("laravel_session", "Laravel"), ("ci_session", "CodeIgniter"), ("CAKEPHP", "CakePHP"), ("symfony", "Symfony"), ("csrftoken", "Django"),
        ("_rails", "Ruby on Rails"), ("rack.session", "Rack"), ("wordpress_", "WordPress"), ("wp-settings-", "WordPress"), ("CFID", "ColdFusion"), ("PLAY_SESSION", "Play"),
        ("grafana_session", "Grafana"), ("JENKINS", "Jenkins"), ("MoodleSession", "Moodle"), ("__cf_bm", "Cloudflare"), ("cf_clearance", "Cloudflare"), ("AWSALB", "AWS load balancer"), ("BIGipServer", "F5 BIG-IP"),
    ];

    private static readonly (string Header, string Technology)[] Headers =
    [
        ("X-Drupal-Cache", "Drupal"), ("X-Varnish", "Varnish"), ("CF-RAY", "Cloudflare"), ("X-Amz-Cf-Id", "Amazon CloudFront"), ("X-Amz-Request-Id", "Amazon S3"), ("X-Vercel-Id", "Vercel"),
        ("X-NF-Request-ID", "Netlify"), ("X-Nextjs-Cache", "Next.js"), ("X-Shopify-Stage", "Shopify"), ("X-Jenkins", "Jenkins"), ("X-Envoy-Upstream-Service-Time", "Envoy"), ("X-Fastly-Request-ID", "Fastly"),
        ("X-GitHub-Request-Id", "GitHub"), ("X-Pingback", "WordPress"), ("X-Magento-Cache-Debug", "Magento"), ("X-Confluence-Request-Time", "Confluence"), ("X-Sourcefiles", "Visual Studio (development)"),
    ];

    /// <summary>Clean names, some with versions, sorted and distinct.</summary>
    public static IReadOnlyList<string> Of(WebPage page)
    {
        var found = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        var final = page.Final;
        foreach (var name in (string[])["Server", "X-Powered-By", "X-Generator"])
            foreach (var value in final.AllOf(name))
                foreach (var product in value.Split(',')) Add(product);
        if (final.Header("X-AspNet-Version") is { } aspNet) Add($"ASP.NET {aspNet}");
        if (final.Header("X-AspNetMvc-Version") is { } mvc) Add($"ASP.NET MVC {mvc}");
        if (page.Html?.Generator is { } generator) Add(generator);
        foreach (var (header, technology) in Headers)
            if (final.Header(header) is not null) Add(technology);
        foreach (var cookie in page.Exchange.Hops.SelectMany(h => h.AllOf("Set-Cookie")))
            if (Array.Find(Cookies, c => cookie.StartsWith(c.Prefix, StringComparison.OrdinalIgnoreCase)) is { Technology: { } technology }) Add(technology);
        return [.. found.Take(20)];

        void Add(string name)
        {
            var clean = HostileText.Line(name, 60);
            if (clean.Length > 0) found.Add(clean);
        }
    }
}
