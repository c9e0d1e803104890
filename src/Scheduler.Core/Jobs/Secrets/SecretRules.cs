using System.Text.RegularExpressions;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Secrets;

/// <summary>The sorts of secrets that are known by their form, by what their makers document of it, and those that a name gives away.</summary>
internal static class SecretRules
{
    /// <summary>The most certain first: where two rules meet the same text, the first speaks.</summary>
    public static IReadOnlyList<SecretRule> All { get; } =
    [
        Rule("private-key", Severity.Critical, "Private key", ["PRIVATE KEY"], @"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}(?<s>PRIVATE KEY(?: BLOCK)?)-----"),
        Rule("aws-secret-key", Severity.Critical, "AWS secret access key", ["aws"], @"(?i)aws.{0,30}(?:secret|private).{0,30}?[=:]\s{0,5}[""']?(?<s>[a-z0-9/+]{40})(?:[^a-z0-9/+=]|$)", anyCase: true),
        Rule("aws-key-id", Severity.High, "AWS access key id", ["AKIA", "ASIA"], @"\b(?<s>(?:AKIA|ASIA)[A-Z2-7]{16})\b"),
        Rule("github-token", Severity.Critical, "GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], @"\b(?<s>gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b"),
        Rule("gitlab-token", Severity.Critical, "GitLab token", ["glpat-", "gldt-", "glrt-"], @"\b(?<s>gl(?:pat|dt|rt)-[A-Za-z0-9_-]{20,})"),
        Rule("slack-token", Severity.High, "Slack token", ["xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-"], @"\b(?<s>(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{20,})"),
        Rule("slack-webhook", Severity.High, "Slack webhook address", ["hooks.slack.com"], @"hooks\.slack\.com/(?<s>(?:services|workflows)/[A-Za-z0-9/]{30,})"),
        Rule("google-api-key", Severity.High, "Google API key", ["AIza"], @"\b(?<s>AIza[0-9A-Za-z_-]{35})"),
        Rule("azure-storage-key", Severity.Critical, "Azure storage key", ["AccountKey="], @"AccountKey=(?<s>[A-Za-z0-9+/]{86}==)"),
        Rule("stripe-live-key", Severity.Critical, "Stripe live key", ["k_live_"], @"\b(?<s>[rs]k_live_[A-Za-z0-9]{20,})\b"),
        Rule("stripe-test-key", Severity.Low, "Stripe test key", ["k_test_"], @"\b(?<s>[rs]k_test_[A-Za-z0-9]{20,})\b"),
        Rule("npm-token", Severity.High, "npm token", ["npm_"], @"\b(?<s>npm_[A-Za-z0-9]{36})\b"),
        Rule("pypi-token", Severity.High, "PyPI token", ["pypi-AgE"], @"\b(?<s>pypi-AgE[A-Za-z0-9_-]{50,})"),
        Rule("sendgrid-key", Severity.High, "SendGrid key", ["SG."], @"\b(?<s>SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"),
        Rule("digitalocean-token", Severity.Critical, "DigitalOcean token", ["dop_v1_", "doo_v1_", "dor_v1_"], @"\b(?<s>do[opr]_v1_[0-9a-f]{64})\b"),
        Rule("vault-token", Severity.Critical, "HashiCorp Vault token", ["hvs.", "hvb."], @"\b(?<s>hv[sb]\.[A-Za-z0-9_-]{24,})"),
        Rule("telegram-bot-token", Severity.High, "Telegram bot token", [":AA"], @"\b(?<s>[0-9]{8,10}:AA[A-Za-z0-9_-]{33})"),
        Rule("openai-key", Severity.High, "OpenAI key", ["T3BlbkFJ"], @"\b(?<s>sk-[A-Za-z0-9_-]{10,}T3BlbkFJ[A-Za-z0-9_-]{10,})"),
        Rule("anthropic-key", Severity.High, "Anthropic key", ["sk-ant-"], @"\b(?<s>sk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_-]{40,})"),
        Rule("huggingface-token", Severity.High, "Hugging Face token", ["hf_"], @"\b(?<s>hf_[A-Za-z0-9]{34,40})\b"),
        Rule("json-web-token", Severity.Medium, "JSON web token", ["eyJ"], @"\b(?<s>eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,})"),
        Rule("url-password", Severity.High, "Password in an address", ["://"], @"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@""'<>]*:(?<s>[^\s/@""'<>]{3,})@[A-Za-z0-9\[]") with { IsGeneric = true },
        Rule("netrc-password", Severity.High, "Password in a netrc file", ["machine "], @"\bmachine\s{1,5}\S{1,}\s{1,5}login\s{1,5}\S{1,}\s{1,5}password\s{1,5}(?<s>\S{3,})"),
        Rule("authorization-header", Severity.Medium, "Authorization header", ["authorization"], @"(?i)authorization[""']?\s{0,3}[:=]\s{0,3}[""']?(?:basic|bearer)\s{1,3}(?<s>[A-Za-z0-9._~+/-]{16,}=*)", anyCase: true) with { IsGeneric = true },
        Rule("named-secret", Severity.Medium, "Value that is named as a secret", ["passw", "pwd", "secret", "token", "api_key", "apikey", "api-key", "access_key", "accesskey", "access-key", "private_key", "credential"],
            @"(?i)[a-z0-9_.-]*(?:passw(?:or)?d|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[a-z0-9_.-]*[""']?\s{0,5}(?::=|=>|[:=])\s{0,5}(?:(?<q>[""'])(?<s>[^""'\s]{8,})[""']|(?<s>[^""'\s,;]{8,}))",
            anyCase: true) with { IsGeneric = true, QuotedOutsideSettings = true },
    ];

    private static SecretRule Rule(string id, Severity severity, string title, IReadOnlyList<string> anchors, string pattern, bool anyCase = false) =>
        new($"secret.{id}", severity, title, anchors, new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)) { AnyCase = anyCase };
}
