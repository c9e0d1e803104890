using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Files;

/// <summary>Reads <c>targets.paths</c>, the same for every kind that takes files and folders.</summary>
internal static class PathTargets
{
    public const int MostPaths = 1000;
    private const int LongestPath = 4096;

    /// <returns>Absolute paths inside the scope, as written, each once; what is wrong with others stands at their place.</returns>
    public static IReadOnlyList<string> Read(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var targets = new FieldReader(job.Targets, $"{path}.targets", errors);
        var before = errors.Count;
        var paths = targets.Texts("paths", MostPaths, LongestPath);
        if (paths.Count > MostPaths) targets.Complain("paths", $"must have at most {MostPaths} entries, found {paths.Count}");
        foreach (var (index, text) in paths.Take(MostPaths).Index())
            if (!scope.CheckPath(text, out _, out var refusal)) errors.Add(new FieldError($"{path}.targets.paths[{index}]", refusal!));
        if (paths.Count == 0 && errors.Count == before) targets.Complain("paths", "is required, for example [\"/srv/shop\"]");
        targets.Close();
        return [.. paths.Distinct(StringComparer.Ordinal)];
    }
}
