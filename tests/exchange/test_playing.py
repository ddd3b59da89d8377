"""An imported set in a lesson."""

from datetime import UTC, datetime

import pytest

from bot.exchange.read import read_quiz
from bot.model.ids import RoomId
from bot.model.request import Role
from bot.ports import ImportedSet
from tests.sessions.lesson import Lesson

GIFT = """::A::Što je atribucija?{=Tko stoji iza napada ~Tko plaća štetu#Ne, to je odšteta. ####Dobro je znati.}

::B::Spoji{=ENISA -> Atena =Europol -> Haag = -> Pariz}

::C::Gdje je ENISA?{=Atena =u Ateni}

::D::Je li to zakon?{F#Nije.}
"""


@pytest.fixture(params=[False, True], ids=["typed", "pressed"])
async def lesson(app, clock, request):
    lesson = Lesson(app, clock, pressed=request.param)
    await import_for(app, lesson.room.id)
    return lesson


async def import_for(app, room, name="test-7b", title="Тест 7б"):
    found = read_quiz("a.gift", GIFT.encode(), name, "hr", app.knowledge.languages.tags)
    assert len(found.items) == 4
    listed = ImportedSet(room, name, title, 4, datetime(2026, 11, 23, tzinfo=UTC))
    await app.store.put_set(listed, tuple(item.to_json() for item in found.items))


@pytest.mark.parametrize("named", ["test-7b", "Тест 7б", "TEST 7B"])
async def test_a_class_plays_an_imported_set_to_the_end(lesson, named):
    await lesson.start(set=named)
    ana = await lesson.student("ana", "hr")
    await lesson.begin()
    for number in range(4):
        assert ("Što je", "Spoji", "Gdje je", "Je li to")[number] in lesson.shown()
        if (await lesson.session()).current.order:
            right = await lesson.right()
        else:
            right = "Atena"
        if lesson.pressed:
            await ana.uses("quiz answer", answer=right)
        else:
            await ana.says(right)
        await lesson.wait(130)
        await lesson.wait(60)
    assert (await lesson.session()).ended == "finished"
    assert (await lesson.app.presenter.standings(await lesson.live()))[0].points == 4000


async def test_fewer_questions_can_be_drawn_and_the_same_asked_again(lesson):
    await lesson.start(set="test-7b", questions="2")
    asked = [question.item for question in (await lesson.session()).questions]
    assert len(set(asked)) == 2
    assert set(asked) <= {f"test-7b.{n}" for n in range(1, 5)}
    await lesson.teacher.uses("quiz stop")
    await lesson.settle()
    await lesson.start(set="again")
    assert [question.item for question in (await lesson.session()).questions] == asked


async def test_another_room_neither_sees_nor_starts_it(lesson, app):
    other = Lesson(app, lesson.clock, pressed=lesson.pressed, name="other", sender=lesson.sender)
    assert "does not fit" in await other.start(set="test-7b")
    assert await other.app.store.session_in(other.room.id) is None


async def test_a_set_that_was_removed_cannot_be_started_but_a_running_quiz_goes_on(lesson, app):
    await lesson.start(set="test-7b")
    await app.store.remove_set(lesson.room.id, "test-7b")
    await lesson.begin()
    assert "Što je" in lesson.shown()
    assert "does not fit" in await lesson.start(set="test-7b")


async def test_it_is_completed_in_its_room_only(app):
    from bot.model.ids import UserId
    from bot.model.request import Request, Text

    await import_for(app, RoomId("discord", "1"))

    async def offered(room, typed):
        request = Request(
            UserId("discord", "9"), RoomId("discord", room), Text("", bare=False), datetime.now(UTC), role=Role.TEACHER
        )
        done = await app.complete(request, "quiz start", "set", typed)
        return [(one.value, one.label) for one in done]

    assert (await offered("1", ""))[0] == ("test-7b", "Тест 7б")
    assert await offered("1", "тест") == await offered("1", "test") == [("test-7b", "Тест 7б")]
    assert len(await offered("1", "")) == len(await offered("2", "")) + 1
    assert ("test-7b", "Тест 7б") not in await offered("2", "")


async def test_it_is_previewed_with_its_answers(app, clock):
    lesson = Lesson(app, clock, pressed=True)
    await import_for(app, lesson.room.id)
    told = await lesson.teacher.uses("quiz preview", set="test-7b")
    assert "Question 1 of 4" in told
    assert "Tko stoji iza napada" in told
    assert "Ne, to je odšteta." in told


async def test_in_a_direct_chat_a_teacher_of_the_room_previews_it_and_a_member_does_not(app, clock):
    lesson = Lesson(app, clock)
    await import_for(app, lesson.room.id)
    ana = lesson.direct("ana")
    assert "does not fit" in await ana.uses("quiz preview", set="test-7b")
    await app.store.set_teacher(lesson.room.id, ana.user, teacher=True)
    assert "Question 1 of 4" in await ana.uses("quiz preview", set="test-7b")
