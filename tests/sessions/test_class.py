"""A class of thirty plays in four languages, as in Matrix (direct chats) and as on Discord (pressed numbers)."""

import json
from dataclasses import replace

import pytest

from adapters.memory.room import MemorySender
from bot.app import App
from bot.model.request import Role
from bot.quiz.bank import ItemBank
from bot.quiz.session import Started

from .lesson import Lesson

EMPTY = json.dumps({"sets": {}, "names": {"en": {}}, "modules": {}, "broken": [], "pseudonyms": {}}).encode()
LANGUAGES = ("en", "sq", "mk", "sr-Latn")


@pytest.fixture(params=[False, True], ids=["typed in direct chats", "pressed in the room"])
def lesson(app, clock, request):
    return Lesson(app, clock, pressed=request.param, languages=("en",))


async def students(lesson, many=30):
    return [await lesson.student(f"s{n}", LANGUAGES[n % 4]) for n in range(many)]


async def answer(lesson, member, numbers):
    if not lesson.pressed:
        return await member.says(numbers)
    session = await lesson.session()
    return await member.uses("quiz pick", session=session.id, question=str(session.question), numbers=numbers)


async def test_thirty_students_in_four_languages_play_a_whole_quiz_on_one_scoreboard(lesson):
    await lesson.start(set="case-room", questions="4")
    assert "Code:" in lesson.shown()
    people = await students(lesson)
    await lesson.begin()
    for question in range(4):
        right = await lesson.right()
        for n, one in enumerate(people):
            if n % 3 or question == 0:
                await answer(lesson, one, right)
        live = await lesson.live()
        assert len(live.answered) == (30 if question == 0 else 20)
        await lesson.wait(130)
        assert "✔" in lesson.shown() or "1." in lesson.shown()
        await lesson.wait(60)
    assert (await lesson.session()).ended == "finished"
    live = await lesson.live()
    standings = await lesson.app.presenter.standings(live)
    assert [place.points for place in standings] == [4000] * 20 + [1000] * 10
    assert standings[0].rank == standings[19].rank == 1
    assert standings[20].rank == 21
    assert {player.language for player in live.players.values()} == set(LANGUAGES)
    assert len({player.name for player in live.players.values()}) == 30
    assert len(lesson.room.posted) == 1 + 2 * 4 + 1


async def test_each_is_answered_in_their_own_language_and_script(lesson):
    await lesson.start(set="case-room", questions="2")
    ana = await lesson.student("ana", "sr-Cyrl")
    await lesson.begin()
    confirmed = await answer(lesson, ana, "1" if (await lesson.session()).current.type != "matching" else "1 2 3")
    copy = await ana.uses("quiz copy")
    assert "Питање 1" in copy
    assert "Question" not in copy
    assert "Question" not in confirmed


async def test_the_last_answer_before_the_deadline_counts_and_a_later_one_is_refused(lesson):
    await lesson.start(topic="attribution", questions="3", seconds="30")
    ana, ben = await lesson.student("ana"), await lesson.student("ben")
    await lesson.begin()
    right = await lesson.right()
    await answer(lesson, ana, "1")
    await answer(lesson, ana, right)
    lesson.clock.move(seconds=31)
    assert "Too late" in await answer(lesson, ana, "1")
    assert "Too late" in await answer(lesson, ben, right)
    await lesson.settle()
    live = await lesson.live()
    answers = await lesson.app.store.answers(live.session.id, 0)
    assert len(answers) == 1
    assert (await lesson.app.presenter.standings(live))[0].points == 1000


async def test_when_all_have_answered_three_seconds_are_left_to_change_ones_mind(lesson):
    await lesson.start(topic="attribution", questions="2", seconds="60")
    people = await students(lesson, 3)
    for one in people:
        await one.uses("quiz join")
    await lesson.begin()
    for one in people:
        await answer(lesson, one, await lesson.right())
    await lesson.wait(2)
    assert (await lesson.session()).phase == "asking"
    await lesson.wait(1.1)
    assert (await lesson.session()).phase == "revealed"


async def test_extra_time_is_the_players_own_and_shown_to_them(lesson):
    await lesson.start(topic="attribution", questions="2", seconds="20")
    ana, ben = await lesson.student("ana"), await lesson.student("ben")
    await ana.uses("quiz join")
    await ben.uses("quiz join")
    live = await lesson.live()
    name = live.player_of(ana.user).name
    assert "1.5" in await lesson.teacher.uses("quiz time", who=name, factor="1.5")
    await lesson.begin()
    assert "30 s (normally 20 s)" in await ana.uses("quiz copy")
    await lesson.wait(25)
    assert "Too late" in await answer(lesson, ben, "1")
    assert "Too late" not in await answer(
        lesson, ana, "1 2 3" if (await lesson.session()).current.type == "matching" else "1"
    )
    assert (await lesson.session()).phase == "asking" or (await lesson.session()).phase == "revealed"
    await lesson.wait(5.1)
    assert (await lesson.session()).phase == "revealed"


async def test_a_late_joiner_plays_from_the_open_question_and_the_board_says_so(lesson):
    await lesson.start(topic="attribution", questions="3", seconds="20")
    ana = await lesson.student("ana")
    await lesson.begin()
    await answer(lesson, ana, await lesson.right())
    await lesson.wait(21)
    await lesson.wait(60)
    ben = await lesson.student("ben")
    await answer(lesson, ben, await lesson.right())
    await lesson.teacher.uses("quiz stop")
    await lesson.settle()
    live = await lesson.live()
    assert live.player_of(ben.user).joined == 1


async def test_twenty_presses_of_next_go_on_once(lesson):
    await lesson.start(topic="attribution", questions="3", pace="manual")
    await lesson.begin()
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    session = await lesson.session()
    for _ in range(20):
        await lesson.teacher.uses("quiz next", session=session.id, question="0")
    assert (await lesson.session()).question == 1


async def test_a_student_cannot_steer_and_a_kicked_player_cannot_answer_or_come_back(lesson):
    await lesson.start(topic="attribution", questions="2")
    ana = await lesson.student("ana")
    await lesson.begin()
    assert "teacher" in await ana.uses("quiz next")
    await answer(lesson, ana, "1")
    live = await lesson.live()
    await lesson.teacher.uses("quiz kick", who=live.player_of(ana.user).name)
    assert "out of this quiz" in await answer(lesson, ana, "1")
    assert "out of this quiz" in await ana.uses("quiz join")
    assert not await lesson.app.presenter.standings(await lesson.live())


async def test_a_voided_question_drops_out_of_the_score(lesson):
    await lesson.start(topic="attribution", questions="2", pace="manual")
    ana = await lesson.student("ana")
    await lesson.begin()
    await answer(lesson, ana, await lesson.right())
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    assert (await lesson.app.presenter.standings(await lesson.live()))[0].points == 1000
    await lesson.teacher.uses("quiz void")
    await lesson.settle()
    assert (await lesson.app.presenter.standings(await lesson.live()))[0].points == 0
    assert "does not count" in lesson.shown()


async def test_a_room_has_one_quiz_and_is_free_again_after_it(lesson):
    await lesson.start(topic="attribution", questions="2")
    assert "running in this room already" in await lesson.teacher.uses("quiz start", topic="attribution")
    await lesson.teacher.uses("quiz stop")
    assert "running" not in await lesson.teacher.uses("quiz start", topic="attribution")


async def test_a_lobby_that_nobody_starts_and_a_quiz_that_nobody_steers_end_by_themselves(lesson):
    await lesson.start(topic="attribution", questions="2")
    await lesson.wait(3601)
    assert (await lesson.session()).ended == "idle"
    await lesson.start(topic="attribution", questions="2", pace="manual")
    await lesson.begin()
    for _ in range(4):
        await lesson.wait(1801)
    assert (await lesson.session()).ended == "idle"
    assert "running" not in await lesson.teacher.uses("quiz start", topic="attribution")


async def test_no_question_comes_again_in_a_room_until_the_pool_is_used(lesson):
    seen = []
    for _ in range(22):
        await lesson.start(module="threats", questions="1")
        seen += [question.item for question in (await lesson.session()).questions]
        await lesson.begin()
        await lesson.teacher.uses("quiz stop")
        lesson.clock.move(seconds=5)
    assert len(set(seen[:21])) == 21
    assert seen[21] == seen[0]


async def test_the_same_quiz_can_be_played_again_with_another_class(lesson):
    await lesson.start(module="threats", questions="5")
    first = [question.item for question in (await lesson.session()).questions]
    await lesson.teacher.uses("quiz stop")
    other = Lesson(lesson.app, lesson.clock, pressed=lesson.pressed, name="other", sender=lesson.sender)
    await other.start(set="again")
    assert [question.item for question in (await other.session()).questions] == first


async def test_two_rooms_play_one_session_each_in_its_languages(lesson):
    other = Lesson(lesson.app, lesson.clock, pressed=lesson.pressed, name="other", sender=lesson.sender)
    await lesson.start(topic="attribution", questions="2")
    code = (await lesson.session()).code
    assert "No running quiz" in await other.teacher.uses("quiz link", code="000000")
    await lesson.app.store.set_room(other.room.id, languages=("mk",))
    await other.teacher.uses("quiz link", code=code)
    await lesson.settle()
    await lesson.begin()
    assert "Question 1 of 2" in lesson.shown()
    assert "Прашање 1" in list(other.room.posted.values())[-1]
    ana, ben = await lesson.student("ana"), await other.student("ben", "mk")
    right = await lesson.right()
    await answer(lesson, ana, right)
    session = await lesson.session()
    if lesson.pressed:
        await ben.uses("quiz pick", session=session.id, question="0", numbers=right)
    else:
        await ben.says(right)
    assert len(await lesson.app.presenter.standings(await lesson.live())) == 2
    await other.teacher.uses("quiz stop")
    await lesson.settle()
    assert (await lesson.session()).ended == "stopped"


async def test_a_quiz_is_handed_over_to_a_colleague(lesson):
    await lesson.start(topic="attribution", questions="2")
    colleague = lesson.room.person("colleague", Role.MEMBER)
    assert "teacher" in await colleague.uses("quiz next")
    await lesson.teacher.uses("quiz handover", who="colleague")
    await colleague.uses("quiz next")
    assert (await lesson.session()).phase == "asking"


async def test_what_is_asked_is_not_explained_while_the_question_is_open(lesson):
    await lesson.start(topic="attribution", questions="2", pace="manual")
    ana = await lesson.student("ana")
    await lesson.begin()
    assert "Ask me again after it" in await ana.uses("explain", topic="attribution")
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    assert "who decides to say so" in (await ana.uses("explain", topic="attribution"))


async def test_a_room_that_is_lost_frees_itself_and_the_other_rooms_go_on(lesson):
    other = Lesson(lesson.app, lesson.clock, pressed=lesson.pressed, name="other", sender=lesson.sender)
    await lesson.start(topic="attribution", questions="2")
    await other.teacher.uses("quiz link", code=(await lesson.session()).code)
    await lesson.settle()
    lesson.sender.forbidden.add(other.room.id)
    await lesson.begin()
    live = await lesson.live()
    assert [linked.room for linked in live.rooms] == [lesson.room.id]
    lesson.sender.gone.add(lesson.room.id)
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    assert (await lesson.session()).ended == "gone"
    assert await lesson.app.quizzes.running_in(lesson.room.id) is None


async def test_the_teacher_hears_of_a_lost_room_of_another_account(lesson):
    told = lesson.direct("teacher")
    other = Lesson(lesson.app, lesson.clock, name="other", sender=MemorySender("other"))
    await lesson.start(topic="attribution", questions="2")
    await other.teacher.uses("quiz link", code=(await lesson.session()).code)
    await lesson.settle()
    other.sender.gone.add(other.room.id)
    await lesson.begin()
    assert any("can no longer write in a room of your quiz" in text for text in told.room.posted.values())


async def test_who_changes_the_language_in_the_middle_gets_the_question_again_in_it(app, clock):
    lesson = Lesson(app, clock)
    await lesson.start(topic="attribution", questions="2")
    ana = await lesson.student("ana", "en")
    await lesson.begin()
    await ana.says("1")
    said = await ana.uses("language", tag="mk")
    assert "Прашање 1" in said
    assert (await lesson.live()).player_of(ana.user).language == "mk"


async def test_a_quiz_goes_on_with_the_texts_it_began_with_when_the_content_changes(app, clock, knowledge):
    lesson = Lesson(app, clock)
    await lesson.start(topic="attribution", questions="2")
    emptied = replace(knowledge, items=ItemBank(lambda: EMPTY))
    upgraded = App(emptied, app.store, clock)
    upgraded.senders.connect(lesson.sender)
    upgraded.quizzes.holder.name = app.quizzes.holder.name
    await upgraded.clockwork.beat()
    live = await lesson.live()
    await upgraded.quizzes.happen(live.session.id, Started(clock.now()), "memory")
    await upgraded.clockwork.drain()
    item = knowledge.items.items[live.session.questions[0].item]
    assert item.text("en").stem in lesson.shown()


async def test_where_answers_are_open_they_are_typed_in_the_room(app, clock):
    lesson = Lesson(app, clock)
    await lesson.start(topic="attribution", questions="3", answers="open", pace="manual")
    ana = lesson.room.person("ana")
    assert await ana.says("1 3") == ""  # no question is open yet
    await lesson.begin()
    while (await lesson.session()).current.type != "multiple":
        await lesson.teacher.uses("quiz close")
        await lesson.teacher.uses("quiz next")
        await lesson.settle()
    assert await ana.says(await lesson.right()) == ""
    assert len((await lesson.live()).answered) == 1


async def test_where_answers_are_secret_one_typed_in_the_room_is_refused_once_for_each_question(app, clock):
    lesson = Lesson(app, clock)
    await lesson.start(topic="attribution", questions="2")
    ana, ben = lesson.room.person("ana"), lesson.room.person("ben")
    await lesson.begin()
    assert "for your eyes only" in await ana.says("1")
    assert await ben.says("2") == ""
    assert not (await lesson.live()).answered


async def test_the_first_to_answer_does_not_end_the_first_question_for_a_class_that_has_not_joined(lesson):
    await lesson.start(topic="attribution", questions="2", seconds="60")
    ana, ben = await lesson.student("ana"), await lesson.student("ben")
    await lesson.begin()
    await answer(lesson, ana, await lesson.right())
    await lesson.wait(30)
    assert (await lesson.session()).phase == "asking"
    await answer(lesson, ben, await lesson.right())
    await lesson.wait(31)
    assert (await lesson.session()).phase == "revealed"
    await lesson.teacher.uses("quiz next")
    await lesson.settle()
    for one in (ana, ben):
        await answer(lesson, one, await lesson.right())
    await lesson.wait(4)
    assert (await lesson.session()).phase == "revealed"


async def test_my_result_of_a_question_that_is_open_or_made_up_says_nothing(lesson):
    await lesson.start(topic="attribution", questions="2")
    ana = await lesson.student("ana")
    await lesson.begin()
    await answer(lesson, ana, await lesson.right())
    session = (await lesson.session()).id
    for number in ("0", "1", "99"):
        assert "no quiz" in await ana.uses("quiz mine", session=session, question=number)


async def test_while_numbers_are_answers_nothing_else_is_chosen_by_a_number(app, clock):
    lesson = Lesson(app, clock)
    await lesson.start(topic="attribution", questions="2", pace="manual")
    ana = await lesson.student("ana")
    assert "1." not in await ana.uses("quiz join")
    await lesson.begin()
    assert "Type" in lesson.shown()
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    question = next(text for text in lesson.room.posted.values() if text.startswith("Question 1 of 2"))
    assert "Type" not in question
    assert "1. 🌐" not in await ana.uses("quiz mine")
    await lesson.teacher.uses("quiz stop")
    await lesson.settle()
    assert "🌐" in await ana.uses("quiz mine")
