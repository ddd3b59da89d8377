"""Players, answers, messages and flags of sessions in memory, and what is forgotten of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.model.ids import RoomId, UserId
from bot.ports import Fence, Row
from bot.quiz.session import Answer, Phase, Player
from bot.store.ages import FLAGS_LIVE
from bot.store.memory_sessions import Joined, MemorySessions, Message
from bot.store.rows import anonymous_name, free_name


class MemoryPlay(MemorySessions):
    """All of bot.ports.Sessions."""

    # players

    async def add_player(self, session: str, user: UserId, room: RoomId, player: Player, at: datetime) -> Player:
        kept = self._sessions[session]
        known = kept.of(user)
        if known:
            known.player, known.joined_at = replace(known.player, left=False), at
            return known.player
        name = free_name(player.name, {other.player.name for other in kept.players})
        new = replace(player, number=len(kept.players) + 1, name=name)
        kept.players.append(Joined(new, user, at))
        return new

    async def change_player(self, session: str, player: Player) -> None:
        for known in self._sessions[session].players if session in self._sessions else ():
            if known.player.number == player.number and known.user is not None:
                known.player = player

    async def players(self, session: str) -> tuple[tuple[Player, UserId | None], ...]:
        kept = self._sessions.get(session)
        return tuple((known.player, known.user) for known in kept.players) if kept else ()

    async def playing(self, user: UserId) -> tuple[str, ...]:
        mine = [(kept, kept.of(user)) for kept in self._latest() if kept.running]
        active = [(known.joined_at, kept.now.id) for kept, known in mine if known and known.player.active]
        return tuple(name for _, name in sorted(active, key=lambda pair: pair[0], reverse=True))

    async def played(self, user: UserId) -> tuple[str, ...]:
        return tuple(kept.now.id for kept in self._latest() if kept.of(user))

    # answers

    async def write_answers(self, answers: Sequence[tuple[str, Answer]]) -> list[bool]:
        return [self._write_answer(session, answer) for session, answer in answers]

    async def answers(self, session: str, question: int | None = None) -> tuple[Answer, ...]:
        kept = self._sessions.get(session)
        found = sorted(kept.answers.items()) if kept else []
        return tuple(answer for (asked, _), answer in found if question is None or asked == question)

    # outbox

    async def unsent(self, account: str, limit: int = 200) -> tuple[Row, ...]:
        first: dict[RoomId, Row] = {}
        for message in self._outbox:
            if not message.sent and message.row.account == account:
                first.setdefault(message.row.room, message.row)
        return tuple(first.values())[:limit]

    async def attempt(self, row: Row, at: datetime, fence: Fence) -> bool:
        message = self._message(row)
        if message is None or message.sent or not self._holds(fence):
            return False
        message.row = replace(message.row, attempted_at=at)
        return True

    async def sent(self, row: Row, message: str, at: datetime) -> None:
        kept = self._message(row)
        if kept:
            kept.row, kept.sent = replace(kept.row, message=message), True

    async def drop(self, row: Row) -> None:
        self._outbox = [kept for kept in self._outbox if kept.sent or kept.row.key != row.key]

    async def messages(self, session: str, kind: str, question: int) -> tuple[Row, ...]:
        here = {room.number for room in self._sessions[session].rooms if room.here} if session in self._sessions else ()
        wanted = (session, kind, question)
        sent = [m.row for m in self._outbox if m.sent and (m.row.session, m.row.kind, m.row.question) == wanted]
        latest = {row.room_number: row for row in sent if row.room_number in here}
        return tuple(latest[number] for number in sorted(latest))

    # flags

    async def flag(self, item: str, language: str, reason: str, at: datetime) -> None:
        self._flags.append((item, language, reason, at))

    async def flags(self) -> tuple[tuple[str, str, str, datetime], ...]:
        return tuple(sorted(self._flags, key=lambda flag: flag[3])[::-1])

    # retention and privacy

    async def clean(self, now: datetime) -> int:
        before = self._size()
        for kept in tuple(self._sessions.values()):
            if kept.created_at < now - self.keep.sessions:
                self._erase(kept)
            elif kept.created_at < now - self.keep.answers:
                kept.answers.clear()
        used = {name for kept in self._sessions.values() for name in kept.pinned}
        self._pinned = {name: body for name, body in self._pinned.items() if name in used}
        self._flags = [flag for flag in self._flags if flag[3] >= now - FLAGS_LIVE]
        return before - self._size()

    def _export_play(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {"players": [], "answers": [], "sessions": []}
        for kept in self._sessions.values():
            name, known = kept.now.id, kept.of(user)
            if kept.starter == user:
                found["sessions"].append({"id": name, "code": kept.now.code})
            if known:
                player = known.player
                found["players"].append({"session": name, "name": player.name, "own_name": player.own_name})
                found["answers"] += [
                    {"session": name, "question": answer.question, "value": answer.value}
                    for answer in kept.answers.values()
                    if answer.player == player.number
                    and not (kept.now.phase is Phase.ASKING and answer.question == kept.now.question)
                ]
        return found

    def _forget_play(self, user: UserId) -> None:
        for kept in tuple(self._sessions.values()):
            if kept.is_solo_of(user):
                self._erase(kept)
                continue
            if kept.starter == user:
                kept.starter = None
            known = kept.of(user)
            if known:
                name = anonymous_name(known.player, kept.now.rules)
                known.player = replace(known.player, name=name, own_name="", left=True)
                known.user = None

    # helpers

    def _message(self, row: Row) -> Message | None:
        return next((kept for kept in self._outbox if kept.row.key == row.key), None)

    def _write_answer(self, session: str, answer: Answer) -> bool:
        kept = self._sessions.get(session)
        if kept is None or kept.asking != answer.question:
            return False
        key = (answer.question, answer.player)
        if key not in kept.answers or kept.answers[key].at <= answer.at:
            kept.answers[key] = answer
        return True

    def _size(self) -> int:
        """Rows that a database would have."""
        parts = sum(1 + len(k.rooms) + len(k.players) + len(k.answers) for k in self._sessions.values())
        return parts + len(self._outbox) + len(self._pinned) + len(self._flags)
