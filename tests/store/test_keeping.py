"""How long things are kept, and what goes when the bot loses a place: the same on every store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.ids import ServerId
from bot.ports import Asked, ImportedSet, Keep, Linked, Person, Place, Unanswered
from bot.store.cached import CachedStore
from bot.store.memory import MemoryStore
from bot.store.sql import SqlStore

from .making import ANA, BEN, BOT, DAY, NOW, OTHER, PLAYER, ROOM, SECOND, answer, begun, closed

SERVER = ServerId("discord", "100")
SHORT = Keep(timedelta(days=2), timedelta(days=3), timedelta(days=10), timedelta(days=5))
YEAR = Keep().preferences


@pytest.fixture
async def short(kind, url, store):
    """A store on the same database with ages of its own."""
    opened = MemoryStore(SHORT) if kind == "memory" else await SqlStore.open(url, keep=SHORT)
    yield CachedStore(opened) if kind.startswith("cached") else opened
    await opened.close()


async def test_what_a_person_set_goes_when_it_was_not_used_for_a_year(store):
    for user in (ANA, BEN):
        await store.set_language(user, "sq", NOW)
        await store.set_teacher(ROOM, user, teacher=True)
    await store.clean(NOW)  # the year of a new teacher begins
    await store.touch([ANA], NOW + 30 * DAY)
    assert await store.clean(NOW + YEAR) == 0
    assert await store.clean(NOW + YEAR + SECOND) == 2
    assert await store.export(BEN) == {}
    assert await store.person(ANA) == Person("sq")
    assert (await store.place(ROOM, None, ANA)).teacher
    assert await store.clean(NOW + YEAR + 31 * DAY) == 2
    assert await store.person(ANA) == Person()
    assert not (await store.place(ROOM, None, ANA)).teacher


async def test_a_use_is_written_once_a_week_and_makes_nothing_for_a_stranger(short):
    await short.set_language(ANA, "sq", NOW)
    await short.touch([ANA, BEN], NOW + 6 * DAY)
    assert await short.export(BEN) == {}
    assert await short.clean(NOW + 10 * DAY + SECOND) == 1
    await short.set_language(ANA, "sq", NOW)
    await short.touch([ANA], NOW + 7 * DAY + SECOND)
    assert await short.clean(NOW + 17 * DAY) == 0


async def test_the_operators_days_count(short):
    first, fence = await begun(short)
    await short.add_player(first.id, ANA, ROOM, PLAYER, NOW)
    assert await short.write_answers([(first.id, answer())]) == [True]
    assert await short.advance(first, closed(first), (), fence, NOW)
    await short.clean(NOW + 2 * DAY)
    assert await short.answers(first.id)
    await short.clean(NOW + 2 * DAY + SECOND)
    assert not await short.answers(first.id)
    assert await short.session(first.id)
    await short.clean(NOW + 3 * DAY + SECOND)
    assert await short.session(first.id) is None


async def test_choices_nobody_presses_are_erased_without_anybody_coming(store):
    await store.remember(ROOM, ANA, ["a"], NOW)
    assert await store.clean(NOW + timedelta(minutes=9)) == 0
    assert await store.clean(NOW + timedelta(minutes=11)) == 1
    assert await store.export(ANA) == {}


async def test_questions_are_counted_together_whoever_counts(store, second):
    one, other = Asked(NOW.date(), "sq", "answer", "attribution"), Asked(NOW.date(), "sq", "refuse")
    await store.count_asked({one: 2, other: 1})
    await asyncio.gather(store.count_asked({one: 3}), second.count_asked({other: 1, one: 1}))
    assert dict(await store.asked()) == {one: 6, other: 2}
    assert await store.clean(NOW + 365 * DAY) == 0
    assert await store.clean(NOW + 366 * DAY) == 2
    assert dict(await store.asked()) == {}


async def test_no_text_of_a_question_is_kept_unless_the_operator_wants_it(store):
    text = Unanswered("why is the sky blue", "en", "refuse", NOW)
    await store.count_asked({}, [text])
    assert await store.unanswered() == ()


async def test_texts_are_cut_and_go_after_their_days_or_when_that_is_switched_off(short, kind, url):
    texts = [Unanswered("why " * 200, "en", "refuse", NOW), Unanswered("what", "sq", "suggest", NOW + DAY)]
    await short.count_asked({}, texts)
    later, first = await short.unanswered()
    assert later == texts[1]
    assert first == replace(texts[0], text=("why " * 200)[:300])
    assert await short.clean(NOW + 5 * DAY + SECOND) == 1
    assert await short.unanswered() == (later,)
    if kind != "memory":
        off = await SqlStore.open(url)
        await off.clean(NOW + DAY + SECOND)
        assert await off.unanswered() == ()
        await off.close()


async def test_a_lost_room_leaves_nothing_and_takes_nothing_of_others(store):
    for room in (ROOM, OTHER):
        await store.set_room(room, languages=("sq",), timezone="Europe/Tirane")
        await store.set_teacher(room, ANA if room.platform == "discord" else BEN, teacher=True)
        await store.remember(room, ANA if room.platform == "discord" else BEN, ["a"], NOW)
        await store.put_set(ImportedSet(room, "mine", "Mine", 1, NOW), ("{}",))
    over, fence = await begun(store)
    await store.add_player(over.id, ANA, ROOM, PLAYER, NOW)
    assert await store.write_answers([(over.id, answer())]) == [True]
    assert await store.advance(over, closed(over), [("summary", -1)], fence, NOW)
    gone = await store.erase_place(ROOM)
    assert gone == 10  # settings, teacher, choices, set; session, room, player, answer, two messages
    assert await store.erase_place(ROOM) == 0
    assert await store.export(ANA) == {}
    assert await store.session(over.id) is None
    assert await store.place(ROOM, None, ANA) == Place()
    assert await store.sets_of(ROOM) == ()
    assert await store.place(OTHER, None, BEN) == Place(("sq",), None, "Europe/Tirane", None, True)
    assert await store.shown(OTHER, BEN, NOW) == ("a",)
    assert len(await store.sets_of(OTHER)) == 1


async def test_a_session_stays_while_another_room_of_it_does(store):
    both, fence = await begun(store)
    assert await store.link(both.id, Linked(OTHER, BOT, ("mk",)), fence, NOW)
    assert await store.advance(both, closed(both), (), fence, NOW)
    await store.erase_place(ROOM)
    assert await store.session(both.id)
    await store.unlink(both.id, ROOM)
    await store.erase_place(OTHER)
    assert await store.session(both.id) is None


async def test_a_lost_server_takes_its_language_and_its_teachers(store):
    await store.set_server_language(SERVER, "bs")
    await store.set_teacher(SERVER, ANA, teacher=True)
    await store.set_room(ROOM, languages=("sq",))
    assert await store.erase_place(SERVER) == 2
    assert await store.place(ROOM, SERVER, ANA) == Place(("sq",))


async def test_an_answer_that_is_being_written_does_not_bring_a_forgotten_person_back(store, second):
    """In the middle of a running quiz: the answer stays or not, nothing says whose it was."""
    now, _ = await begun(store)
    for number in range(12):
        user = replace(ANA, id=f"{number}")
        player = await store.add_player(now.id, user, ROOM, PLAYER, NOW)
        given = [(now.id, answer(player.number, at=NOW + at * SECOND)) for at in range(3)]
        await asyncio.gather(
            store.write_answers(given[:1]),
            second.forget(user),
            store.write_answers(given[1:]),
            store.change_player(now.id, replace(player, own_name="Ana")),
            store.touch([user], NOW + 30 * DAY),
        )
        assert await second.export(user) == {}
        assert await second.playing(user) == ()
    players = await second.players(now.id)
    assert {user for _, user in players} == {None}
    assert {player.own_name for player, _ in players} == {""}
