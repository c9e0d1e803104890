using Microsoft.Net.Http.Headers;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Api;

/// <summary>
/// A run's log as it grows. Without a range: all that is kept, with a line where something is left out. A range counts in bytes of all that was
/// ever written, so a reader that comes back for more is right even when old parts have gone; then the answer begins at the next byte that is
/// there, and Content-Range says so.
/// </summary>
internal sealed class RunLogResult(RunLog log, long runId) : IResult
{
    private const int Piece = 64 * 1024;

    public Task ExecuteAsync(HttpContext context)
    {
        var headers = context.Response.GetTypedHeaders();
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.AcceptRanges = "bytes";
        headers.ContentDisposition = new ContentDispositionHeaderValue("inline") { FileName = $"run-{runId}.log" };
        return RangeOf(context.Request) is { } range ? WriteRangeAsync(context, range) : log.CopyToAsync(runId, context.Response.Body, context.RequestAborted);
    }

    // Several ranges, another unit or a condition on a version: the whole log is a right answer, too.
    private static RangeItemHeaderValue? RangeOf(HttpRequest request) =>
        !request.Headers.ContainsKey(HeaderNames.IfRange) && request.GetTypedHeaders().Range is { Unit.Value: "bytes", Ranges: { Count: 1 } ranges } ? ranges.First() : null;

    private async Task WriteRangeAsync(HttpContext context, RangeItemHeaderValue range)
    {
        var kept = log.Kept(runId);
        var length = kept is [.., var last] ? last.End : 0;
        var from = range.From ?? Math.Max(0, length - range.To!.Value);
        var end = range is { From: not null, To: { } to } && to < length ? to + 1 : length;
        var headers = context.Response.GetTypedHeaders();
        if (kept.FirstOrDefault(k => k.End > from) is not { End: > 0 } stretch || Math.Max(from, stretch.Start) >= end)
        {
            headers.ContentRange = new ContentRangeHeaderValue(length);
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            return;
        }
        from = Math.Max(from, stretch.Start);
        end = Math.Min(end, stretch.End);
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        headers.ContentRange = new ContentRangeHeaderValue(from, end - 1, length);
        context.Response.ContentLength = end - from;
        while (from < end)
        {
            var slice = log.Read(runId, from, (int)Math.Min(Piece, end - from));
            if (slice.LeftOut > 0 || slice.Bytes.Length == 0)
            {
                context.Abort(); // the part was dropped while it was being read; what has been sent is not what was announced
                return;
            }
            await context.Response.Body.WriteAsync(slice.Bytes, context.RequestAborted);
            from = slice.Next;
        }
    }
}
