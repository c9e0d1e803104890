using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Cli;

/// <summary>Where a verb writes: its result on standard output, everything else on standard error.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Errors, explanations, the log of a run that goes on.</param>
/// <param name="isJson">One JSON value on the output and nothing else; errors as JSON too.</param>
internal sealed class Terminal(Stream output, TextWriter error, bool isJson)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool IsJson => isJson;

    public TextWriter Error => error;

    /// <summary>The bare output, for what is written in bulk.</summary>
    public Stream Output => output;

    public static Terminal OfProcess(bool isJson) => new(Console.OpenStandardOutput(), Console.Error, isJson);

    /// <summary>A line of a person's result; what came from outside is made harmless.</summary>
    public void Line(string text = "")
    {
        output.Write(Encoding.UTF8.GetBytes(TerminalText.Line(text) + "\n"));
        output.Flush();
    }

    public void Lines(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines) text.Append(TerminalText.Line(line)).Append('\n');
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        output.Flush();
    }

    /// <summary>A remark beside the result.</summary>
    public void Note(string text)
    {
        if (!isJson) error.WriteLine(TerminalText.Line(text));
    }

    /// <summary>The one JSON value.</summary>
    public void Json(Action<Utf8JsonWriter> write)
    {
        output.Write(Encoding.UTF8.GetBytes(JsonText(write) + "\n"));
        output.Flush();
    }

    public void Json(JsonElement value) => Json(value.WriteTo);

    public int Fail(CliFailure failure)
    {
        if (isJson) error.WriteLine(JsonText(writer => WriteProblem(writer, failure)));
        else
            foreach (var line in Explain(failure)) error.WriteLine(TerminalText.Line(line));
        return failure.ExitCode;
    }

    private static IEnumerable<string> Explain(CliFailure failure)
    {
        var about = failure.About is null ? "" : $"{failure.About}: ";
        if (failure.Message.Length > 0) yield return about + failure.Message;
        foreach (var (path, message) in failure.Errors) yield return about + (path.Length == 0 ? message : $"{path}: {message}");
    }

    private static void WriteProblem(Utf8JsonWriter writer, CliFailure failure)
    {
        writer.WriteStartObject();
        writer.WriteString("title", failure.ExitCode switch
        {
            ExitCode.BadInput => "Bad input",
            ExitCode.NotFound => "Not found",
            ExitCode.Refused => "Refused",
            _ => "Failed",
        });
        writer.WriteString("detail", failure.Message.Length > 0 ? failure.Message : string.Join("; ", Explain(failure)));
        if (failure.About is not null) writer.WriteString("about", failure.About);
        if (failure.Errors.Count > 0) WriteErrors(writer, failure.Errors);
        writer.WriteNumber("exitCode", failure.ExitCode);
        writer.WriteEndObject();
    }

    private static void WriteErrors(Utf8JsonWriter writer, IReadOnlyList<FieldError> errors)
    {
        writer.WriteStartObject("errors");
        foreach (var byPath in errors.GroupBy(e => e.Path, StringComparer.Ordinal))
        {
            writer.WriteStartArray(byPath.Key);
            foreach (var (_, message) in byPath) writer.WriteStringValue(message);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static string JsonText(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Readable)) write(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
