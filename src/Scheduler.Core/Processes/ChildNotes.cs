using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Scheduler.Core.Processes;

/// <summary>What is noted on disk of a child, before it is started and until its whole tree is gone, so that a later process finds what a dead one left.</summary>
/// <param name="RunId">The run that it works for.</param>
/// <param name="Marker">The value of <see cref="ChildNotes.Variable"/> in its environment, which all its descendants inherit. Nobody can guess it.</param>
/// <param name="Owner">The process that started it.</param>
/// <param name="MachineStart">Which start of the machine the numbers belong to.</param>
/// <param name="Child">Null until it is started.</param>
internal sealed record ChildNote(long RunId, string Marker, ProcessName Owner, string MachineStart, ProcessName? Child);

/// <summary>A small file a child, in the data folder. They are not flushed: what a power cut loses was ended by it too.</summary>
internal sealed class ChildNotes(SchedulerOptions options)
{
    public const string Variable = "SCHEDULER_RUN";

    /// <exception cref="IOException">It can't be noted, so it must not be started.</exception>
    public ChildNote Begin(long runId)
    {
        MakeFolder();
        var own = ProcessTable.Of(Environment.ProcessId)!.Value.Name;
        var note = new ChildNote(runId, string.Create(CultureInfo.InvariantCulture, $"{runId}:{RandomNumberGenerator.GetHexString(32, lowercase: true)}"), own, ProcessTable.MachineStart, null);
        Write(note);
        return note;
    }

    /// <summary>Notes which process it became. Where that can't be written any more the marker alone has to do.</summary>
    public ChildNote Started(ChildNote note, int id)
    {
        if (ProcessTable.Of(id) is not { } child) return note; // it has ended already
        note = note with { Child = child.Name };
        try
        {
            Write(note);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first version of the note is still there.
        }
        return note;
    }

    public void Forget(ChildNote note)
    {
        try
        {
            File.Delete(FileOf(note));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later start finds that nothing lives any more, and tries again.
        }
    }

    /// <summary>All children that are noted, of this process too.</summary>
    public IReadOnlyList<ChildNote> All()
    {
        if (!Directory.Exists(options.ChildFolder)) return [];
        var notes = new List<ChildNote>();
        foreach (var file in Directory.EnumerateFiles(options.ChildFolder, "*.json"))
        {
            try
            {
                if (JsonSerializer.Deserialize<ChildNote>(File.ReadAllText(file)) is { Marker.Length: > 32 } note && FileOf(note) == file) notes.Add(note);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                // Forgotten meanwhile; or not whole, after a power cut that has ended the child as well.
            }
        }
        return notes;
    }

    /// <summary>Removes what whoever was killed in the midst of writing has left.</summary>
    /// <param name="before">Written before; younger ones may be somebody's who is just writing.</param>
    public void Tidy(DateTimeOffset before)
    {
        if (!Directory.Exists(options.ChildFolder)) return;
        foreach (var file in new DirectoryInfo(options.ChildFolder).EnumerateFiles("*.json.new").Where(f => f.LastWriteTimeUtc < before).ToList()) file.Delete();
    }

    public void MakeFolder()
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(options.ChildFolder);
        else Directory.CreateDirectory(options.ChildFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Write(ChildNote note)
    {
        // In one step: whoever is killed here leaves the old one or the new one.
        var file = FileOf(note);
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(note));
        File.Move(file + ".new", file, overwrite: true);
    }

    private string FileOf(ChildNote note) => Path.Combine(options.ChildFolder, note.Marker.Replace(':', '-') + ".json");
}
