"""What reading a file gives: drafts on the way, items at the end, and a line about everything that was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.quiz.items import Item, ItemType

BYTES, XLSX_BYTES = 2_000_000, 5_000_000
"""Most bytes of a file."""
QUESTIONS = 500
"""Most questions of a file."""
BLOCKS = 5_000
"""Most blocks of a text that are looked at, good or bad: a file of nothing but broken ones must end, too."""


class Unusable(Exception):
    """Nothing of the file can be read; the text says why."""

    def __init__(self, cause: str, line: int = 0) -> None:
        super().__init__(cause)
        self.line = line


class Skip(Exception):
    """This question cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know about one place of the file."""

    line: int
    """From 1; a row of a spreadsheet; 0 = the whole file."""
    cause: str
    question: str = ""
    """What the file calls the question, or how it begins."""

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.question + ': ' if self.question else ''}{self.cause}"


@dataclass(slots=True)
class DraftOption:
    """An option as the file has it."""

    text: str
    right: bool = False
    feedback: str = ""


@dataclass(slots=True)
class Draft:
    """A question in one language as the file has it, not yet checked."""

    line: int
    type: ItemType
    stem: str
    name: str = ""
    options: list[DraftOption] = field(default_factory=list)
    """Single, multiple; true/false: true, then false; ordering: in the right order."""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    """Matching: (left, right); a right side without a left one belongs to nothing."""
    accept: list[str] = field(default_factory=list)
    explanation: str = ""
    feedback: dict[str, str] = field(default_factory=dict)
    """Matching: by the words of a right side."""
    html: bool | None = None
    """Whether the texts are HTML; None = tags that HTML has are, all else is text."""
    remarks: list[str] = field(default_factory=list)
    """What was left out of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds."""

    items: tuple[Item, ...]
    skipped: tuple[Remark, ...] = ()
    """A question each."""
    notes: tuple[Remark, ...] = ()
    """Things that were changed or left out, but no question lost."""
    encoding: str = "utf-8"
    languages: Mapping[str, int] = field(default_factory=dict)
    """How many of the items are written in each language."""
