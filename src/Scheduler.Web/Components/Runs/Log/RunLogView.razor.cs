using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Runs.Log;

/// <summary>
/// Holds a window of some hundred lines, never the whole log. While it follows, the window moves with the log's end; once the reader
/// scrolls up it stays where it is and only counts what comes.
/// </summary>
public sealed partial class RunLogView : IAsyncDisposable
{
    private LogWindow _window = null!;
    private long _runId;
    private bool _follow;
    private bool _wrap;
    private bool _sinceStart;
    private bool _backwards;
    private string _typed = "";
    private LogMatches? _matches;
    private int? _match;
    private bool _searching;
    private CancellationTokenSource? _search;
    private LineRange? _chosen;
    private string? _showNext;
    private LiveRefresh? _live;
    private ElementReference _box;
    private IJSObjectReference? _script;
    private bool _isGone;
    private IJSObjectReference? _scroll;
    private DotNetObjectReference<RunLogView>? _self;

    [Parameter, EditorRequired] public required RunView Run { get; set; }

    /// <summary>The schedule's zone, for clock times.</summary>
    [Parameter] public string? Zone { get; set; }

    [Inject] public required RunLog Logs { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required IJSRuntime Js { get; init; }

    private string Path => $"/runs/{Run.Id}?tab=log";
    private bool IsGoingOn => !Run.Status.IsTerminal();
    private long? Found => _match is { } at ? _matches!.Lines[at] : null;
    private bool HasNews => _window.News is null or > 0;

    private string NewsWords => _window.News is { } lines ? $"{lines.ToString("#,0", CultureInfo.InvariantCulture)} new" : "many new";

    private string MatchWords => (_searching, _matches, _match) switch
    {
        (true, _, _) => "searching…",
        (_, { Lines.Count: 0 }, _) => "not found",
        (_, { } matches, { } at) => $"{at + 1} of {matches.Lines.Count.ToString("#,0", CultureInfo.InvariantCulture)}{(matches.More ? "+" : "")} lines",
        _ => "",
    };

    private string EmptyWords => Run switch
    {
        { Status: RunStatus.Queued } => "No output yet: the run has not started",
        { Status: RunStatus.Skipped } => "This run was skipped and wrote nothing",
        _ when IsGoingOn => "No output yet",
        _ => "This run wrote nothing",
    };

    protected override void OnInitialized()
    {
        _live = Live.Start(change => change is LiveChange.LogGrew grew && grew.RunId == Run.Id, _ => InvokeAsync(TakeNews));
        Navigation.LocationChanged += Moved;
        Time.Changed += ShowOtherClock;
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_runId != Run.Id)
        {
            (_runId, _window, _follow, _matches, _match) = (Run.Id, new LogWindow(Logs, Run.Id) { Ended = !IsGoingOn }, IsGoingOn, null, null);
            await ShowAddressAsync(orEnd: true);
        }
        else if (!IsGoingOn && !_window.Ended)
        {
            // The last words came with the end; from now on an unfinished line counts as one.
            _window.Ended = true;
            TakeNews();
            _window.CountUp();
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _script = await Js.InvokeAsync<IJSObjectReference>("import", "./js/log.js");
            if (_script is null || _isGone) return; // it may have been left before the script was there
            _self = DotNetObjectReference.Create(this);
            _scroll = await _script.InvokeAsync<IJSObjectReference>("attach", _box, _self);
        }
        if (_scroll is null || _showNext is not { } show) return;
        _showNext = null;
        await _scroll.InvokeVoidAsync(show.Length == 0 ? "toEnd" : "show", show);
    }

    /// <summary>The reader scrolled away from the end, or back to it.</summary>
    [JSInvokable]
    public void Follow(bool follow)
    {
        follow &= IsGoingOn;
        if (_follow == follow) return;
        _follow = follow;
        if (follow) _window.Grow();
        else _window.CountUp();
        StateHasChanged();
    }

    /// <summary>The reader clicked on a line's number.</summary>
    [JSInvokable]
    public void Choose(string fragment)
    {
        _chosen = LineRange.Read(fragment);
        _follow = false;
        StateHasChanged();
    }

    private void TakeNews()
    {
        if (_follow || !IsGoingOn && !_window.HasLater) _window.Grow();
        else if (_window.IsEmpty) _window.ToEnd();
        else _window.LookAhead();
        StateHasChanged();
    }

    private Task ToggleFollowAsync()
    {
        if (!_follow) return ToEndAsync();
        _follow = false;
        _window.CountUp();
        return Task.CompletedTask;
    }

    private Task ToEndAsync()
    {
        _window.ToEnd();
        (_follow, _showNext) = (IsGoingOn, "");
        return Task.CompletedTask;
    }

    private Task ToStartAsync()
    {
        _window.ToStart();
        (_follow, _showNext) = (false, _window.Chunks.FirstOrDefault()?.Lines[0].Anchor);
        return Task.CompletedTask;
    }

    private void Earlier()
    {
        _follow = false;
        _window.Earlier();
    }

    private void Later() => _window.Later();

    private async Task SearchAsync()
    {
        var query = _typed.Trim('\r', '\n');
        if (query == _matches?.Query && !_searching)
        {
            await StepAsync(_backwards ? -1 : 1);
            return;
        }
        if (_search is not null) await _search.CancelAsync();
        (_matches, _match, _searching) = (null, null, query.Length > 0);
        if (query.Length == 0) return;
        var mine = _search = new CancellationTokenSource();
        var (runId, ended) = (Run.Id, !IsGoingOn);
        StateHasChanged();
        try
        {
            var matches = await Task.Run(() => LogSearch.Run(Logs, runId, query, ended, mine.Token), mine.Token);
            (_matches, _searching) = (matches, false);
            if (matches.FirstFrom(_window.Start) is { } first) ShowMatch(first);
        }
        catch (OperationCanceledException)
        {
            // Something else is searched for now.
        }
        finally
        {
            mine.Dispose();
            if (_search == mine) _search = null;
        }
    }

    private Task StepAsync(int by)
    {
        if (_matches is { Lines.Count: > 0 and var count }) ShowMatch((((_match ?? 0) + by) % count + count) % count);
        return Task.CompletedTask;
    }

    private void ShowMatch(int at)
    {
        _match = at;
        var position = _matches!.Lines[at];
        _follow = false;
        if (Line(position) is null) _window.Around(position);
        _showNext = Line(position)?.Anchor;
    }

    private LogLine? Line(long position) => _window.Chunks.SelectMany(c => c.Lines).FirstOrDefault(l => l.Position == position);

    private Task ShowAddressAsync(bool orEnd)
    {
        _chosen = LineRange.Read(new Uri(Navigation.Uri).Fragment);
        if (_chosen is { } range)
        {
            var there = _window.Chunks.SelectMany(c => c.Lines).Any(range.Holds);
            if (!there && range.ByPosition) _window.Around(range.From);
            if (there || range.ByPosition || _window.AroundLine(range.From))
            {
                (_follow, _showNext) = (false, range.Anchor);
                return Task.CompletedTask;
            }
        }
        if (orEnd)
        {
            _window.ToEnd();
            _showNext = "";
        }
        return Task.CompletedTask;
    }

    private void Moved(object? sender, LocationChangedEventArgs to) => _ = InvokeAsync(async () =>
    {
        if (new Uri(to.Location).AbsolutePath != $"/runs/{Run.Id}") return;
        await ShowAddressAsync(orEnd: false);
        StateHasChanged();
    });

    private void ShowOtherClock() => _ = InvokeAsync(StateHasChanged);

    private static string Pressed(bool on) => on ? "true" : "false";

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        _live?.Dispose();
        Navigation.LocationChanged -= Moved;
        Time.Changed -= ShowOtherClock;
        if (_search is not null) await _search.CancelAsync();
        _self?.Dispose();
        try
        {
            if (_scroll is not null)
            {
                await _scroll.InvokeVoidAsync("stop");
                await _scroll.DisposeAsync();
            }
            if (_script is not null) await _script.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the script with it.
        }
    }
}
