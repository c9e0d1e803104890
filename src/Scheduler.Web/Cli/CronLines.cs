using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Scheduler.Web.Cli;

/// <summary>
/// JSON Lines: a question a line on standard input, an answer a line on standard output, in order. Answers are written out whenever no
/// whole question waits, so a program may also ask one at a time. A bad line is answered with an error and the rest goes on.
/// </summary>
internal static class CronLines
{
    private const int LongestLine = 64 * 1024;

    /// <param name="terminal">Where answers go.</param>
    /// <param name="answer">Writes the properties of one answer; it must know all of it before it writes the first.</param>
    public static int Answer(Terminal terminal, Action<CronQuestion, Utf8JsonWriter> answer) => AnswerAsync(Console.OpenStandardInput(), terminal.Output, answer).GetAwaiter().GetResult();

    internal static async Task<int> AnswerAsync(Stream input, Stream output, Action<CronQuestion, Utf8JsonWriter> answer)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        await using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        while (true)
        {
            var read = await reader.ReadAsync();
            var rest = read.Buffer;
            while (TryTakeLine(ref rest, read.IsCompleted, out var line)) AnswerLine(line, writer, buffer, answer);
            if (rest.Length > LongestLine) throw CliFailure.BadInput("", $"a line may have {LongestLine} bytes");
            reader.AdvanceTo(rest.Start, rest.End);
            await output.WriteAsync(buffer.WrittenMemory);
            await output.FlushAsync();
            buffer.ResetWrittenCount();
            if (read.IsCompleted) return ExitCode.Done;
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }
        line = rest;
        if (!isLast || rest.IsEmpty) return false;
        rest = rest.Slice(rest.End);
        return true;
    }

    private static void AnswerLine(ReadOnlySequence<byte> line, Utf8JsonWriter writer, ArrayBufferWriter<byte> buffer, Action<CronQuestion, Utf8JsonWriter> answer)
    {
        if (IsBlank(line)) return;
        var start = buffer.WrittenCount;
        try
        {
            var question = Read(line);
            writer.Reset(buffer);
            writer.WriteStartObject();
            answer(question, writer);
        }
        catch (Exception e) when (e is CronQuestionException or JsonException)
        {
            // An answer is written only once it is whole: the search comes before the first property.
            writer.Reset(buffer);
            if (buffer.WrittenCount != start) throw new InvalidOperationException("An answer was begun before it was known.", e);
            writer.WriteStartObject();
            writer.WriteString("error", e is JsonException ? "not a JSON object on one line" : e.Message);
        }
        writer.WriteEndObject();
        writer.Flush();
        buffer.Write("\n"u8);
    }

    private static CronQuestion Read(ReadOnlySequence<byte> line)
    {
        var json = new Utf8JsonReader(line);
        var question = new CronQuestion();
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            // Further keys may carry what the caller needs to tell its questions apart.
            if (json.ValueTextEquals("expression"u8)) question.Expression = Text(ref json, "expression");
            else if (json.ValueTextEquals("timezone"u8)) question.TimeZone = Text(ref json, "timezone");
            else if (json.ValueTextEquals("name"u8)) question.Name = Text(ref json, "name");
            else if (json.ValueTextEquals("after"u8)) question.At = Text(ref json, "after") ?? question.At;
            else if (json.ValueTextEquals("before"u8)) question.At = Text(ref json, "before") ?? question.At;
            else if (json.ValueTextEquals("instant"u8)) question.At = Text(ref json, "instant") ?? question.At;
            else if (json.ValueTextEquals("startAt"u8)) question.StartAt = Text(ref json, "startAt");
            else if (json.ValueTextEquals("count"u8)) question.Count = Number(ref json, "count");
            else if (json.ValueTextEquals("inclusive"u8)) question.Inclusive = Flag(ref json, "inclusive");
            else json.Skip();
        }
        if (json.TokenType != JsonTokenType.EndObject || json.Read()) throw new JsonException();
        return question;
    }

    private static string? Text(ref Utf8JsonReader json, string key)
    {
        json.Read();
        return json.TokenType switch
        {
            JsonTokenType.String => json.GetString(),
            JsonTokenType.Null => null,
            _ => throw new CronQuestionException(key, $"{key} must be a text"),
        };
    }

    private static int Number(ref Utf8JsonReader json, string key)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return 1;
        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var number) ? number : throw new CronQuestionException(key, $"{key} must be a whole number");
    }

    private static bool Flag(ref Utf8JsonReader json, string key)
    {
        json.Read();
        return json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw new CronQuestionException(key, $"{key} must be true or false"),
        };
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
            if (part.Span.IndexOfAnyExcept(" \t\r"u8) >= 0) return false;
        return true;
    }
}
