"""Which questions a session asks, and in which order their options are shown. The same seed gives the same draw on
every machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from random import Random

from bot.quiz.items import Item, ItemType


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items may be drawn; what is empty asks for nothing."""

    topics: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()
    """The item must be written in all of these."""
    types: frozenset[ItemType] = frozenset()
    difficulty: frozenset[int] = frozenset()
    audience: str = ""

    def fits(self, item: Item) -> bool:
        """Whether the item may be drawn. An item that names no audience is for every one."""
        return (
            (not self.topics or item.topic in self.topics)
            and all(language in item.texts for language in self.languages)
            and (not self.types or item.type in self.types)
            and (not self.difficulty or item.difficulty in self.difficulty)
            and (not self.audience or not item.audience or self.audience in item.audience)
        )


def draw_items(
    items: Iterable[Item],
    wanted: int,
    *,
    seed: str,
    asked: Mapping[str, datetime],
    filters: Filters | None = None,
) -> tuple[Item, ...]:
    """Up to `wanted` different items in the order in which to ask them; fewer when there are not so many.

    `asked` says when the room had an item last. What it has not had comes first, then what was longest ago. Among
    those that are equal in this the topics take turns.
    """
    random = Random(seed)
    pool = sorted(
        {item.id: item for item in items if filters is None or filters.fits(item)}.values(), key=lambda i: i.id
    )
    random.shuffle(pool)

    def age(item: Item) -> tuple[bool, float]:
        at = asked.get(item.id)
        return (at is not None, at.timestamp() if at is not None else 0.0)

    drawn: list[Item] = []
    had: Counter[str] = Counter()
    for _, group in groupby(sorted(pool, key=age), key=age):
        rest = list(group)
        while rest and len(drawn) < wanted:
            before = drawn[-1].topic if drawn else None
            best = min(rest, key=lambda item: (had[item.topic], item.topic == before))
            rest.remove(best)
            drawn.append(best)
            had[best.topic] += 1
    return tuple(drawn)


def shuffled(item: Item, seed: str) -> tuple[str, ...]:
    """The option ids as a session with that seed shows them. True and false keep their places; what is to be put in
    order or matched never stands there right already."""
    order = list(item.options)
    if item.type is ItemType.TRUEFALSE or len(order) < 2:
        return tuple(order)
    Random(f"{seed}:{item.id}").shuffle(order)
    given_away = item.type in (ItemType.ORDERING, ItemType.MATCHING) and tuple(order[: len(item.key)]) == item.key
    return tuple(order[1:] + order[:1]) if given_away else tuple(order)
