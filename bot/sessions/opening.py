"""From what somebody wants to a session in its lobby: id, code, item versions, order of options, times. Nothing is
stored here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.ports import Linked
from bot.quiz.draw import shuffled
from bot.quiz.items import Item, content_hash
from bot.quiz.machine import default_seconds, opened, reveal_seconds
from bot.quiz.session import Question, Rules, Session

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of session ids: no letters that look like others."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A session somebody wants: the items are chosen, the rules are known."""

    items: tuple[Item, ...]
    rules: Rules
    seconds: int | None
    """For every question; None = by its length; 0 = no deadline."""
    options: Mapping[str, str]
    """What was said, to play the same again."""


def open_session(wish: Wish, home: Linked, now: datetime) -> tuple[Session, dict[str, str]]:
    """A session in the lobby of the room `home`, and its pinned items by hash."""
    name = "".join(secrets.choice(ALPHABET) for _ in range(8))
    pinned: dict[str, str] = {}
    questions = []
    for item in wish.items:
        body = item.to_json()
        pinned[content_hash(body)] = body
        chars = max(_chars(item, lang) for lang in wish.rules.languages)
        seconds = default_seconds(chars) if wish.seconds is None else wish.seconds
        shown = max(_reveal_chars(item, lang) for lang in wish.rules.languages)
        order = shuffled(item, f"{name} {item.id}")
        questions.append(
            Question(item.id, content_hash(body), item.type, order, item.key, seconds, reveal_seconds(shown))
        )
    code = f"{secrets.randbelow(900_000) + 100_000}"
    session = opened(Session(name, code, wish.rules, tuple(questions), home.account), now)
    return session, pinned


def _chars(item: Item, lang: str) -> int:
    """Characters to read before answering."""
    text = item.text(lang)
    return len(text.stem) + sum(map(len, (*text.options.values(), *text.left)))


def _reveal_chars(item: Item, lang: str) -> int:
    """Characters to read after it."""
    return len(item.text(lang).explanation)
