"""Finished text made safe for Discord, and cut where Discord wants it shorter.

Kompas never formats by putting markdown into a sentence, so every mark in a text is a letter of that text (Kosovo*)
or somebody's attempt to format, mention or hide; all of them are escaped. Sizes are UTF-16 units, which is never less
than what Discord counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import regex

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of everything after them."""
_URL = re.compile(r"(https?://[^\s<>*`|~\\\[\]()]+)")
_INLINE = re.compile(r"[\\*_~`|\[\]<]")
_LINE = re.compile(r"^(\s*)(?=(?:#{1,3}|-#|>{1,3}|[-+•])\s)", re.MULTILINE)
_NUMBERED = re.compile(r"^(\s*\d+)\.(?=\s)", re.MULTILINE)
_EVERYBODY = re.compile(r"@(?=everyone|here)")
_GRAPHEME = regex.compile(r"\X")


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible(text: str) -> str:
    """The text without control and direction characters, for places that know no markdown (labels, footers)."""
    return _UNSEEN.sub("", text)


@lru_cache(maxsize=1024)
def escape(text: str) -> str:
    """The text as Discord's markdown for exactly these characters; addresses stay links, nobody is mentioned."""
    parts = _URL.split(visible(text))
    parts[::2] = [_INLINE.sub(r"\\\g<0>", part) for part in parts[::2]]
    text = _LINE.sub(r"\1\\", "".join(parts))
    return _EVERYBODY.sub("@\u200b", _NUMBERED.sub(r"\1\\.", text))


def graphemes(text: str) -> list[str]:
    """What a reader would call the characters: a flag or a letter with its accents is one."""
    return _GRAPHEME.findall(text)


def shorten(text: str, limit: int) -> str:
    """The text in at most `limit` units, with … where it was cut."""
    if size(text) <= limit:
        return text
    kept, left = [], limit - 1
    for letter in graphemes(text):
        left -= size(letter)
        if left < 0:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def pieces(text: str, draw: Callable[[str], str], limit: int) -> Iterator[str]:
    """The drawn text in pieces of at most `limit` units, cut between words, a single long word between graphemes.

    Drawing (escaping, bold) happens to each piece, so that no escape and no pair of marks is torn apart.
    """
    whole = draw(text)
    if size(whole) <= limit:
        yield whole
        return
    letters = graphemes(text)
    while letters:
        fit = _fitting(letters, draw, limit)
        if fit < len(letters):
            spaces = [n for n in range(fit // 2, fit) if letters[n].isspace()]
            fit = spaces[-1] + 1 if spaces else fit
        piece = "".join(letters[:fit]).strip()
        if piece:
            yield draw(piece)
        letters = letters[fit:]


def _fitting(letters: list[str], draw: Callable[[str], str], limit: int) -> int:
    """How many of the first graphemes fit when drawn; at least one."""
    low, high = 1, min(len(letters), limit)
    while low < high:
        middle = (low + high + 1) // 2
        if size(draw("".join(letters[:middle]))) <= limit:
            low = middle
        else:
            high = middle - 1
    return low
