namespace Scheduler.Web.Tests.Support;

/// <summary>A data folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("scheduler-web-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
