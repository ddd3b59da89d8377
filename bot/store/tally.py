"""What is counted while the bot talks and written once in a while: which topics are asked about, and who still uses
what they have set. A question costs no write, and a crash loses ten minutes of counts, nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from bot.model.ids import UserId
from bot.ports import Asked, Store, Unanswered
from bot.store.ages import TEXT_CHARACTERS

SECONDS = 600.0
"""Between two writes."""
TEXTS = 1000
"""Texts held at most until they are written; more are only counted."""
USERS = 10_000
"""People held at most until their last use is written."""

_SOMEBODYS = re.compile(r"https?://\S+|\S*@\S+|\+?\d[\d ()/.-]{5,}\d")
"""Links, addresses, mentions, telephone and other long numbers."""


class Tally:
    """The counts of this process that are not written yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: Counter[Asked] = Counter()
        self._texts: list[Unanswered] = []
        self._users: set[UserId] = set()

    def used(self, user: UserId) -> None:
        """Somebody who has set something was served."""
        if len(self._users) < USERS:
            self._users.add(user)

    def asked(self, zone: str, topic: str, language: str, at: datetime, text: str) -> None:
        """A question was asked. Its text is dropped here unless it got no answer and the operator keeps those; that of
        somebody in trouble (zone `safety`) always is."""
        self._counts[Asked(at.date(), language, zone, topic)] += 1
        if self._store.keep.questions and zone in ("suggest", "refuse") and len(self._texts) < TEXTS:
            self._texts.append(Unanswered(_SOMEBODYS.sub("…", text)[:TEXT_CHARACTERS], language, zone, at))

    async def write(self, now: datetime) -> None:
        """Write what was counted since the last time."""
        counts, self._counts = self._counts, Counter()
        texts, self._texts = self._texts, []
        users, self._users = self._users, set()
        if counts:
            try:
                await self._store.count_asked(counts, texts)
            except Exception:
                self._counts.update(counts)
                self._texts = (texts + self._texts)[:TEXTS]
                raise
        await self._store.touch(users, now)
