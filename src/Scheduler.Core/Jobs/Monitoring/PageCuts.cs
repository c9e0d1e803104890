using System.Collections.Frozen;
using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>
/// Takes elements out of a page's text and leaves every other character. Read from the token stream, in one go and in time by the page's length: a tree of a page made of nested tags
/// alone takes minutes. Where end tags are left out it ends an element about where a browser would.
/// </summary>
internal static class PageCuts
{
    /// <summary>Deeper elements are not looked at one by one.</summary>
    private const int Deepest = 500;

    private static readonly FrozenSet<string> Void = FrozenSet.ToFrozenSet(
        ["area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"], StringComparer.Ordinal);

    // An element that lacks its end tag is not looked for beyond these.
    private static readonly FrozenSet<string> Walls = FrozenSet.ToFrozenSet(
        ["html", "body", "ul", "ol", "dl", "table", "select", "div", "section", "article", "main", "nav", "aside", "header", "footer", "form", "fieldset", "blockquote", "button", "object", "template", "svg", "math"], StringComparer.Ordinal);

    private static readonly FrozenSet<string> EndsParagraph = FrozenSet.ToFrozenSet(
        ["address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "menu", "nav", "ol", "p", "pre", "section", "table", "ul"], StringComparer.Ordinal);

    public static string Without(string html, IReadOnlyList<PageSelector> selectors, CancellationToken ct)
    {
        using var source = new TextSource(html);
        using var tokens = new HtmlTokenizer(source, HtmlEntityProvider.Resolver);
        var reading = new Reading(selectors);
        for (var count = 0; ; count++)
        {
            if (count % 1024 == 0) ct.ThrowIfCancellationRequested();
            var token = tokens.Get();
            if (token.Type == HtmlTokenType.EndOfFile) return reading.Rest(html, token.Position.Index);
            if (token is HtmlTagToken tag) tokens.State = reading.Take(tag) ?? tokens.State;
            else reading.Pass(token.Position.Index);
        }
    }

    /// <param name="Tag">In lower case.</param>
    /// <param name="Progress">For each selector, how many of its parts but the last the elements down to this one have met.</param>
    /// <param name="IsCut">Whether it is what is being taken out.</param>
    private sealed record Open(string Tag, byte[] Progress, bool IsCut);

    private sealed class Reading(IReadOnlyList<PageSelector> selectors)
    {
        private readonly List<(int From, int To)> _cuts = [];
        private readonly List<Open> _open = [new Open("", new byte[selectors.Count], false)];
        private int _tooDeep, _drawings;
        private int _cutFrom = -1;
        private bool _cutEndsHere;

        /// <summary>A token that is no tag begins here.</summary>
        public void Pass(int at)
        {
            if (!_cutEndsHere) return;
            _cuts.Add((_cutFrom, at));
            (_cutFrom, _cutEndsHere) = (-1, false);
        }

        /// <summary>How the tokenizer must go on after the tag, or null for as before.</summary>
        public HtmlParseMode? Take(HtmlTagToken tag)
        {
            var at = tag.Position.Index;
            Pass(at);
            if (tag.Type == HtmlTokenType.EndTag)
            {
                End(tag.Name, at);
                return null;
            }
            Start(tag, at);
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

        /// <param name="end">Where the last whole token ended.</param>
        public string Rest(string html, int end)
        {
            Pass(Math.Min(end, html.Length));
            if (_cutFrom >= 0) _cuts.Add((_cutFrom, html.Length));
            if (_cuts.Count == 0) return html;
            var rest = new StringBuilder(html.Length);
            var from = 0;
            foreach (var cut in _cuts)
            {
                rest.Append(html, from, cut.From - from);
                from = cut.To;
            }
            return rest.Append(html, from, html.Length - from).ToString();
        }

        private void Start(HtmlTagToken tag, int at)
        {
            EndWhatLacksItsEnd(tag.Name, at);
            var isAlone = Void.Contains(tag.Name) || (tag.IsSelfClosing && (_drawings > 0 || tag.Name is "svg" or "math"));
            if (_open.Count > Deepest)
            {
                if (!isAlone) _tooDeep++;
                return;
            }
            var (progress, isMet) = Match(tag);
            var isCut = isMet && _cutFrom < 0;
            if (isCut) (_cutFrom, _cutEndsHere) = (at, isAlone);
            if (isAlone) return;
            if (tag.Name is "svg" or "math") _drawings++;
            _open.Add(new Open(tag.Name, progress, isCut));
        }

        private (byte[] Progress, bool IsMet) Match(HtmlTagToken tag)
        {
            var before = _open[^1].Progress;
            byte[]? progress = null;
            var isMet = false;
            for (var i = 0; i < selectors.Count; i++)
            {
                var (parts, met) = (selectors[i].Parts, before[i]);
                if (met == parts.Count - 1) isMet |= parts[^1].Matches(tag.Name, Attribute);
                else if (parts[met].Matches(tag.Name, Attribute)) (progress ??= [.. before])[i]++;
            }
            return (progress ?? before, isMet);

            string? Attribute(string name)
            {
                foreach (var attribute in tag.Attributes)
                    if (attribute.Name == name) return attribute.Value;
                return null;
            }
        }

        private void End(string name, int at)
        {
            if (_tooDeep > 0)
            {
                _tooDeep--;
                return;
            }
            var index = _open.FindLastIndex(o => o.Tag == name);
            if (index <= 0) return;
            var isItself = _open[index].IsCut;
            Close(index, at);
            // The end tag belongs to what is taken out; that of an element around it does not.
            if (isItself) _cutEndsHere = true;
        }

        private void EndWhatLacksItsEnd(string name, int at)
        {
            for (var i = _open.Count - 1; i > 0; i--)
            {
                if (Ends(name, _open[i].Tag))
                {
                    var isItself = _open[i].IsCut;
                    Close(i, at);
                    if (isItself) EndCut(at);
                }
                else if (Walls.Contains(_open[i].Tag)) return;
            }
        }

        private void Close(int index, int at)
        {
            for (var i = index; i < _open.Count; i++)
            {
                if (_open[i].Tag is "svg" or "math") _drawings--;
                if (_open[i].IsCut && i > index) EndCut(at);
            }
            _open.RemoveRange(index, _open.Count - index);
        }

        private void EndCut(int at)
        {
            _cuts.Add((_cutFrom, at));
            _cutFrom = -1;
        }

        private static bool Ends(string next, string open) => open switch
        {
            "li" => next is "li",
            "dt" or "dd" => next is "dt" or "dd",
            "option" => next is "option" or "optgroup",
            "optgroup" => next is "optgroup",
            "td" or "th" => next is "td" or "th" or "tr" or "tbody" or "thead" or "tfoot",
            "tr" => next is "tr" or "tbody" or "thead" or "tfoot",
            "thead" or "tbody" or "tfoot" => next is "tbody" or "thead" or "tfoot",
            "p" => EndsParagraph.Contains(next),
            _ => false,
        };
    }
}
