using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Http;

/// <param name="Timeout">For each URL from look-up to last byte, redirects included; 1 s to 10 min.</param>
internal sealed record HttpOptions(IReadOnlyList<Uri> Urls, HttpMethod Method, StatusRanges ExpectStatus, TimeSpan Timeout)
{
    public static readonly IReadOnlyList<string> Methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    public static HttpOptions Read(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var targets = new FieldReader(job.Targets, $"{path}.targets", errors);
        var before = errors.Count;
        var urls = UrlTargets.Read(targets, $"{path}.targets", scope, errors);
        if (urls.Count == 0 && errors.Count == before) targets.Complain("urls", "is required, for example [\"https://shop.example.com/health\"]");
        targets.Close();

        var fields = new FieldReader(job.Options, $"{path}.options", errors);
        var method = fields.Word("method", "GET", [.. Methods]);
        var expect = StatusRanges.Default;
        if (fields.Text("expectStatus", 200) is { } text && !StatusRanges.TryParse(text, out expect, out var error))
        {
            fields.Complain("expectStatus", error);
            expect = StatusRanges.Default;
        }
        var timeout = fields.Duration("timeout", DefaultTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        fields.Close();
        return new HttpOptions(urls, HttpMethod.Parse(method), expect, timeout);
    }
}
