using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Scheduler.Web.Tests.Support;

internal static class Accessibility
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    // In the page itself, which has no frames. Deque's own package for Playwright opens another page for each look, which takes twice the time.
    private const string Look =
        """
        async () => {
            const found = await axe.run(document, { resultTypes: ['violations'], iframes: false });
            const words = node => `  ${node.html} — ${[...node.any, ...node.all, ...node.none].map(check => check.message).join('; ')}`;
            return found.violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => [`${v.id}: ${v.help}`, ...v.nodes.map(words)].join('\n'));
        }
        """;

    /// <summary>Fails where axe finds a serious or critical fault in the page as it stands.</summary>
    public static async Task HasNoSeriousFaultAsync(this IPage page, string what)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window")) await page.EvaluateAsync(Axe);
        var faults = await page.EvaluateAsync<string[]>(Look);
        Assert.True(faults.Length == 0, $"{what}:\n{string.Join("\n", faults)}");
    }
}
