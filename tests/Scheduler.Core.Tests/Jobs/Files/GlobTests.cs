using Scheduler.Core.Jobs.Files;

namespace Scheduler.Core.Tests.Jobs.Files;

public sealed class GlobTests
{
    [Theory]
    [InlineData("*.env", ".env", true)]
    [InlineData("*.env", "a/b/prod.env", true)]
    [InlineData("*.env", "a/prod.env.txt", false)]
    [InlineData("node_modules", "web/node_modules", true)]
    [InlineData("node_modules/", "web/node_modules/x/y.js", true)]
    [InlineData("node_modules", "web/node_modules_old", false)]
    [InlineData("config/**", "config/a/b.yml", true)]
    [InlineData("config/**", "web/config/b.yml", false)]
    [InlineData("**/config/*.yml", "web/config/b.yml", true)]
    [InlineData("**/config/*.yml", "config/b.yml", true)]
    [InlineData("**/config/*.yml", "config/a/b.yml", false)]
    [InlineData("src/?.cs", "src/a.cs", true)]
    [InlineData("src/?.cs", "src/ab.cs", false)]
    [InlineData("./src/a.cs", "src/a.cs", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("(a|b)+", "aab", false)]
    [InlineData("[ab]", "a", false)]
    public void Matches_ByName_Folder_AndDepth(string pattern, string path, bool expected) => Assert.Equal(expected, new Glob(pattern).Matches(path));

    [Fact]
    public void Matches_PatternMadeToTakeLong_Answers()
    {
        var glob = new Glob(string.Concat(Enumerable.Repeat("*a", 100)));
        Assert.False(glob.Matches(new string('a', 4000) + "b"));
    }
}

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("500", 500)]
    [InlineData("64 KiB", 65_536)]
    [InlineData("1MiB", 1_048_576)]
    [InlineData("1.5 mb", 1_572_864)]
    [InlineData("2 G", 2_147_483_648)]
    public void TryParse_SizesAsPeopleWriteThem(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1e9")]
    [InlineData("MiB")]
    [InlineData("1 TiB")]
    [InlineData("99999999999999999999 GiB")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));
}
