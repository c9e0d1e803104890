using Scheduler.Core.Fields;

namespace Scheduler.Web.Api;

/// <summary>A request that can't be understood or may not be answered as asked; it becomes a problem of this status.</summary>
internal sealed class RequestFault(int status, string detail, IReadOnlyList<FieldError>? errors = null) : Exception(detail)
{
    public int Status => status;

    /// <summary>By parameter or field.</summary>
    public IReadOnlyList<FieldError> Errors => errors ?? [];

    public static RequestFault NoSchedule(string name) => new(StatusCodes.Status404NotFound, $"There is no schedule \"{name}\".");

    public static RequestFault NoRun(long id) => new(StatusCodes.Status404NotFound, $"There is no run {id}.");

    public static RequestFault Conflict(string detail) => new(StatusCodes.Status409Conflict, detail);

    public static RequestFault Stale(string detail) => new(StatusCodes.Status412PreconditionFailed, detail);
}
