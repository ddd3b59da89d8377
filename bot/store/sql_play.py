"""Players, answers, messages and flags of sessions in SQL, and what is forgotten of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import RoomId, UserId
from bot.ports import Fence, Row
from bot.quiz.session import Answer, Phase, Player
from bot.store import tables
from bot.store.ages import FLAGS_LIVE
from bot.store.database import Database, Refused, check, is_room, is_user
from bot.store.rows import (
    anonymous_name,
    answer_from,
    free_name,
    outbox_row,
    player_columns,
    player_from,
    rules_from,
)

S, R, OUT = tables.sessions, tables.session_rooms, tables.outbox
P, A, F, PIN = tables.players, tables.answers, tables.flags, tables.pinned_items
PARTS = (A, OUT, P, R)
"""What belongs to a session and goes with it."""


class SqlPlay(Database):
    """The second half of bot.ports.Sessions."""

    # players

    async def add_player(self, session: str, user: UserId, room: RoomId, player: Player, at: datetime) -> Player:
        async with self._write() as connection:
            if not await _lock(connection, [session]):
                raise KeyError(session)
            rows = (await connection.execute(select(P).where(P.c.session == session))).all()
            for row in rows:
                if (row.platform, row.user_id) == (user.platform, user.id):
                    back = update(P).where(P.c.session == session, P.c.number == row.number)
                    await connection.execute(back.values(left=False, joined_at=at))
                    return replace(player_from(row), left=False)
            by = select(R.c.number).where(R.c.session == session, is_room(R, room), R.c.linked)
            number = max((row.number for row in rows), default=0) + 1
            new = replace(player, number=number, name=free_name(player.name, {row.name for row in rows}))
            values = {
                "session": session,
                **player_columns(new),
                "joined_at": at,
                "room": (await connection.execute(by)).scalar(),
                "platform": user.platform,
                "user_id": user.id,
            }
            await connection.execute(insert(P).values(values))
            return new

    async def change_player(self, session: str, player: Player) -> None:
        known = update(P).where(P.c.session == session, P.c.number == player.number, P.c.user_id.is_not(None))
        async with self._write() as connection:
            await connection.execute(known.values(player_columns(player)))

    async def players(self, session: str) -> tuple[tuple[Player, UserId | None], ...]:
        rows = await self._all(select(P).where(P.c.session == session).order_by(P.c.number))
        return tuple(
            (player_from(row), UserId(row.platform, row.user_id) if row.user_id is not None else None) for row in rows
        )

    async def playing(self, user: UserId) -> tuple[str, ...]:
        active = select(P.c.session).join(S, S.c.id == P.c.session)
        active = active.where(is_user(P, user), P.c.left.is_(False), P.c.kicked.is_(False), S.c.closed_at.is_(None))
        rows = await self._all(active.order_by(P.c.joined_at.desc(), S.c.created_at.desc(), S.c.id))
        return tuple(row[0] for row in rows)

    async def played(self, user: UserId) -> tuple[str, ...]:
        all_of_them = select(P.c.session).join(S, S.c.id == P.c.session).where(is_user(P, user))
        rows = await self._all(all_of_them.order_by(S.c.created_at.desc(), P.c.joined_at.desc(), S.c.id))
        return tuple(row[0] for row in rows)

    # answers

    async def write_answers(self, answers: Sequence[tuple[str, Answer]]) -> list[bool]:
        if not answers:
            return []
        put = self._upsert(A)
        later = put.excluded.at >= A.c.at
        changed = {"value": put.excluded.value, "at": put.excluded.at, "early": put.excluded.early}
        put = put.on_conflict_do_update(index_elements=["session", "question", "player"], set_=changed, where=later)
        async with self._write() as connection:
            asking = await _asking(connection, {session for session, _ in answers})
            counts = [asking.get(session) == answer.question for session, answer in answers]
            rows = [
                {
                    "session": session,
                    "question": answer.question,
                    "player": answer.player,
                    "value": answer.value,
                    "at": answer.at,
                    "early": answer.early,
                }
                for (session, answer), good in zip(answers, counts, strict=True)
                if good
            ]
            if rows:  # in order, so that two processes with the same players do not wait for each other
                rows.sort(key=lambda row: (row["session"], row["player"]))
                await connection.execute(put, rows)
        return counts

    async def answers(self, session: str, question: int | None = None) -> tuple[Answer, ...]:
        asked = select(A).where(A.c.session == session).order_by(A.c.question, A.c.player)
        rows = await self._all(asked if question is None else asked.where(A.c.question == question))
        return tuple(answer_from(row) for row in rows)

    # outbox

    async def unsent(self, account: str, limit: int = 200) -> tuple[Row, ...]:
        waiting = _messages().where(OUT.c.sent_at.is_(None), R.c.account == account).order_by(OUT.c.id)
        first: dict[RoomId, Row] = {}
        for row in await self._all(waiting):
            first.setdefault(RoomId(row.platform, row.room_id), outbox_row(row))
            if len(first) == limit:
                break
        return tuple(first.values())

    async def attempt(self, row: Row, at: datetime, fence: Fence) -> bool:
        with suppress(Refused):
            async with self._write() as connection:
                await check(connection, fence)
                unsent = update(OUT).where(_is_row(row), OUT.c.sent_at.is_(None))
                return bool((await connection.execute(unsent.values(attempted_at=at))).rowcount)
        return False

    async def sent(self, row: Row, message: str, at: datetime) -> None:
        async with self._write() as connection:
            await connection.execute(update(OUT).where(_is_row(row)).values(message=message, sent_at=at))

    async def drop(self, row: Row) -> None:
        async with self._write() as connection:
            await connection.execute(delete(OUT).where(_is_row(row), OUT.c.sent_at.is_(None)))

    async def messages(self, session: str, kind: str, question: int) -> tuple[Row, ...]:
        said = _messages().where(OUT.c.session == session, OUT.c.kind == kind, OUT.c.question == question, R.c.linked)
        rows = await self._all(said.where(OUT.c.sent_at.is_not(None)).order_by(OUT.c.room_number, OUT.c.sequence))
        return tuple({row.room_number: outbox_row(row) for row in rows}.values())

    # flags

    async def flag(self, item: str, language: str, reason: str, at: datetime) -> None:
        async with self._write() as connection:
            await connection.execute(insert(F).values(item=item, language=language, reason=reason, at=at))

    async def flags(self) -> tuple[tuple[str, str, str, datetime], ...]:
        rows = await self._all(select(F).order_by(F.c.at.desc(), F.c.id.desc()))
        return tuple((row.item, row.language, row.reason, row.at) for row in rows)

    # retention and privacy

    async def clean(self, now: datetime) -> int:
        gone = 0
        async with self._write() as connection:
            old = select(S.c.id).where(S.c.created_at < now - self.keep.sessions).order_by(S.c.id).with_for_update()
            gone += await _erase(connection, (await connection.execute(old)).scalars().all())
            over = select(S.c.id).where(S.c.created_at < now - self.keep.answers)
            for rest in (
                delete(A).where(A.c.session.in_(over)),
                delete(PIN).where(PIN.c.used_at < now - self.keep.sessions),
                delete(F).where(F.c.at < now - FLAGS_LIVE),
            ):
                gone += (await connection.execute(rest)).rowcount
        return gone

    async def _export_play(self, connection: AsyncConnection, user: UserId) -> list[dict[str, Any]]:
        """The user's answers, but for the question that is open now: there "right" would be a hint."""
        mine = and_(P.c.session == A.c.session, P.c.number == A.c.player)
        shown = select(A).join(P, mine).join(S, S.c.id == A.c.session)
        shown = shown.where(is_user(P, user), or_(S.c.phase != Phase.ASKING.value, S.c.question != A.c.question))
        rows = await connection.execute(shown.order_by(A.c.session, A.c.question))
        return [dict(row) for row in rows.mappings().all()]

    async def _forget_play(self, connection: AsyncConnection, user: UserId) -> int:
        """Erase the sessions that the user played alone, and the name others know the user by where it is no
        pseudonym. What remains of players and sessions is made anonymous by their tables' `info`. Returns how many
        rows about the user went."""
        played = select(P.c.session).where(is_user(P, user)).union(select(S.c.id).where(is_user(S, user)))
        kept = {row.id: row for row in await _lock(connection, (await connection.execute(played)).scalars().all())}
        alone = select(R.c.session).where(R.c.session.in_(kept), R.c.private, R.c.number == 1)
        solo = [name for name in (await connection.execute(alone)).scalars().all() if _is_of(kept[name], user)]
        gone = 0
        for table, key in ((P, P.c.session), (S, S.c.id)):
            counted = select(func.count()).select_from(table).where(key.in_(solo), is_user(table, user))
            gone += (await connection.execute(counted)).scalar_one()
        await _erase(connection, solo)
        for row in (await connection.execute(select(P).where(is_user(P, user)))).all():
            if row.session in kept:
                name = anonymous_name(row, rules_from(kept[row.session].rules))
                me = update(P).where(P.c.session == row.session, P.c.number == row.number)
                await connection.execute(me.values(name=name))
        return gone


async def _lock(connection: AsyncConnection, names: Sequence[str]) -> Any:
    """Rows of these sessions, held until the transaction ends."""
    return (await connection.execute(select(S).where(S.c.id.in_(names)).order_by(S.c.id).with_for_update())).all()


async def _asking(connection: AsyncConnection, names: set[str]) -> dict[str, int]:
    """The question that each of these sessions asks now, if any; none of them is closed before the transaction ends."""
    asking = select(S.c.id, S.c.question, S.c.phase, S.c.paused_at).where(S.c.id.in_(names)).order_by(S.c.id)
    rows = (await connection.execute(asking.with_for_update(read=True))).all()
    return {row.id: row.question for row in rows if row.phase == Phase.ASKING and row.paused_at is None}


async def _erase(connection: AsyncConnection, names: Sequence[str]) -> int:
    """Delete these sessions with all that belongs to them; returns how many rows went."""
    gone = 0
    for table in PARTS:
        gone += (await connection.execute(delete(table).where(table.c.session.in_(names)))).rowcount
    return gone + (await connection.execute(delete(S).where(S.c.id.in_(names)))).rowcount


def _messages() -> Any:
    """Rows of the outbox with where they go."""
    where = and_(R.c.session == OUT.c.session, R.c.number == OUT.c.room_number)
    return select(OUT, R.c.platform, R.c.room_id, R.c.account).join(R, where)


def _is_row(row: Row) -> Any:
    return and_(OUT.c.session == row.session, OUT.c.room_number == row.room_number, OUT.c.sequence == row.sequence)


def _is_of(row: Any, user: UserId) -> bool:
    return (row.platform, row.user_id) == (user.platform, user.id)
