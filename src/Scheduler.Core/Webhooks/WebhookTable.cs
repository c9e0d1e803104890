using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Webhooks;

internal static class WebhookTable
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<Webhook>(webhook =>
        {
            webhook.ToTable("webhooks");
            webhook.Property(w => w.Name).UseCollation("NOCASE");
            webhook.HasIndex(w => w.Name).IsUnique();
        });
        model.Entity<WebhookDelivery>(delivery =>
        {
            delivery.ToTable("webhook_deliveries");
            delivery.HasIndex(d => new { d.WebhookId, d.Fingerprint }).IsUnique();
            delivery.HasOne<Webhook>().WithMany().HasForeignKey(d => d.WebhookId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
