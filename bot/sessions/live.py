"""What is held in memory of a running session, so that an answer costs one write and no read."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import NoQuiz
from bot.model.ids import RoomId, UserId
from bot.ports import Linked, Sessions
from bot.quiz.items import Item
from bot.quiz.session import Player, Session

FRESH = timedelta(milliseconds=250)
"""Where several processes share a database, what is held is read again after this long."""
HELD = 5_000
"""Sessions held; the least recently used is dropped and read again when it is needed."""
ITEMS_HELD = 1_000


@dataclass(slots=True)
class Live:
    """A session with its rooms and players."""

    session: Session
    rooms: tuple[Linked, ...]
    players: dict[int, Player]
    users: dict[UserId, int]
    """Player number of each user who is not forgotten."""
    answered: set[int]
    """Players whose answer to the current question counts."""
    starter: UserId | None
    read_at: datetime
    stale: bool = False
    """To be read again before it is used."""
    newcomers: set[int] = field(default_factory=set)
    """Players who came in with their answer to the question that is open."""
    told: set[tuple[RoomId, int]] = field(default_factory=set)
    """Rooms where it was said during that question that answers are secret."""

    def player_of(self, user: UserId) -> Player | None:
        """The user's player."""
        number = self.users.get(user)
        return self.players[number] if number is not None else None

    def link_of(self, room: RoomId) -> Linked | None:
        """The room, if it takes part."""
        return next((linked for linked in self.rooms if linked.room == room), None)

    @property
    def home(self) -> Linked:
        """The room where it was started."""
        return self.rooms[0]

    @property
    def solo(self) -> bool:
        """Somebody plays alone in a direct chat."""
        return len(self.rooms) == 1 and self.rooms[0].private

    @property
    def active(self) -> list[Player]:
        """Players whom the class waits for."""
        return [player for player in self.players.values() if player.active]

    @property
    def waiting_for(self) -> list[Player]:
        """Active players who have not answered the current question."""
        return [player for player in self.active if player.number not in self.answered]

    @property
    def all_answered(self) -> bool:
        """Whether nobody is waited for. Who will play is known after the first question only: before that the first one
        to answer would end it for the class, unless everybody so far had joined before they answered."""
        if self.waiting_for:
            return False
        return self.solo or self.session.question > 0 or (len(self.active) > 1 and not self.newcomers)

    def is_steered_by(self, user: UserId) -> bool:
        """Whether the user started the session or took it over."""
        return self.starter == user


class Lives:
    """Running sessions, read when they are needed."""

    def __init__(self, store: Sessions) -> None:
        self._store = store
        self._held: OrderedDict[str, Live] = OrderedDict()
        self._items: OrderedDict[str, Item] = OrderedDict()

    async def get(self, session: str, now: datetime) -> Live:
        """The session. Raises NoQuiz when it is not kept."""
        live = self._held.get(session)
        if live is not None and not live.stale and (self._store.alone or timedelta(0) <= now - live.read_at < FRESH):
            self._held.move_to_end(session)
            return live
        return await self.read(session, now)

    async def read(self, session: str, now: datetime) -> Live:
        """The session as the store has it now, in the one object that everybody holds. What was added to it while the
        store was being read stays. Raises NoQuiz when it is not kept."""
        kept = await self._store.session(session)
        if kept is None:
            self._held.pop(session, None)
            raise NoQuiz
        rooms = await self._store.rooms_of(session)
        rows = await self._store.players(session)
        answers = await self._store.answers(session, kept.question) if kept.question >= 0 else ()
        starter = await self._store.starter(session)
        live = self._held.get(session)
        if live is None:
            live = self._held[session] = Live(kept, rooms, {}, {}, set(), starter, now)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(session)
        numbers = {player.number for player, _ in rows}
        live.users = {user: number for user, number in live.users.items() if number not in numbers}
        live.users |= {user: player.number for player, user in rows if user is not None}
        live.players |= {player.number: player for player, _ in rows}
        if kept.version >= live.session.version:
            answered = {answer.player for answer in answers}
            live.answered = answered | live.answered if kept.question == live.session.question else answered
            live.session = kept
        live.rooms, live.starter, live.read_at, live.stale = rooms, starter, now, False
        return live

    def drop(self, session: str) -> None:
        """Read it again next time."""
        if session in self._held:
            self._held[session].stale = True

    def drop_all(self) -> None:
        """Read everything again: a person was forgotten."""
        for live in self._held.values():
            live.stale = True

    async def item(self, name: str) -> Item:
        """A pinned item by its content hash."""
        item = self._items.get(name)
        if item is None:
            item = Item.from_json(await self._store.pinned(name))
            self._items[name] = item
            while len(self._items) > ITEMS_HELD:
                self._items.popitem(last=False)
        return item
