"""Scores. They are derived from the answers each time, never stored, so that a voided question simply drops out.

Shares (design, section 8): single, true/false and short text 0 or 1; multiple max(0, (right ticked - wrong ticked) /
right); ordering = neighbouring pairs in order / (n - 1); matching = right pairs / pairs. Points = round(1000 x share);
with speed on up to 20 % of these on top, linear in the player's own time left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from bot.quiz.items import Item, ItemType
from bot.quiz.session import Answer, Phase, Player, Question, Session

FULL = 1000
SPEED = Fraction(1, 5)
"""Most that speed adds to the points of an answer."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the scoreboard."""

    rank: int
    """From 1; equal points share a rank, and the next one is as many lower: 1, 1, 3."""
    player: Player
    points: int
    right: int
    """Questions answered wholly right."""
    counted: int
    """Questions that count, for everybody the same: what `right` is out of."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How a question was answered."""

    answered: int
    right: int
    """Wholly right answers."""
    counts: Mapping[str, int]
    """How many chose each option id, in the order shown; short text: `right` and `wrong`. Empty for ordering and
    matching."""
    parts: tuple[int, ...] = ()
    """Matching: how many have each left side right. Ordering: how many have each neighbouring pair of the right order
    in order."""


def share(question: Question, value: str) -> Fraction:
    """How much of the answer is right, 0 to 1. `value` is an answer's stored value."""
    given = value.split()
    match question.type:
        case ItemType.SHORT:
            return Fraction(value == "right")
        case ItemType.SINGLE | ItemType.TRUEFALSE:
            return Fraction(len(given) == 1 and given[0] in question.key)
        case ItemType.MULTIPLE:
            ticked, key = set(given), set(question.key)
            return max(Fraction(0), Fraction(len(ticked & key) - len(ticked - key), len(key)))
        case ItemType.ORDERING | ItemType.MATCHING:
            parts = _parts(question, given)
            return Fraction(sum(parts), len(parts)) if parts else Fraction(given == list(question.key))


def _parts(question: Question, given: list[str]) -> list[bool]:
    """Which pairs of an ordering or matching answer are right."""
    if question.type is ItemType.MATCHING:
        return [index < len(given) and given[index] == right for index, right in enumerate(question.key)]
    place = {option: index for index, option in enumerate(given)}
    end = len(given)
    return [place.get(first, end) < place.get(second, -1) for first, second in pairwise(question.key)]


def points(question: Question, answer: Answer, *, speed: bool = False) -> int:
    """Points of an answer: at most 1000, with `speed` at most 1200."""
    base = _round(FULL * share(question, answer.value))
    return base + (_round(base * SPEED * Fraction(min(1.0, max(0.0, answer.early)))) if speed else 0)


def _round(number: Fraction) -> int:
    """To the nearest, a half upwards: `round` would take 62.5 to 62 and 63.5 to 64."""
    return int(number + Fraction(1, 2))


def counted(session: Session) -> tuple[int, ...]:
    """Indices of the questions that count now: closed, not voided. One that is open would give answers away."""
    closed = session.question + (session.phase in (Phase.REVEALED, Phase.CLOSED))
    return tuple(index for index in range(closed) if index not in session.voided)


def counting(players: Iterable[Player], answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """The answers that count: the last of each player and question, none of those who were put out, and none to a
    question from before the player joined."""
    allowed = {player.number: player.joined for player in players if not player.kicked}
    last: dict[tuple[int, int], Answer] = {}
    for answer in answers:
        key = (answer.question, answer.player)
        if answer.question >= allowed.get(answer.player, answer.question + 1) and (
            key not in last or answer.at >= last[key].at
        ):
            last[key] = answer
    return tuple(last.values())


def scoreboard(session: Session, players: Iterable[Player], answers: Iterable[Answer]) -> tuple[Place, ...]:
    """Who has how many points, best first, those with the same points by number. Who was put out is not on it; who
    joined late has 0 for what was missed (`Player.joined` says from when)."""
    players = [player for player in players if not player.kicked]
    count = counted(session)
    total: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for answer in counting(players, answers):
        if answer.question in count:
            question = session.questions[answer.question]
            total[answer.player] += points(question, answer, speed=session.rules.speed)
            right[answer.player] += share(question, answer.value) == 1
    places: list[Place] = []
    for index, player in enumerate(sorted(players, key=lambda one: (-total[one.number], one.number))):
        same = bool(places) and places[-1].points == total[player.number]
        rank = places[-1].rank if same else index + 1
        places.append(Place(rank, player, total[player.number], right[player.number], len(count)))
    return tuple(places)


def tally(question: Question, answers: Iterable[Answer]) -> Tally:
    """How `answers` (those to this question that count) divide."""
    values = [answer.value for answer in answers]
    right = sum(share(question, value) == 1 for value in values)
    if question.type in (ItemType.ORDERING, ItemType.MATCHING):
        marks = [_parts(question, value.split()) for value in values]
        parts = tuple(sum(column) for column in zip(*marks, strict=True)) if marks else ()
        return Tally(len(values), right, {}, parts)
    chosen = Counter(option for value in values for option in set(value.split()))
    shown = ("right", "wrong") if question.type is ItemType.SHORT else question.order
    return Tally(len(values), right, {option: chosen[option] for option in shown})


def misconceptions(items: Mapping[int, Item], answers: Iterable[Answer]) -> dict[str, int]:
    """How many players chose a wrong option with each misconception code behind it, the commonest first. `items` by
    question index. A player counts once for a code, however often it shows."""
    held: set[tuple[str, int]] = set()
    for answer in answers:
        item = items.get(answer.question)
        if item is not None:
            codes = (item.misconceptions.get(option) for option in answer.value.split())
            held |= {(code, answer.player) for code in codes if code}
    return dict(Counter(code for code, _ in sorted(held)).most_common())


def hardest(session: Session, answers: Iterable[Answer], most: int = 3) -> tuple[tuple[int, Fraction], ...]:
    """The questions that went worst, worst first: (index, mean share of those who answered). One that everybody had
    right, or nobody answered, is not among them."""
    count = counted(session)
    shares: dict[int, list[Fraction]] = {}
    for answer in answers:
        if answer.question in count:
            shares.setdefault(answer.question, []).append(share(session.questions[answer.question], answer.value))
    means = sorted((sum(of, Fraction(0)) / len(of), index) for index, of in shares.items())
    return tuple((index, mean) for mean, index in means if mean < 1)[:most]
