using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Web.Identity;

/// <summary>Random texts that open a door, and the hashes under which they are kept.</summary>
internal static class SecretText
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>40 characters are 238 bits: nobody guesses them, so a plain hash is enough to keep them.</summary>
    public static string Create(string prefix = "") => prefix + RandomNumberGenerator.GetString(Base62, 40);

    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Compares in a time that does not tell how much of the text was right.</summary>
    public static bool Matches(string? given, string hash) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(given)), Encoding.ASCII.GetBytes(hash));
}
