"""Last uses, retention, and what goes when the bot loses a place, in SQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, delete, exists, or_, select, update

from bot.model.ids import RoomId, ServerId, UserId
from bot.store import tables
from bot.store.ages import CHOICES_LIVE, COUNTS_LIVE, TOUCH
from bot.store.database import is_room, is_user
from bot.store.sql_play import SqlPlay, _erase

TEACHERS, PEOPLE, CHOICES = tables.teachers, tables.people, tables.choices
S, R = tables.sessions, tables.session_rooms


class SqlUse(SqlPlay):
    """What ends by itself."""

    async def touch(self, users: Collection[UserId], at: datetime) -> None:
        if not users:
            return
        async with self._write() as connection:
            for user in sorted(users):
                for table, used in ((PEOPLE, PEOPLE.c.updated_at), (TEACHERS, TEACHERS.c.used_at)):
                    old = or_(used.is_(None), used < at - TOUCH)
                    await connection.execute(update(table).where(is_user(table, user), old).values({used.name: at}))

    async def erase_place(self, place: RoomId | ServerId) -> int:
        named = and_(TEACHERS.c.platform == place.platform, TEACHERS.c.place == str(place))
        gone = 0
        async with self._write() as connection:
            if isinstance(place, RoomId):
                other = R.alias()
                elsewhere = exists().where(
                    other.c.session == R.c.session,
                    other.c.linked,
                    or_(other.c.platform != place.platform, other.c.room_id != place.id),
                )
                over = select(S.c.id).where(
                    S.c.closed_at.is_not(None), S.c.id.in_(select(R.c.session).where(is_room(R, place), ~elsewhere))
                )
                locked = await connection.execute(over.order_by(S.c.id).with_for_update())
                gone += await _erase(connection, locked.scalars().all())
                for table in (tables.rooms, CHOICES, tables.imported_sets):
                    gone += (await connection.execute(delete(table).where(is_room(table, place)))).rowcount
            else:
                s = tables.servers
                there = and_(s.c.platform == place.platform, s.c.server_id == place.id)
                gone += (await connection.execute(delete(s).where(there))).rowcount
            gone += (await connection.execute(delete(TEACHERS).where(named))).rowcount
        return gone

    async def clean(self, now: datetime) -> int:
        gone = await super().clean(now)
        a, u, oldest = tables.asked, tables.unanswered, now - self.keep.preferences
        async with self._write() as connection:
            await connection.execute(update(TEACHERS).where(TEACHERS.c.used_at.is_(None)).values(used_at=now))
            for rest in (
                delete(PEOPLE).where(PEOPLE.c.updated_at < oldest),
                delete(TEACHERS).where(TEACHERS.c.used_at < oldest),
                delete(CHOICES).where(CHOICES.c.shown_at < now - CHOICES_LIVE),
                delete(a).where(a.c.day < (now - COUNTS_LIVE).date().isoformat()),
                delete(u).where(u.c.at < now - self.keep.questions),
            ):
                gone += (await connection.execute(rest)).rowcount
        return gone
