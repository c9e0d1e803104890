using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Secrets;
using Scheduler.Core.Jobs.Secrets.Git;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs.Secrets;

/// <summary>What a repository held at a past instant: repositories made by the program git itself, loose and packed, read without it.</summary>
public sealed class GitPastTests : IDisposable
{
    private static readonly DateTimeOffset March = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("past-");

    private string Repo => Path.Combine(Real, "shop");
    private string Real => ScopedFile.TryResolve(_folder.FullName, out var real) ? real : _folder.FullName;
    private TestGit Git => new(Repo);
    private Scope Scope => new([new ScopeEntry.Folder(Real)]);

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backfill_LooksAtTheCommitOfThatInstant(bool packed)
    {
        Git.Start();
        Git.Commit(March, "app.env", "password=Sommer-2025-Kiel\n");
        Git.Commit(March.AddDays(1), "app.env", "password=from the vault\n");
        Git.Commit(March.AddDays(2), "app.env", "password=Winter-2026-Kiel\n");
        if (packed) Git.Run("gc", "-q", "--aggressive", "--prune=now");

        Assert.Equal(("Somm… (16 characters)", true), await SeenAsync(March.AddHours(1)));
        Assert.Null(await SeenAsync(March.AddDays(1)));
        Assert.Equal(("Wint… (16 characters)", true), await SeenAsync(March.AddDays(9)));
        var before = await RunAsync(March.AddSeconds(-1));
        Assert.Contains(before.Log, l => l.Contains("no commit as old as 2026-03-01 11:59:59 UTC", StringComparison.Ordinal));
        Assert.IsType<JobOutcome.Succeeded>(before.Outcome);
        Assert.Empty(before.Covered);
    }

    [SkippableFact]
    public async Task Backfill_OfAFolderInside_LooksAtItAlone_AndAtAFileAlone()
    {
        Git.Start();
        Git.Write("a/x.env", "password=Sommer-2025-Kiel");
        Git.Commit(March, "b/y.env", "password=Winter-2026-Kiel");
        Assert.Equal(["y.env"], (await RunAsync(March, "b")).Findings.Select(f => f.Location.Split(' ')[0]));
        Assert.Equal(["x.env"], (await RunAsync(March, "a/x.env")).Findings.Select(f => f.Location.Split(' ')[0]));
        Assert.Empty((await RunAsync(March, "b/../a/gone.env")).Findings);
    }

    [SkippableFact]
    public async Task Backfill_FollowsTheBranch_NotWhatWasMergedLater()
    {
        Git.Start();
        Git.Commit(March, "a.txt", "one");
        Git.Run("checkout", "-q", "-b", "feature");
        Git.Commit(March.AddDays(1), "leak.env", "password=Sommer-2025-Kiel");
        Git.Run("checkout", "-q", "main");
        Git.Commit(March.AddDays(2), "a.txt", "two");
        Git.Run(March.AddDays(3), "merge", "-q", "--no-ff", "-m", "merge", "feature");

        Assert.Null(await SeenAsync(March.AddDays(1).AddHours(1))); // the branch was at "one"
        Assert.Null(await SeenAsync(March.AddDays(2).AddHours(1)));
        Assert.NotNull(await SeenAsync(March.AddDays(3)));
    }

    [SkippableFact]
    public void FilesOf_ManyFilesAndVersions_AreWhatGitSays()
    {
        Git.Start();
        var random = new Random(5);
        var lines = Enumerable.Range(0, 400).Select(i => $"line {i} {random.Next()}").ToArray();
        for (var version = 0; version < 12; version++)
        {
            for (var file = 0; file < 30; file++)
            {
                lines[random.Next(lines.Length)] = $"changed {version} {random.Next()}";
                Git.Write($"dir{file % 4}/sub{file % 3}/f{file}.txt", string.Join('\n', lines));
            }
            Git.Commit(March.AddDays(version), "version.txt", $"{version}");
            if (version == 5) Git.Run("gc", "-q");
        }
        Git.Run("repack", "-q", "-a", "-d", "--depth=50", "--window=20");
        for (var version = 0; version < 12; version++)
        {
            using var repository = GitRepository.FindAround(Scope, Repo)!;
            var commit = repository.CommitAt(March.AddDays(version), default)!;
            Assert.Equal(Git.Run("rev-list", "-1", "--first-parent", $"--before={March.AddDays(version).ToString("O", CultureInfo.InvariantCulture)}", "main").Trim(), commit.Id);
            var files = repository.FilesOf(commit, Repo, new Core.Jobs.Files.FileFilter([], []), default).ToDictionary(f => f.Path, f => f.Id);
            var expected = Git.Run("ls-tree", "-r", commit.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')).ToDictionary(l => l[1], l => l[0].Split(' ')[2]);
            Assert.Equal(expected.OrderBy(f => f.Key, StringComparer.Ordinal), files.OrderBy(f => f.Key, StringComparer.Ordinal));
            foreach (var (path, id) in files.Take(8)) Assert.Equal(Git.Run("cat-file", "blob", id), System.Text.Encoding.UTF8.GetString(repository.ReadBlob(id, 1 << 20, out _)!));
            Assert.Null(repository.ReadBlob(files["dir0/sub0/f0.txt"], 100, out var size));
            Assert.True(size > 100);
        }
    }

    [SkippableFact]
    public async Task ShallowClone_SaysThatItsHistoryBeginsLater()
    {
        Git.Start();
        Git.Commit(March, "a.env", "x=1");
        Git.Commit(March.AddDays(1), "a.env", "x=2");
        new TestGit(Real).Run("clone", "-q", "--depth", "1", $"file://{Repo}", Path.Combine(Real, "clone"));
        var run = await RunAsync(March, "../clone");
        Assert.Contains("the clone is shallow: its history begins on 2026-03-02, after 2026-03-01; git fetch --unshallow brings the rest", Assert.IsType<JobOutcome.Failed>(run.Outcome).Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WorkTreeBareAndSharedClones_AreRead_AndABorrowedStoreOutsideTheScopeIsNot()
    {
        Git.Start();
        Git.Commit(March, "a.env", "password=Sommer-2025-Kiel");
        Git.Run("branch", "other");
        Git.Run("worktree", "add", "-q", Path.Combine(Real, "tree"), "other");
        new TestGit(Real).Run("clone", "-q", "--bare", Repo, Path.Combine(Real, "bare.git"));
        new TestGit(Real).Run("clone", "-q", "--shared", Repo, Path.Combine(Real, "borrowing"));
        foreach (var clone in new[] { "../tree", "../bare.git", "../borrowing" }) Assert.Single((await RunAsync(March, clone)).Findings);

        var narrow = new Scope([new ScopeEntry.Folder(Path.Combine(Real, "borrowing"))]);
        var run = await RunAsync(March, "../borrowing", narrow);
        Assert.Contains("is missing; is this a partial clone, or does it borrow from a folder outside the scope?", Assert.IsType<JobOutcome.Failed>(run.Outcome).Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task HostileRepository_ReadsNothingOutside_AndRunsNothing()
    {
        Git.Start();
        Git.Commit(March, "a.env", "x=1");
        var proof = Path.Combine(Real, "ran");
        File.AppendAllText(Path.Combine(Repo, ".git", "config"), $"[core]\n\tfsmonitor = touch {proof}\n\tpager = touch {proof}\n[filter \"x\"]\n\tsmudge = touch {proof}\n");
        await RunAsync(March);
        Assert.False(File.Exists(proof));

        File.WriteAllText(Path.Combine(Repo, ".git", "HEAD"), "ref: refs/heads/../../../../outside\n");
        Assert.Contains("its HEAD names nothing", (await RunAsync(March)).Outcome.Reason, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(Repo, ".git", "HEAD"), "ref: HEAD\n");
        Assert.Contains("its HEAD names nothing", (await RunAsync(March)).Outcome.Reason, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(Repo, ".git", "HEAD"), new string('a', 64) + "\n");
        Assert.Contains("SHA-256", (await RunAsync(March)).Outcome.Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task DamagedObjects_AreSaid_NeverRead()
    {
        Git.Start();
        for (var i = 0; i < 20; i++) Git.Commit(March.AddHours(i), "a.txt", string.Join('\n', Enumerable.Range(0, 200).Select(n => $"line {n} {(n % 20 == i ? i : 0)}")));
        Git.Run("gc", "-q", "--aggressive", "--prune=now");
        var pack = Directory.GetFiles(Path.Combine(Repo, ".git", "objects", "pack"), "*.pack").Single();
        new FileInfo(pack).IsReadOnly = false;
        var sound = File.ReadAllBytes(pack);
        var random = new Random(7);
        for (var turn = 0; turn < 40; turn++)
        {
            var broken = (byte[])sound.Clone();
            broken[random.Next(12, broken.Length - 20)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(pack, broken);
            // Whatever stands there: a reason, or a file that happens to be whole; no crash, no endless reading.
            Assert.NotEqual("", (await RunAsync(March.AddHours(random.Next(20)))).Outcome.Reason);
        }
        File.WriteAllBytes(pack, sound.AsSpan(0, sound.Length / 2));
        Assert.IsType<JobOutcome.Failed>((await RunAsync(March)).Outcome);
    }

    [Fact]
    public async Task Backfill_OfAPlainFolder_LooksAtItAsItIs_AndSaysSo()
    {
        Git.Write("a.env", "password=Sommer-2025-Kiel");
        var run = await RunAsync(March);
        Assert.False(Assert.Single(run.Findings).OfThePast);
        Assert.Contains(run.Log, l => l.EndsWith("is no git repository: it is looked at as it is now, not as of 2026-03-01 12:00 UTC", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        foreach (var file in _folder.EnumerateFiles("*", SearchOption.AllDirectories)) file.Attributes = FileAttributes.Normal;
        _folder.Delete(recursive: true);
    }

    private async Task<(string What, bool OfThePast)?> SeenAsync(DateTimeOffset asOf) =>
        (await RunAsync(asOf)).Findings is [var finding] ? (finding.Evidence.Split(": ")[1].Split(", in commit")[0], finding.OfThePast) : null;

    private Task<JobProbe> RunAsync(DateTimeOffset asOf, string below = "", Scope? scope = null)
    {
        var job = JobSpec.Of("secret-scan", $$"""{ "paths": [{{JsonSerializer.Serialize(Path.GetFullPath(Path.Combine(Repo, below)))}}] }""", """{ "failOn": "none" }""");
        return new JobProbe(job, scope ?? Scope, asOf: asOf).RunAsync(new SecretScanKind().RunAsync);
    }
}
