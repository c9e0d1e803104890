using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>Something that a page loads or sends to.</summary>
/// <param name="Element">What it is to the page: script, stylesheet, frame, object, image, media or form.</param>
/// <param name="Address">As the page has it, hostile.</param>
internal sealed record HtmlReference(string Element, string Address);

/// <summary>
/// What the checks want to know of a page. Read from the token stream, not from a document tree: a page made of nested tags
/// alone takes a tree builder minutes, and the tokens no longer than its length.
/// </summary>
/// <param name="Title">Clean, at most 200 characters; null when there is none.</param>
/// <param name="Generator">The meta element's content, clean; null when there is none.</param>
/// <param name="Policies">Content security policies in meta elements.</param>
/// <param name="ReferrerPolicy">The meta element's content, or null.</param>
/// <param name="BaseAddress">The first base element's href, or null.</param>
internal sealed partial record HtmlPage(
    string? Title, string? Generator, IReadOnlyList<string> Policies, string? ReferrerPolicy, string? BaseAddress, IReadOnlyList<HtmlReference> References)
{
    private const int MaxReferences = 5000;

    /// <param name="contentType">The header's value, for its charset; null when there is none.</param>
    public static HtmlPage Read(ReadOnlySpan<byte> body, string? contentType) => Read(Decode(body, contentType));

    /// <summary>The text of a body, by its byte order mark, the charset that its header or its beginning declares, or else as UTF-8.</summary>
    /// <param name="contentType">The header's value; null when there is none.</param>
    public static string Decode(ReadOnlySpan<byte> body, string? contentType) => EncodingOf(body, contentType).GetString(body).TrimStart('\uFEFF');

    public static HtmlPage Read(string html)
    {
        using var source = new TextSource(html);
        using var tokens = new HtmlTokenizer(source, HtmlEntityProvider.Resolver);
        var reading = new Reading();
        while (true)
        {
            var token = tokens.Get();
            if (token.Type == HtmlTokenType.EndOfFile) return reading.Page();
            if (token is HtmlTagToken tag) tokens.State = reading.Take(tag) ?? tokens.State;
            else if (token.Type == HtmlTokenType.Character) reading.Take(token.Data);
        }
    }

    private static Encoding EncodingOf(ReadOnlySpan<byte> body, string? contentType)
    {
        if (body.StartsWith<byte>([0xFE, 0xFF])) return Encoding.BigEndianUnicode;
        if (body.StartsWith<byte>([0xFF, 0xFE])) return Encoding.Unicode;
        var declared = Charset().Match(contentType ?? "");
        if (!declared.Success) declared = Charset().Match(Encoding.Latin1.GetString(body[..Math.Min(body.Length, 1024)]));
        return declared.Success ? EncodingNamed(declared.Groups[1].Value) : Encoding.UTF8;
    }

    private static Encoding EncodingNamed(string name)
    {
        // Browsers read both as Windows' superset of them.
        if (name.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)) name = "windows-1252";
        try { return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name); }
        catch (Exception e) when (e is ArgumentException or NotSupportedException) { return Encoding.UTF8; }
    }

    [GeneratedRegex("""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Charset();

    private sealed class Reading
    {
        private readonly List<string> _policies = [];
        private readonly List<HtmlReference> _references = [];
        private StringBuilder? _openTitle;
        private string? _title, _generator, _referrer, _base;
        private int _templates, _drawings;

        public HtmlPage Page() => new(_title, _generator, _policies, _referrer, _base, _references);

        public void Take(string text) => _openTitle?.Append(text.AsSpan(0, Math.Min(text.Length, 1000)));

        /// <summary>How the tokenizer must go on after the tag, or null for as before.</summary>
        public HtmlParseMode? Take(HtmlTagToken tag)
        {
            if (tag.Type == HtmlTokenType.EndTag)
            {
                End(tag.Name);
                return null;
            }
            Start(tag);
            if (_drawings > 0) return null;
            return tag.Name switch
            {
                "title" or "textarea" => HtmlParseMode.RCData,
                "script" => HtmlParseMode.Script,
                "style" or "xmp" or "iframe" or "noembed" or "noframes" => HtmlParseMode.Rawtext,
                "plaintext" => HtmlParseMode.Plaintext,
                _ => null,
            };
        }

        private void End(string name)
        {
            if (name == "title" && _openTitle is not null) (_title, _openTitle) = (HostileText.Line(_openTitle.ToString(), 200), null);
            else if (name == "template" && _templates > 0) _templates--;
            else if (name == "svg" && _drawings > 0) _drawings--;
        }

        private void Start(HtmlTagToken tag)
        {
            switch (tag.Name)
            {
                case "title" when _drawings == 0 && _title is null: _openTitle = new StringBuilder(); break;
                case "template": _templates++; break;
                case "svg" when !tag.IsSelfClosing: _drawings++; break;
                case "base": _base ??= Attribute(tag, "href"); break;
                case "meta": Meta(tag); break;
                // What a template holds is not loaded until a script takes it out.
                case var _ when _templates == 0: Refer(tag); break;
            }
        }

        private void Meta(HtmlTagToken tag)
        {
            if (Attribute(tag, "content") is not { } content) return;
            if (Is(tag, "name", "generator")) _generator ??= HostileText.Line(content, 200);
            else if (Is(tag, "name", "referrer")) _referrer = content;
            else if (Is(tag, "http-equiv", "content-security-policy")) _policies.Add(content);
        }

        private void Refer(HtmlTagToken tag)
        {
            var (element, attribute) = tag.Name switch
            {
                "script" => ("script", "src"),
                "link" when Attribute(tag, "rel") is { } rel && rel.Split((char[]?)null).Contains("stylesheet", StringComparer.OrdinalIgnoreCase) => ("stylesheet", "href"),
                "iframe" or "frame" => ("frame", "src"),
                "object" => ("object", "data"),
                "embed" => ("object", "src"),
                "img" => ("image", "src"),
                "audio" or "video" or "source" or "track" => ("media", "src"),
                "form" => ("form", "action"),
                "button" or "input" => ("form", "formaction"),
                _ => ("", ""),
            };
            if (element.Length > 0 && _references.Count < MaxReferences && Attribute(tag, attribute) is { } address) _references.Add(new HtmlReference(element, address.Trim()));
        }

        private static bool Is(HtmlTagToken tag, string attribute, string value) => value.Equals(Attribute(tag, attribute)?.Trim(), StringComparison.OrdinalIgnoreCase);

        private static string? Attribute(HtmlTagToken tag, string name)
        {
            foreach (var attribute in tag.Attributes)
                if (attribute.Name == name) return attribute.Value;
            return null;
        }
    }
}
