"""The command `report`: who gets which session, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.memory.room import Room
from bot.model.ids import RoomId
from bot.model.reply import Document
from bot.model.request import Role
from tests.sessions.lesson import Lesson

START = {"topic": "attribution", "questions": "2", "pace": "manual"}


@pytest.fixture
def lesson(app, clock):
    return Lesson(app, clock)


@pytest.fixture
def pressed(app, clock):
    return Lesson(app, clock, pressed=True)


async def play(lesson, *names, end=True):
    """One question; everybody answers it right."""
    await lesson.start(**START)
    await lesson.begin()
    for name in names:
        student = lesson.direct(name) if not lesson.pressed else lesson.room.person(name)
        await student.uses("language", tag="en")
        session = await lesson.session()
        await student.uses("quiz pick", session=session.id, question="0", numbers=await lesson.right())
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    if end:
        await lesson.teacher.uses("quiz stop")
        await lesson.settle()


def documents(room):
    return {block.name: block.text for block in room.seen[-1].reply.blocks if isinstance(block, Document)}


async def test_the_teacher_gets_summary_and_files_in_the_room_for_nobody_else(pressed):
    await play(pressed, "ana", "ben")
    text = await pressed.teacher.uses("report")
    assert "Quiz report: 23 November 2026" in text
    assert "2 players. 1 question that counts. Right answers: 2 of 2." in text
    shown = pressed.room.seen[-1]
    assert shown.only == pressed.teacher.user
    files = documents(pressed.room)
    assert list(files) == [f"kompas-2026-11-23-{part}.csv" for part in ("students", "questions", "answers")]
    assert all(text.startswith("\ufeff") for text in files.values())


async def test_where_rooms_cannot_whisper_it_is_given_in_the_direct_chat(lesson):
    lesson.room.whispers = False
    await play(lesson, "ana")
    assert "Quiz report" not in await lesson.teacher.uses("report")
    assert "Quiz report" in await lesson.direct("teacher").uses("report")


async def test_the_button_of_the_panel_leads_to_it(pressed):
    await play(pressed, "ana")
    await pressed.teacher.uses("quiz panel", session=(await pressed.session()).id)
    assert "Quiz report" in await pressed.teacher.presses("Report")


async def test_somebody_elses_report_is_refused(pressed):
    await play(pressed, "ana")
    session = (await pressed.session()).id
    ana = pressed.room.person("ana")
    assert "Only the teacher" in await ana.uses("report")
    assert "Only the teacher" in await pressed.direct("ana").uses("report", session=session)
    other = Room(pressed.app, RoomId("memory", "other"), sender=pressed.sender).person("boss", Role.ADMIN)
    assert "Only the teacher" in await other.uses("report", session=session)
    assert "no quiz here" in await other.uses("report")
    assert "no quiz here" in await pressed.direct("ana").uses("report", session="nonesuch")
    assert "no quiz here" in await pressed.direct("zoe").uses("report")


async def test_another_teacher_of_the_room_and_a_colleague_who_took_over_get_it(pressed):
    await play(pressed, "ana", end=False)
    assert "Quiz report" in await pressed.room.person("colleague", Role.TEACHER).uses("report")
    await pressed.teacher.uses("quiz handover", who="heir")
    assert "Quiz report" in await pressed.direct("heir").uses("report")


async def test_who_was_made_a_teacher_of_the_room_gets_it_in_a_direct_chat(lesson):
    await play(lesson, "ana")
    await lesson.teacher.uses("class teacher add", who="colleague")
    assert "Quiz report" in await lesson.direct("colleague").uses("report")


async def test_in_a_direct_chat_several_are_offered_the_latest_first(lesson, clock):
    await play(lesson, "ana")
    clock.move(days=1, hours=1)
    await play(lesson, "ana", "ben")
    chat = lesson.direct("teacher")
    text = await chat.uses("report")
    assert "1. 24 November 2026, 11:00: 2 questions\n2. 23 November 2026, 10:00: 2 questions" in text
    assert "Quiz report: 23 November 2026" in await chat.says("2")


async def test_a_running_quiz_can_be_reported_so_far(lesson):
    await play(lesson, "ana", end=False)
    await lesson.teacher.uses("quiz next")
    text = await lesson.direct("teacher").uses("report")
    assert "still running" in text
    assert "1 question that counts" in text


async def test_a_quiz_whose_answers_are_erased_says_so(lesson, clock):
    await play(lesson, "ana")
    clock.move(days=31)
    await lesson.app.store.clean(clock.now())
    text = await lesson.direct("teacher").uses("report")
    assert "its answers have been erased" in text
    assert clock.now() - (await lesson.session()).asked_at > timedelta(days=30)


async def test_a_forgotten_player_stays_without_a_name(lesson):
    await lesson.start(**START)
    ana = await lesson.student("ana")
    await ana.uses("quiz join")
    await ana.uses("quiz name", name="Ana Anić")
    await lesson.begin()
    await ana.says(await lesson.right())
    chat = lesson.direct("teacher")
    assert "Ana Anić" in await chat.uses("report")
    await ana.uses("privacy forget")
    assert "Ana Anić" not in await chat.uses("report")
    assert documents(chat.room)["kompas-2026-11-23-students.csv"].count("\r\n") == 2


async def test_times_are_those_of_the_class(lesson):
    await lesson.teacher.uses("class timezone", zone="Europe/Istanbul")
    await play(lesson, "ana")
    chat = lesson.direct("teacher")
    await chat.uses("report")
    answers = documents(chat.room)["kompas-2026-11-23-answers.csv"]
    assert "Time (Europe/Istanbul)" in answers
    assert "2026-11-23 12:00:00" in answers


async def test_a_class_is_offered_before_what_was_played_alone(lesson, clock):
    chat = lesson.direct("teacher")
    await lesson.app.clockwork.beat()
    await chat.uses("quiz start", topic="attribution", questions="1")
    await lesson.settle()
    assert "Quiz report" in await chat.uses("report")
    await chat.uses("quiz stop")
    await play(lesson, "ana")
    assert "1 player." in await chat.uses("report")
