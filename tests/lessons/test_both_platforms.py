"""One Kompas, one quiz, two platforms: half of the class on Discord, half in a Matrix room, each in its language."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

import discord
import pytest

from bot.artifacts import Knowledge
from bot.model.ids import RoomId
from bot.quiz.session import Phase
from bot.store.sql import SqlStore
from tests.discord.test_talking import labels
from tests.doubles.discord import DiscordDouble, Message, Person
from tests.matrix.conftest import Bots
from tests.servers.fixtures import People
from tests.servers.students import a_class
from tests.servers.synapse import Synapse

from .blackboard import read

pytestmark = pytest.mark.synapse

HALF, QUESTIONS = 6, 3
T = TypeVar("T")


async def test_a_quiz_on_discord_is_played_in_a_matrix_room_too_on_one_scoreboard(
    synapse: Synapse, double: DiscordDouble, people: People, bots: Bots, knowledge: Knowledge
) -> None:
    account = await synapse.register_fresh("kompas")
    here = double.user("Teacher", permissions=discord.Permissions(manage_messages=True))
    there = await people.on(synapse, "teacher")
    bot = await bots.process(synapse, account, KOMPAS_DISCORD_TOKEN=double.token, **double.subprocess_env())
    await double.wait_ready(timeout=30)
    await double.wait_commands(timeout=30)
    room = await there.create_room(public=True, invite=[bot.user_id])
    await there.wait_for_member(room, bot.user_id)
    pupils = [double.user(f"Pupil {number}") for number in range(HALF)]
    async with a_class(synapse, HALF) as students:
        await asyncio.gather(*(student.join(room) for student in students))
        chats = [await student.open_direct(bot.user_id) for student in students]
        for student, chat in zip(students, chats, strict=True):
            await student.wait_for_member(chat, bot.user_id)
            await student.say(chat, "language mk")
            await student.wait_for(chat, sender=bot.user_id)
        await there.say(room, "!class language mk")
        await there.wait_for_reply(room, sender=bot.user_id)

        options = {"module": "threats", "questions": QUESTIONS, "seconds": 60, "pace": "manual", "languages": "en"}
        panel = await (await here.slash("quiz start", options)).answer()
        lobby = last = await double.wait_message()
        code = lobby.text.rpartition("Code: ")[2].split()[0]
        await there.say(room, f"!quiz link {code}")
        await there.wait_for_reply(room, sender=bot.user_id, contains=code)
        for pupil in pupils:
            await (await pupil.click(lobby, "Join")).answer()
        for student, chat in zip(students, chats, strict=True):
            seen = len(student.heard(chat))
            await student.say(chat, "quiz join")
            await student.wait_for(chat, sender=bot.user_id, after=seen)

        apart: list[float] = []
        for number in range(1, QUESTIONS + 1):
            began = time.monotonic()
            press = here.click(panel, "Begin") if number == 1 else here.slash("quiz next")
            here_at, there_at, answered = await asyncio.gather(
                timed(double.wait_message(after=last)),
                timed(there.wait_for_reply(room, sender=bot.user_id, contains=f"Прашање {number}", timeout=10)),
                press,
            )
            assert answered.acked_at
            apart.append(abs(here_at[0] - there_at[0]))
            assert max(here_at[0], there_at[0]) - began < 5
            question, text = here_at[1], there_at[1].body
            item = next(item for item in knowledge.items.items.values() if item.text("en").stem in plain(question.text))
            assert item.text("mk").stem in text
            shown = read([item], plain(question.text))
            right = [*range(HALF - number)]  # fewer know each one
            for index, pupil in enumerate(pupils):
                await answer(pupil, question, shown.right if index in right else shown.wrong)
            for index, (student, chat) in enumerate(zip(students, chats, strict=True)):
                words = shown.right if index in right else shown.wrong
                await student.say(chat, item.text("mk").accept[0] if words in item.text("en").accept else words)
            reveal, _ = await asyncio.gather(
                double.wait_message(after=question, timeout=15),
                there.wait_for_reply(room, sender=bot.user_id, contains=f"Прашање {number}: ", timeout=15),
            )
            last = reveal
        await (await here.slash("quiz next")).answer()
        final = await double.wait_message(after=last)
        elsewhere = (await there.wait_for_reply(room, sender=bot.user_id, contains="🥇")).body
        print(f"seconds between the platforms for the same question: {[round(seconds, 2) for seconds in apart]}")
        assert max(apart) < 1.5

        store = await SqlStore.open(f"sqlite+aiosqlite:///{bot.folder / 'data' / 'kompas.sqlite3'}")
        try:
            name = await store.last_in(RoomId("discord", str(double.channel.id)))
            assert name
            assert name == await store.last_in(RoomId("matrix", room))
            session, players, answers = await store.session(name), await store.players(name), await store.answers(name)
        finally:
            await store.close()
        assert session
        assert (session.phase, session.ended) == (Phase.CLOSED, "finished")
        assert {user.platform for _, user in players if user} == {"discord", "matrix"}
        assert (len(players), len(answers)) == (2 * HALF, 2 * HALF * QUESTIONS)
        best = [player.name for player, user in players if user and user.id in (str(pupils[0].id), students[0].user_id)]
        for name in best:  # both know all: they share the first place, on both boards
            assert name in plain(final.text)
            assert name in elsewhere
        used = await here.slash("report")
        report = await used.answer()
        assert used.ephemeral
        assert "12" in report.text
        files = {**report.files, **{key: data for more in used.followups for key, data in more.files.items()}}
        tables = [data.decode("utf-8-sig") for data in files.values()]
        assert any(all(player.name in table for player, _ in players) for table in tables)


async def timed(waiting: Awaitable[T]) -> tuple[float, T]:
    """When it came, and what."""
    found = await waiting
    return time.monotonic(), found


def plain(text: str) -> str:
    """Without the marks of Discord's markdown."""
    return text.replace("\\", "").replace("**", "")


async def answer(pupil: Person, question: Message, words: str) -> None:
    """Press, pick or type, as the question has it."""
    if any(part["type"] == 3 for part in question.components):
        menu = next(part for part in question.components if part["type"] == 3)
        used = await pupil.select(question, *(menu["options"][int(number) - 1]["label"] for number in words.split()))
    elif labels(question)[0][:1].isdecimal():
        used = await pupil.click(question, index=int(words) - 1)
    else:
        opened = await pupil.click(question, index=0)
        assert opened.modal
        used = await pupil.submit(opened.modal, {"text": words})
    assert (await used.answer()).ephemeral
