using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Webhooks;

/// <summary>The secrets of webhooks: made here, kept encrypted under this server's keys, shown once.</summary>
internal sealed class WebhookSecrets(IDataProtectionProvider protection)
{
    /// <summary>Opens nothing: what a signature is reckoned with where there is no webhook.</summary>
    public static readonly string OfNobody = SecretText.Create();

    private readonly IDataProtector _secrets = protection.CreateProtector("Scheduler.WebhookSecret.v1");

    /// <summary>A new one, plain and as it is stored.</summary>
    public (string Plain, string Protected) Create()
    {
        var plain = SecretText.Create("whs_");
        return (plain, _secrets.Protect(plain));
    }

    /// <summary>Null where this server's keys don't open it: they were lost, or the database came from elsewhere.</summary>
    public string? Read(string stored)
    {
        try
        {
            return _secrets.Unprotect(stored);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
