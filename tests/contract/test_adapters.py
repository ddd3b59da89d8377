"""One contract for every platform: the same talk on the recording one, in the terminal, on Discord and in Matrix.

Each platform is driven as a person uses it, in a direct chat; what it shows is compared as plain text.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Protocol

import pytest

from adapters.memory.room import Member, Room
from adapters.terminal.session import Terminal
from bot.app import App
from bot.artifacts import Knowledge
from bot.clock import SystemClock
from bot.store.memory import MemoryStore
from tests.discord.conftest import Bots as DiscordBots
from tests.doubles.discord import DiscordDouble
from tests.matrix.conftest import Bots as MatrixBots
from tests.servers.people import Person


class Talk(Protocol):
    """A person in a direct chat with Kompas."""

    async def say(self, text: str) -> str:
        """Write; returns what is shown."""

    async def choose(self, label: str) -> str:
        """Take the choice with that label from what was shown last; returns what is shown."""


class ByNumber:
    """Choosing where choices are numbered lines."""

    shown = ""

    async def choose(self, label: str) -> str:
        numbered = re.findall(r"^\s*(\d+)[.)]?\s+(.*?)\s*$", self.shown, flags=re.MULTILINE)
        number = next((number for number, text in numbered if text == label), None)
        assert number, f"no choice {label!r} in: {self.shown}"
        return await self.say(number)

    async def say(self, text: str) -> str:
        raise NotImplementedError


class MemoryTalk:
    def __init__(self, person: Member) -> None:
        self._person = person

    async def say(self, text: str) -> str:
        return await self._person.says(text)

    async def choose(self, label: str) -> str:
        return await self._person.presses(label)


class TerminalTalk(ByNumber):
    def __init__(self, terminal: Terminal, out: io.StringIO) -> None:
        self._terminal = terminal
        self._out = out

    async def say(self, text: str) -> str:
        self._out.seek(0)
        self._out.truncate()
        await self._terminal.say(text)
        self.shown = self._out.getvalue()
        return self.shown


class DiscordTalk:
    def __init__(self, double: DiscordDouble) -> None:
        self._double = double
        self._ana = double.user("Ana")
        self._last = None

    async def say(self, text: str) -> str:
        said = await self._ana.dm(text)
        self._last = await self._double.wait_message(self._ana.dm_channel, after=said)
        return self._shown()

    def _shown(self) -> str:
        return "\n".join([self._last.text, *(button["label"] for button in self._last.buttons if "label" in button)])

    async def choose(self, label: str) -> str:
        pressed = await self._ana.click(self._last, label=label)
        self._last = await pressed.answer()
        return self._shown()


class MatrixTalk(ByNumber):
    def __init__(self, person: Person, room: str, bot: str) -> None:
        self._person, self._room, self._bot = person, room, bot

    async def say(self, text: str) -> str:
        await self._person.say(self._room, text)
        reply = await self._person.wait_for_reply(self._room, sender=self._bot)
        self.shown = reply.body
        return self.shown


@pytest.fixture(params=["memory", "terminal", "discord", pytest.param("matrix", marks=pytest.mark.synapse)])
def platform(request) -> str:
    return request.param


@pytest.fixture
def server(platform, request):
    return request.getfixturevalue("synapse") if platform == "matrix" else None


@pytest.fixture
async def talk(platform, server, people, knowledge: Knowledge, tmp_path) -> AsyncIterator[Talk]:
    app = App(knowledge, MemoryStore(), SystemClock())
    async with AsyncExitStack() as stack:
        if platform == "memory":
            yield MemoryTalk(Room(app, private=True).person("ana"))
        elif platform == "terminal":
            out = io.StringIO()
            yield TerminalTalk(Terminal(app, out), out)
        elif platform == "discord":
            double = await stack.enter_async_context(DiscordDouble(identify_interval=0.0))
            stack.enter_context(double.patched())
            bots = DiscordBots(knowledge, double, tmp_path)
            stack.push_async_callback(bots.stop)
            await bots.start()
            yield DiscordTalk(double)
            assert (double.violations, double.missing, double.pings) == ([], [], [])
        else:
            bot = await MatrixBots(stack, knowledge, tmp_path).on(server)
            ana = await people.on(server, "ana")
            room = await ana.create_room(invite=[bot.user_id], direct=True)
            await ana.wait_for_member(room, bot.user_id)
            await asyncio.sleep(0)
            yield MatrixTalk(ana, room, bot.user_id)


def bare(text: str) -> str:
    """What is said, without the marks that a platform adds."""
    return re.sub(r"[*_`\\#>|]", "", text)


async def test_one_talk_is_the_same_everywhere(talk: Talk):
    menu = await talk.say("sta je sajber diplomatija")
    for autonym in ("bosanski", "hrvatski", "crnogorski", "srpski (latinica)"):
        assert autonym in menu
    answer = bare(await talk.choose("srpski (latinica)"))
    assert "Šta je sajber diplomatija" in answer
    assert "Diplomatija znači da" in answer
    assert "2026" in answer

    example = bare(await talk.choose("Primer"))
    assert "Šta je sajber diplomatija" in example
    assert "Diplomatija znači da" not in example

    topic = bare(await talk.say("explain kosovo-cyber"))
    assert "Kosovo" in topic
    assert "ne dovodi u pitanje stavove o statusu" in topic

    assert "English" in await talk.say("language en")
    assert "There is no command “explian”" in bare(await talk.say("/explian x"))
    assert "I do not know" in bare(await talk.say("best burek recipe with cheese please"))
    assert "The language you chose" in bare(await talk.say("privacy show"))
    assert "erased" in bare(await talk.say("privacy forget"))
    helped = bare(await talk.say("What can you do? help"))
    assert helped
