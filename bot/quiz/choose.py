"""Which questions a teacher's wish stands for: a ready-made set, or items by module, topic, difficulty and audience."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.quiz.bank import ItemBank, QuizSet, SetKind
from bot.quiz.draw import Filters, draw_items
from bot.quiz.items import Item

USUAL = 10
"""Questions of a session unless the set or the teacher says otherwise."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; what is empty asks for nothing."""

    quiz_set: str = ""
    module: str = ""
    topic: str = ""
    difficulty: int = 0
    audience: str = ""
    questions: int = 0
    languages: tuple[str, ...] = ()
    """The items must be written in all of these."""


def choose(bank: ItemBank, wanted: Wanted, *, seed: str, asked: Mapping[str, datetime]) -> tuple[Item, ...]:
    """The items in the order in which to ask them; empty when nothing fits. `asked`: when the room had an item last.
    Raises KeyError for a set that does not exist."""
    quiz_set = bank.sets[wanted.quiz_set] if wanted.quiz_set else QuizSet("", SetKind.SURPRISE)
    pool = _fitting(bank, quiz_set, wanted)
    if quiz_set.kind is SetKind.EXAM:
        return _exam(pool, quiz_set, seed, asked)[: wanted.questions or None]
    if quiz_set.kind is SetKind.FIXED and not wanted.questions:
        return pool
    many = wanted.questions or quiz_set.questions
    if not many:
        many = len(pool) if quiz_set.kind is SetKind.FILTER else USUAL
    return draw_items(pool, many, seed=seed, asked=asked)


def _fitting(bank: ItemBank, quiz_set: QuizSet, wanted: Wanted) -> tuple[Item, ...]:
    own: Iterable[Item] = bank.items.values()
    if quiz_set.items:
        own = [bank.items[name] for name in quiz_set.items if name in bank.items]
    elif quiz_set.topics:
        own = [item for item in own if item.topic in quiz_set.topics]
    elif quiz_set.module:
        own = [item for item in own if bank.module_of(item.topic) == quiz_set.module]
    filters = Filters(
        topics=frozenset({wanted.topic}) if wanted.topic else frozenset(),
        languages=wanted.languages,
        difficulty=frozenset({wanted.difficulty}) if wanted.difficulty else frozenset(),
        audience=wanted.audience,
    )
    return tuple(
        item
        for item in own
        if filters.fits(item) and (not wanted.module or bank.module_of(item.topic) == wanted.module)
    )


def _exam(pool: tuple[Item, ...], quiz_set: QuizSet, seed: str, asked: Mapping[str, datetime]) -> tuple[Item, ...]:
    """So many of each difficulty, at most one item of a topic; the rarest difficulty chooses its topics first."""
    drawn: list[Item] = []
    for level in sorted(quiz_set.difficulties, key=lambda level: sum(item.difficulty == level for item in pool)):
        topics = {item.topic for item in drawn}
        rest = [item for item in pool if item.difficulty == level and item.topic not in topics]
        found = draw_items(rest, len(rest), seed=f"{seed}:{level}", asked=asked)
        one_each = {item.topic: item for item in reversed(found)}
        kept = [item for item in found if one_each[item.topic] is item]
        drawn += kept[: quiz_set.difficulties[level]]
    return tuple(sorted(drawn, key=lambda item: item.difficulty))
