"""Links of a page that is read through the API server: those to its own host are to come back through it."""

import gzip
import html
import re
import zlib
from collections.abc import Callable

Rewrite = Callable[[str], str]
# The attributes of HTML that hold the address of something else.
ADDRESSES = {
    "a": {"href"}, "applet": {"codebase"}, "area": {"href"}, "audio": {"src"}, "base": {"href"},
    "blockquote": {"cite"}, "body": {"background"}, "button": {"formaction"}, "command": {"icon"}, "del": {"cite"},
    "embed": {"src"}, "form": {"action"}, "frame": {"longdesc", "src"}, "head": {"profile"}, "html": {"manifest"},
    "iframe": {"longdesc", "src"}, "img": {"longdesc", "src", "usemap"}, "input": {"src", "usemap", "formaction"},
    "ins": {"cite"}, "link": {"href"}, "object": {"classid", "codebase", "data", "usemap"}, "q": {"cite"},
    "script": {"src"}, "source": {"src"}, "video": {"poster"},
}
LITERAL = {"script", "style", "textarea", "title"}  # what they hold is text, whatever it looks like
_BEGIN = re.compile(r"<!--|<([a-z][a-z0-9]*)(?=[\s/>])", re.IGNORECASE)
_REST = re.compile(r"""((?>[^>"']|"[^"]*"|'[^']*')*+)>""")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'<>]+)""")


def rewrite_encoded(body: bytes, encoding: str, rewrite: Rewrite) -> bytes:
    """Rewrite the links of a page that may be compressed; leave what cannot be read as it is."""
    if encoding == "gzip":
        return gzip.compress(rewrite_page(gzip.decompress(body), rewrite))
    if encoding == "deflate":
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return packer.compress(rewrite_page(zlib.decompress(body, -zlib.MAX_WBITS), rewrite)) + packer.flush()
    return body if encoding else rewrite_page(body, rewrite)


def rewrite_page(page: bytes, rewrite: Rewrite) -> bytes:
    """Return a page whose links are what `rewrite` makes of them; everything else stays as it is."""
    text, place, parts = page.decode("utf-8", "surrogateescape"), 0, []
    while (begin := _BEGIN.search(text, place)) is not None:
        tag = (begin[1] or "").lower()
        rest = _REST.match(text, begin.end()) if tag else None
        if tag and rest is None:
            break  # It never ends, as far as this page tells: the rest of it is this tag.
        parts.append(text[place : begin.start()])
        place = rest.end() if rest else _after(text, "-->", begin.end())
        content = text[begin.end() : place]
        parts.append(begin[0] + (_attributes(content, ADDRESSES[tag], rewrite) if tag in ADDRESSES else content))
        if tag in LITERAL:
            end = re.compile(f"</{tag}", re.IGNORECASE).search(text, place)
            parts.append(text[place : (place := end.start() if end else len(text))])
    return "".join([*parts, text[place:]]).encode("utf-8", "surrogateescape")


def _after(text: str, wanted: str, place: int) -> int:
    found = text.find(wanted, place)
    return len(text) if found < 0 else found + len(wanted)


def _attributes(content: str, names: set[str], rewrite: Rewrite) -> str:
    def attribute(found: re.Match[str]) -> str:
        if found[1].lower() not in names:
            return found[0]
        before = html.unescape(found[3][1:-1] if found[3][0] in "\"'" else found[3])
        after = rewrite(before)
        return found[0] if after == before else f'{found[1]}{found[2]}"{html.escape(after)}"'

    return _ATTRIBUTE.sub(attribute, content)
