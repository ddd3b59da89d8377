"""Thirty students in a Matrix room, each with a direct chat with Kompas, three of these chats encrypted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain

from bot.artifacts import Knowledge
from bot.model.ids import RoomId
from bot.quiz.scoring import Place, scoreboard
from bot.quiz.session import Answer, Session
from bot.store.sql import SqlStore
from tests.matrix.conftest import BotProcess, Bots, wait_for
from tests.servers.fixtures import People
from tests.servers.people import EncryptedPerson, Person
from tests.servers.students import Student, a_class
from tests.servers.synapse import Synapse

from .blackboard import Shown, read

PLAIN, ENCRYPTED = 27, 3
LANGUAGES = ("en", "sq", "mk", "sr-Latn")


@dataclass
class Seat:
    """A student with a direct chat. `hands` types; `eyes` looks for receipts, which costs no sync loop."""

    number: int
    hands: Student | EncryptedPerson
    eyes: Student
    chat: str

    @property
    def user_id(self) -> str:
        return self.hands.user_id

    async def say(self, text: str) -> str:
        """Type into the direct chat; the event id."""
        return await self.hands.say(self.chat, text)

    async def seen(self, bot: str) -> str:
        """The event up to which the bot has read the chat."""
        return await self.eyes.seen_by(self.chat, bot, afresh=isinstance(self.hands, EncryptedPerson))

    async def hears(self, words: str = "") -> None:
        """Until somebody else says something with these words in the direct chat."""
        if isinstance(self.hands, EncryptedPerson):
            await self.hands.wait_for_reply(self.chat, contains=words)
        else:
            await self.hands.wait_for(self.chat, contains=words)

    async def heard(self) -> tuple[int, list[str]]:
        """What was said to this student last."""
        if isinstance(self.hands, Student):
            await self.hands.read(self.chat)
            return self.number, [message.body for message in self.hands.heard(self.chat)[-5:]]
        return self.number, [message.body for message in self.hands.messages(self.chat)[-5:]]

    def knows(self, question: int) -> bool:
        """Whether this student answers this question (from 0) right: some know more than others."""
        return (self.number * 7 + question * 3) % 10 < self.number % 5 + 4


@dataclass
class MatrixClass:
    """The lesson."""

    knowledge: Knowledge
    bot: BotProcess
    teacher: Person
    room: str
    seats: list[Seat]
    points: dict[str, int] = field(default_factory=dict)
    """By user id, from what was typed."""

    async def steer(self, text: str) -> None:
        """The teacher types in the room."""
        await self.teacher.say(self.room, text)

    async def see(self, words: str, timeout: float = 40) -> str:
        """What the bot says in the room with these words."""
        heard = await self.teacher.wait_for_reply(self.room, sender=self.bot.user_id, contains=words, timeout=timeout)
        return heard.body

    async def question(self, number: int, timeout: float = 40) -> Shown:
        """The question with that number, from 1, once it stands on the board."""
        return read(self.knowledge.items.items.values(), await self.see(f"Question {number} of", timeout))

    async def answer(self, shown: Shown, number: int, seats: list[Seat] | None = None) -> dict[int, str]:
        """These students (all) answer at once: event id by seat."""
        answering = self.seats if seats is None else seats

        async def one(seat: Seat) -> str:
            knows = seat.knows(number - 1)
            self.points[seat.user_id] = self.points.get(seat.user_id, 0) + 1000 * knows
            return await seat.say(shown.right if knows else shown.wrong)

        events = await asyncio.gather(*map(one, answering))
        return {seat.number: event for seat, event in zip(answering, events, strict=True)}

    async def confirmed(self, events: dict[int, str], timeout: float = 30) -> float:
        """Until each of these has a receipt of the bot; the seconds it took."""
        began, missing = time.monotonic(), dict(events)

        async def all_seen() -> bool:
            looked = [self.seats[number] for number in missing]
            for seat, seen in zip(
                looked, await asyncio.gather(*(s.seen(self.bot.user_id) for s in looked)), strict=True
            ):
                if seen == missing[seat.number]:
                    del missing[seat.number]
            return not missing

        try:
            await wait_for(all_seen, "the receipts", timeout=timeout)
        except AssertionError:
            raise AssertionError(f"no receipt: {[await self.seats[n].heard() for n in missing]}") from None
        return time.monotonic() - began

    async def join(self) -> None:
        """All come in while the quiz waits for its first question; what they are told may take a while."""
        await asyncio.gather(*(seat.say("quiz join") for seat in self.seats))

        async def all_in() -> bool:
            return len((await self.kept())[2]) == len(self.seats)

        await wait_for(all_in, "the players", timeout=30)

    def posted(self, *, changes: bool = True) -> list[str]:
        """Every message of the bot in the room, in order, and every change of one."""
        messages = [m for m in self.teacher.messages(self.room) if m.sender == self.bot.user_id]
        return [m.body for m in messages if changes or m.replaces is None]

    async def kept(self) -> tuple[Session, tuple[Answer, ...], dict[str, Place]]:
        """What the database holds: the session, all answers, and the place of each user."""
        store = await SqlStore.open(f"sqlite+aiosqlite:///{self.bot.folder / 'data' / 'kompas.sqlite3'}")
        try:
            name = await store.last_in(RoomId("matrix", self.room))
            assert name
            session = await store.session(name)
            assert session
            answers, players = await store.answers(name), await store.players(name)
        finally:
            await store.close()
        users = {player.number: user.id for player, user in players if user}
        board = scoreboard(session, [player for player, _ in players], answers)
        return session, answers, {users[place.player.number]: place for place in board}


@asynccontextmanager
async def matrix_class(
    server: Synapse, people: People, bots: Bots, knowledge: Knowledge, *, prepared: bool = False
) -> AsyncIterator[MatrixClass]:
    """The class in its room, with the direct chats open. `prepared`: on a server with limits, an administrator lifts
    them until everybody is in; the lesson itself has them."""
    account = await server.register_fresh("kompas")
    teacher = await people.on(server, "teacher")
    secretive = [await people.on(server, "ana", encrypted=True) for _ in range(ENCRYPTED)]
    bot = await bots.process(server, account)
    async with a_class(server, PLAIN) as students:
        known = [account.user_id, teacher.user_id, *(one.user_id for one in chain(students, secretive))]
        if prepared:
            await asyncio.gather(*(server.override_ratelimit(user) for user in known))
        room = await teacher.create_room(public=True, invite=[bot.user_id])
        await teacher.wait_for_member(room, bot.user_id, timeout=60)
        await asyncio.gather(*(one.join(room) for one in chain(students, secretive)))
        seats = [Seat(n, one, one, await one.open_direct(bot.user_id)) for n, one in enumerate(students)]
        for one in secretive:
            assert isinstance(one, EncryptedPerson)
            chat = await one.create_room(invite=[bot.user_id], direct=True, encrypted=True)
            seats.append(Seat(len(seats), one, students[0].for_account(one.account), chat))
        await asyncio.gather(*(seat.hands.wait_for_member(seat.chat, bot.user_id, timeout=60) for seat in seats))
        await teacher.say(room, "!class language en")
        await teacher.wait_for_reply(room, sender=bot.user_id)
        for seat in seats:
            await seat.say(f"language {LANGUAGES[seat.number % 4] if seat.number < PLAIN else 'en'}")
        await asyncio.gather(*(seat.hears("🌐") for seat in seats))
        if prepared:
            await asyncio.gather(*(server.restore_ratelimit(user) for user in known))
        yield MatrixClass(knowledge, bot, teacher, room, seats)
