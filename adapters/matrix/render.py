"""From a Reply to Matrix messages. Pure.

A message has two bodies: `formatted_body` in the small HTML that Matrix allows (no `lang`, no `small`, no
style), and `body`, the whole text once more for simple clients, notifications and screen readers. An event
holds 64 KiB and encryption takes a part of it, so long replies become several messages, cut between blocks,
paragraphs, items or rows. A Document becomes a file.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.model.plain import plain
from bot.model.reply import (
    Block,
    Bullets,
    Choices,
    Document,
    Entry,
    Heading,
    Link,
    Note,
    Paragraph,
    Pick,
    Reply,
    Table,
    Until,
)

Json = dict[str, Any]

MAX_BYTES = 14_000
"""Of both bodies together in UTF-8. Escaped as JSON and encrypted it may grow fourfold."""
PIECE = 1_500
"""Characters of a piece into which a too long text is cut."""
_LINE = "<hr>"
_ADDRESS = re.compile(r"""https?://[^\s<>"']*[^\s<>"'.,;:!?)]""")
_PERSON = re.compile(r"^https://matrix\.to/#/(?=@)")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True)
class Words:
    """A text message."""

    body: str
    html: str


@dataclass(frozen=True, slots=True)
class File:
    """A text file to be uploaded. `words` is the message to send instead where that fails."""

    name: str
    text: str
    words: tuple[Words, ...]


def draw(reply: Reply) -> tuple[Words | File, ...]:
    """The messages that show the reply, in order."""
    parts: list[Words | File] = []
    run: list[Words] = []
    number, lang = 1, ""
    for block in reply.blocks:
        if isinstance(block, Document):
            parts += _join(run)
            run = []
            parts.append(_file(block))
            continue
        if isinstance(block, Pick | Entry):  # to be pressed; here the text says what to type
            continue
        for piece in _pieces(block):
            words = _draw(piece, number)
            if isinstance(piece, Heading):
                # In a class of several languages the next one starts here: a line shows where.
                if run and piece.lang != lang:
                    words = replace(words, html=_LINE + words.html)
                lang = piece.lang
            run.append(words)
            if isinstance(piece, Choices):
                number += len(piece.items)
    return (*parts, *_join(run))


def message(words: Words, *, reply_to: str | None = None, thread: str | None = None) -> Json:
    """Content of the m.room.message. `reply_to`: the event that it answers; `thread`: the root of the thread
    that it belongs to."""
    return {
        "msgtype": "m.notice",
        "body": words.body,
        "format": "org.matrix.custom.html",
        "formatted_body": words.html,
        "m.mentions": {},
        **relation(reply_to, thread),
    }


def relation(reply_to: str | None, thread: str | None) -> Json:
    """What ties a message to others, as a part of its content."""
    answered: Json = {"m.in_reply_to": {"event_id": reply_to}} if reply_to else {}
    if thread:
        answered = {
            "rel_type": "m.thread",
            "event_id": thread,
            "is_falling_back": reply_to is None,
            "m.in_reply_to": {"event_id": reply_to or thread},
        }
    return {"m.relates_to": answered} if answered else {}


def _join(drawn: Iterable[Words]) -> Iterator[Words]:
    """Put blocks together into messages that are not too long."""
    body, markup = "", ""
    for words in drawn:
        longer = f"{body}\n\n{words.body}" if body else words.body
        if body and _bytes(longer, markup + words.html) > MAX_BYTES:
            yield Words(body, markup)
            body, markup = words.body, words.html.removeprefix(_LINE)
        else:
            body, markup = longer, markup + words.html
    if body:
        yield Words(body, markup)


def _bytes(body: str, markup: str) -> int:
    return len(body.encode()) + len(markup.encode())


def _draw(block: Block, number: int) -> Words:
    """One block, its choices numbered from `number`."""
    match block:
        case Heading(text):
            markup = f"<h3>{_escape(text)}</h3>"
        case Paragraph(text, _, strong):
            markup = f"<p><strong>{_escape(text)}</strong></p>" if strong else f"<p>{_escape(text)}</p>"
        case Note(text):
            markup = f"<p><em>{_escape(text)}</em></p>"
        case Until(text):
            markup = f"<p>{_escape(text)}</p>"
        case Bullets(items, _, True):
            signs = (f"<strong>{_escape(sign)}</strong> {_escape(text)}" for sign, text in items)
            markup = f"<p>{'<br>'.join(signs)}</p>"
        case Bullets(items):
            markup = "<ul>" + "".join(f"<li>{_item(term, text)}</li>" for term, text in items) + "</ul>"
        case Link(label, url):
            markup = f'<p><a href="{html.escape(url)}">{_escape(label)}</a></p>'
        case Table(rows):
            markup = _table(rows)
        case Document(name, text):
            markup = f"<p><strong>{_escape(name)}</strong></p><pre><code>{html.escape(text, quote=False)}</code></pre>"
        case Choices(items, _, prompt):
            # Numbers as text, not <ol start>: nheko 0.11.3 ignores `start` and would show wrong numbers, and
            # the number is what the person has to type.
            numbered = tuple(enumerate(items, number))
            markup = f"<p>{_escape(prompt)}</p>" if prompt else ""
            markup += f"<p>{'<br>'.join(f'<strong>{at}.</strong> {_escape(item.label)}' for at, item in numbered)}</p>"
            lines = [prompt] if prompt else []
            lines += [f"{at}. {item.label}" for at, item in numbered]
            return Words("\n".join(lines), markup)
    return Words(plain(Reply((block,))), markup)


def _item(term: str, text: str) -> str:
    if not term:
        return _escape(text)
    return f"<strong>{_escape(term)}</strong>" + (f": {_escape(text)}" if text else "")


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    # Not every client keeps cells apart, and Matrix allows no padding: the no-break spaces do it.
    def row(cells: tuple[str, ...], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>&nbsp;{_escape(cell)}&nbsp;</{tag}>" for cell in cells) + "</tr>"

    head, *rest = rows
    body = f"<tbody>{''.join(row(cells, 'td') for cells in rest)}</tbody>" if rest else ""
    return f"<table><thead>{row(head, 'th')}</thead>{body}</table>"


def _escape(text: str) -> str:
    """The text as HTML, its addresses as links. Somebody's matrix.to address shows the user id alone: most clients make
    a pill of it, and the others would break the long address over two lines."""
    escaped = html.escape(text, quote=False)
    return _ADDRESS.sub(lambda found: f'<a href="{found[0]}">{_PERSON.sub("", found[0])}</a>', escaped).replace(
        "\n", "<br>"
    )


def _file(document: Document) -> File:
    pieces = [replace(document, text=piece) for piece in _cut(document.text)]
    return File(document.name, document.text, tuple(_join(_draw(piece, 1) for piece in pieces)))


def _pieces(block: Block) -> Iterator[Block]:
    """The block, in several pieces if it is too long for a message."""
    drawn = _draw(block, 1)
    if _bytes(drawn.body, drawn.html) <= MAX_BYTES:
        yield block
        return
    match block:
        case Heading(text) | Paragraph(text) | Note(text) | Until(text):
            for piece in _cut(text):
                yield replace(block, text=piece)
        case Bullets(items):
            for half in _halves(items):
                yield from _pieces(replace(block, items=half))
        case Choices(items, _, prompt):
            for index, choices in enumerate(_halves(items)):
                yield from _pieces(replace(block, items=choices, prompt="" if index else prompt))
        case Table(rows):
            for part in _halves(rows[1:]):
                yield from _pieces(replace(block, rows=(rows[0], *part)))
        case _:
            yield block


def _halves(items: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Two halves; a single item that is too long by itself is cut short, for nobody reads it to its end in a
    chat."""
    middle = len(items) // 2
    if middle:
        yield items[:middle]
        yield items[middle:]


def _cut(text: str) -> Iterator[str]:
    """Pieces of at most PIECE characters: between paragraphs, else lines, else sentences, else anywhere."""
    if len(text) <= PIECE:
        yield text
        return
    for parts, glue in (
        (text.split("\n\n"), "\n\n"),
        (text.split("\n"), "\n"),
        (_SENTENCE.split(text), " "),
        (text.split(" "), " "),
    ):
        if len(parts) > 1 and max(map(len, parts)) <= PIECE:
            piece = ""
            for part in parts:
                longer = f"{piece}{glue}{part}" if piece else part
                if len(longer) > PIECE:
                    yield piece
                    longer = part
                piece = longer
            yield piece
            return
    for start in range(0, len(text), PIECE):
        yield text[start : start + PIECE]
