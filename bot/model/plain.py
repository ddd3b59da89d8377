"""The plain-text twin of a reply: what a screen reader, a pipe and a simple client get. Nothing may be missing from
it.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.model.reply import Bullets, Choices, Document, Heading, Link, Note, Paragraph, Reply, Table, Until


def plain(reply: Reply) -> str:
    """The reply as text: blocks separated by an empty line, choices as numbered lines, no trailing white space."""
    number = 0
    parts: list[str] = []
    for block in reply.blocks:
        match block:
            case Heading(text) | Paragraph(text) | Note(text) | Until(text):
                parts.append(text)
            case Bullets(items, _, True):
                parts.append("\n".join(f"{sign} {text}".strip() for sign, text in items))
            case Bullets(items):
                parts.append(
                    "\n".join(f"• {term}: {text}" if term and text else f"• {term or text}" for term, text in items)
                )
            case Link(label, url):
                parts.append(f"{label}: {url}")
            case Table(rows):
                parts.append("\n".join(table_lines(rows)))
            case Document(name, text):
                parts.append(f"{name}\n{text}")
            case Choices(items, _, prompt):
                lines = [prompt] if prompt else []
                for choice in items:
                    number += 1
                    lines.append(f"{number}. {choice.label}")
                parts.append("\n".join(lines))
    return "\n\n".join(part.strip() for part in parts if part.strip())


def table_lines(rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """The rows with their columns padded to one width each, two spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
