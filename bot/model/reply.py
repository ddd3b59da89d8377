"""What this person sees, as blocks of finished text. An adapter draws blocks; it never makes a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model.action import Action


@dataclass(frozen=True, slots=True)
class Heading:
    """Title of a reply or of a part of it."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `strong` for the one sentence that says it all."""

    text: str
    lang: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: sources, date, footnote."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list. Each item is (term, text): the term stands out and may be empty."""

    items: tuple[tuple[str, str], ...]
    lang: str
    signs: bool = False
    """The terms are signs in front of the texts (`2 ●`): drawn without a bullet and without a colon."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address with what it leads to."""

    label: str
    url: str
    lang: str


@dataclass(frozen=True, slots=True)
class Table:
    """A small table; the first row is the head."""

    rows: tuple[tuple[str, ...], ...]
    lang: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text file that the person asked for. `text` is shown where files cannot be sent."""

    name: str
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be pressed, or chosen by its number."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen next. `prompt` is said where they are numbers (screen readers need it too)."""

    items: tuple[Choice, ...]
    lang: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """Several of these at once (a select menu). What was picked is appended to the values of `action`, separated by
    spaces. Only where choices are pressed; elsewhere the text says what to type."""

    items: tuple[tuple[str, str], ...]
    """(label, value) of each."""
    action: Action
    lang: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A button that opens a field to type in. What was typed becomes the option of the action's command that follows
    its values. Only where choices are pressed."""

    label: str
    action: Action
    lang: str
    title: str
    """Heading of the form, at most 45 characters."""
    field: str
    """Label of the field, at most 45 characters."""
    hint: str = ""
    """An example in the empty field, at most 100 characters."""


@dataclass(frozen=True, slots=True)
class Until:
    """A deadline. `text` says it in words; a platform that can count down does so beside it."""

    text: str
    at: datetime
    lang: str


Block = Heading | Paragraph | Note | Bullets | Link | Table | Document | Choices | Pick | Entry | Until


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to one request."""

    blocks: tuple[Block, ...]
    private: bool = False
    """For this person's eyes only, where the platform can do that."""
    replaces: bool = False
    """May take the place of the message whose choice was pressed, if that message is this person's alone."""

    def choices(self) -> tuple[Choice, ...]:
        """All choices of the reply, in the order in which they are numbered (from 1)."""
        return tuple(c for block in self.blocks if isinstance(block, Choices) for c in block.items)

    def languages(self) -> tuple[str, ...]:
        """Locale tags of the blocks, in order of appearance."""
        return tuple(dict.fromkeys(block.lang for block in self.blocks))
