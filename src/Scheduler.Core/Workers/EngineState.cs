using Scheduler.Core.Live;

namespace Scheduler.Core.Workers;

/// <summary>Whether this process drives the schedules.</summary>
public enum EngineStatus { Starting, Running, StandingBy, Stopped }

/// <summary>What the engine of this process is doing, for pages, health and whoever wants to write.</summary>
public sealed class EngineState(LiveFeed feed)
{
    private volatile Snapshot _now = new(EngineStatus.Starting, "The engine is starting.");

    public EngineStatus Status => _now.Status;

    /// <summary>Why it is not running, in words.</summary>
    public string Reason => _now.Reason;

    internal void Set(EngineStatus status, string reason = "")
    {
        _now = new Snapshot(status, reason);
        feed.Publish(new LiveChange.EngineChanged());
    }

    /// <summary>A process that only stands by shows pages but changes nothing: the one that owns the folder would not know.</summary>
    /// <exception cref="EngineNotHereException">Another process owns the data folder.</exception>
    public void DemandWritable()
    {
        if (_now is { Status: EngineStatus.StandingBy } now) throw new EngineNotHereException(now.Reason);
    }

    private sealed record Snapshot(EngineStatus Status, string Reason);
}

/// <summary>Another process owns the engine of this data folder; nothing was changed.</summary>
public sealed class EngineNotHereException(string message) : Exception(message);
