"""All quiz items and ready-made sets, read when one is asked for: a start that needs no quiz pays nothing.

Made by `bot.topics.quiz_bundle` as lines of JSON: a head (sets, modules, what could not be used), then one item each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from bot.quiz.items import Item
from bot.quiz.pseudonyms import Words


class SetKind(StrEnum):
    """How the questions of a set are found."""

    FIXED = "fixed"
    """The items listed, in their order."""
    FILTER = "filter"
    """All items of the topics listed (or of the module), in their order."""
    EXAM = "exam"
    """So many of each difficulty, at most one per topic, drawn by seed."""
    SURPRISE = "surprise"
    """Drawn by seed from what the room has not seen."""


@dataclass(frozen=True, slots=True)
class QuizSet:
    """A set that a teacher picks by name."""

    id: str
    kind: SetKind
    items: tuple[str, ...] = ()
    """Of a fixed set."""
    topics: tuple[str, ...] = ()
    """Of a filter set."""
    module: str = ""
    """The module that the set is all of; "" for the others."""
    difficulties: Mapping[int, int] = field(default_factory=dict)
    """Of an exam: difficulty -> number of questions."""
    questions: int = 0
    """How many are asked unless the teacher says otherwise; 0 = all."""


@dataclass(frozen=True, slots=True)
class Misconception:
    """What is behind a wrong answer, in one language."""

    code: str
    thought: str
    """A clause without a full stop: completes “7 of 24 think that …”."""
    right: str
    """What is right, as a sentence of its own."""
    topics: tuple[str, ...] = ()
    """Topics to read again, the first one first."""


class ItemBank:
    """Items and sets. Read-only; `load` gives the file's bytes and is called once, by the first look into the bank."""

    def __init__(self, load: Callable[[], bytes]) -> None:
        self._load = load

    @cached_property
    def _parts(self) -> tuple[dict[str, Any], dict[str, Item]]:
        head, *rows = self._load().decode().split("\n")
        return json.loads(head), {item.id: item for item in map(Item.from_json, rows)}

    @property
    def items(self) -> Mapping[str, Item]:
        """By id, module after module, topic after topic, in the order of the curriculum."""
        return self._parts[1]

    @cached_property
    def sets(self) -> Mapping[str, QuizSet]:
        """By id, in the order in which they are offered; the sets of single modules come last."""
        return {name: _quiz_set(name, row) for name, row in self._parts[0]["sets"].items()}

    @property
    def broken(self) -> tuple[tuple[str, int, str], ...]:
        """What could not be used: file below the content folder, line, cause."""
        return tuple((file, line, cause) for file, line, cause in self._parts[0]["broken"])

    def set_name(self, name: str, lang: str) -> str:
        """Name of a set in `lang`, else in English."""
        return str(self._words(name, lang)["name"])

    def set_description(self, name: str, lang: str) -> str:
        """One line about a set in `lang`, else in English; "" for the set of a module."""
        return str(self._words(name, lang).get("description", ""))

    def _words(self, name: str, lang: str) -> dict[str, str]:
        words = self._parts[0]["names"]
        row: dict[str, str] = words.get(lang, {}).get(name) or words["en"].get(name) or {"name": name}
        return row

    @cached_property
    def pseudonyms(self) -> Mapping[str, Words]:
        """What the names of players are made of, by language; English is always there."""
        return {lang: Words.from_mapping(row) for lang, row in self._parts[0]["pseudonyms"].items()}

    def misconception(self, code: str, lang: str) -> Misconception | None:
        """A misconception in `lang`, else in English; None for a code that no file has."""
        rows = self._parts[0]["misconceptions"]
        row = rows.get(lang, {}).get(code) or rows.get("en", {}).get(code)
        topics = tuple(self._parts[0]["misconception_topics"].get(code, ()))
        return Misconception(code, row["thought"], row["right"], topics) if row else None

    def module_of(self, topic: str) -> str:
        """The module that a topic belongs to; "" when there is no such topic."""
        return str(self._parts[0]["modules"].get(topic, ""))

    def select(
        self,
        *,
        module: str = "",
        topic: str = "",
        difficulty: int = 0,
        audience: str = "",
        languages: tuple[str, ...] = (),
    ) -> tuple[Item, ...]:
        """Items that fit everything given ("" and 0 = any) and are written in all of `languages`."""
        return tuple(
            item
            for item in self.items.values()
            if (not module or self.module_of(item.topic) == module)
            and (not topic or item.topic == topic)
            and (not difficulty or item.difficulty == difficulty)
            and (not audience or audience in item.audience)
            and all(tag in item.texts for tag in languages)
        )


def _quiz_set(name: str, row: dict[str, Any]) -> QuizSet:
    return QuizSet(
        name,
        SetKind(row["kind"]),
        tuple(row.get("items", ())),
        tuple(row.get("topics", ())),
        row.get("module", ""),
        {int(level): count for level, count in row.get("difficulties", {}).items()},
        row.get("questions", 0),
    )
