"""Leases, sessions and their rooms in SQL. Players, answers and messages are in `sql_play`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import RoomId, UserId
from bot.ports import Fence, Linked, NewSession
from bot.quiz.session import Phase, Session
from bot.store import tables
from bot.store.ages import is_alive
from bot.store.database import Database, Refused, check, is_fence, is_room, is_user
from bot.store.rows import (
    items_asked,
    linked_from,
    phase_columns,
    room_columns,
    session_columns,
    session_from,
    to_json,
)

S, R, OUT, L = tables.sessions, tables.session_rooms, tables.outbox, tables.leases
RUNNING = S.c.closed_at.is_(None)


class SqlSessions(Database):
    """The first half of bot.ports.Sessions."""

    @property
    def alone(self) -> bool:
        return self._sqlite

    # leases

    async def holder_of(self, account: str) -> str | None:
        row = await self._one(select(L.c.holder).where(L.c.account == account, L.c.held))
        return row[0] if row else None

    async def take_lease(
        self, account: str, holder: str, now: datetime, *, instead_of: str | None = None
    ) -> tuple[Fence, datetime | None] | None:
        nobody = {"account": account, "holder": "", "epoch": 0, "held": False}
        async with self._write() as connection:
            await connection.execute(self._upsert(L).values(nobody).on_conflict_do_nothing())
            row = (await connection.execute(select(L).where(L.c.account == account).with_for_update())).one()
            if row.held and row.holder not in (holder, instead_of) and is_alive(row.alive_at, now):
                return None
            fence = Fence(account, holder, row.epoch + 1)
            taken = {"holder": holder, "epoch": fence.epoch, "alive_at": now, "held": True}
            await connection.execute(update(L).where(L.c.account == account).values(taken))
            return fence, row.alive_at

    async def beat(self, fence: Fence, now: datetime) -> bool:
        async with self._write() as connection:
            return bool((await connection.execute(update(L).where(is_fence(fence)).values(alive_at=now))).rowcount)

    async def release(self, fence: Fence) -> None:
        async with self._write() as connection:
            await connection.execute(update(L).where(is_fence(fence)).values(held=False))

    # sessions

    async def create_session(self, new: NewSession, first: Sequence[str], fence: Fence) -> bool:
        session = new.session
        made = {
            **session_columns(session),
            "options": to_json(dict(new.again)),
            "platform": new.starter.platform,
            "user_id": new.starter.id,
            "created_at": new.created_at,
        }
        home = {"session": session.id, "number": 1, **room_columns(new.home), "said": len(first)}
        with suppress(Refused):
            async with self._write() as connection:
                await check(connection, fence)
                await self._insert_or_refuse(connection, S, made)
                await self._insert_or_refuse(connection, R, home)
                items = [
                    {"hash": name, "body": new.pinned[name], "used_at": new.created_at} for name in sorted(new.pinned)
                ]
                if items:  # in order, so that two sessions with the same items do not wait for each other
                    pin = self._upsert(tables.pinned_items)
                    pin = pin.on_conflict_do_update(index_elements=["hash"], set_={"used_at": pin.excluded.used_at})
                    await connection.execute(pin, items)
                await _say(connection, session.id, [(1, 0)], [(kind, -1) for kind in first], new.created_at)
                return True
        return False

    async def session(self, session: str) -> Session | None:
        row = await self._one(select(S).where(S.c.id == session))
        return session_from(row) if row else None

    async def session_by_code(self, code: str) -> str | None:
        row = await self._one(select(S.c.id).where(S.c.code == code, RUNNING))
        return row[0] if row else None

    async def session_in(self, room: RoomId) -> str | None:
        row = await self._one(select(R.c.session).where(is_room(R, room), R.c.open))
        return row[0] if row else None

    async def last_in(self, room: RoomId) -> str | None:
        kept = select(S.c.id).join(R, R.c.session == S.c.id).where(is_room(R, room), R.c.linked)
        row = await self._one(kept.order_by(RUNNING.desc(), S.c.created_at.desc(), S.c.closed_at.desc()).limit(1))
        return row[0] if row else None

    async def running(self, account: str) -> tuple[str, ...]:
        rows = await self._all(select(S.c.id).where(S.c.account == account, RUNNING).order_by(S.c.created_at, S.c.id))
        return tuple(row[0] for row in rows)

    async def advance(
        self, before: Session, after: Session, says: Sequence[tuple[str, int]], fence: Fence, at: datetime
    ) -> bool:
        changed = phase_columns(after)
        if after.phase is Phase.CLOSED:
            changed["closed_at"] = at
        with suppress(Refused):
            async with self._write() as connection:
                await check(connection, fence)
                moved = update(S).where(S.c.id == before.id, S.c.version == before.version, RUNNING).values(changed)
                if not (await connection.execute(moved)).rowcount:
                    raise Refused
                if says:
                    here = select(R.c.number, R.c.said).where(R.c.session == before.id, R.c.open).order_by(R.c.number)
                    rooms = [(row.number, row.said) for row in (await connection.execute(here)).all()]
                    await _say(connection, before.id, rooms, says, at)
                    counted = update(R).where(R.c.session == before.id, R.c.open)
                    await connection.execute(counted.values(said=R.c.said + len(says)))
                if after.phase is Phase.CLOSED:
                    await connection.execute(update(R).where(R.c.session == before.id).values(open=False))
                return True
        return False

    async def due(self, account: str, now: datetime) -> tuple[tuple[str, int], ...]:
        late = select(S.c.id, S.c.version).where(S.c.account == account, RUNNING, S.c.due_at <= now)
        return tuple((row.id, row.version) for row in await self._all(late.order_by(S.c.due_at, S.c.id)))

    async def next_due(self, account: str) -> datetime | None:
        row = await self._one(select(func.min(S.c.due_at)).where(S.c.account == account, RUNNING))
        return row[0] if row else None

    async def starter(self, session: str) -> UserId | None:
        row = await self._one(select(S.c.platform, S.c.user_id).where(S.c.id == session))
        return UserId(row.platform, row.user_id) if row and row.user_id is not None else None

    async def started_by(self, user: UserId) -> tuple[str, ...]:
        rows = await self._all(select(S.c.id).where(is_user(S, user)).order_by(S.c.created_at.desc(), S.c.id))
        return tuple(row[0] for row in rows)

    async def steering(self, user: UserId) -> tuple[str, ...]:
        rows = await self._all(select(S.c.id).where(is_user(S, user), RUNNING).order_by(S.c.created_at.desc(), S.c.id))
        return tuple(row[0] for row in rows)

    async def set_starter(self, session: str, user: UserId) -> None:
        async with self._write() as connection:
            who = {"platform": user.platform, "user_id": user.id}
            await connection.execute(update(S).where(S.c.id == session).values(who))

    async def start_options(self, session: str) -> Mapping[str, str]:
        row = await self._one(select(S.c.options).where(S.c.id == session))
        return dict(json.loads(row[0])) if row else {}

    async def pinned(self, name: str) -> str:
        t = tables.pinned_items
        row = await self._one(select(t.c.body).where(t.c.hash == name))
        if row is None:
            raise KeyError(name)
        return str(row[0])

    async def asked_in(self, room: RoomId) -> Mapping[str, datetime]:
        played = select(S.c.questions, S.c.question, S.c.created_at).where(
            S.c.id.in_(select(R.c.session).where(is_room(R, room)))
        )
        rows = await self._all(played.order_by(S.c.created_at))
        return {item: row.created_at for row in rows for item in items_asked(row.questions, row.question)}

    # rooms

    async def link(self, session: str, linked: Linked, fence: Fence, at: datetime) -> bool:
        with suppress(Refused):
            async with self._write() as connection:
                await check(connection, fence)
                row = await _lock(connection, session)
                if row is None or row.closed_at is not None:
                    raise Refused
                last = select(func.max(R.c.number)).where(R.c.session == session)
                number = ((await connection.execute(last)).scalar() or 0) + 1
                says = _open_now(row)
                joined = {"session": session, "number": number, **room_columns(linked), "said": len(says)}
                await self._insert_or_refuse(connection, R, joined)
                await _say(connection, session, [(number, 0)], says, at)
                return True
        return False

    async def unlink(self, session: str, room: RoomId) -> None:
        here = and_(R.c.session == session, is_room(R, room), R.c.linked)
        async with self._write() as connection:
            await _lock(connection, session)
            numbers = (await connection.execute(select(R.c.number).where(here))).scalars().all()
            unsent = and_(OUT.c.session == session, OUT.c.room_number.in_(numbers), OUT.c.sent_at.is_(None))
            await connection.execute(delete(OUT).where(unsent))
            await connection.execute(update(R).where(here).values(open=False, linked=False))

    async def rooms_of(self, session: str) -> tuple[Linked, ...]:
        rows = await self._all(select(R).where(R.c.session == session, R.c.linked).order_by(R.c.number))
        return tuple(linked_from(row) for row in rows)

    async def move_session_room(self, old: RoomId, new: RoomId) -> None:
        moved = update(R).values(platform=new.platform, room_id=new.id)
        with suppress(IntegrityError):  # one has just begun in the new room
            async with self._write() as connection:
                free = select(R.c.session).where(is_room(R, new), R.c.open)
                if (await connection.execute(free)).first() is None:
                    await connection.execute(moved.where(is_room(R, old), R.c.open))
                await connection.execute(moved.where(is_room(R, old), R.c.open.is_(False)))

    # helpers

    async def _insert_or_refuse(self, connection: AsyncConnection, table: Any, row: Mapping[str, Any]) -> None:
        """Raises Refused when a row like this is there, whoever wrote it meanwhile."""
        key = next(iter(table.primary_key.columns))
        inserted = self._upsert(table).values(row).on_conflict_do_nothing().returning(key)
        if (await connection.execute(inserted)).first() is None:
            raise Refused


async def _lock(connection: AsyncConnection, session: str) -> Any:
    """The session's row, held until the transaction ends; None when it is not kept."""
    return (await connection.execute(select(S).where(S.c.id == session).with_for_update())).first()


async def _say(
    connection: AsyncConnection,
    session: str,
    rooms: Sequence[tuple[int, int]],
    says: Sequence[tuple[str, int]],
    at: datetime,
) -> None:
    """Queue (kind, question) for rooms given as (number, sequence number said last)."""
    rows = [
        {
            "session": session,
            "room_number": number,
            "sequence": sequence,
            "kind": kind,
            "question": question,
            "created_at": at,
            "message": "",
        }
        for number, said in rooms
        for sequence, (kind, question) in enumerate(says, said + 1)
    ]
    if rows:
        await connection.execute(insert(OUT), rows)


def _open_now(row: Any) -> list[tuple[str, int]]:
    """What a room that comes later must be shown."""
    if row.phase == Phase.LOBBY:
        return [("lobby", -1)]
    return [("question", row.question)] if row.phase == Phase.ASKING else []
