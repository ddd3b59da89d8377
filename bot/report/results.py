"""A session as figures: what was right, what was hard, what the class misunderstands.

A class is small, and a figure that chance can make is worse than none: below FEW answers there is no per cent, below
MANY players no figure on how well a question tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import StatisticsError, correlation, pvariance

from bot.quiz.items import Item
from bot.quiz.scoring import Place, counted, counting, hardest, misconceptions, scoreboard, share
from bot.quiz.session import Answer, Phase, Player, Question, Session

FEW = 5
"""Answers from which a per cent is said."""
MANY = 20
"""Players from which discrimination and KR-20 are worked out."""
SHARED = 2
"""Players who must share a misconception: one alone is nothing to read to the class."""


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """How one question went."""

    index: int
    question: Question
    item: Item
    answered: int
    right: int
    """Wholly right answers."""
    facility: Fraction | None
    """Mean share of those who answered, 0 to 1; None when nobody did."""
    discrimination: float | None
    """Correlation with the rest of the score, -1 to 1; None with fewer than MANY players, or when it is undefined."""
    voided: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A misconception of the class."""

    code: str
    players: int
    """Who chose a wrong option with it behind."""
    of: int
    """Who answered a question where it could be chosen."""


@dataclass(frozen=True, slots=True)
class Results:
    """All that a report says."""

    session: Session
    players: tuple[Player, ...]
    """All by number, those who were put out too."""
    answers: tuple[Answer, ...]
    """Those that count, to closed questions, voided ones too, by player and question."""
    questions: tuple[QuestionResult, ...]
    """The closed ones in order. One that is open would give its answer away to whoever looks over a shoulder."""
    places: tuple[Place, ...]
    mean: Fraction | None
    """Mean share of all answers to questions that count."""
    kr20: float | None
    """Kuder-Richardson 20 of the questions that count; None with fewer than MANY players, or when it is undefined."""
    hardest: tuple[QuestionResult, ...]
    common: Held | None
    """The most common misconception."""
    silent: tuple[Player, ...]
    """Who joined and answered nothing."""
    erased: bool = False
    """The answers are older than they are kept: what is left says who played."""

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.session.phase is not Phase.CLOSED

    @property
    def given(self) -> tuple[Answer, ...]:
        """The answers to questions that count."""
        return tuple(answer for answer in self.answers if not self.questions[answer.question].voided)


def gather(
    session: Session,
    players: Iterable[Player],
    answers: Sequence[Answer],
    items: Mapping[int, Item],
    *,
    erased: bool = False,
) -> Results:
    """The figures of a session. `items` by question index, of closed questions at least."""
    players = tuple(sorted(players, key=lambda player: player.number))
    closed = session.question + (session.phase in (Phase.REVEALED, Phase.CLOSED))
    valid = sorted(
        (answer for answer in counting(players, answers) if answer.question < closed),
        key=lambda answer: (answer.player, answer.question),
    )
    count = counted(session)
    given = [answer for answer in valid if answer.question in count]
    shares: dict[int, dict[int, Fraction]] = {index: {} for index in range(closed)}
    """By question and player."""
    for answer in valid:
        shares[answer.question][answer.player] = share(session.questions[answer.question], answer.value)
    # whoever came late has missed questions that say nothing about them
    whole = {player.number for player in players if not player.kicked and not player.joined}
    counting_shares = {index: shares[index] for index in count}
    questions = tuple(
        QuestionResult(
            index,
            session.questions[index],
            items[index],
            len(own),
            sum(part == 1 for part in own.values()),
            _mean(own.values()),
            _discrimination(index, counting_shares, whole) if index in count else None,
            index in session.voided,
        )
        for index, own in shares.items()
    )
    heard = {answer.player for answer in answers}
    return Results(
        session,
        players,
        tuple(valid),
        questions,
        scoreboard(session, players, answers),
        _mean([part for index in count for part in shares[index].values()]),
        _kr20(counting_shares, whole),
        tuple(questions[index] for index, _ in hardest(session, given)),
        _common({index: items[index] for index in count}, given),
        () if erased else tuple(one for one in players if not one.kicked and one.number not in heard),
        erased,
    )


def _mean(parts: Iterable[Fraction]) -> Fraction | None:
    parts = list(parts)
    return sum(parts, Fraction(0)) / len(parts) if parts else None


def _discrimination(index: int, shares: Mapping[int, Mapping[int, Fraction]], whole: set[int]) -> float | None:
    """Correlation of a question's share with the sum of the others', over those who answered it."""
    players = [player for player in shares[index] if player in whole]
    if len(players) < MANY:
        return None
    own = [float(shares[index][player]) for player in players]
    rest = [float(sum(part.get(player, 0) for at, part in shares.items() if at != index)) for player in players]
    try:
        return correlation(own, rest)
    except StatisticsError:  # all the same: nothing to tell apart
        return None


def _kr20(shares: Mapping[int, Mapping[int, Fraction]], whole: set[int]) -> float | None:
    """k/(k-1) x (1 - sum of p(1-p) / variance of the number right), over those who answered anything."""
    players = whole & {player for part in shares.values() for player in part}
    if len(players) < MANY or len(shares) < 2:
        return None
    right = [[part.get(player) == 1 for player in players] for part in shares.values()]
    variance = pvariance([float(sum(row)) for row in zip(*right, strict=True)])
    if not variance:
        return None
    inner = sum(sum(row) / len(row) * (1 - sum(row) / len(row)) for row in right)
    return len(right) / (len(right) - 1) * (1 - inner / variance)


def _common(items: Mapping[int, Item], given: Sequence[Answer]) -> Held | None:
    held = misconceptions(items, given)
    code = next(iter(held), "")
    if not code or held[code] < SHARED:
        return None
    offered = {index for index, item in items.items() if code in item.misconceptions.values()}
    return Held(code, held[code], len({answer.player for answer in given if answer.question in offered}))
