using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Scheduler.Core.Webhooks;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Webhooks;

/// <summary>Whether a delivery is its sender's own. Pure; compares in a time that does not tell how much was right.</summary>
/// <param name="Fault">Why not; null when it is.</param>
/// <param name="Fingerprint">What a replay of it is known by; null where the sender gave nothing to know one by.</param>
internal readonly record struct WebhookProof(WebhookRefusal? Fault, string? Fingerprint)
{
    public const string SignatureHeader = "X-Hub-Signature-256";
    public const string TimestampHeader = "X-Scheduler-Timestamp";
    private const string SignaturePrefix = "sha256=";
    private const int LongestKey = 200;

    /// <summary>How far the signed time may lie from ours, to either side.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private static readonly string[] KeyHeaders = ["Idempotency-Key", "X-Delivery"];

    public static WebhookProof Of(WebhookSigning signing, string secret, IHeaderDictionary headers, byte[] body, DateTimeOffset now) =>
        signing == WebhookSigning.Bearer ? OfBearer(secret, headers) : OfHmac(secret, headers, body, now);

    /// <summary>The header's value for this body, as senders make it.</summary>
    /// <param name="timestamp">Seconds since 1970, where the time is signed too.</param>
    public static string Sign(string secret, byte[] body, string? timestamp = null) =>
        SignaturePrefix + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Signed(body, timestamp)));

    private static WebhookProof OfHmac(string secret, IHeaderDictionary headers, byte[] body, DateTimeOffset now)
    {
        string? timestamp = headers[TimestampHeader] is [{ Length: > 0 } given] ? given : null;
        var signed = Signed(body, timestamp);
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        if (headers[SignatureHeader] is not [{ Length: > 0 } header]) return Refuse(WebhookRefusal.MissingSignature);
        if (ReadSignature(header) is not { } signature || !CryptographicOperations.FixedTimeEquals(signature, expected)) return Refuse(WebhookRefusal.WrongSignature);
        // Only what is signed is worth a look: before that, the time is anybody's.
        if (timestamp is not null && !IsNear(timestamp, now)) return Refuse(WebhookRefusal.Stale);
        return new WebhookProof(null, Convert.ToHexStringLower(SHA256.HashData(signed)));
    }

    private static WebhookProof OfBearer(string secret, IHeaderDictionary headers)
    {
        const string Scheme = "Bearer ";
        if (headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return Refuse(WebhookRefusal.MissingSignature);
        if (!SecretText.Matches(header[Scheme.Length..].Trim(), SecretText.Hash(secret))) return Refuse(WebhookRefusal.WrongSignature);
        foreach (var name in KeyHeaders)
            if (headers[name] is [{ Length: > 0 } key]) return new WebhookProof(null, SecretText.Hash("key\n" + (key.Length <= LongestKey ? key : SecretText.Hash(key))));
        return new WebhookProof(null, null);
    }

    private static byte[] Signed(byte[] body, string? timestamp) => timestamp is null ? body : [.. Encoding.UTF8.GetBytes(timestamp + "."), .. body];

    private static byte[]? ReadSignature(string header)
    {
        if (!header.StartsWith(SignaturePrefix, StringComparison.Ordinal) || header.Length != SignaturePrefix.Length + 2 * SHA256.HashSizeInBytes) return null;
        try
        {
            return Convert.FromHexString(header.AsSpan(SignaturePrefix.Length));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsNear(string timestamp, DateTimeOffset now) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
        && (DateTimeOffset.FromUnixTimeSeconds(seconds) - now).Duration() <= Tolerance;

    private static WebhookProof Refuse(WebhookRefusal why) => new(why, null);
}
