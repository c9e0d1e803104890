using System.Diagnostics;
using System.Globalization;

namespace Scheduler.Core.Tests.Support;

/// <summary>A repository that a test makes with the program git, which must be there.</summary>
/// <param name="folder">An absolute path.</param>
public sealed class TestGit(string folder)
{
    private static readonly DateTimeOffset AnyTime = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Makes the folder a repository, or skips the test where there is no git.</summary>
    public void Start()
    {
        var isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(place => File.Exists(Path.Combine(place, "git")));
        Skip.IfNot(isThere, "There is no git on this machine to make a repository with.");
        Directory.CreateDirectory(folder);
        Run("init", "-q", "-b", "main");
    }

    public void Write(string path, string text)
    {
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    /// <summary>Commits everything, with one file changed, at an instant of the past.</summary>
    public void Commit(DateTimeOffset at, string path, string text)
    {
        Write(path, text);
        Run("add", "-A");
        Run(at, "commit", "-q", "-m", "change");
    }

    public string Run(params string[] arguments) => Run(AnyTime, arguments);

    public string Run(DateTimeOffset at, params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var date = at.ToString("O", CultureInfo.InvariantCulture);
        (string, string)[] environment =
        [
            ("GIT_AUTHOR_DATE", date), ("GIT_COMMITTER_DATE", date), ("GIT_AUTHOR_NAME", "Ana"), ("GIT_AUTHOR_EMAIL", "ana@example.com"),
            ("GIT_COMMITTER_NAME", "Ana"), ("GIT_COMMITTER_EMAIL", "ana@example.com"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ];
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var git = Process.Start(start)!;
        var error = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, $"git {string.Join(' ', arguments)}: {error.Result}");
        return output;
    }
}
