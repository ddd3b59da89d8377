"""From bytes to clean text: encodings of our region, marks that nobody sees, HTML."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser

from bot.exchange.found import Remark

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_LATIN = frozenset("čćžšđëçČĆŽŠĐËÇśźŚŹ")
_CYRILLIC = frozenset("абвгдежзијклљмнњопрстћќуфхцчџшђѓѕѐѝ" + "АБВГДЕЖЗИЈКЛЉМНЊОПРСТЋЌУФХЦЧЏШЂЃЅЀЍ")

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TAGS = (
    "a abbr article audio b big blockquote body br button center code dd div dl dt em embed figure font footer form "
    "h1 h2 h3 h4 h5 h6 head header hr html i iframe img input label li link main math meta object ol p param picture "
    "pre s script section small source span strike strong style sub sup svg table tbody td textarea tfoot th thead "
    "title tr tt u ul video"
)
_TAG = re.compile(rf"</?(?:{'|'.join(_TAGS.split())})(?:[\s/][^<>]*)?>", re.IGNORECASE)
_BLOCK_TAGS = "address blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table td th tr ul"
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_SILENT_TAGS = "script style head title textarea svg math iframe object audio video"
_SILENT = frozenset(_SILENT_TAGS.split())
_CODE = frozenset(("script", "iframe", "object", "embed"))
_INLINE_FILE = re.compile(r"data:[\w/+.-]+;base64,[\w+/=%\s]*")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Unicode's general categories: control, format, private use, surrogate, unassigned."""
ACCENTS = 2
"""Accents that a letter may carry apart from its own."""
LONGEST = 20_000
"""Characters of HTML that one text may have, without files inside it: broken HTML takes the parser long."""


def decode(data: bytes) -> tuple[str, str, list[Remark]]:
    """The text of a file with lines ended by `\\n`, its encoding, and what should be said about it. Never raises: a
    byte that the encoding lacks becomes U+FFFD, and that is said.
    """
    text, encoding, notes = _decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    marks: dict[str, list[int]] = {}
    clean = []
    for number, line in enumerate(text.split("\n"), 1):
        kept, kinds = without_marks(line)
        clean.append(kept)
        for kind in kinds:
            marks.setdefault(kind, []).append(number)
    for kind, lines in marks.items():
        some = ", ".join(map(str, lines[:5])) + (" …" if len(lines) > 5 else "")
        notes.append(Remark(lines[0], f"{kind} were removed (lines {some})"))
    return "\n".join(clean), encoding, notes


def _decode(data: bytes) -> tuple[str, str, list[Remark]]:
    for bom, codec, name in _BOMS:
        if data.startswith(bom):
            text = data.decode(codec, "replace")
            return text, name, _replaced(text, name)
    zeros = data[:4000:2].count(0), data[1:4000:2].count(0)
    if max(zeros) > len(data[:4000]) // 8:
        codec = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        text = data.decode(codec, "replace")
        return text, "UTF-16", _replaced(text, "UTF-16")
    try:
        return data.decode("utf-8"), "UTF-8", []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    codec, name = ("cp1251", "Windows-1251") if _is_cyrillic(data) else ("cp1250", "Windows-1250")
    text = data.decode(codec, "replace")
    said = f"the file is not UTF-8; it was read as {name} and converted: please look at the letters"
    return text, name, [Remark(line, said), *_replaced(text, name)]


def _replaced(text: str, name: str) -> list[Remark]:
    if "\ufffd" not in text:
        return []
    return [
        Remark(
            text.count("\n", 0, text.index("\ufffd")) + 1, f"bytes that {name} does not have were replaced by \ufffd"
        )
    ]


def _is_cyrillic(data: bytes) -> bool:
    """Whether bytes are Windows-1251 rather than Windows-1250. A Cyrillic word has no Latin letter in it, a Latin word
    with diacritics nearly always has."""
    cyrillic = latin = 0
    for word in re.findall(rb"[A-Za-z\x80-\xff]+", data):
        high = [byte for byte in word if byte >= 0x80]
        if not high:
            continue
        latin += sum(c in _LATIN for c in word.decode("cp1250", "replace"))
        if not re.search(rb"[A-Za-z]", word):
            cyrillic += sum(c in _CYRILLIC for c in word.decode("cp1251", "replace"))
    return cyrillic > latin


def without_marks(text: str) -> tuple[str, list[str]]:
    """The text without what cannot be seen (marks that turn the direction of writing, join or part letters, control
    characters, private characters) or covers its neighbours (accents piled up), and which kinds of them there were.
    """
    if text.isascii() and text.isprintable():
        return text, []
    kept, kinds, piled = [], [], 0
    for c in text:
        category = unicodedata.category(c)
        if c in _BIDI:
            kinds.append("right-to-left and other direction marks")
        elif c not in "\n\t" and category in _UNSEEN:
            kinds.append("control characters")
        elif category.startswith("M") and piled == ACCENTS:
            kinds.append("accents piled on a letter")
        else:
            piled = piled + 1 if category.startswith("M") else 0
            kept.append(" " if category in ("Zl", "Zp") else c)
    return "".join(kept), list(dict.fromkeys(kinds))


def plain(text: str, html: bool | None = None) -> tuple[str, list[str]]:
    """The text in one line without HTML and invisible marks, and what was left out. `html`: whether it is HTML;
    None = only if there is a tag in it that HTML has.
    """
    said: list[str] = []
    if html or (html is None and _TAG.search(text)):
        reader = _Plain()
        bare = _INLINE_FILE.sub("", text)
        reader.feed(bare[:LONGEST])
        reader.close()
        text, said = "".join(reader.parts), reader.said
        if len(bare) > LONGEST:
            said.append(f"what comes after {LONGEST} characters of HTML was left out")
    text, kinds = without_marks(text)
    said += [f"{kind} were removed" for kind in kinds]
    return " ".join(text.split()), list(dict.fromkeys(said))


@dataclass
class _Plain(HTMLParser):
    """Keeps what a reader of the page would read."""

    parts: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("img", "picture", "svg"):
            self.said.append("an image was left out")
        elif tag in ("audio", "video"):
            self.said.append("a recording was left out")
        elif tag in _CODE:
            self.said.append(f"<{tag}> was left out")
        if tag in _SILENT:
            self.silent.append(tag)
        elif tag in _BLOCKS:
            self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in _SILENT:
            self.silent.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            del self.silent[self.silent.index(tag) :]
        elif tag in _BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)
