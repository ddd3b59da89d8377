"""A lesson on the memory platform: a class room, direct chats, and a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.memory.room import Member, MemorySender, Room
from bot.app import App
from bot.model.ids import RoomId
from bot.model.request import Role
from bot.quiz.session import Session
from bot.sessions.live import Live


@dataclass
class Lesson:
    """One room whose answers are given in direct chats, as in Matrix, or by pressing, as on Discord (`pressed`)."""

    app: App
    clock: object
    pressed: bool = False
    name: str = "class"
    sender: MemorySender = field(default_factory=MemorySender)
    languages: tuple[str, ...] = ("en",)

    def __post_init__(self) -> None:
        self.sender.numbered = not self.pressed
        self.sender.direct_link = "" if self.pressed else "https://chat.example/kompas"
        self.app.senders.connect(self.sender)
        self.room = Room(
            self.app,
            RoomId("memory", self.name),
            numbered=not self.pressed,
            whispers=self.pressed,
            sender=self.sender,
        )
        self.teacher = self.room.person("teacher", Role.TEACHER)

    async def start(self, **options: str) -> str:
        """The teacher starts a quiz; what the teacher is told."""
        await self.app.clockwork.beat()
        await self.app.store.set_room(self.room.id, languages=self.languages)
        told = await self.teacher.uses("quiz start", **options)
        await self.settle()
        return told

    async def begin(self) -> None:
        """The teacher opens the first or the next question."""
        await self.teacher.uses("quiz next")
        await self.settle()

    async def settle(self) -> None:
        """Everything that is due happens, and everything that was said is shown."""
        await self.app.clockwork.tick()
        await self.app.clockwork.drain()

    async def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.clock.move(seconds=seconds)  # type: ignore[attr-defined]
        await self.settle()

    async def student(self, name: str, language: str = "en") -> Member:
        """Somebody in the room who has chosen a language; with a direct chat where answers are given there."""
        member = self.room.person(name) if self.pressed else self.direct(name)
        await member.uses("language", tag=language)
        return member

    def direct(self, name: str) -> Member:
        """Somebody's direct chat with the bot; the person is in the room, too."""
        self.room.person(name)
        chat = Room(self.app, RoomId("memory", f"chat-{name}"), private=True, sender=self.sender)
        return chat.person(name)

    async def live(self) -> Live:
        """The session of the room."""
        session = await self.app.store.last_in(self.room.id)
        assert session
        return await self.app.quizzes.lives.read(session, self.clock.now())  # type: ignore[attr-defined]

    async def session(self) -> Session:
        """Its phase row."""
        return (await self.live()).session

    async def right(self) -> str:
        """What to type for the right answer to the open question."""
        live = await self.live()
        current = live.session.current
        assert current
        if not current.order:
            item = await self.app.quizzes.lives.item(current.pinned)
            return item.text("en").accept[0]
        return " ".join(str(current.order.index(option) + 1) for option in current.key)

    def shown(self) -> str:
        """What the room saw last."""
        return list(self.room.posted.values())[-1]
