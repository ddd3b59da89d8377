"""Small classes made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.quiz.items import Item, ItemText, ItemType
from bot.quiz.session import Answer, Phase, Player, Question, Rules, Session

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def item(name: str, kind: ItemType, options: str = "a b c", key: str = "b", **more: object) -> Item:
    """An item whose options are called `a text`, …"""
    texts = {"en": ItemText(f"Stem of {name}?", "", {one: f"{one} text" for one in options.split()}, left=("L1", "L2"))}
    return Item(name, kind, tuple(options.split()), tuple(key.split()), texts, topic="attribution", **more)


def session_of(*items: Item, voided: tuple[int, ...] = (), phase: Phase = Phase.CLOSED, seconds: int = 30) -> Session:
    """A session that has asked all of them."""
    asked = tuple(Question(one.id, one.id, one.type, one.options, one.key, seconds, 8) for one in items)
    return Session(
        "abcdefgh",
        "123456",
        Rules(),
        asked,
        "memory",
        phase=phase,
        question=len(items) - 1,
        asked_at=START,
        voided=frozenset(voided),
    )


def answer(question: int, player: int, value: str, *, after: float = 0.0, early: float = 0.0) -> Answer:
    """An answer so many seconds after START."""
    return Answer(question, player, value, START + timedelta(seconds=after), early)


def player(number: int, **more: object) -> Player:
    """A player called `Player 1`."""
    return Player(number, f"Player {number}", "en", **more)
