using System.Text;
using System.Text.Json;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Secrets;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs.Secrets;

/// <summary>The scan over real folders.</summary>
public sealed class SecretScanTests : IDisposable
{
    private const string Key = "Tr0ub4dor3-and-more";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("secrets-");
    private readonly SecretScanKind _kind = new();

    private Scope Scope => new([new ScopeEntry.Folder(Real(_folder.FullName))]);

    [Fact]
    public async Task Run_FilesOfAFolder_TellsWhere_NeverWhat()
    {
        Write("app/.env", $"# settings\nDB_PASSWORD={Key}\n");
        Write("app/main.cs", "var x = 1;\n");
        var run = await RunAsync();
        Assert.Equal(["secret.named-secret Medium app/.env [" + Mark(run) + "]"], run.FindingLines);
        Assert.Equal("line 2, column 13: Tr0u… (19 characters)", run.Findings[0].Evidence);
        Assert.Equal([_folder.FullName], run.Covered);
        Assert.IsType<JobOutcome.Succeeded>(run.Outcome);
        var told = JsonSerializer.Serialize(run.Events.Cast<object>()) + run.Outcome.Reason;
        Assert.DoesNotContain("ub4dor3", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_GraveFinding_FailsTheRun_UnlessToldOtherwise()
    {
        Write("a.txt", "url = mysql://root:" + Key + "@db/shop");
        var run = await RunAsync();
        Assert.Equal("1 finding at or above high: Password in an address in a.txt; 1 file, 1 finding (worst high)", Assert.IsType<JobOutcome.Failed>(run.Outcome).Reason);
        Assert.IsType<JobOutcome.Succeeded>((await RunAsync("""{ "failOn": "critical" }""")).Outcome);
    }

    [Fact]
    public async Task Run_IncludeAndExclude_ChooseTheFiles_AndGitsOwnAreNeverMeant()
    {
        foreach (var path in new[] { "a.env", "b.txt", "vendor/c.env", "deep/er/d.env", ".git/config.env" }) Write(path, $"password={Key}");
        var run = await RunAsync("""{ "include": ["*.env"], "exclude": ["vendor"] }""");
        Assert.Equal(["a.env", "deep/er/d.env"], run.Findings.Select(f => f.Location.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Run_LinksOutOfTheFolder_AreNotFollowed()
    {
        var outside = Directory.CreateTempSubdirectory("outside-");
        try
        {
            File.WriteAllText(Path.Combine(outside.FullName, "x.env"), $"password={Key}");
            Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "folder"), outside.FullName);
            File.CreateSymbolicLink(Path.Combine(_folder.FullName, "file.env"), Path.Combine(outside.FullName, "x.env"));
            Write("a.env", "x=1");
            var run = await RunAsync();
            Assert.Empty(run.Findings);
            Assert.Contains(run.Log, l => l.EndsWith("1 file, 2 links not followed", StringComparison.Ordinal));
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Run_BinaryAndLargeFiles_ArePassedBy_Utf16IsRead()
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, "a.bin"), [0, 1, 2, .. Encoding.UTF8.GetBytes($"password={Key}")]);
        Write("large.env", $"password={Key}\n" + new string('x', 4000));
        File.WriteAllText(Path.Combine(_folder.FullName, "windows.ini"), $"password={Key}", Encoding.Unicode);
        var run = await RunAsync("""{ "maxFileSize": "2 KiB" }""");
        Assert.Equal(["windows.ini"], run.Findings.Select(f => f.Location.Split(' ')[0]));
        Assert.Equal((1, 1), (run.Metric("binary"), run.Metric("tooLarge")));
        Assert.Contains("large.env has 3.9 KiB, more than 2 KiB (maxFileSize): passed by", run.Log);
    }

    [Fact]
    public async Task Run_FileThatIsAFinding_KeepsItsIdentityWhenLinesMove()
    {
        Write("a.env", $"password={Key}");
        var before = Assert.Single((await RunAsync()).Findings);
        Write("a.env", $"# one more line\npassword={Key}");
        var after = Assert.Single((await RunAsync()).Findings);
        Assert.Equal(before.Fingerprint, after.Fingerprint);
        Assert.NotEqual(before.Evidence, after.Evidence);
    }

    [Fact]
    public async Task Run_PathThatIsGone_FailsAndCoversNothing()
    {
        var run = await new JobProbe(Job("""["/srv/nowhere"]""".Replace("/srv/nowhere", Path.Combine(_folder.FullName, "gone"), StringComparison.Ordinal)), Scope).RunAsync(_kind.RunAsync);
        Assert.EndsWith("gone does not exist", Assert.IsType<JobOutcome.Failed>(run.Outcome).Reason, StringComparison.Ordinal);
        Assert.Empty(run.Covered);
    }

    [Fact]
    public void Check_NamesWhatIsWrong()
    {
        Assert.Equal(["spec.job.targets.paths: is required, for example [\"/srv/shop\"]"], JobProbe.Complaints(_kind, JobSpec.Of("secret-scan"), Scope));
        var complaints = JobProbe.Complaints(_kind, JobSpec.Of("secret-scan", """{ "paths": ["relative", "/etc"] }""", """{ "maxFileSize": "1 TiB", "failOn": "bad", "exlude": [] }"""), Scope);
        Assert.Equal(5, complaints.Count);
        Assert.Equal("spec.job.targets.paths[0]: must be an absolute path, found \"relative\"", complaints[0]);
        Assert.StartsWith("spec.job.targets.paths[1]: /etc is outside the scope", complaints[1], StringComparison.Ordinal);
        Assert.Equal("spec.job.options.maxFileSize: must be a size from 1 KiB to 64 MiB, such as 500 KiB or 1 MiB", complaints[2]);
        Assert.Contains(complaints, c => c.StartsWith("spec.job.options.exlude: unknown key", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Real(string path) => ScopedFile.TryResolve(path, out var real) ? real : path;

    private static string Mark(JobProbe run) => run.Findings[0].Location[^5..^1];

    private void Write(string path, string text)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private static JobSpec Job(string paths, string options = "{}") => JobSpec.Of("secret-scan", $$"""{ "paths": {{paths}} }""", options);

    private Task<JobProbe> RunAsync(string options = "{}") => new JobProbe(Job(JsonSerializer.Serialize(new[] { _folder.FullName }), options), Scope).RunAsync(_kind.RunAsync);
}
