"""A class of thirty on a real homeserver, with Kompas as a process of its own: once with raised limits and a kill in
the middle of a question, once with the limits that Synapse has when nobody touches them."""

from __future__ import annotations

import asyncio
import re
import signal
import time

import pytest

from bot.artifacts import Knowledge
from tests.matrix.conftest import Bots
from tests.servers.fixtures import People
from tests.servers.synapse import Synapse

from .matrix_class import ENCRYPTED, PLAIN, MatrixClass, matrix_class

pytestmark = pytest.mark.synapse

CLASS = PLAIN + ENCRYPTED


async def begin(lesson: MatrixClass, questions: int) -> str:
    """The teacher starts a quiz and all come in; what the teacher was told."""
    await lesson.steer(f"!quiz start questions:{questions} seconds:20 pace:manual")
    told = await lesson.see("Your quiz is ready")
    await lesson.see("Code:")
    await lesson.join()
    return told


async def check_end(lesson: MatrixClass, questions: int) -> None:
    """The scoreboard on the board and in the database is what the students typed, each answer once."""
    final = await lesson.see("The quiz is over")
    session, answers, places = await lesson.kept()
    assert session.ended == "finished"
    assert len(answers) == len({(one.player, one.question) for one in answers}) == CLASS * questions
    assert {user: place.points for user, place in places.items()} == lesson.points
    for place in places.values():
        if place.rank <= 5 and place.points:
            says = f": {place.points} points, {place.right} of {questions} right"
            assert re.search(f"[ ,]{re.escape(place.player.name)}(, [^:]+)?{re.escape(says)}", final), says
    for number in range(1, questions + 1):
        posted = lesson.posted(changes=False)
        shown = [body for body in posted if f"Question {number} of" in body]
        reveals = [body for body in posted if f"Question {number}: the answer" in body]
        assert (len(shown), len(reveals)) == (1, 1)


async def test_thirty_play_over_a_kill_in_the_middle_of_a_question(
    synapse: Synapse, people: People, bots: Bots, knowledge: Knowledge
) -> None:
    async with matrix_class(synapse, people, bots, knowledge) as lesson:
        assert "only one message" not in await begin(lesson, 3)
        waited = []
        for number in (1, 2, 3):
            await lesson.steer("!quiz next")
            shown = await lesson.question(number)
            if number == 2:
                early = await lesson.answer(shown, number, lesson.seats[::2])
                await lesson.confirmed(early)
                await lesson.bot.end(signal.SIGKILL)
                late = await lesson.answer(shown, number, lesson.seats[1::2])
                await lesson.bot.start()
                await lesson.confirmed(late)
            else:
                waited.append(await lesson.confirmed(await lesson.answer(shown, number)))
            await lesson.see(f"Question {number}: the answer")
        await lesson.steer("!quiz next")
        await check_end(lesson, 3)
        print(f"receipts of {CLASS} answers after {[round(seconds, 2) for seconds in waited]} s")
        for seat in (lesson.seats[0], lesson.seats[-1]):
            await seat.say("quiz mine")
            await seat.hears(f" {lesson.points[seat.user_id]} ")


async def test_ten_questions_on_a_server_that_nobody_tuned(
    synapse_default: Synapse, people: People, bots: Bots, knowledge: Knowledge
) -> None:
    async with matrix_class(synapse_default, people, bots, knowledge, prepared=True) as lesson:
        # Before the lesson some ask for this and that, which shows the limit to the bot.
        await asyncio.gather(*(seat.say("topics") for seat in lesson.seats[:14]))
        await asyncio.sleep(3.0)
        told = await begin(lesson, 10)
        assert re.search(r"only one message every \d seconds", told)
        cycles = []
        for number in range(1, 11):
            before, began = len(lesson.posted()), time.monotonic()
            await lesson.steer("!quiz next")
            shown = await lesson.question(number)
            events = await lesson.answer(shown, number)
            await lesson.confirmed(events)
            await lesson.see(f"Question {number}: the answer")
            cycles.append(time.monotonic() - began)
            assert len(lesson.posted()) - before <= 3
        await lesson.steer("!quiz next")
        await check_end(lesson, 10)
        print(f"seconds from one `next` to the answer: {[round(cycle, 1) for cycle in cycles]}")
        assert max(cycles) < 40
