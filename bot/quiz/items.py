"""A quiz item: one question about one topic. Structure and key stand once, texts in every language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

SHAPES = "■●▲◆★⬟"
"""Beside the numbers of the options: a typed В, C or а cannot be told apart across our scripts."""


class ItemType(StrEnum):
    """How an item is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUEFALSE = "truefalse"
    ORDERING = "ordering"
    MATCHING = "matching"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class ItemText:
    """The texts of an item in one language."""

    stem: str
    explanation: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """By option id; empty for true/false (the program has those words) and short text."""
    left: tuple[str, ...] = ()
    """Left side of a matching item, in order."""
    feedback: Mapping[str, str] = field(default_factory=dict)
    """By the id of a wrong option."""
    accept: tuple[str, ...] = ()
    """Right answers of a short-text item, as people write them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question."""

    id: str
    """`attribution.q1`; items of an imported set have ids of their own."""
    type: ItemType
    options: tuple[str, ...]
    """Option ids in the stored order; ("true", "false") for true/false, the right-hand side for matching."""
    key: tuple[str, ...]
    """Right option ids. Ordering: the right order. Matching: the right-hand id for each left side. Short: empty."""
    texts: Mapping[str, ItemText]
    """By locale tag."""
    topic: str = ""
    """Key of the topic it is about; "" for imported items."""
    bloom: str = ""
    difficulty: int = 1
    audience: tuple[str, ...] = ()
    misconceptions: Mapping[str, str] = field(default_factory=dict)
    """Wrong option id -> code of the misconception behind it."""
    sources: tuple[str, ...] = ()
    """Ids in the register of sources."""
    as_of: str = ""

    @property
    def languages(self) -> tuple[str, ...]:
        """Locale tags it is written in."""
        return tuple(self.texts)

    def text(self, lang: str) -> ItemText:
        """The texts in `lang`, else in English, else in the first language there is (an imported item)."""
        return self.texts.get(lang) or self.texts.get("en") or next(iter(self.texts.values()))

    def to_json(self) -> str:
        """The whole item as text: what a running session keeps of it."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Item:
        """The item in what `to_json` made."""
        row: dict[str, Any] = json.loads(text)
        row["type"] = ItemType(row["type"])
        for name in ("options", "key", "audience", "sources"):
            row[name] = tuple(row[name])
        row["texts"] = {
            lang: ItemText(**{**words, "left": tuple(words["left"]), "accept": tuple(words["accept"])})
            for lang, words in row["texts"].items()
        }
        return cls(**row)


def content_hash(text: str) -> str:
    """Names a pinned item by what is in it: 16 hex digits of SHA-256 over its JSON."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
