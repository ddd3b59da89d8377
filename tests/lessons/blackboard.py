"""What somebody can know who has learnt well and reads the board: which question it is, and how to answer it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

from bot.quiz.items import SHAPES, Item, ItemType
from bot.quiz.scoring import share
from bot.quiz.session import Question
from bot.quiz.typed import value_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A question on an English board, with what to type for 1000 points and for none."""

    item: Item
    right: str
    wrong: str


def read(items: Iterable[Item], text: str) -> Shown:
    """The question that a board in English shows. Raises AssertionError when it is none of `items`."""
    item = next((item for item in items if item.text("en").stem in text), None)
    assert item, f"no question of the bank is on this board: {text}"
    if item.type is ItemType.SHORT:
        return Shown(item, item.text("en").accept[0], "xyz")
    lines = re.findall(rf"^(\d) [{SHAPES}]\s+(.+)$", text, re.MULTILINE)
    words = item.text("en").options or {"true": "True", "false": "False"}
    ids = {shown: option for option, shown in words.items()}
    order = tuple(ids[line.strip()] for _, line in lines)
    asked = Question(item.id, "", item.type, order, item.key, 0, 0)
    if item.type in (ItemType.ORDERING, ItemType.MATCHING):
        right = [order.index(option) + 1 for option in item.key]
    else:
        right = [number for number, option in enumerate(order, 1) if option in item.key]
    length = len(item.key) if item.type in (ItemType.ORDERING, ItemType.MATCHING) else 1
    wrong = next(numbers for numbers in permutations(range(1, len(order) + 1), length) if _worth(asked, numbers) == 0)
    assert _worth(asked, right) == 1
    return Shown(item, " ".join(map(str, right)), " ".join(map(str, wrong)))


def _worth(asked: Question, numbers: Iterable[int]) -> float:
    value = value_of(asked, tuple(numbers))
    return float(share(asked, value)) if isinstance(value, str) else -1.0
