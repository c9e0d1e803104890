using Scheduler.Core.Jobs.Secrets;

namespace Scheduler.Core.Tests.Jobs.Secrets;

/// <summary>Nothing here is a secret: the texts are put together so that no scanner of this repository takes them for one.</summary>
public sealed class SecretSearchTests
{
    private const string Mixed = "q7Zp4Lx9Tr2Bn6Vw8Ky3Mh5Jd1Gf0Sc7Ae4Ub9Io2Pl6Q"; // 46 letters and digits

    public static TheoryData<string, string> Forms => new()
    {
        { "aws-key-id", $"id = {"AK" + "IA"}QYLPMN5HHHFPZAM2" },
        { "aws-secret-key", "aws_secret_access_key = " + "wJalrXUtnFEMIK7MDENGbPxRfiCYzz4Qw1Lm0pTs" },
        { "github-token", "token: gh" + "p_" + Mixed[..40] },
        { "github-token", "github_" + "pat_" + Mixed + Mixed },
        { "gitlab-token", "gl" + "pat-" + Mixed[..20] },
        { "slack-token", "xo" + "xb-123456789012-" + Mixed[..24] },
        { "slack-webhook", "https://hooks.slack" + ".com/services/T0AAAAAAA/B0BBBBBBB/" + Mixed[..24] },
        { "google-api-key", "AI" + "za" + Mixed[..35] },
        { "azure-storage-key", "DefaultEndpointsProtocol=https;Account" + "Key=" + (Mixed + Mixed)[..86] + "==" },
        { "stripe-live-key", "sk_" + "live_" + Mixed[..24] },
        { "stripe-test-key", "sk_" + "test_" + Mixed[..24] },
        { "npm-token", "npm" + "_" + Mixed[..36] },
        { "sendgrid-key", "SG" + "." + Mixed[..22] + "." + Mixed[..43] },
        { "digitalocean-token", "dop" + "_v1_" + string.Concat(Enumerable.Repeat("0a1b2c3d", 8)) },
        { "vault-token", "hv" + "s." + Mixed[..30] },
        { "telegram-bot-token", "123456789:A" + "A" + Mixed[..33] },
        { "anthropic-key", "sk-" + "ant-api03-" + Mixed },
        { "huggingface-token", "h" + "f_" + Mixed[..34] },
        { "json-web-token", "ey" + "J" + Mixed[..20] + ".ey" + "J" + Mixed[..20] + "." + Mixed[..30] },
        { "url-password", "postgres://shop:" + "Tr0ub4dor3@db.internal:5432/shop" },
        { "netrc-password", "machine git.internal login ana password " + "hunter22x" },
        { "authorization-header", "Authorization: Bearer " + Mixed[..30] },
        { "private-key", "-----BEGIN RSA PRIVATE" + " KEY-----\n" + (Mixed + Mixed)[..64] + "\n" },
        { "private-key", "\"private_key\": \"-----BEGIN PRIVATE" + " KEY-----\\n" + (Mixed + Mixed)[..64] + "\\n" },
        { "named-secret", "db_password = \"Sommer-2026-Kiel\"" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Find_TheFormsOfItsMakers(string rule, string line)
    {
        var hit = Assert.Single(SecretSearch.Find($"# a file\n  {line}\n# the end\n", "app.env"));
        Assert.Equal($"secret.{rule}", hit.Rule.Id);
        Assert.Equal(2, hit.Line);
        Assert.DoesNotContain(hit.Value.Length > 4 ? hit.Value[4..] : hit.Value, hit.Masked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password = os.environ['DB_PASSWORD']")]
    [InlineData("password: ${DB_PASSWORD}")]
    [InlineData("password = changeme-please-1")]
    [InlineData("token: <your token here>")]
    [InlineData("password_file = /run/secrets/db-password-1")]
    [InlineData("secret: aaaaaaaaaaaaaaaa")]
    [InlineData("passwordPolicy: strict")]
    [InlineData("postgres://user:${PASSWORD}@db/shop")]
    [InlineData("-----BEGIN PRIVATE KEY----- is how such a file begins")]
    [InlineData("AKIAIOSFODNN7EXAMPLE")]
    [InlineData("see https://example.com/a:b and mailto:ana@example.com")]
    public void Find_WhatStandsForASecretOrSpeaksOfOne_IsLeftAlone(string line) => Assert.Empty(SecretSearch.Find(line, "app.env"));

    [Theory]
    [InlineData("app.env", 1)]
    [InlineData("deploy/values.yaml", 1)]
    [InlineData("src/Login.cs", 0)]
    public void Find_ValueWithoutQuotes_CountsInSettingsAlone(string path, int expected) =>
        Assert.Equal(expected, SecretSearch.Find("db_password = Sommer-2026-Kiel", path).Count);

    [Fact]
    public void Find_TwoOnOneLine_BothWithTheirPlaces()
    {
        var hits = SecretSearch.Find("\n\ta=gh" + "p_" + Mixed[..36] + " b=gh" + "o_" + Mixed[..36], "x.txt");
        Assert.Equal([(2, 4), (2, 47)], hits.Select(h => (h.Line, h.Column)));
        Assert.NotEqual(hits[0].Mark, hits[1].Mark);
    }

    [Fact]
    public void Find_MinifiedLineOfMegabytes_IsFoundInTheMiddle()
    {
        var noise = string.Concat(Enumerable.Repeat("var token=e.token;", 60_000));
        var hit = Assert.Single(SecretSearch.Find($"{noise}const k=\"gh{"p_" + Mixed[..36]}\";{noise}", "app.min.js"));
        Assert.Equal("secret.github-token", hit.Rule.Id);
        Assert.Equal(noise.Length + 10, hit.Column);
    }
}
