"""`make demo`: a whole lesson on one machine, without an account anywhere.

A real homeserver (Synapse) is started, Kompas, a teacher and thirty simulated students in four languages. They play
five questions; in the third one Kompas is killed and started again. The terminal shows what the room sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.artifacts import load_knowledge  # noqa: E402 - the path comes first
from bot.quiz.items import SHAPES, Item  # noqa: E402
from tests.servers.environments import ServerUnavailable  # noqa: E402
from tests.servers.students import Student, a_class  # noqa: E402
from tests.servers.synapse import Synapse  # noqa: E402

LANGUAGES = ("en", "sq", "mk", "sr-Latn")
QUESTIONS = 5
CRASH_AT = 3
"""The question in whose middle Kompas is killed, from 1."""
BOARD = "en"
KNOWS = 0.7
"""How likely a student knows an answer."""
READ_SECONDS = 3.0
"""How long an answer stays on the board here; a real class would want more."""
WAIT_SECONDS = 60.0

console = Console(width=min(100, Console().width))


@dataclass
class Bot:
    """Kompas as an operator starts it."""

    server: Synapse
    user: str
    password: str
    folder: Path
    process: asyncio.subprocess.Process | None = field(default=None)

    async def start(self) -> None:
        """Start `kompas run`."""
        settings = {
            "KOMPAS_MATRIX_HOMESERVER": self.server.url,
            "KOMPAS_MATRIX_USER": self.user,
            "KOMPAS_MATRIX_PASSWORD": self.password,
            "KOMPAS_DATA_DIR": str(self.folder),
            "KOMPAS_LOG_LEVEL": "ERROR",
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
        log = (self.folder / "kompas.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=ROOT, env=others | settings, stdout=log, stderr=log
        )

    async def end(self, how: signal.Signals) -> None:
        """Send the signal and wait for the end."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()


@dataclass
class Board:
    """The class room as it is seen by the teacher."""

    teacher: Student
    room: str
    bot: str
    seen: int = 0

    async def wait(self, words: str, *, show: bool = True) -> str:
        """Until the bot says something with these words; everything it says on the way is shown."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            await self.teacher.read(self.room)
            messages = self.teacher.heard(self.room)[self.seen :]
            for message in messages:
                self.seen += 1
                if message.sender == self.bot and message.replaces is None:
                    if show:
                        self.show(message.body)
                    if words in message.body:
                        return message.body
            await asyncio.sleep(0.2)
        raise SystemExit(f"The room never saw “{words}”. See kompas.log.")

    def show(self, text: str) -> None:
        """Draw a message of the bot."""
        title, _, rest = text.partition("\n")
        console.print(
            Panel(rest.strip() or title, title=f"[bold cyan]{title}", title_align="left", border_style="cyan")
        )


async def main() -> None:
    """The lesson."""
    began = time.monotonic()
    console.rule("[bold]Kompas: a lesson of thirty, in four languages, with a crash in the middle")
    with tempfile.TemporaryDirectory(prefix="kompas-demo-") as name:
        folder = Path(name)
        with console.status("Starting a homeserver (downloaded into a cache the first time) …"):
            server = Synapse(folder / "synapse")
            await server.start()
        try:
            async with lesson(server, folder) as (bot, board, students):
                await play(bot, board, students)
        finally:
            await server.stop()
    console.rule(f"[bold]{time.monotonic() - began:.0f} seconds. That was it: `make run` starts your own.")


@contextlib.asynccontextmanager
async def lesson(server: Synapse, folder: Path) -> AsyncIterator[tuple[Bot, Board, list[Student]]]:
    """Kompas, a room with the class, and a direct chat for each student."""
    account = await server.register("kompas", "kompas-demo-password")
    data = folder / "data"
    data.mkdir()
    bot = Bot(server, account.user_id, "kompas-demo-password", data)
    async with a_class(server, 1, "teacher") as (teacher,), a_class(server, 30) as students:
        with console.status("Kompas starts; thirty students come in and open a chat with it …"):
            await bot.start()
            room = str(
                (
                    await teacher.request(
                        "POST", "/createRoom", {"preset": "public_chat", "name": "7b", "invite": [bot.user]}
                    )
                )["room_id"]
            )
            await teacher.wait_for_member(room, bot.user, timeout=WAIT_SECONDS)
            await asyncio.gather(*(student.join(room) for student in students))
            chats = await asyncio.gather(*(student.open_direct(bot.user) for student in students))
            await asyncio.gather(*(s.wait_for_member(c, bot.user) for s, c in zip(students, chats, strict=True)))
            for n, (student, chat) in enumerate(zip(students, chats, strict=True)):
                await student.say(chat, f"language {LANGUAGES[n % 4]}")
            await asyncio.gather(
                *(s.wait_for(c, sender=bot.user, timeout=WAIT_SECONDS) for s, c in zip(students, chats, strict=True))
            )
        for student, chat in zip(students, chats, strict=True):
            student.chat = chat  # type: ignore[attr-defined]
        try:
            yield bot, Board(teacher, room, bot.user), students
        finally:
            await bot.end(signal.SIGTERM)


async def play(bot: Bot, board: Board, students: list[Student]) -> None:
    """Five questions and the report."""
    items = load_knowledge().items.items.values()
    teacher = board.teacher
    teacher_says(f"!class language {BOARD}")
    await teacher.say(board.room, f"!class language {BOARD}")
    await board.wait("", show=False)
    start = f"!quiz start module:threats questions:{QUESTIONS} seconds:60 pace:manual"
    teacher_says(start)
    await teacher.say(board.room, start)
    await board.wait("Code:")
    await join(students)
    teacher_says("!quiz next")
    await teacher.say(board.room, "!quiz next")
    for number in range(1, QUESTIONS + 1):
        console.record = number == CRASH_AT  # the picture in the README shows this question
        text = await board.wait(f"Question {number} of")
        item = next((item for item in items if item.text(BOARD).stem in text), None)
        answers = {student: answer_of(item, text) for student in students}
        if number == CRASH_AT:
            await crash(bot, answers, students)
        else:
            await answer(answers, students, spread=2.5)
        await board.wait(f"Question {number}: the answer")
        await show_private(students[number % 4], number)
        console.record = False
        await asyncio.sleep(READ_SECONDS)
        await teacher.say(board.room, "!quiz next")
    await board.wait("The quiz is over")
    await report(board)


async def join(students: list[Student]) -> None:
    """All come in, each in their own chat."""
    chats = [student.chat for student in students]  # type: ignore[attr-defined]
    for student, chat in zip(students, chats, strict=True):
        await student.read(chat)
    before = [len(student.heard(chat)) for student, chat in zip(students, chats, strict=True)]
    await asyncio.gather(*(s.say(c, "quiz join") for s, c in zip(students, chats, strict=True)))
    waits = (s.wait_for(c, after=n, timeout=WAIT_SECONDS) for s, c, n in zip(students, chats, before, strict=True))
    await asyncio.gather(*waits)
    console.print(f"[green]✔ {len(students)} students have joined, each under a made-up name.")


async def answer(answers: dict[Student, str], students: list[Student], *, spread: float) -> None:
    """All answer within so many seconds."""

    async def one(student: Student) -> None:
        await asyncio.sleep(random.uniform(0, spread))
        await student.say(student.chat, answers[student])  # type: ignore[attr-defined]

    await asyncio.gather(*(one(student) for student in students))
    console.print(f"[green]✔ {len(students)} students have answered in their direct chats; nobody saw it.")


async def crash(bot: Bot, answers: dict[Student, str], students: list[Student]) -> None:
    """Kill Kompas between two halves of the answers."""
    await answer(answers, students[:15], spread=1.0)
    await asyncio.sleep(1.0)
    await bot.end(signal.SIGKILL)
    console.print("[bold red]✘ kill -9: Kompas is gone, in the middle of the question. The others answer all the same.")
    await answer(answers, students[15:], spread=1.0)
    await bot.start()
    console.print("[bold green]↻ Kompas is started again.")


async def show_private(student: Student, number: int) -> None:
    """What one student sees who asks for their own result."""
    chat = student.chat  # type: ignore[attr-defined]
    await student.read(chat)
    before = len(student.heard(chat))
    await student.say(chat, "quiz mine")
    message = await student.wait_for(chat, after=before, timeout=WAIT_SECONDS)
    first = "\n".join(message.body.split("\n\n")[:4])
    console.print(Panel(first, title=f"[yellow]a student's own chat, question {number}", title_align="right"))


async def report(board: Board) -> None:
    """The teacher asks for the report in a direct chat."""
    teacher = board.teacher
    chat = await teacher.open_direct(board.bot)
    await teacher.wait_for_member(chat, board.bot, timeout=WAIT_SECONDS)
    teacher_says("report   (in a direct chat)")
    await teacher.say(chat, "report")
    await teacher.wait_for(chat, contains=".csv", timeout=WAIT_SECONDS)
    await asyncio.sleep(1.0)
    await teacher.read(chat)
    for message in teacher.heard(chat):
        if message.sender == board.bot:
            board.show(message.body)


def answer_of(item: Item | None, text: str) -> str:
    """What a student types who looks at the board: mostly the right numbers."""
    shown = dict(re.findall(rf"^(\d) [{SHAPES}]\s+(.+)$", text, re.MULTILINE))
    numbers = {words.strip(): number for number, words in shown.items()}
    if item is None or not shown:
        words = item.text(BOARD).accept if item else ()
        return words[0] if words and random.random() < KNOWS else "?!"
    options = item.text(BOARD).options or {"true": "True", "false": "False"}
    right = [numbers[options[option]] for option in item.key if options[option] in numbers]
    if right and random.random() < KNOWS:
        return " ".join(right)
    wanted = len(right) if item.type in ("ordering", "matching") else 1
    return " ".join(random.sample(sorted(shown), wanted))


def teacher_says(text: str) -> None:
    """Show what the teacher types."""
    console.print(f"[bold magenta]teacher:[/] {text}")


if __name__ == "__main__":
    try:
        asyncio.run(main())
        if sys.argv[1:2] == ["--svg"]:
            console.save_svg(sys.argv[2], title="make demo")
    except ServerUnavailable as error:
        raise SystemExit(f"The demo needs Synapse from the package index: {error}") from error
