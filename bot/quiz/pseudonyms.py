"""Names for players who do not show their own: an animal or a thing of nature, and something good about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

LONGEST = 24
"""Characters of a pseudonym, so that a scoreboard keeps its shape."""
TRIES = 20
"""Names drawn at random before all of them are gone through."""
ORDERS = ("adjective-first", "noun-first")


@dataclass(frozen=True, slots=True)
class Group:
    """Adjectives in the form that agrees with every noun beside them (one gender, usually)."""

    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a language makes its pseudonyms of: content/<lang>/pseudonyms.yaml."""

    groups: tuple[Group, ...]
    noun_first: bool = False

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Words:
        """The words in a parsed file: `order`, and groups of any name with `adjectives` and `nouns`. Raises ValueError
        saying what is wrong."""
        order = data.get("order")
        if order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)}, not {order!r}")
        groups = []
        for name, rows in data.items():
            if name == "order":
                continue
            if not isinstance(rows, Mapping) or set(rows) != {"adjectives", "nouns"}:
                raise ValueError(f"{name} must have adjectives and nouns")
            for kind, words in rows.items():
                if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
                    raise ValueError(f"{name}: {kind} must be a list of words")
            groups.append(Group(tuple(rows["adjectives"]), tuple(rows["nouns"])))
        if not groups:
            raise ValueError("there is no group of words")
        words = cls(tuple(groups), order == "noun-first")
        long = [name for name in words.all() if len(name) > LONGEST]
        if long:
            raise ValueError(f"{long[0]!r} has more than {LONGEST} characters")
        return words

    def all(self) -> tuple[str, ...]:
        """Every name that can be made."""
        return tuple(
            self._name(adjective, noun)
            for group in self.groups
            for adjective in group.adjectives
            for noun in group.nouns
        )

    def _name(self, adjective: str, noun: str) -> str:
        name = f"{noun} {adjective}" if self.noun_first else f"{adjective} {noun}"
        return name[:1].upper() + name[1:]


def pseudonym(words: Words, seed: str, taken: Collection[str] = ()) -> str:
    """A name that is not in `taken` in any case; the same seed and `taken` give the same name. When all are taken a
    number stands after it."""
    names, random = list(_all(words)), Random(seed)
    used = {name.casefold() for name in taken}
    for _ in range(TRIES):
        candidate = random.choice(names)
        if candidate.casefold() not in used:
            return candidate
    random.shuffle(names)
    number = 1
    while True:
        for name in names:
            candidate = name if number == 1 else f"{name} {number}"
            if candidate.casefold() not in used:
                return candidate
        number += 1


@lru_cache(maxsize=32)
def _all(words: Words) -> tuple[str, ...]:
    return words.all()
