"""Which items a teacher's choice stands for: a set by name, or all that fit, drawn where there are more than wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.quiz.bank import ItemBank, QuizSet, SetKind
from bot.quiz.draw import draw_items
from bot.quiz.items import Item

QUESTIONS = 10
"""How many are asked when neither the teacher nor the set says."""


def choose(
    bank: ItemBank,
    *,
    set_name: str = "",
    module: str = "",
    topic: str = "",
    difficulty: int = 0,
    audience: str = "",
    questions: int = 0,
    languages: tuple[str, ...] = (),
    seed: str,
    asked: Mapping[str, datetime],
) -> tuple[Item, ...]:
    """Different items in the order in which to ask them; empty when none fits.

    What is "" or 0 asks for nothing; filters narrow a set down, too. `questions` makes a set shorter, and 0 means all
    of it (without a set: 10). Whatever is drawn comes first from what the room has not been asked (`asked`: item id ->
    when last). The same seed draws the same. Raises KeyError when there is no such set.
    """
    fitting = bank.select(module=module, topic=topic, difficulty=difficulty, audience=audience, languages=languages)
    if not set_name:
        return draw_items(fitting, questions or QUESTIONS, seed=seed, asked=asked)
    chosen = bank.sets[set_name]
    if chosen.kind is SetKind.EXAM:
        return _exam(fitting, _scaled(chosen.difficulties, questions), seed, asked)
    if chosen.kind is SetKind.SURPRISE:
        return draw_items(fitting, questions or chosen.questions or QUESTIONS, seed=seed, asked=asked)
    pool = _listed(chosen, fitting)
    return draw_items(pool, questions, seed=seed, asked=asked) if 0 < questions < len(pool) else pool


def _listed(chosen: QuizSet, fitting: Sequence[Item]) -> tuple[Item, ...]:
    """The items of a fixed or a filter set, in its order."""
    if chosen.kind is SetKind.FIXED:
        by_id = {item.id: item for item in fitting}
        return tuple(by_id[name] for name in chosen.items if name in by_id)
    return tuple(item for topic in chosen.topics for item in fitting if item.topic == topic)


def _exam(
    fitting: Sequence[Item], wanted: Mapping[int, int], seed: str, asked: Mapping[str, datetime]
) -> tuple[Item, ...]:
    """So many of each difficulty, at most one per topic, the easy ones first. The hardest are drawn first: there are
    fewest of them, and what is drawn takes its topic away from the others.
    """
    drawn: list[Item] = []
    for level in sorted(wanted, reverse=True):
        used = {item.topic for item in drawn}
        pool = [item for item in fitting if item.difficulty == level and item.topic not in used]
        drawn[:0] = draw_items(_one_per_topic(pool, f"{seed}:{level}", asked), wanted[level], seed=seed, asked=asked)
    return tuple(drawn)


def _one_per_topic(pool: Sequence[Item], seed: str, asked: Mapping[str, datetime]) -> list[Item]:
    first: dict[str, Item] = {}
    for item in draw_items(pool, len(pool), seed=seed, asked=asked):
        first.setdefault(item.topic, item)
    return list(first.values())


def _scaled(difficulties: Mapping[int, int], questions: int) -> dict[int, int]:
    """The exam's numbers, or the same mix for another number of questions."""
    whole = sum(difficulties.values())
    if not questions or not whole:
        return dict(difficulties)
    shares = {level: count * questions / whole for level, count in difficulties.items()}
    scaled = {level: int(share) for level, share in shares.items()}
    by_rest = sorted(shares, key=lambda level: (scaled[level] - shares[level], level))
    for level in by_rest[: questions - sum(scaled.values())]:
        scaled[level] += 1
    return scaled
