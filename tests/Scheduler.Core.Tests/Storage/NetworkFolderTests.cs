using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Storage;

/// <summary>Locks can't be relied on there, so the program does not begin.</summary>
public sealed class NetworkFolderTests
{
    private const string Mounts = """
        proc /proc proc rw 0 0
        overlay / overlay rw,relatime 0 0
        hostshare /home/ana 9p rw 0 0
        fileserver:/export /mnt/share nfs4 rw,relatime,vers=4.2 0 0
        fileserver:/old /mnt/old nfs rw 0 0
        //office/data /mnt/office\040drive cifs rw 0 0
        /dev/sdb1 /mnt/share/local ext4 rw 0 0
        systemd-1 /auto autofs rw 0 0
        fileserver:/auto /auto nfs4 rw 0 0
        """;

    [Theory]
    [InlineData("/mnt/share", "nfs4")]
    [InlineData("/mnt/share/scheduler/data", "nfs4")]
    [InlineData("/mnt/old/data", "nfs")]
    [InlineData("/mnt/office drive/data", "cifs")]
    [InlineData("/auto/data", "nfs4")] // the later mount at the same place is the one that is seen
    [InlineData("/mnt/share/local/data", null)] // a local disk below a network one
    [InlineData("/mnt/shared/data", null)] // only the beginning of the name is alike
    [InlineData("/var/lib/scheduler", null)] // a container's own root
    [InlineData("/home/ana/data", null)] // a sandbox's folder, as good as local
    public void TypeOf_NamesNetworkFileSystemsAlone(string path, string? type) => Assert.Equal(type, NetworkFolder.TypeOf(Mounts, path));

    [Fact]
    public void Find_DataFolderOnANetworkFileSystem_SaysSoAndWhatIsNeeded()
    {
        var options = new SchedulerOptions { DataFolder = "/mnt/share/data" };
        var trouble = new DatabaseLook(options, new Dictionary<string, IReadOnlyCollection<string>>(), Mounts).Find()!;
        Assert.Equal(DatabaseFault.Network, trouble.Fault);
        Assert.StartsWith("/mnt/share/data lies on a network file system (nfs4)", trouble.Reason, StringComparison.Ordinal);
        Assert.EndsWith("The data folder must be on a local disk.", trouble.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TypeOf_TheMachinesOwnTemporaryFolder_ReachedThroughALink_IsLocal()
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsWindows()) Directory.CreateSymbolicLink(folder.At("link"), folder.Path);
        Assert.Null(NetworkFolder.TypeOf(folder.At("link/not/there/yet")));
    }
}
