"""Replies as Discord messages: one embed per language, buttons under the last message.

A heading is the title of an embed, paragraphs and lists are its description, notes its footer. A reply that is longer
than a message may be becomes several, cut between blocks, then between words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from adapters.discord.choices import rows
from adapters.discord.text import escape, pieces, shorten, size, visible
from bot.model.plain import table_lines
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

TITLE, DESCRIPTION, FOOTER = 256, 4096, 1600
"""Characters; the footer may have 2048, but all three together must stay below EMBEDS."""
EMBEDS = 6000
"""Characters of all embeds of one message."""
EMBEDS_PER_MESSAGE = 10
COLOUR = 0x1D4ED8
NOTHING = "\u2026"
"""Content of a message that only carries components: Discord wants some."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One message: its JSON, and the files that go with it as (name, content)."""

    body: dict[str, Any]
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Card:
    """An embed that is being filled."""

    lang: str
    title: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    """(what separates it from the line before, the text)"""
    notes: list[str] = field(default_factory=list)


@lru_cache(maxsize=64)
def render(reply: Reply, mentions: tuple[str, ...] = ()) -> tuple[Drawn, ...]:
    """The messages that show the reply, at least one. `mentions` are ids of users that the person picked from
    Discord's own list: they are shown by name (and nobody is ever notified)."""
    messages = [Drawn({"embeds": embeds}) for embeds in _packed(_embeds(reply, mentions))]
    pages = rows(reply.blocks)
    if not messages:
        prompt = next((b.prompt for b in reply.blocks if isinstance(b, Choices | Pick) and b.prompt), "")
        messages = [Drawn({"content": shorten(escape(prompt) or NOTHING, 2000)})]
    files = tuple((b.name, b.text.encode()) for b in reply.blocks if isinstance(b, Document))
    messages[-1] = Drawn(messages[-1].body | {"components": pages[0] if pages else []}, files)
    messages += [Drawn({"content": NOTHING, "components": page}) for page in pages[1:]]
    return tuple(Drawn(_complete(message.body, message.files), message.files) for message in messages)


def _complete(body: dict[str, Any], files: tuple[tuple[str, bytes], ...]) -> dict[str, Any]:
    """All fields named, so that an edit leaves nothing of the message before."""
    attachments = [{"id": n, "filename": name} for n, (name, _) in enumerate(files)]
    empty = {"content": "", "embeds": [], "components": []}
    return empty | body | {"attachments": attachments, "allowed_mentions": {"parse": []}}


def _packed(embeds: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The embeds by message."""
    messages: list[list[dict[str, Any]]] = []
    room = 0
    for embed in embeds:
        needed = _embed_size(embed)
        if not messages or needed > room or len(messages[-1]) == EMBEDS_PER_MESSAGE:
            messages.append([])
            room = EMBEDS
        messages[-1].append(embed)
        room -= needed
    return messages


def _embed_size(embed: dict[str, Any]) -> int:
    footer = embed.get("footer", {}).get("text", "")
    return size(embed.get("title", "")) + size(embed.get("description", "")) + size(footer)


def _embeds(reply: Reply, mentions: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for card in _cards(reply.blocks, mentions):
        yield from _card_embeds(card)


def _cards(blocks: Iterable[Block], mentions: tuple[str, ...]) -> Iterator[_Card]:
    """The blocks by embed. A heading begins one; under a heading other languages may follow (a term in English, a
    text that is not translated), without a heading a paragraph or deadline in another language begins its own."""
    card: _Card | None = None
    before: Block | None = None
    for block in blocks:
        if isinstance(block, Choices | Pick | Entry | Document):
            continue
        other = isinstance(block, Paragraph | Until) and card is not None and not card.title and card.lang != block.lang
        if card is None or isinstance(block, Heading) or other:
            if card is not None:
                yield card
            card, before = _Card(block.lang), None
        if isinstance(block, Heading):
            card.title = shorten(escape(block.text), TITLE)
        elif isinstance(block, Note):
            card.notes.append(visible(block.text))
        else:
            tight = isinstance(block, Link) and isinstance(before, Link)
            for n, piece in enumerate(_drawn(block, mentions)):
                card.lines.append(("\n" if tight or (n and isinstance(block, Bullets)) else "\n\n", piece))
        before = block
    if card is not None:
        yield card


def _drawn(block: Block, mentions: tuple[str, ...]) -> Iterator[str]:
    """A block as markdown, in pieces that fit into a description each."""

    def safe(text: str) -> str:
        text = escape(text)
        for user in mentions:
            text = text.replace(f"\\<@{user}>", f"<@{user}>")
        return text

    match block:
        case Paragraph(text, _, strong):
            bold = (lambda part: f"**{safe(part)}**") if strong else safe
            if text.strip():
                yield from pieces(text.strip(), bold, DESCRIPTION)
        case Bullets(items, _, signs):
            for term, text in items:
                head = _head(safe(term), bool(text), signs)
                parts = list(pieces(text, safe, DESCRIPTION - size(head))) or [""]
                yield head + parts[0]
                yield from parts[1:]
        case Until(text, at):
            countdown = f"<t:{int(at.timestamp())}:R>"  # every client writes it in its own language and keeps it right
            *parts, last = pieces(text.strip(), safe, DESCRIPTION - size(countdown) - 1) if text.strip() else ("",)
            yield from parts
            yield f"{last} {countdown}".strip()
        case Link(label, url):
            yield _link(label, url)
        case Table(rows):
            yield from _table(rows)
        case _:
            raise AssertionError(f"{type(block).__name__} is drawn elsewhere")


def _head(term: str, has_text: bool, signs: bool) -> str:
    """What stands before the text of an item."""
    if signs:
        return f"**{term}** " if term and has_text else f"**{term}**" if term else ""
    return f"- **{term}**: " if term and has_text else f"- **{term}**" if term else "- "


def _link(label: str, url: str) -> str:
    """A link under its label; an address that its label names already stands for itself."""
    safe = url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    if label.casefold() in url.casefold():
        return f"→ {safe}"
    return f"→ [{escape(shorten(label, 500))}]({safe})"


def _table(rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """A block of equally wide letters, cut between rows."""
    clean = tuple(tuple(visible(cell).replace("`", "ˋ").replace("\n", " ") for cell in row) for row in rows)
    part: list[str] = []
    for line in table_lines(clean):
        line = shorten(line, 300)
        if size("\n".join((*part, line))) > DESCRIPTION - 8:
            yield _fenced(part)
            part = []
        part.append(line)
    yield _fenced(part)


def _fenced(lines: list[str]) -> str:
    return "```\n" + "\n".join(lines) + "\n```"


def _card_embeds(card: _Card) -> Iterator[dict[str, Any]]:
    """The card as embeds that keep the limits: the title on the first, the notes on the last."""
    texts = [""]
    for separator, piece in card.lines:
        joined = texts[-1] + separator + piece if texts[-1] else piece
        if size(joined) > DESCRIPTION:
            texts.append(piece)
        else:
            texts[-1] = joined
    feet = list(pieces("\n".join(card.notes), str, FOOTER)) if card.notes else []
    texts += [""] * (len(feet) - 1)
    for n, text in enumerate(texts):
        embed: dict[str, Any] = {"color": COLOUR}
        if n == 0 and card.title:
            embed["title"] = card.title
        if text:
            embed["description"] = text
        foot = n - (len(texts) - len(feet))
        if foot >= 0:
            embed["footer"] = {"text": feet[foot]}
        if len(embed) > 1:
            yield embed
