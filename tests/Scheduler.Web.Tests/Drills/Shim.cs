using System.Diagnostics;
using System.Runtime.CompilerServices;
using Scheduler.Web.Tests.Cli;

namespace Scheduler.Web.Tests.Drills;

/// <summary>shim.c, compiled into a folder, and put before a server's C library.</summary>
internal sealed class Shim
{
    private readonly string _folder;

    private Shim(string folder) => _folder = folder;

    private string Library => Path.Combine(_folder, "shim.so");
    private string ClockFile => Path.Combine(_folder, "clock");

    /// <summary>What a server with <see cref="Record"/> writes.</summary>
    public string RecordFile => Path.Combine(_folder, "record");

    /// <summary>Compiles it. Skips the test where there is no C compiler.</summary>
    public static async Task<Shim> BuildAsync(string folder)
    {
        var shim = new Shim(folder);
        Process? compiler;
        try
        {
            compiler = Process.Start("cc", ["-shared", "-fPIC", "-O2", "-o", shim.Library, Source(), "-ldl", "-lpthread"]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            compiler = null;
        }
        Skip.If(compiler is null, "No C compiler (cc) to build the shim with.");
        using (compiler)
        {
            await compiler!.WaitForExitAsync();
            Assert.Equal(0, compiler.ExitCode);
        }
        return shim;
    }

    /// <summary>From its next start on, whatever the program changes in its data folder is recorded.</summary>
    public void Record(CliProgram program) => Put(program, ("DRILL_RECORD", RecordFile), ("DRILL_FOLDER", program.Folder));

    /// <summary>From its next start on, the program's wall clock is what <see cref="SetClock"/> says.</summary>
    public void TakeClock(CliProgram program)
    {
        SetClock(TimeSpan.Zero);
        Put(program, ("DRILL_CLOCK", ClockFile));
    }

    /// <summary>Leaves it out of what starts from now on.</summary>
    public static void Leave(CliProgram program)
    {
        foreach (var name in (string[])["LD_PRELOAD", "DRILL_RECORD", "DRILL_FOLDER", "DRILL_CLOCK"]) program.Settings.Remove(name);
    }

    /// <param name="offset">Added to the machine's own time.</param>
    public void SetClock(TimeSpan offset)
    {
        // In place: the server has mapped this very file.
        using var file = new FileStream(ClockFile, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(BitConverter.GetBytes(offset.Ticks * 100));
    }

    private void Put(CliProgram program, params ReadOnlySpan<(string Name, string Value)> settings)
    {
        program.Settings["LD_PRELOAD"] = Library;
        foreach (var (name, value) in settings) program.Settings[name] = value;
    }

    private static string Source([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "shim.c");
}
