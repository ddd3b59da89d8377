"""Questions in the database: counts, and the texts of unanswered ones where they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import insert, select

from bot.ports import Asked, Unanswered
from bot.store import tables
from bot.store.ages import TEXT_CHARACTERS
from bot.store.database import Database

T, U = tables.asked, tables.unanswered


class SqlAsked(Database):
    """The part of bot.ports.Privacy that is about nobody."""

    async def count_asked(self, counts: Mapping[Asked, int], texts: Sequence[Unanswered] = ()) -> None:
        rows = [
            {"day": one.day.isoformat(), "language": one.language, "zone": one.zone, "topic": one.topic, "count": count}
            for one, count in sorted(counts.items(), key=lambda pair: _key(pair[0]))  # one order: no deadlock
        ]
        put = self._upsert(T)
        put = put.on_conflict_do_update(
            index_elements=["day", "language", "zone", "topic"], set_={"count": T.c["count"] + put.excluded["count"]}
        )
        said = [
            {"text": one.text[:TEXT_CHARACTERS], "language": one.language, "zone": one.zone, "at": one.at}
            for one in texts
            if self.keep.questions
        ]
        async with self._write() as connection:
            if rows:
                await connection.execute(put, rows)
            if said:
                await connection.execute(insert(U), said)

    async def asked(self) -> Mapping[Asked, int]:
        rows = await self._all(select(T.c.day, T.c.language, T.c.zone, T.c.topic, T.c["count"]))
        found = {
            Asked(date.fromisoformat(day), language, zone, topic): count for day, language, zone, topic, count in rows
        }
        return dict(sorted(found.items(), key=lambda pair: _key(pair[0])))

    async def unanswered(self) -> tuple[Unanswered, ...]:
        rows = await self._all(select(U).order_by(U.c.at.desc(), U.c.id.desc()))
        return tuple(Unanswered(row.text, row.language, row.zone, row.at) for row in rows)


def _key(one: Asked) -> tuple[str, str, str, str]:
    return one.day.isoformat(), one.language, one.zone, one.topic
