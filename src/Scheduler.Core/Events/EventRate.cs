namespace Scheduler.Core.Events;

/// <summary>
/// How many events, and how many bytes of them, are accepted: overall by the minute, and half of that by sender, so that one that runs wild leaves room for the others.
/// In memory: it protects the disk and the writer; a restart forgives. Thread-safe.
/// </summary>
internal sealed class EventRate(SchedulerOptions options, TimeProvider clock)
{
    private const int MostSenders = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _senders = new(StringComparer.Ordinal);
    private double _events;
    private double _bytes;
    private long _mark = clock.GetTimestamp();

    /// <summary>Counts an event.</summary>
    /// <exception cref="TooManyEventsException">There is no room for it; it does not count.</exception>
    public void Demand(string sender, int bytes)
    {
        lock (_lock)
        {
            Drain();
            var own = _senders.GetValueOrDefault(sender);
            var (most, mostBytes) = (options.EventsPerMinute, options.EventBytesPerMinute);
            if (_events + 1 > most) throw TooMany($"More than {most} events a minute come", _events + 1 - most, most);
            if (_bytes > 0 && _bytes + bytes > mostBytes) throw TooMany($"More than {mostBytes / (1024 * 1024)} MiB of events a minute come", _bytes + bytes - mostBytes, mostBytes);
            if (own + 1 > most / 2.0) throw TooMany($"More than {most / 2} events a minute come from {sender}", own + 1 - most / 2.0, most / 2.0);
            (_events, _bytes) = (_events + 1, _bytes + bytes);
            if (_senders.Count >= MostSenders && !_senders.ContainsKey(sender)) _senders.Clear();
            _senders[sender] = own + 1;
        }
    }

    // Leaky buckets: each holds a minute's worth and empties within a minute.
    private void Drain()
    {
        var now = clock.GetTimestamp();
        var share = clock.GetElapsedTime(_mark, now) / Window;
        _mark = now;
        _events = Math.Max(0, _events - share * options.EventsPerMinute);
        _bytes = Math.Max(0, _bytes - share * options.EventBytesPerMinute);
        foreach (var (sender, count) in _senders)
            if (count - share * options.EventsPerMinute / 2 is > 0 and var left) _senders[sender] = left;
            else _senders.Remove(sender);
    }

    private static TooManyEventsException TooMany(string what, double over, double perMinute) =>
        new($"{what}; this one was not accepted. Send it again later.", TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(over / perMinute * Window.TotalSeconds))));
}
