using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Scheduler.Core.Storage;

/// <summary>
/// The one writer of the database: a thread with one connection. Writes that wait at the same time share one transaction and
/// one flush to disk (group commit); each is its own savepoint, so that a failed one takes no other with it.
/// A caller's task completes after the commit: what it was told is done, is on disk.
/// </summary>
public sealed partial class DatabaseWriter : IAsyncDisposable
{
    private const int MostInOneCommit = 256;

    /// <summary>How long another process may hold the database before people are told.</summary>
    private static readonly TimeSpan LockedAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly Channel<Pending> _pending = Channel.CreateBounded<Pending>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Database _database;
    private readonly StorageHealth _health;
    private readonly StorageReserve _reserve;
    private readonly TimeProvider _clock;
    private readonly ILogger<DatabaseWriter> _log;
    private readonly Task _loop;

    internal DatabaseWriter(Database database, StorageHealth health, StorageReserve reserve, TimeProvider clock, ILogger<DatabaseWriter> log)
    {
        _database = database;
        _health = health;
        _reserve = reserve;
        _clock = clock;
        _log = log;
        _loop = Task.Factory.StartNew(Loop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Transactions committed since the start.</summary>
    public long Commits { get; private set; }

    /// <summary>Writes done since the start; divided by <see cref="Commits"/> it says how well writes are grouped.</summary>
    public long Writes { get; private set; }

    /// <summary>Spent in commits since the start: waiting for the disk.</summary>
    public TimeSpan CommitTime { get; private set; }

    /// <summary>Writes that are handed over and not yet begun.</summary>
    public int Waiting => _pending.Reader.CanCount ? _pending.Reader.Count : 0;

    /// <summary>Runs <paramref name="write"/> on the writer's thread and completes when its transaction is on disk.</summary>
    /// <remarks>The work must be short and must not wait for another write. An exception from it rolls back this write alone.</remarks>
    internal async Task<T> WriteAsync<T>(Func<WriteBatch, T> write, CancellationToken ct)
    {
        var pending = new Pending<T>(write);
        try
        {
            await _pending.Writer.WriteAsync(pending, ct);
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException("The scheduler is stopping; nothing was written.");
        }
        // Once handed over the write may happen whatever the caller does, so its result is awaited, not abandoned.
        return await pending.Task;
    }

    internal Task WriteAsync(Action<WriteBatch> write, CancellationToken ct) => WriteAsync(batch => { write(batch); return true; }, ct);

    /// <summary>For what must not be lost, such as the ending of a run: where the disk is full it waits for room, and is written then.</summary>
    /// <param name="write">May be run again, after a rollback.</param>
    /// <param name="ct">Ends the waiting for room; the first try is made in any case.</param>
    internal async Task<T> WriteSurelyAsync<T>(Func<WriteBatch, T> write, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return await WriteAsync(write, CancellationToken.None);
            }
            catch (SqliteException e) when (StorageHealth.IsFullDisk(e))
            {
                await Task.Delay(TryAgain, _clock, ct);
            }
        }
    }

    internal Task WriteSurelyAsync(Action<WriteBatch> write, CancellationToken ct) => WriteSurelyAsync(batch => { write(batch); return true; }, ct);

    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        _stop.CancelAfter(TimeSpan.FromSeconds(10));
        await _loop;
        _stop.Dispose();
    }

    private void Loop()
    {
        Statements? statements = null;
        var group = new List<Pending>(MostInOneCommit);
        // This thread is the writer's own, so it may block: SQLite's calls do.
        while (_pending.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            while (group.Count < MostInOneCommit && _pending.Reader.TryRead(out var next)) group.Add(next);
            try
            {
                statements ??= new Statements(Open());
                CommitTogether(statements, group);
            }
            catch (SqliteException e) when (statements is not null && StorageHealth.IsFullDisk(e))
            {
                // Nothing of the group was written. The connection is sound: once there is room it goes on.
                _health.ReportFull();
                if (!_reserve.Release() || !TryOnceMore(statements, group))
                {
                    LogCommitFailed(e, group.Count);
                    foreach (var pending in group) pending.Fail(e);
                }
            }
            catch (Exception e)
            {
                // The disk is full, the file is gone: callers are told, the connection is made anew, the loop lives on.
                LogCommitFailed(e, group.Count);
                foreach (var pending in group) pending.Fail(e);
                Close(statements);
                statements = null;
            }
        }
        Close(statements);
    }

    private static void Close(Statements? statements)
    {
        statements?.Dispose();
        statements?.Connection.Dispose();
    }

    private bool TryOnceMore(Statements statements, List<Pending> group)
    {
        try
        {
            CommitTogether(statements, group);
            return true;
        }
        catch (SqliteException)
        {
            return false; // the callers are told why the first try failed
        }
    }

    // Waits in short stretches, so that it notices soon when the database is locked and when it has to stop.
    private SqliteConnection Open()
    {
        var connection = _database.Open();
        connection.DefaultTimeout = 1;
        using var patience = connection.CreateCommand();
        patience.CommandText = "PRAGMA busy_timeout = 500";
        patience.ExecuteNonQuery();
        return connection;
    }

    private void CommitTogether(Statements statements, List<Pending> group)
    {
        using var transaction = BeginPatiently(statements.Connection);
        using var batch = new WriteBatch(statements, transaction, _clock);
        for (var i = 0; i < group.Count; i++)
        {
            DoOne(batch, group[i]);
            // What arrived meanwhile shares the flush: a run is claimed with the due time that brought it.
            if (i == group.Count - 1 && i < MostInOneCommit - 1 && _pending.Reader.TryRead(out var next)) group.Add(next);
        }
        batch.StoreGathered();
        var started = _clock.GetTimestamp();
        transaction.Commit();
        CommitTime += _clock.GetElapsedTime(started);
        Commits++;
        Writes += group.Count;
        batch.RunCallbacks(LogCallbackFailed);
        foreach (var pending in group) pending.Done();
    }

    private static void DoOne(WriteBatch batch, Pending pending)
    {
        batch.BeginNext();
        batch.Execute("SAVEPOINT one");
        var mark = batch.Mark;
        try
        {
            pending.Do(batch);
        }
        catch (Exception e) when (e is not SqliteException { SqliteErrorCode: 13 or 10 or 11 }) // full, I/O, corrupt: the whole transaction is in doubt
        {
            batch.ForgetSince(mark);
            batch.Execute("ROLLBACK TO one");
            pending.Refuse(e);
        }
        batch.Execute("RELEASE one");
    }

    // Another process (a command line verb, a backup) may hold the write lock for a while. Nobody's write is lost for that.
    private SqliteTransaction BeginPatiently(SqliteConnection connection)
    {
        var started = _clock.GetTimestamp();
        var since = _clock.GetUtcNow();
        var isTold = false;
        while (true)
        {
            try
            {
                var transaction = connection.BeginTransaction();
                if (isTold) _health.ReportLocked(null);
                return transaction;
            }
            catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6 && !_stop.IsCancellationRequested)
            {
                if (isTold || _clock.GetElapsedTime(started) < LockedAfter) continue;
                isTold = true;
                LogLocked();
                _health.ReportLocked(since);
            }
        }
    }

    private abstract class Pending
    {
        public abstract void Do(WriteBatch batch);

        /// <summary>The write itself failed and was rolled back.</summary>
        public abstract void Refuse(Exception e);

        /// <summary>The commit failed, so that nothing of the group was written.</summary>
        public abstract void Fail(Exception e);
        public abstract void Done();
    }

    private sealed class Pending<T>(Func<WriteBatch, T> write) : Pending
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;
        private Exception? _refused;

        public Task<T> Task => _done.Task;

        public override void Do(WriteBatch batch)
        {
            _refused = null;
            try
            {
                _result = write(batch);
            }
            finally
            {
                batch.CloseContext();
            }
        }

        public override void Refuse(Exception e) => _refused = e;

        public override void Fail(Exception e) => _done.TrySetException(_refused ?? e);

        public override void Done()
        {
            if (_refused is null) _done.TrySetResult(_result);
            else _done.TrySetException(_refused);
        }
    }

    [LoggerMessage(LogLevel.Error, "Commit of {Writes} writes failed")]
    private partial void LogCommitFailed(Exception e, int writes);

    [LoggerMessage(LogLevel.Warning, "Database is locked by another process; writes wait")]
    private partial void LogLocked();

    [LoggerMessage(LogLevel.Error, "Telling others about a commit failed")]
    private partial void LogCallbackFailed(Exception e);
}

/// <summary>What a write sees: the connection inside the open transaction, an EF context on it, and the time of the write.</summary>
internal sealed class WriteBatch(Statements statements, SqliteTransaction transaction, TimeProvider clock) : IDisposable
{
    private readonly List<Action> _callbacks = [];
    private readonly List<object> _gathered = [];
    private readonly Dictionary<Type, Action<IEnumerable<object>>> _stores = [];
    private SchedulerDb? _db;

    public Statements Statements => statements;
    public SqliteConnection Connection => statements.Connection;
    public SqliteTransaction Transaction => transaction;

    /// <summary>One instant for everything in the write: when it began, so never before it was asked for, also where it joins a transaction that is open already.</summary>
    public DateTimeOffset Now { get; private set; } = clock.GetUtcNow();

    /// <summary>To be called where the next write of the transaction begins.</summary>
    public void BeginNext() => Now = clock.GetUtcNow();

    /// <summary>A tracking EF context in this transaction; made at first use, gone at the end of the write.</summary>
    public SchedulerDb Db
    {
        get
        {
            if (_db is not null) return _db;
            _db = new SchedulerDb(new DbContextOptionsBuilder<SchedulerDb>().UseSqlite(Connection).Options);
            _db.Database.UseTransaction(transaction);
            return _db;
        }
    }

    /// <summary>How much was asked for so far, for <see cref="ForgetSince"/>.</summary>
    public (int Callbacks, int Gathered) Mark => (_callbacks.Count, _gathered.Count);

    /// <summary>Gathers what the writes of one transaction add up to; it is stored at once, just before the commit.</summary>
    /// <param name="item">One write's part. It is dropped if that write is rolled back.</param>
    /// <param name="store">Gets all parts of this type, in order; the same for each of them. Its failure fails the whole transaction.</param>
    public void Gather<T>(T item, Action<WriteBatch, IEnumerable<T>> store) where T : notnull
    {
        _gathered.Add(item);
        if (!_stores.ContainsKey(typeof(T))) _stores[typeof(T)] = items => store(this, items.Cast<T>());
    }

    public void StoreGathered()
    {
        foreach (var items in _gathered.GroupBy(item => item.GetType())) _stores[items.Key](items);
        _gathered.Clear();
    }

    /// <summary>Something to do once the transaction is on disk: nothing is shown that is not committed. Must be quick.</summary>
    public void AfterCommit(Action callback) => _callbacks.Add(callback);

    public void ForgetSince((int Callbacks, int Gathered) mark)
    {
        _callbacks.RemoveRange(mark.Callbacks, _callbacks.Count - mark.Callbacks);
        _gathered.RemoveRange(mark.Gathered, _gathered.Count - mark.Gathered);
    }

    public void RunCallbacks(Action<Exception> report)
    {
        foreach (var callback in _callbacks)
        {
            try
            {
                callback();
            }
            catch (Exception e)
            {
                report(e);
            }
        }
    }

    public void CloseContext()
    {
        _db?.Dispose();
        _db = null;
    }

    public void Dispose() => CloseContext();

    /// <inheritdoc cref="Statements.Execute"/>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => statements.Execute(sql, values);

    /// <inheritdoc cref="Statements.Insert"/>
    public long? Insert(string sql, params ReadOnlySpan<object?> values) => statements.Insert(sql, values);

    /// <inheritdoc cref="Statements.Scalar"/>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) => statements.Scalar(sql, values);

    /// <inheritdoc cref="Statements.Query"/>
    public Rows Query(string sql, params ReadOnlySpan<object?> values) => statements.Query(sql, values);
}
