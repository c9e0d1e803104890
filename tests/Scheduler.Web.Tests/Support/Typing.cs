using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;

namespace Scheduler.Web.Tests;

/// <summary>
/// What a person enters, taken in by the page before the test goes on. bUnit's own calls come back at once where the page is rendering something
/// that has just been read, and then the next line looks at the page of before. In the root namespace of the tests, so that these go before bUnit's.
/// </summary>
internal static class Typing
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Change(this IElement element, string value) => Take(element.ChangeAsync(new ChangeEventArgs { Value = value }));

    public static void Input(this IElement element, string value) => Take(element.InputAsync(new ChangeEventArgs { Value = value }));

    // A handler may go on for as long as it likes; what it does at once has been done by then.
    private static void Take(Task handled)
    {
        if (Task.WaitAny([handled], Patience) == 0) handled.GetAwaiter().GetResult();
    }
}
