using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Scheduler.Core.Processes;

/// <summary>A process, named for certain: its number may be another's by tomorrow, the two together never are while the machine runs.</summary>
/// <param name="Start">In ticks of the kernel since the machine started; elsewhere than on Linux in seconds since year 1.</param>
internal readonly record struct ProcessName(int Id, long Start);

/// <summary>A living process at one moment. One that has ended and only waits to be collected is none.</summary>
internal readonly record struct ProcessSight(ProcessName Name, int Parent, int Session);

/// <summary>What the operating system tells of processes. Off Linux it tells of single processes alone, not of sessions and environments.</summary>
internal static partial class ProcessTable
{
    /// <summary>SIGTERM, SIGKILL and SIGCONT have these numbers wherever .NET runs; what stopped must go on to hear of the end.</summary>
    private const int Term = 15, Kill = 9, Continue = 18, ContinueOnMac = 19;

    /// <summary>Names this start of the machine; empty where it has no name. What was noted under another one is gone for certain.</summary>
    public static string MachineStart { get; } = ReadMachineStart();

    public static ProcessSight? Of(int id)
    {
        if (OperatingSystem.IsLinux()) return Parse(id);
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited ? null : new ProcessSight(new ProcessName(id, process.StartTime.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond), 0, 0);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    public static bool IsAlive(ProcessName name) => Of(name.Id)?.Name == name;

    /// <summary>All living processes of the machine; none off Linux.</summary>
    public static List<ProcessSight> All()
    {
        var all = new List<ProcessSight>();
        if (!OperatingSystem.IsLinux()) return all;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Parse(id) is { } sight) all.Add(sight);
        return all;
    }

    /// <summary>Whether a process was started with this in its environment, <c>NAME=value</c>. False where that may not be read.</summary>
    public static bool HasInEnvironment(int id, string variable)
    {
        try
        {
            ReadOnlySpan<byte> rest = File.ReadAllBytes($"/proc/{id}/environ");
            var wanted = Encoding.UTF8.GetBytes(variable);
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf((byte)0);
                if ((end < 0 ? rest : rest[..end]).SequenceEqual(wanted)) return true;
                rest = end < 0 ? [] : rest[(end + 1)..];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is somebody else's.
        }
        return false;
    }

    /// <summary>Asks it to leave. Nothing happens where the number has become another's.</summary>
    public static void Terminate(ProcessName name)
    {
        if (OperatingSystem.IsWindows() || !IsAlive(name)) return; // Windows knows no such request
        _ = Send(name.Id, Term);
        _ = Send(name.Id, OperatingSystem.IsMacOS() ? ContinueOnMac : Continue);
    }

    /// <summary>Ends it by force. Nothing happens where the number has become another's.</summary>
    public static void End(ProcessName name)
    {
        if (!IsAlive(name)) return;
        if (OperatingSystem.IsLinux())
        {
            _ = Send(name.Id, Kill);
            return;
        }
        try
        {
            using var process = Process.GetProcessById(name.Id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended meanwhile.
        }
    }

    // "4711 (any (name) at all) S parent group session …": the name may hold anything, so counting begins behind its last bracket.
    private static ProcessSight? Parse(int id)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{id}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null
                : new ProcessSight(new ProcessName(id, long.Parse(fields[19], CultureInfo.InvariantCulture)), int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string ReadMachineStart()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int id, int signal);
}
