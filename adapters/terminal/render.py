"""Draws replies in a terminal: rich for people, the plain twin for pipes and NO_COLOR."""

from __future__ import annotations

import os
from typing import TextIO

from bot.model.plain import plain
from bot.model.reply import Bullets, Choices, Document, Heading, Link, Note, Paragraph, Reply, Table, Until

WIDTH = 88
"""Columns of text at most: longer lines are hard to read."""


def is_plain(out: TextIO) -> bool:
    """Whether colours and layout would be in the way."""
    return not out.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"


def write(reply: Reply, out: TextIO) -> None:
    """Write the reply and flush."""
    if is_plain(out):
        out.write(plain(reply) + "\n\n")
    else:
        _draw(reply, out)
    out.flush()


def _draw(reply: Reply, out: TextIO) -> None:
    from rich.console import Console, Group, RenderableType
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    parts: list[RenderableType] = []
    number = 0
    for block in reply.blocks:
        match block:
            case Heading(text):
                parts.append(Text(text, style="bold cyan"))
            case Until(text):
                parts.append(Text(text))
            case Paragraph(text, _, strong):
                parts.append(Text(text, style="bold" if strong else ""))
            case Note(text):
                parts.append(Text(text, style="dim"))
            case Bullets(items, _, True):
                parts.append(Group(*(Text.assemble((sign, "bold"), " ", text) for sign, text in items)))
            case Bullets(items):
                parts.append(
                    Group(
                        *(
                            Text.assemble("• ", (f"{term}: " if term and text else term, "bold"), text)
                            for term, text in items
                        )
                    )
                )
            case Link(label, url):
                parts.append(Text.assemble("→ ", label, " ", (url, f"underline link {url}")))
            case Table(rows):
                table = RichTable(*rows[0], box=None, header_style="bold", pad_edge=False)
                for row in rows[1:]:
                    table.add_row(*row)
                parts.append(table)
            case Document(name, text):
                parts.append(Group(Text(name, style="bold"), Text(text)))
            case Choices(items, _, prompt):
                lines = [Text(prompt)] if prompt else []
                for choice in items:
                    number += 1
                    lines.append(Text.assemble((f" {number} ", "black on cyan"), " ", choice.label))
                parts.append(Group(*lines))
    console = Console(file=out, highlight=False, width=min(WIDTH, _columns()))
    for part in parts:
        console.print(Padding(part, (0, 0, 1, 2)))


def _columns() -> int:
    """Columns of the terminal; some say 0 when they do not know."""
    try:
        return os.get_terminal_size().columns or WIDTH
    except OSError:
        return WIDTH
