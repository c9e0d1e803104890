namespace Scheduler.Web.Components.Shared;

/// <summary>A question that must be answered before something is done.</summary>
/// <param name="Title">As a question: <c>Disable ana@example.com?</c></param>
/// <param name="Text">What will happen, in a sentence or two.</param>
/// <param name="Action">The verb on the button: <c>Disable</c>.</param>
/// <param name="Danger">It can't be undone, or it hurts.</param>
/// <param name="ReasonLabel">Asks for a reason under this label; null for none.</param>
/// <param name="ReasonRequired">The button stays shut until there is a reason.</param>
/// <param name="TypeToConfirm">A word that must be typed first, for what is worst.</param>
/// <param name="Ticks">What more may be allowed, a box each; null for nothing.</param>
/// <param name="Elsewhere">Where the same is done in another way; null for nowhere.</param>
public sealed record Question(
    string Title, string Text, string Action, bool Danger = false, string? ReasonLabel = null, bool ReasonRequired = false, string? TypeToConfirm = null, IReadOnlyList<Tick>? Ticks = null, Crumb? Elsewhere = null);

/// <summary>A box to be ticked.</summary>
/// <param name="Label">What is allowed with it.</param>
/// <param name="Hint">What that risks, or what it means now.</param>
public sealed record Tick(string Label, string? Hint = null);

/// <summary>What was answered.</summary>
/// <param name="Reason">Trimmed; empty when none was asked for or given.</param>
/// <param name="Ticks">Which of the boxes were ticked, by their place.</param>
public sealed record Answer(string Reason, params IReadOnlyList<int> Ticks);

/// <summary>Asks in a dialog. One for each circuit; the dialog stands in the layout.</summary>
public sealed class Confirmation
{
    private TaskCompletionSource<Answer?>? _waiting;

    internal event Action<Question>? Asked;

    /// <summary>True when the person said yes.</summary>
    public async Task<bool> ConfirmAsync(Question question) => await AskAsync(question) is not null;

    /// <summary>The answer, or null when the person said no. A question asked meanwhile takes the place of an open one, which counts as no.</summary>
    public Task<Answer?> AskAsync(Question question)
    {
        _waiting?.TrySetResult(null);
        _waiting = new TaskCompletionSource<Answer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Asked is null) _waiting.SetResult(null);
        else Asked(question);
        return _waiting.Task;
    }

    internal void Reply(Answer? answer) => _waiting?.TrySetResult(answer);
}
