using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Radzen;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;
using Scheduler.Web.Time;

namespace Scheduler.Web.Tests.Components;

/// <summary>A renderer with what the shared components ask for, at 09:00 UTC on a Saturday for a viewer in Berlin.</summary>
public abstract class ComponentTest : BunitContext
{
    protected static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    protected ComponentTest()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddSingleton<TimeProvider>(new ManualTime(Now));
        Services.AddScoped(services =>
        {
            var time = new ViewerTime(services.GetRequiredService<TimeProvider>());
            time.Start(ZoneChoice.Schedule, "Europe/Berlin");
            return time;
        });
        Services.AddScoped<Confirmation>();
        Services.AddRadzenComponents();
    }

    protected ViewerTime Time => Services.GetRequiredService<ViewerTime>();
}
