namespace Scheduler.Web.Tests.Support;

/// <summary>A data folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const int MostTries = 100;

    public string Path { get; } = Directory.CreateTempSubdirectory("scheduler-web-").FullName;

    // A page that was being read when the server stopped may let go of the database, and remove its side files, only now.
    public void Dispose()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (IOException) when (tries < MostTries)
            {
                Thread.Sleep(20);
            }
        }
    }
}
