"""Small work on texts that commands share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.model.reply import Block, Bullets, Choices, Heading, Note, Paragraph

_KOSOVO = re.compile(r"\b(?:Kosov|Косов)\w*\*")


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
