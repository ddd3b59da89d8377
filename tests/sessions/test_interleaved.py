"""What happens between two steps of something else."""

from __future__ import annotations

import pytest

from bot.quiz.session import Phase
from bot.sessions.clockwork import FAILURES

from .lesson import Lesson


@pytest.fixture
def lesson(app, clock):
    return Lesson(app, clock, pressed=True)


async def test_a_quiz_that_starts_while_its_room_is_looked_up_is_found_afterwards(lesson, monkeypatch):
    await lesson.start(topic="attribution", questions="2")
    await lesson.teacher.uses("quiz stop")
    quizzes, asked = lesson.app.quizzes, lesson.app.store.session_in

    async def overtaken(room):
        found = await asked(room)
        monkeypatch.undo()
        await lesson.start(topic="attribution", questions="2")
        return found

    monkeypatch.setattr(lesson.app.store, "session_in", overtaken)
    assert await quizzes.running_in(lesson.room.id) is None
    assert await quizzes.running_in(lesson.room.id) is not None


async def test_a_message_for_a_room_that_is_not_held_yet_is_sent_and_not_lost(lesson):
    await lesson.start(topic="attribution", questions="2")
    await lesson.teacher.uses("quiz next")
    live = await lesson.live()
    live.rooms = ()
    await lesson.settle()
    assert "Question 1" in lesson.shown()


async def test_one_session_that_fails_does_not_keep_the_deadlines_of_others(lesson, app, clock, monkeypatch):
    other = Lesson(app, clock, pressed=True, name="other", sender=lesson.sender)
    for one in (lesson, other):
        await one.start(topic="attribution", questions="2", seconds="20")
        await one.begin()
    broken, find = (await lesson.session()).id, app.quizzes.live

    async def live(session):
        if session == broken:
            raise ValueError("cannot be read")
        return await find(session)

    monkeypatch.setattr(app.quizzes, "live", live)
    await other.wait(30)
    assert (await other.session()).phase is Phase.REVEALED


async def test_a_message_that_always_fails_is_given_up_and_the_next_one_comes(lesson, monkeypatch):
    monkeypatch.setattr("bot.sessions.clockwork.RETRY_SECONDS", 0.0)
    await lesson.start(topic="attribution", questions="2")
    post, tried = lesson.sender.post, []

    async def fails(room, reply, key, priority):
        if not tried or key == tried[0]:
            tried.append(key)
            raise ValueError("cannot be drawn")
        return await post(room, reply, key, priority)

    monkeypatch.setattr(lesson.sender, "post", fails)
    await lesson.begin()
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    assert len(tried) == FAILURES
    assert "Question 1: the answer" in lesson.shown()


async def test_the_counter_does_not_bring_back_the_buttons_of_a_question_closed_meanwhile(lesson, monkeypatch):
    await lesson.start(topic="attribution", questions="2")
    await lesson.begin()
    session, messages = (await lesson.session()).id, lesson.app.store.messages
    edited = []

    async def overtaken(*which):
        found = await messages(*which)
        monkeypatch.undo()
        await lesson.teacher.uses("quiz close")
        await lesson.settle()
        monkeypatch.setattr(lesson.sender, "edit", lambda *what: edited.append(what))
        return found

    monkeypatch.setattr(lesson.app.store, "messages", overtaken)
    lesson.app.quizzes.stirred.add(session)
    await lesson.app.clockwork.count()
    assert not edited


async def test_waiting_for_a_typed_line_is_no_outage(lesson):
    await lesson.start(topic="attribution", questions="2")
    await lesson.begin()
    await lesson.app.clockwork.beat()
    lesson.clock.move(seconds=10)
    await lesson.app.clockwork.catch_up()
    await lesson.app.clockwork.beat()
    await lesson.settle()
    assert "away" not in lesson.shown()
