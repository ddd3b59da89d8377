"""Shape of the quiz files. The English file holds structure, keys and text, the other languages text only, under the
same ids.

    content/en/<module>/<topic>.quiz.yaml       items
    content/<lang>/<module>/<topic>.quiz.yaml   their texts
    content/sets.yaml                           ready-made sets
    content/<lang>/sets.yaml                    names of the sets
    content/misconceptions.yaml                 what is behind wrong answers: code and topics to read again
    content/<lang>/misconceptions.yaml          each as a clause, and what is right
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from bot.quiz.bank import SetKind
from bot.quiz.items import ItemType
from bot.topics.schema import Day, Key

STEM, OPTION, FEEDBACK, EXPLANATION = 280, 80, 200, 600
"""Characters in every language; an option is the label of a button on Discord."""

THOUGHT, RIGHT = 140, 140
"""Of a misconception: read aloud in one breath each."""

Path = tuple[str | int, ...]
Stem = Annotated[str, StringConstraints(min_length=1, max_length=STEM, pattern=r"^[^\n]+$")]
Option = Annotated[str, StringConstraints(min_length=1, max_length=OPTION, pattern=r"^[^\n]+$")]
Feedback = Annotated[str, StringConstraints(min_length=1, max_length=FEEDBACK, pattern=r"^[^\n]+$")]
Explanation = Annotated[str, StringConstraints(min_length=1, max_length=EXPLANATION, pattern=r"^[^\n]+$")]
OptionId = Annotated[str, StringConstraints(pattern=r"^([a-f]|true|false)$")]
LeftId = Annotated[str, StringConstraints(pattern=r"^[1-5]$")]
ItemId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\.q[1-5]$")]
Code = Annotated[str, StringConstraints(pattern=r"^M(0[1-9]|1\d|2[0-5])$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RawItemText(_Strict):
    """The texts of an item in one language."""

    stem: Stem
    options: dict[OptionId, Option] = {}
    left: dict[LeftId, Option] = {}
    feedback: dict[OptionId, Feedback] = {}
    explanation: Explanation
    accept: list[Option] = []


class RawItemTranslation(RawItemText):
    """The texts of an item in another language than English."""

    source: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{12})?$")] = ""
    """Hash of the English text that this one was written from."""


class RawItem(_Strict):
    """An item of an English file."""

    id: ItemId
    type: ItemType
    bloom: Literal["remember", "understand", "apply", "analyse", "evaluate"]
    difficulty: Literal["1", "2", "3"]
    audience: list[Literal["secondary", "university"]] = Field(min_length=1)
    key: list[OptionId] | dict[LeftId, OptionId]
    misconceptions: dict[OptionId, Code] = {}
    facts: list[str] = Field(min_length=1)
    as_of: Day
    text: RawItemText

    @property
    def options(self) -> tuple[str, ...]:
        """Ids of the options in the stored order, those of true/false too."""
        return ("true", "false") if self.type is ItemType.TRUEFALSE else tuple(self.text.options)

    @property
    def keys(self) -> tuple[str, ...]:
        """Right ids as the program has them: for matching one for each left side."""
        if isinstance(self.key, dict):
            return tuple(self.key[left] for left in self.text.left if left in self.key)
        return tuple(self.key)

    @property
    def wrong(self) -> tuple[str, ...]:
        """Ids of the options that are never right; none for ordering."""
        return tuple(option for option in self.options if option not in self.keys)


class RawSet(_Strict):
    """A set; which fields go with which kind is checked by `set_faults`."""

    kind: SetKind
    items: list[ItemId] = []
    topics: list[Key] = []
    difficulties: dict[Literal["1", "2", "3"], int] = {}
    questions: int = Field(default=0, ge=0, le=60)


class RawSetName(_Strict):
    """What a set is called."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\n]+$")]
    description: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\n]+$")]


class RawSetNames(RootModel[dict[Key, RawSetName]]):
    """The names of all sets in one language."""


class RawMisconception(_Strict):
    """A misconception in words. `thought` completes “7 of 24 think that …”."""

    thought: Annotated[str, StringConstraints(min_length=1, max_length=THOUGHT, pattern=r"^[^\n]+[^\n.?!]$")]
    right: Annotated[str, StringConstraints(min_length=1, max_length=RIGHT, pattern=r"^[^\n]+\.$")]


class RawMisconceptionTopics(RootModel[list[Key]]):
    """The topics that set a misconception right, the first one first."""

    root: list[Key] = Field(min_length=1)


def item_faults(item: RawItem) -> Iterator[tuple[Path, str]]:
    """What keeps an item from being asked: where in it, and why."""
    text = item.text
    if not isinstance(item.key, dict) and item.type is ItemType.MATCHING:
        yield ("key",), "key: matching needs the right option for each left side"
        return
    if isinstance(item.key, dict) and item.type is not ItemType.MATCHING:
        yield ("key",), "key: a list of option ids, please"
        return
    if item.type in (ItemType.TRUEFALSE, ItemType.SHORT):
        if text.options:
            yield ("text", "options"), f"text.options: {item.type} has none"
    elif list(text.options) != list("abcdef"[: len(text.options)]):
        yield ("text", "options"), "text.options: the ids are a, b, c … in this order"
    if bool(text.left) != (item.type is ItemType.MATCHING):
        yield ("text",), "text.left: for matching, and for nothing else"
    if bool(text.accept) != (item.type is ItemType.SHORT):
        yield ("text",), "text.accept: for short, and for nothing else"
    yield from _key_faults(item)
    answered = set() if item.type in (ItemType.ORDERING, ItemType.SHORT) else set(item.wrong)
    if set(text.feedback) != answered:
        yield ("text", "feedback"), f"text.feedback: for {_listed(answered)}, and for nothing else"
    if not set(item.misconceptions) <= answered:
        yield ("misconceptions",), f"misconceptions: only for {_listed(answered)}"


def _key_faults(item: RawItem) -> Iterator[tuple[Path, str]]:
    keys, options = item.keys, item.options
    counts = {  # how many options, how many of them right
        ItemType.SINGLE: ((3, 4), (1, 1)),
        ItemType.MULTIPLE: ((4, 6), (2, 4)),
        ItemType.TRUEFALSE: ((2, 2), (1, 1)),
        ItemType.ORDERING: ((4, 5), (4, 5)),
        ItemType.MATCHING: ((4, 6), (3, 5)),
        ItemType.SHORT: ((0, 0), (0, 0)),
    }[item.type]
    for name, given, (low, high) in (("options", options, counts[0]), ("key", keys, counts[1])):
        if not low <= len(given) <= high:
            wanted = str(low) if low == high else f"{low} to {high}"
            yield ("key" if name == "key" else "text",), f"{name}: {len(given)}, {item.type} has {wanted}"
    if unknown := [key for key in keys if key not in options]:
        yield ("key",), f"key: {_listed(unknown)} is no option"
    if len(set(keys)) != len(keys):
        yield ("key",), "key: an id stands twice"
    if item.type is ItemType.MULTIPLE and len(keys) >= len(options):
        yield ("key",), "key: every option is right"
    if item.type is ItemType.ORDERING:
        if set(keys) != set(options):
            yield ("key",), "key: every option once, in the right order"
        elif keys == options:
            yield ("key",), "key: the options are stored in the right order; scramble them"
    if isinstance(item.key, dict):
        if list(item.text.left) != list("12345"[: len(item.text.left)]):
            yield ("text", "left"), "text.left: the ids are 1, 2, 3 … in this order"
        if set(item.key) != set(item.text.left):
            yield ("key",), "key: one for each left side"
        if len(options) != len(item.text.left) + 1:
            yield ("text", "options"), "text.options: one more than left sides"


def translation_faults(item: RawItem, text: RawItemText) -> Iterator[tuple[Path, str]]:
    """Ids that a translation has and the English text has not, or the other way round."""
    for name in ("options", "left", "feedback"):
        own, english = set(getattr(text, name)), set(getattr(item.text, name))
        if missing := english - own:
            yield (name,), f"{name}: {_listed(missing)} is missing"
        if extra := own - english:
            yield (name,), f"{name}: {_listed(extra)} does not exist in English"
    if bool(text.accept) != bool(item.text.accept):
        yield ("accept",), "accept: for short, and for nothing else"


def set_faults(row: RawSet) -> Iterator[tuple[Path, str]]:
    """Fields that do not go with the kind of a set."""
    wanted = {
        SetKind.FIXED: {"items"},
        SetKind.FILTER: {"topics"},
        SetKind.EXAM: {"difficulties"},
        SetKind.SURPRISE: {"questions"},
    }[row.kind]
    given = {name for name in ("items", "topics", "difficulties", "questions") if getattr(row, name)}
    if given != wanted:
        yield (), f"a set of the kind {row.kind} has {_listed(wanted)}, and nothing else"


def _listed(names: set[str] | list[str]) -> str:
    return ", ".join(sorted(names)) or "none"
