"""A class plays a quiz on a real homeserver, with Kompas as a process of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.servers.fixtures import People
from tests.servers.people import EncryptedPerson, Person
from tests.servers.students import Student, a_class
from tests.servers.synapse import Account, Synapse

from .conftest import BotProcess, Bots, wait_for

pytestmark = pytest.mark.synapse

SIZE = 6


@dataclass
class Lesson:
    """The teacher's room, the students who play in plain chats, and one whose chat is encrypted."""

    bot: BotProcess
    account: Account
    teacher: Person
    room: str
    students: list[Student]
    chats: list[str]
    secretive: EncryptedPerson
    secret_chat: str

    async def see(self, words: str, room: str = "", timeout: float = 30) -> str:
        """Until the bot says something with these words in the class room."""
        message = await self.teacher.wait_for_reply(
            room or self.room, sender=self.bot.user_id, contains=words, timeout=timeout
        )
        return message.body

    async def come_in(self) -> None:
        """All join, so that an answer is no first word any more."""
        await self.secretive.say(self.secret_chat, "quiz join")
        await self.secretive.wait_for_reply(self.secret_chat, contains="You are in")
        for student, chat in zip(self.students, self.chats, strict=True):
            await student.say(chat, "quiz join")
        for student, chat in zip(self.students, self.chats, strict=True):
            await student.wait_for(chat, contains="You are in")

    async def answer(self, text: str = "1") -> list[str]:
        """All type this; the events of the plain chats."""
        await self.secretive.say(self.secret_chat, text)
        return await asyncio.gather(
            *(student.say(chat, text) for student, chat in zip(self.students, self.chats, strict=True))
        )

    async def wait_receipts(self, answers: list[str]) -> None:
        """Until each answer has its receipt."""

        async def all_seen() -> bool:
            seen = [await s.seen_by(c, self.bot.user_id) for s, c in zip(self.students, self.chats, strict=True)]
            return seen == answers

        await wait_for(all_seen, "the receipts")


@pytest_asyncio.fixture
async def lesson(synapse: Synapse, people: People, bots: Bots) -> AsyncIterator[Lesson]:
    account = await synapse.register_fresh("kompas")
    teacher = await people.on(synapse, "teacher")
    secretive = await people.on(synapse, "ana", encrypted=True)
    assert isinstance(secretive, EncryptedPerson)
    bot = await bots.process(synapse, account)
    async with a_class(synapse, SIZE) as students:
        room = await teacher.create_room(public=True, invite=[bot.user_id], room_version="11")
        await teacher.wait_for_member(room, bot.user_id)
        await asyncio.gather(secretive.join(room), *(student.join(room) for student in students))
        chats = await asyncio.gather(*(student.open_direct(bot.user_id) for student in students))
        for student, chat in zip(students, chats, strict=True):
            await student.wait_for_member(chat, bot.user_id)
        hidden = await secretive.create_room(invite=[bot.user_id], direct=True, encrypted=True)
        await secretive.wait_for_member(hidden, bot.user_id)
        await secretive.say(hidden, "language en")
        await secretive.wait_for_reply(hidden, sender=bot.user_id)
        await teacher.say(room, "!class language en")
        await teacher.wait_for_reply(room, sender=bot.user_id)
        yield Lesson(bot, account, teacher, room, students, chats, secretive, hidden)


async def start(lesson: Lesson, **options: str) -> None:
    words = {"questions": "2", "seconds": "60", "pace": "manual", "difficulty": "1"} | options
    await lesson.teacher.say(lesson.room, "!quiz start " + " ".join(f"{name}:{value}" for name, value in words.items()))
    await lesson.see("Code:")
    await lesson.teacher.say(lesson.room, "!quiz next")


async def test_answers_in_direct_chats_get_a_receipt_and_the_room_sees_how_many(lesson: Lesson) -> None:
    await start(lesson)
    await lesson.see("Question 1 of")
    await lesson.come_in()
    answers = await lesson.answer()
    await lesson.see("Question 1: the answer")
    await lesson.wait_receipts(answers)
    for student, chat in zip(lesson.students, lesson.chats, strict=True):
        await student.read(chat)
        assert len([m for m in student.heard(chat) if m.sender == lesson.bot.user_id]) == 1
    await lesson.teacher.say(lesson.room, "!quiz next")
    await lesson.see("Question 2 of")


async def test_answers_sent_while_kompas_is_killed_count_once_and_the_question_stands_once(lesson: Lesson) -> None:
    await start(lesson)
    await lesson.see("Question 1 of")
    await lesson.come_in()
    first = await lesson.students[0].say(lesson.chats[0], "1")

    async def taken() -> bool:
        return await lesson.students[0].seen_by(lesson.chats[0], lesson.bot.user_id) == first

    await wait_for(taken, "the first receipt")
    await lesson.bot.end(signal.SIGKILL)
    answers = await lesson.answer("2")
    await lesson.bot.start()
    await lesson.see("Question 1: the answer", timeout=60)
    await lesson.wait_receipts(answers)
    shown = lesson.teacher.inbox.shown(lesson.room)
    questions = [m.body for m in shown if m.sender == lesson.bot.user_id and "Question 1 of" in m.body]
    assert len(questions) == 1


async def test_a_quiz_goes_along_when_its_room_is_upgraded(lesson: Lesson) -> None:
    await start(lesson)
    await lesson.see("Question 1 of")
    await lesson.come_in()
    new = await lesson.teacher.upgrade_room(lesson.room, "12")
    await lesson.teacher.wait_for_member(new, lesson.bot.user_id)
    await asyncio.gather(lesson.secretive.join(new), *(student.join(new) for student in lesson.students))
    await lesson.answer()
    await lesson.see("Question 1: the answer", new)
    await lesson.teacher.say(new, "!quiz next")
    await lesson.see("Question 2 of", new)


async def test_a_quiz_ends_when_its_only_room_throws_the_bot_out(lesson: Lesson) -> None:
    await start(lesson)
    await lesson.see("Question 1 of")
    await lesson.teacher.request("POST", f"/rooms/{lesson.room}/kick", {"user_id": lesson.bot.user_id})
    chat = await lesson.teacher.create_room(invite=[lesson.bot.user_id], direct=True)
    await lesson.teacher.wait_for_member(chat, lesson.bot.user_id)
    student, where = lesson.students[0], lesson.chats[0]
    await asyncio.sleep(1.0)
    await student.say(where, "quiz join")
    refused = await student.wait_for(where, sender=lesson.bot.user_id)
    assert "You are in" not in refused.body
    await lesson.teacher.invite(lesson.room, lesson.bot.user_id)
    await lesson.teacher.wait_for_member(lesson.room, lesson.bot.user_id)
    await start(lesson)
    await lesson.see("Question 1 of")
