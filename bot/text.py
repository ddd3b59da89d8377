"""Small work on texts that commands share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bot.model.reply import Block, Bullets, Choices, Heading, Note, Paragraph

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Unicode's general categories: control, format, private use, surrogate, unassigned, separators of lines."""
_KOSOVO = re.compile(r"\b(?:Kosov|Косов)\w*\*")


def one_line(text: str, graphemes: int) -> str:
    """What a stranger gave as a name or a reason, made harmless where it is shown: one line of at most so many letters,
    without marks that hide, turn the direction of writing, or pile up over a letter (more than two)."""
    import regex  # here: a start does without it

    seen = "".join(c if unicodedata.category(c) not in _UNSEEN else " " if c.isspace() else "" for c in text)
    letters = regex.findall(r"\X", " ".join(unicodedata.normalize("NFC", seen).split()))
    return "".join(
        letter[:3] if unicodedata.combining(letter[-1]) else letter for letter in letters[:graphemes]
    ).strip()


def needs_kosovo_footnote(blocks: Iterable[Block]) -> bool:
    """Whether Kosovo* stands in any of the texts, in any language and case."""
    return any(_KOSOVO.search(text) for block in blocks for text in _texts(block))


def _texts(block: Block) -> Iterable[str]:
    match block:
        case Heading(text) | Paragraph(text) | Note(text):
            return (text,)
        case Bullets(items):
            return tuple(part for item in items for part in item)
        case Choices(items):
            return tuple(choice.label for choice in items)
        case _:
            return ()
