"""Sessions to play with in these tests. Times are seconds from START."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.quiz.items import ItemType
from bot.quiz.machine import opened, step
from bot.quiz.session import Effect, Event, Question, Rules, Session, Started

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """`seconds` after START."""
    return START + timedelta(seconds=seconds)


def question(
    kind: ItemType = ItemType.SINGLE,
    order: str = "a b c d",
    key: str = "b",
    seconds: int = 30,
) -> Question:
    """A question; options and key as words."""
    return Question("topic.q1", "0" * 16, kind, tuple(order.split()), tuple(key.split()), seconds, 8)


def lobby(
    questions: int = 3, *, auto: bool = True, timed: bool = True, speed: bool = False, seconds: int = 30
) -> Session:
    """A session that waits for its start."""
    rules = Rules(auto=auto, timed=timed, speed=speed)
    asked = tuple(question(seconds=seconds) for _ in range(questions))
    return opened(Session("abcdefgh", "123456", rules, asked, "memory:bot"), START)


def play(session: Session, events: Iterable[Event]) -> tuple[Session, list[Effect]]:
    """The session after all events, and all effects."""
    effects: list[Effect] = []
    for event in events:
        session, more = step(session, event)
        effects += more
    return session, effects


def asking(session: Session | None = None) -> Session:
    """The session at its first question, asked at second 0."""
    return step(session or lobby(), Started(at(0)))[0]
