using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Monitoring;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs.Monitoring;

/// <summary>Look after look at real files, each with what the one before left in a real database.</summary>
#pragma warning disable CA1001 // The test framework calls DisposeAsync.
public sealed class FileMonitorTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly TempFolder _folder = new();
    private WatchedSchedule _schedule = null!;

    private string Root => ScopedFile.TryResolve(_folder.Path, out var real) ? real : _folder.Path;
    private Scope Scope => new([new ScopeEntry.Folder(Root)]);

    public async Task InitializeAsync() => _schedule = await WatchedSchedule.CreateAsync();

    public async Task DisposeAsync()
    {
        await _schedule.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task FirstLook_RemembersAndTellsNothing()
    {
        Write("a.txt", "one");
        Write("deep/b.txt", "two");
        var run = await LookAsync();
        Assert.Equal(new JobOutcome.Succeeded("2 files are remembered; the next run compares"), run.Outcome);
        Assert.Empty(run.Findings);
        Assert.Empty(run.Events.OfType<JobEvent.Happened>());
        Assert.Equal([Root], run.Covered);
        Assert.Equal((1, 2, 6), (run.Metric("assetsScanned"), run.Metric("files"), run.Metric("bytes")));
    }

    [Fact]
    public async Task SecondLook_TellsWhatWasAddedChangedAndRemoved_WithTheDifference()
    {
        Write("gone.txt", "g");
        Write("same.txt", "s");
        Write("etc/app.conf", "port = 80\nhost = a\nlog = on\n");
        await LookAsync();
        File.Delete(At("gone.txt"));
        Write("new.txt", "n");
        Write("etc/app.conf", "port = 80\nhost = b\nlog = on\n");

        var run = await LookAsync();

        Assert.Equal("3 files: 1 changed, 1 added, 1 removed", run.Outcome.Reason);
        Assert.Equal(["file-added Medium new.txt [1b16b1df538b]", "file-changed Medium etc/app.conf [24a43a942442]", "file-removed Medium gone.txt"], run.FindingLines);
        Assert.All(run.Findings, f => Assert.Equal(Root, f.Asset));
        var changed = run.Findings.Single(f => f.Rule == "file-changed");
        Assert.Matches("^before: 28 B, SHA-256 [0-9a-f]{64}\nnow: 28 B, SHA-256 [0-9a-f]{64}\n\n@@ line 1 @@\n port = 80\n-host = a\n\\+host = b\n log = on\n $", changed.Evidence);
        Assert.Equal("etc/app.conf has changed", changed.Title);
        var told = JsonElement.Parse(Assert.Single(run.Events.OfType<JobEvent.Happened>()).Data);
        Assert.Equal("""{"added":1,"removed":1,"changed":1,"failed":0}""", told.GetProperty("changes").GetRawText());
        Assert.Equal([($"{Root}/etc/app.conf", "changed"), ($"{Root}/new.txt", "added"), ($"{Root}/gone.txt", "removed")],
            told.GetProperty("items").EnumerateArray().Select(i => (i.GetProperty("path").GetString()!, i.GetProperty("change").GetString()!)));
    }

    [Fact]
    public async Task ALookThatSeesNoChange_KeepsTheText_SoThatTheNextDifferenceIsRight()
    {
        Write("a.txt", "one\n");
        await LookAsync();
        var quiet = await LookAsync();
        Assert.Equal("1 file, nothing has changed", quiet.Outcome.Reason);
        Assert.Equal([Root], quiet.Covered);
        Write("a.txt", "two\n");
        Assert.Contains("\n-one\n+two\n", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
        Write("a.txt", "three\n");
        Assert.Contains("\n-two\n+three\n", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATouchedFile_HasNotChanged_AndEachChangeIsAFindingOfItsOwn()
    {
        Write("a.txt", "one");
        await LookAsync();
        File.SetLastWriteTimeUtc(At("a.txt"), DateTime.UnixEpoch);
        Assert.Empty((await LookAsync()).Findings);
        Write("a.txt", "two");
        var first = Assert.Single((await LookAsync()).Findings);
        Write("a.txt", "three");
        Assert.NotEqual(first.Fingerprint, Assert.Single((await LookAsync()).Findings).Fingerprint);
    }

    [Fact]
    public async Task IncludeAndExclude_ChooseTheFiles_AndWhatAWiderFilterBringsIsNotNew()
    {
        foreach (var path in (string[])["a.conf", "b.log", "cache/c.conf"]) Write(path, "x");
        const string Narrow = """{ "include": ["*.conf"], "exclude": ["cache"] }""";
        Assert.Equal("1 file is remembered; the next run compares", (await LookAsync(Narrow)).Outcome.Reason);
        Write("b.log", "y");
        Write("cache/c.conf", "y");
        Assert.Empty((await LookAsync(Narrow)).Findings);

        Write("new.conf", "n");
        var wider = await LookAsync("""{ "exclude": ["cache"] }""");
        Assert.Equal(["new.conf"], wider.Findings.Select(f => f.Location.Split(' ')[0]));
        Assert.Equal("3 files: 1 added; 1 seen for the first time and remembered", wider.Outcome.Reason);

        var narrow = await LookAsync(Narrow);
        Assert.Empty(narrow.Findings);
        Assert.Equal("2 files, nothing has changed; 1 file no longer watched", narrow.Outcome.Reason);
    }

    [Fact]
    public async Task ANewPathOfTheSchedule_IsRememberedFirst_AndAFileThatIsNewUnderAnOldOneIsAdded()
    {
        Write("old/a.txt", "x");
        Write("more/b.txt", "x");
        await LookAsync(paths: [At("old")]);
        Write("old/new.txt", "x");

        var run = await LookAsync(paths: [At("old"), At("more"), At("old/a.txt")]);

        Assert.Equal(["file-added Medium new.txt"], run.FindingLines.Select(l => l.Split(" [")[0]));
        Assert.Equal("3 files: 1 added; 1 seen for the first time and remembered", run.Outcome.Reason);
        // What belonged to a path that is no longer watched is forgotten, and not gone.
        var less = await LookAsync(paths: [At("more")]);
        Assert.Empty(less.Findings);
        Assert.Equal([$"file:{At("more/b.txt")}", $"target:{At("more")}"], (await _schedule.RecallAsync()).Keys.Order(StringComparer.Ordinal));
        // The parent of a watched path is a new one, but what it holds of the old one is known.
        Write("more/c.txt", "x");
        var parent = await LookAsync(paths: [Root]);
        Assert.Equal(["more/c.txt"], parent.Findings.Select(f => f.Location.Split(' ')[0]));
    }

    [Fact]
    public async Task AWatchedPathThatIsGone_IsTold_AndOneThatNeverWasIsAFault()
    {
        Write("sub/a.txt", "x");
        var never = await LookAsync(paths: [At("typo")]);
        Assert.Equal(new JobOutcome.Failed($"{At("typo")} does not exist", Retryable: false), never.Outcome);
        await LookAsync(paths: [At("sub")]);
        Directory.Delete(At("sub"), recursive: true);
        var gone = await LookAsync(paths: [At("sub")]);
        Assert.Equal(["file-removed Medium a.txt"], gone.FindingLines);
        Assert.Equal($"Completed with issues: {At("sub")} does not exist any more; 0 files: 1 removed", gone.Outcome.Reason);
        Write("sub/a.txt", "x");
        Assert.Equal("file-added", Assert.Single((await LookAsync(paths: [At("sub")])).Findings).Rule);
    }

    [Fact]
    public async Task ASingleFile_IsWatchedByItself()
    {
        Write("a.txt", "one");
        await LookAsync(paths: [At("a.txt")]);
        Write("a.txt", "two");
        var run = await LookAsync(paths: [At("a.txt")]);
        Assert.Equal((At("a.txt"), "a.txt has changed"), (run.Findings[0].Asset, Assert.Single(run.Findings).Title));
    }

    [Fact]
    public async Task LinksOutOfTheScope_AreNotRead_AndAFileThatBecomesOneIsGone()
    {
        using var outside = new TempFolder();
        File.WriteAllText(outside.At("x.txt"), "password");
        Write("a.txt", "mine");
        await LookAsync();
        File.Delete(At("a.txt"));
        File.CreateSymbolicLink(At("a.txt"), outside.At("x.txt"));
        Directory.CreateSymbolicLink(At("folder"), outside.Path);

        var run = await LookAsync();

        Assert.Equal(["file-removed Medium a.txt"], run.FindingLines);
        Assert.Contains(run.Log, l => l.EndsWith("0 files, 2 links not followed", StringComparison.Ordinal));
        Assert.DoesNotContain("password", JsonSerializer.Serialize(run.Events.Cast<object>()), StringComparison.Ordinal);
        Assert.Equal("spec.job.targets.paths[0]: " + outside.Path + " is outside the scope; " + Scope.Remedy, Assert.Single(JobProbe.Complaints(new FileMonitorKind(), Job([outside.Path]), Scope)));
    }

    [Fact]
    public async Task ALargeFile_IsComparedByItsOutline_AndNeverRead()
    {
        File.WriteAllBytes(At("big.bin"), new byte[5000]);
        var options = """{ "maxFileSize": "2 KiB" }""";
        var first = await LookAsync(options);
        Assert.Equal((1, 0), (first.Metric("tooLarge"), first.Metric("bytes")));
        Assert.Empty((await LookAsync(options)).Findings);
        File.WriteAllBytes(At("big.bin"), new byte[6000]);
        var changed = Assert.Single((await LookAsync(options)).Findings);
        Assert.Contains("before: 4.9 KiB, not read for its size, last written ", changed.Evidence, StringComparison.Ordinal);
        // A larger bound reads it for the first time: that is no change.
        Assert.Empty((await LookAsync()).Findings);
        File.WriteAllBytes(At("big.bin"), [.. Enumerable.Repeat((byte)1, 6000)]);
        Assert.Equal("file-changed", Assert.Single((await LookAsync()).Findings).Rule);
    }

    [Fact]
    public async Task ABinaryFile_AndALongText_AreToldByHash_WithoutLines()
    {
        File.WriteAllBytes(At("a.bin"), [0, 1, 2]);
        Write("long.txt", new string('x', KeptText.MostBytes + 1));
        await LookAsync();
        File.WriteAllBytes(At("a.bin"), [0, 1, 3]);
        // The last byte counts, however long the file is.
        Write("long.txt", new string('x', KeptText.MostBytes) + "y");
        var run = await LookAsync();
        Assert.Equal(2, run.Findings.Count);
        Assert.All(run.Findings, f => Assert.EndsWith("It is no text of up to 1 MiB, so there is no comparison line by line.", f.Evidence, StringComparison.Ordinal));
        Assert.Contains("now: 3 B, SHA-256 ", run.Findings[0].Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEmptyFile_IsAFile()
    {
        Write("a.txt", "");
        await LookAsync();
        Write("a.txt", "now\n");
        Assert.Contains("+now", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
        Write("a.txt", "");
        Assert.Contains("-now", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatCannotBeRead_IsAFinding_AndForgetsNothing()
    {
        Write("a.txt", "one\n");
        Write("b.txt", "x");
        await LookAsync();
        Write("late.txt", "x");
        using (Locked("a.txt"))
        using (Locked("late.txt"))
        {
            var run = await LookAsync();
            Assert.Equal(["file-unreadable Low a.txt", "file-unreadable Low late.txt"], run.FindingLines);
            Assert.Equal("3 files: 2 could not be read; 1 seen for the first time and remembered", run.Outcome.Reason);
            Assert.Equal([Root], run.Covered);
            Assert.Empty(run.Events.OfType<JobEvent.Happened>());
        }
        Write("a.txt", "two\n");
        // The other one was never read: it has nothing to be compared with.
        Assert.Contains("-one\n+two", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AFileWhoseNameIsNoText_IsNotHiddenByThat()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Elsewhere names are texts.");
        Write("a.txt", "x");
        await LookAsync();
        await ShellAsync($"echo evil > \"{Root}/$(printf 'bad\\377.php')\"");
        var run = await LookAsync();
        await ShellAsync($"rm \"{Root}\"/bad*"); // .NET can't name it
        Assert.Equal(["file-unreadable Low bad\uFFFD.php"], run.FindingLines);
        Assert.EndsWith("its name is no valid UTF-8", run.Findings[0].Evidence, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AFolderThatCannotBeListed_ProvesNothingGone()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "A privileged process may list everything.");
        Write("sub/b.txt", "one\n");
        await LookAsync();
        SetMode("sub", UnixFileMode.None);
        try
        {
            var run = await LookAsync();
            Assert.Empty(run.Findings);
            Assert.StartsWith("Completed with issues: ", run.Outcome.Reason, StringComparison.Ordinal);
            Assert.Empty(run.Covered);
        }
        finally
        {
            SetMode("sub", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Assert.Empty((await LookAsync()).Findings);
    }

    [Fact]
    public async Task WhatNoLookCouldSee_IsNotNewWhenALaterOneCan()
    {
        // What a look that could not list a folder leaves, since a test may run as root, whom nothing hinders.
        Write("sub/a.txt", "x");
        Write("b.txt", "x");
        var left = new TargetState([], [], ["sub/"]);
        await _schedule.RunAsync(Job([Root]), Scope, (context, _) =>
        {
            context.Memory.Remember($"target:{Root}", left.Note, null);
            return Task.FromResult<JobOutcome>(new JobOutcome.Succeeded("left"));
        });
        var run = await LookAsync();
        Assert.Equal(["b.txt"], run.Findings.Select(f => f.Location.Split(' ')[0]));
        Write("sub/new.txt", "x");
        Assert.Equal(["sub/new.txt"], (await LookAsync()).Findings.Select(f => f.Location.Split(' ')[0]));
    }

    [Fact]
    public async Task ARunThatDoesNotEndWell_LeavesWhatTheLastOneLeft()
    {
        Write("a.txt", "one\n");
        await LookAsync();
        Write("a.txt", "two\n");
        var stopped = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _schedule.RunAsync(Job([Root]), Scope, async (context, ct) =>
        {
            await stopped.CancelAsync();
            return await new FileMonitorKind().RunAsync(context, stopped.Token);
        }));
        Assert.Contains("-one\n+two", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABackfill_ComparesAndTellsItInItsLogAlone()
    {
        Write("a.txt", "one\n");
        await LookAsync();
        Write("a.txt", "two\n");
        var past = await _schedule.RunAsync(Job([Root]), Scope, new FileMonitorKind().RunAsync, asOf: DateTimeOffset.UnixEpoch);
        Assert.Equal("1 file: 1 changed; a backfill sees what is there today, tells it here alone, and leaves the next run's comparison as it is", past.Outcome.Reason);
        Assert.Contains($"changed: {Root}/a.txt", past.Log);
        Assert.Empty(past.Findings);
        Assert.Empty(past.Covered);
        Assert.Empty(past.Events.OfType<JobEvent.Happened>());
        Assert.Single((await LookAsync()).Findings);
    }

    [Fact]
    public async Task WithoutASchedule_ItSaysThatItComparesWithNothing()
    {
        Write("a.txt", "x");
        var run = await JobProbe.RunAsync(new FileMonitorKind(), Job([Root]), Scope);
        Assert.Equal("1 file looked at; nothing was compared, for there is no schedule that remembers", run.Outcome.Reason);
    }

    [Fact]
    public async Task NotifyOnChanges_Off_RaisesNoEvent_AndTheFindingsStay()
    {
        Write("a.txt", "one");
        await LookAsync();
        Write("a.txt", "two");
        var run = await LookAsync("""{ "notifyOnChanges": false }""");
        Assert.Single(run.Findings);
        Assert.Empty(run.Events.OfType<JobEvent.Happened>());
    }

    [Fact]
    public async Task Diff_Off_KeepsNoText()
    {
        Write("a.txt", "one");
        await LookAsync();
        Assert.All((await _schedule.RecallAsync()).Where(m => m.Key.StartsWith("file:", StringComparison.Ordinal)), m => Assert.True(m.Value.ContentSize > 0));
        await LookAsync("""{ "diff": false }""");
        Assert.All((await _schedule.RecallAsync()).Values, m => Assert.Equal(0, m.ContentSize));
        Write("a.txt", "two");
        Assert.EndsWith("The text of before was not kept, so there is no comparison line by line.", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeptTexts_StayWithinTheirBound_AndTheRunSaysSo()
    {
        var random = new Random(1);
        foreach (var name in (string[])["a.txt", "b.txt", "c.txt"]) Write(name, Convert.ToHexString(Bytes(random, 2000)));
        var run = await LookAsync(mostText: 4000);
        Assert.Contains(run.Log, l => l.StartsWith("The text of 2 files is not kept for a comparison line by line: the schedule keeps 3.9 KiB already", StringComparison.Ordinal));
        Assert.InRange((await _schedule.RecallAsync()).Values.Sum(m => m.ContentSize), 1, 4000);
        foreach (var name in (string[])["a.txt", "b.txt", "c.txt"]) Write(name, Convert.ToHexString(Bytes(random, 2000)));
        Assert.Equal(3, (await LookAsync(mostText: 4000)).Findings.Count);
        Assert.InRange((await _schedule.RecallAsync()).Values.Sum(m => m.ContentSize), 1, 4000);
    }

    [Fact]
    public async Task HostileNamesAndTexts_AreShownAsTheyAre_AndCapped()
    {
        var name = "<img src=x>\u202Egpj.exe";
        Write(name, "a");
        await LookAsync();
        Write(name, "<script>alert(1)</script>\u202E" + new string('z', 5000));
        var finding = Assert.Single((await LookAsync()).Findings);
        Assert.Equal("<img src=x>gpj.exe has changed", finding.Title);
        Assert.Contains("+<script>alert(1)</script>‹U+202E›zzz", finding.Evidence, StringComparison.Ordinal);
        Assert.InRange(finding.Evidence.Length, 1, 600);
    }

    [Fact]
    public async Task MoreChangesThanAreListed_AreCounted()
    {
        Write("a", "x");
        await LookAsync();
        for (var i = 0; i < ChangeReport.MostFindings + 5; i++) Write($"n{i}", "x");
        var run = await LookAsync();
        Assert.Equal(ChangeReport.MostFindings, run.Findings.Count);
        Assert.Equal(1005, run.Metric("added"));
        Assert.Equal("1006 files: 1005 added", run.Outcome.Reason);
        Assert.Contains("1000 of 1005 are listed as findings; the others are counted alone", run.Log);
        Assert.Equal(ChangeReport.MostItems, JsonElement.Parse(run.Events.OfType<JobEvent.Happened>().Single().Data).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public void Check_NamesWhatIsWrong()
    {
        var complaints = JobProbe.Complaints(new FileMonitorKind(), JobSpec.Of("file-monitor", """{ "paths": [] }""", """{ "maxFileSize": "2 GiB", "diff": "perhaps", "failOn": "high" }"""), Scope);
        Assert.Equal(
            [
                "spec.job.targets.paths: is required, for example [\"/srv/shop\"]",
                "spec.job.options.maxFileSize: must be a size from 1 KiB to 1 GiB, such as 500 KiB or 1 MiB",
                "spec.job.options.diff: must be true or false, found \"perhaps\"",
                "spec.job.options.failOn: unknown key; known here: diff, exclude, include, maxFileSize, notifyOnChanges",
            ], complaints);
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    // Another process' exclusive hold, which keeps even a privileged one from opening it.
    private FileStream Locked(string path) => new(At(path), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    private static async Task ShellAsync(string command)
    {
        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", command]);
        await shell.WaitForExitAsync();
    }

    private void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(At(path), mode);
    }

    private string At(string path) => Path.Combine(Root, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    private static JobSpec Job(string[] paths, string options = "{}") => JobSpec.Of("file-monitor", JsonSerializer.Serialize(new { paths }), options);

    private Task<JobProbe> LookAsync(string options = "{}", string[]? paths = null, long mostText = TextBudget.Most)
    {
        var job = Job(paths ?? [Root], options);
        return _schedule.RunAsync(job, Scope, (context, ct) =>
        {
            var errors = new List<FieldError>();
            var read = FileMonitorOptions.Read(job, Scope, "job", errors);
            Assert.Empty(errors);
            return new FileMonitor(context, read, mostText).RunAsync(ct);
        });
    }
}
