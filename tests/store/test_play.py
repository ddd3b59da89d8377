"""Players, answers, messages, flags, and what is forgotten of them: the same on every store."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from sqlalchemy import select

from bot.ports import Linked
from bot.quiz.session import Player, Rules
from bot.store import tables
from bot.store.ages import FLAGS_LIVE
from bot.store.sql import SqlStore

from .making import (
    ANA,
    BEN,
    BOT,
    CHAT,
    DAY,
    MATRIX_BOT,
    NOW,
    OTHER,
    PLAYER,
    ROOM,
    SECOND,
    TEACHER,
    answer,
    asking,
    begun,
    closed,
    new,
    question,
    revealed,
    session,
)

# players


async def test_players_are_numbered_from_one_and_have_names_of_their_own(store):
    first, _ = await begun(store)
    fox = await store.add_player(first.id, ANA, ROOM, PLAYER, NOW)
    same = await store.add_player(first.id, BEN, CHAT, replace(PLAYER, name="FOX", language="mk"), NOW)
    third = await store.add_player(first.id, TEACHER, ROOM, PLAYER, NOW)
    assert fox == replace(PLAYER, number=1)
    assert same == Player(2, "FOX 2", "mk")
    assert (third.number, third.name) == (3, "Fox 3")
    assert await store.players(first.id) == ((fox, ANA), (same, BEN), (third, TEACHER))
    assert await store.players("none") == ()
    with pytest.raises(KeyError):
        await store.add_player("none", ANA, ROOM, PLAYER, NOW)


async def test_who_joins_again_is_the_player_of_before(store):
    first, _ = await begun(store)
    fox = await store.add_player(first.id, ANA, ROOM, PLAYER, NOW)
    changed = replace(fox, name="Owl", factor=1.5, own_name="Ana B.", rerolls=1, joined=1, language="mk", left=True)
    await store.change_player(first.id, changed)
    assert await store.players(first.id) == ((changed, ANA),)
    back = await store.add_player(first.id, ANA, ROOM, PLAYER, NOW + SECOND)
    assert back == replace(changed, left=False)
    assert await store.players(first.id) == ((back, ANA),)
    await store.change_player("none", changed)


async def test_a_person_is_found_playing_where_they_joined_last_and_are_active(store):
    first, fence = await begun(store)
    second, _ = await begun(store, session("bbbb2222", "222222"), OTHER, at=NOW + SECOND)
    for made, at in ((second, NOW), (first, NOW + SECOND)):
        await store.add_player(made.id, ANA, ROOM, PLAYER, at)
    assert await store.playing(ANA) == (first.id, second.id)
    assert await store.played(ANA) == (second.id, first.id)
    await store.add_player(second.id, ANA, ROOM, PLAYER, NOW + 2 * SECOND)
    assert await store.playing(ANA) == (second.id, first.id)
    await store.change_player(first.id, replace(PLAYER, number=1, left=True))
    assert await store.playing(ANA) == (second.id,)
    await store.change_player(first.id, replace(PLAYER, number=1, kicked=True))
    assert await store.playing(ANA) == (second.id,)
    assert await store.advance(second, closed(second), (), fence, NOW) is False  # that lease was taken again
    fence = (await store.take_lease(BOT, "here", NOW))[0]
    assert await store.advance(second, closed(second), (), fence, NOW)
    assert await store.playing(ANA) == ()
    assert await store.played(ANA) == (second.id, first.id)
    assert await store.playing(BEN) == await store.played(BEN) == ()


# answers


async def test_the_answer_given_last_counts_whichever_is_written_last(store):
    first, _ = await begun(store)
    given = [answer(value="a"), answer(value="b", at=NOW + SECOND), answer(2, "c")]
    assert await store.write_answers([(first.id, one) for one in given]) == [True] * 3
    assert await store.write_answers([(first.id, answer(value="c", at=NOW - SECOND))]) == [True]
    assert await store.answers(first.id) == (answer(value="b", at=NOW + SECOND), answer(2, "c"))
    assert await store.write_answers([(first.id, answer(value="a c", at=NOW + SECOND))]) == [True]
    assert await store.answers(first.id, 0) == (answer(value="a c", at=NOW + SECOND), answer(2, "c"))
    assert await store.answers(first.id, 1) == await store.answers("none") == ()
    assert await store.write_answers([]) == []


async def test_an_answer_counts_only_while_its_question_is_asked(store):
    first, fence = await begun(store)
    other, _ = await begun(store, session("bbbb2222", "222222", account=MATRIX_BOT), OTHER, number=1)
    mixed = [
        (first.id, answer()),
        (first.id, answer(number=1)),
        ("none", answer()),
        (other.id, answer()),
        (other.id, answer(number=1)),
    ]
    assert await store.write_answers(mixed) == [True, False, False, False, True]
    paused = replace(first, version=first.version + 1, paused_at=NOW)
    assert await store.advance(first, paused, (), fence, NOW)
    assert await store.write_answers([(first.id, answer(2))]) == [False]
    shown = replace(revealed(paused), paused_at=None)
    assert await store.advance(paused, shown, (), fence, NOW)
    assert await store.write_answers([(first.id, answer(2))]) == [False]
    then = asking(shown, 1)
    assert await store.advance(shown, then, (), fence, NOW)
    assert await store.write_answers([(first.id, answer(2)), (first.id, answer(2, number=1))]) == [False, True]
    assert await store.advance(then, closed(then), (), fence, NOW)
    assert await store.write_answers([(first.id, answer(2, number=1))]) == [False]
    assert await store.answers(first.id) == (answer(), answer(2, number=1))


# outbox


async def test_each_room_is_sent_one_message_at_a_time_in_order(store):
    first, fence = await begun(store)
    assert await store.link(first.id, Linked(OTHER, BOT, ("mk",)), fence, NOW)
    assert await store.advance(first, closed(first), [("rank", -1)], fence, NOW)
    await begun(store, session("bbbb2222", "222222"))
    here, there = await store.unsent(BOT)
    assert [(row.room, row.kind) for row in (here, there)] == [(ROOM, "question"), (OTHER, "question")]
    assert await store.unsent(BOT, limit=1) == (here,)
    await store.sent(here, "m1", NOW)
    await store.drop(there)
    assert [(row.session, row.kind, row.room) for row in await store.unsent(BOT)] == [
        (first.id, "rank", ROOM),
        (first.id, "rank", OTHER),
    ]
    await store.sent((await store.unsent(BOT))[0], "m2", NOW)
    assert [(row.session, row.kind) for row in await store.unsent(BOT)] == [
        (first.id, "rank"),
        ("bbbb2222", "question"),
    ]
    assert await store.unsent(MATRIX_BOT) == ()


async def test_a_sending_that_was_begun_is_remembered_and_one_that_is_done_is_not_begun_again(store):
    first, fence = await begun(store)
    row = (await store.unsent(BOT))[0]
    assert row.attempted_at is None
    assert await store.attempt(row, NOW + SECOND, fence)
    again = (await store.unsent(BOT))[0]
    assert again == replace(row, attempted_at=NOW + SECOND)
    assert again.key == row.key
    assert await store.attempt(again, NOW + 2 * SECOND, fence)
    await store.sent(row, "message 1", NOW)
    assert not await store.attempt(row, NOW, fence)
    await store.drop(row)
    sent = replace(row, attempted_at=NOW + 2 * SECOND, message="message 1")
    assert await store.messages(first.id, "question", 0) == (sent,)


async def test_messages_sent_are_found_by_kind_and_question_the_latest_of_each_room(store):
    first, fence = await begun(store)
    assert await store.link(first.id, Linked(OTHER, MATRIX_BOT, ("mk",)), fence, NOW)
    assert await store.link(first.id, Linked(CHAT, BOT, ("mk",)), fence, NOW)
    again = replace(first, version=first.version + 1)
    assert await store.advance(first, again, [("question", 0)], fence, NOW)
    assert await store.messages(first.id, "question", 0) == ()
    for account in (BOT, MATRIX_BOT):
        while rows := await store.unsent(account):
            for row in rows:
                await store.sent(row, row.key, NOW)
    found = await store.messages(first.id, "question", 0)
    assert [(row.room, row.message) for row in found] == [
        (ROOM, f"{first.id}.1.2"),
        (OTHER, f"{first.id}.2.2"),
        (CHAT, f"{first.id}.3.2"),
    ]
    await store.unlink(first.id, OTHER)
    assert [row.room for row in await store.messages(first.id, "question", 0)] == [ROOM, CHAT]
    assert await store.messages(first.id, "question", 1) == await store.messages(first.id, "reveal", 0) == ()
    assert await store.messages("none", "question", 0) == ()


async def test_a_message_that_is_left_out_does_not_give_its_key_to_the_next(store):
    first, fence = await begun(store)
    dropped = (await store.unsent(BOT))[0]
    await store.drop(dropped)
    assert await store.unsent(BOT) == ()
    assert not await store.attempt(dropped, NOW, fence)
    assert await store.advance(first, revealed(first), [("reveal", 0)], fence, NOW)
    assert (await store.unsent(BOT))[0].key != dropped.key


# flags and retention


async def test_flags_are_listed_the_latest_first(store):
    await store.flag("a.q1", "sq", "typo", NOW)
    await store.flag("b.q1", "mk", "wrong", NOW + SECOND)
    await store.flag("c.q1", "mk", "old", NOW)
    assert [flag[0] for flag in await store.flags()] == ["b.q1", "c.q1", "a.q1"]
    assert (await store.flags())[0] == ("b.q1", "mk", "wrong", NOW + SECOND)


async def test_answers_go_after_thirty_days_sessions_after_ninety_flags_after_a_year(store):
    first, fence = await begun(store)
    await store.add_player(first.id, ANA, ROOM, PLAYER, NOW)
    assert await store.write_answers([(first.id, answer())]) == [True]
    assert await store.advance(first, closed(first), (), fence, NOW)
    later = NOW + 60 * DAY
    young, _ = await begun(store, session("bbbb2222", "222222", questions=(question(),)), OTHER, at=later)
    assert await store.write_answers([(young.id, answer())]) == [True]
    await store.flag("a.q1", "sq", "typo", NOW)

    assert await store.clean(NOW + store.keep.answers) == 0
    assert await store.clean(NOW + store.keep.answers + SECOND) == 1
    assert await store.answers(first.id) == ()
    assert await store.played(ANA) == (first.id,)
    assert await store.clean(NOW + store.keep.sessions) == 0

    gone = await store.clean(NOW + store.keep.sessions + SECOND)
    assert gone == 6  # with its room, player, message, item, answer of young
    assert await store.session(first.id) is await store.last_in(ROOM) is None
    assert await store.played(ANA) == await store.rooms_of(first.id) == await store.players(first.id) == ()
    assert [row.session for row in await store.unsent(BOT)] == [young.id]
    assert await store.pinned("hash1")
    with pytest.raises(KeyError):
        await store.pinned("hash2")

    assert len(await store.flags()) == 1
    await store.clean(NOW + FLAGS_LIVE + SECOND)
    assert await store.flags() == ()
    assert await store.session(young.id) is None
    with pytest.raises(KeyError):
        await store.pinned("hash1")


# privacy


async def _class(store, rules):
    """Ana and Ben play in Ana's class quiz; the second question is open."""
    first, fence = await begun(store, session(rules=rules), starter=ANA)
    ana = await store.add_player(first.id, ANA, ROOM, replace(PLAYER, name="Ana Hoxha"), NOW)
    await store.add_player(first.id, BEN, ROOM, PLAYER, NOW)
    await store.change_player(first.id, replace(ana, own_name="Ana of 3B", factor=2.0))
    assert all(await store.write_answers([(first.id, answer(1)), (first.id, answer(2, "b"))]))
    then = asking(revealed(first), 1)
    assert await store.advance(first, revealed(first), (), fence, NOW)
    assert await store.advance(revealed(first), then, (), fence, NOW)
    assert await store.write_answers([(first.id, answer(1, "b", number=1))]) == [True]
    return first


async def test_a_person_sees_what_is_kept_of_their_playing_but_no_answer_that_is_still_open(store):
    first = await _class(store, Rules(names="display"))
    found = await store.export(ANA)
    assert sorted(found) == ["answers", "players", "sessions"]
    assert [(row["session"], row["name"], row["own_name"]) for row in found["players"]] == [
        (first.id, "Ana Hoxha", "Ana of 3B")
    ]
    assert [(row["question"], row["value"]) for row in found["answers"]] == [(0, "a")]
    assert [(row["id"], row["code"]) for row in found["sessions"]] == [(first.id, first.code)]
    assert sorted(await store.export(BEN)) == ["answers", "players"]
    assert await store.export(TEACHER) == {}


@pytest.mark.parametrize(("names", "left"), [("display", "#1"), ("own", "#1"), ("pseudonym", "Ana Hoxha")])
async def test_forgetting_a_person_during_a_quiz_keeps_the_answers_and_not_the_name(store, names, left):
    first = await _class(store, Rules(names=names))
    answers = await store.answers(first.id)
    (_, (_, ben)) = await store.players(first.id)
    assert await store.forget(ANA) == 2
    assert await store.export(ANA) == {}
    assert await store.starter(first.id) is None
    (player, user), (other, still) = await store.players(first.id)
    assert (player.number, player.name, player.own_name, user, player.active) == (1, left, "", None, False)
    assert (other.name, still) == ("Fox", ben)
    assert await store.answers(first.id) == answers
    assert await store.playing(ANA) == await store.played(ANA) == await store.started_by(ANA) == ()
    await store.change_player(first.id, replace(player, name="Ana Hoxha!", own_name="Ana of 3B"))
    assert (await store.players(first.id))[0] == (player, None)
    assert (await store.add_player(first.id, ANA, ROOM, PLAYER, NOW)).number == 3


async def test_what_a_person_played_alone_goes_whole(store):
    solo, fence = await begun(store, room=CHAT, private=True, starter=ANA)
    await store.add_player(solo.id, ANA, CHAT, PLAYER, NOW)
    assert await store.write_answers([(solo.id, answer())]) == [True]
    await begun(store, session("bbbb2222", "222222", account=MATRIX_BOT), OTHER, private=True, starter=BEN)
    assert await store.forget(ANA) == 2
    assert await store.session(solo.id) is await store.session_in(CHAT) is None
    assert await store.rooms_of(solo.id) == await store.answers(solo.id) == await store.unsent(BOT) == ()
    assert not await store.advance(solo, revealed(solo), [("reveal", 0)], fence, NOW)
    assert await store.write_answers([(solo.id, answer())]) == [False]
    assert await store.session_in(OTHER) == "bbbb2222"


async def test_after_forgetting_no_cell_of_any_table_names_the_person(store):
    """Every table, every column: what the code forgets to walk is found here."""
    await store.set_language(ANA, "sq", NOW)
    await store.set_teacher(ROOM, ANA, teacher=True)
    await store.remember(CHAT, ANA, ["a"], NOW)
    await _class(store, Rules(names="display"))
    solo = session("bbbb2222", "222222")
    fence = (await store.take_lease(BOT, "here", NOW))[0]
    assert await store.create_session(new(solo, CHAT, private=True, starter=ANA), ("question",), fence)
    assert await store.forget(ANA) == 6
    traces = (ANA.id, CHAT.id, "Ana Hoxha", "Ana of 3B")
    if not isinstance(store, SqlStore):
        assert not [trace for trace in traces if trace in repr(vars(store))]
        return
    async with store.engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            rows = (await connection.execute(select(table))).all()
            assert not [trace for trace in traces if trace in repr(rows)], table.name


async def test_times_come_back_in_utc_whatever_zone_they_came_in(store, kind):
    first, _ = await begun(store)
    here = NOW.astimezone(timezone(timedelta(hours=1)))
    assert await store.write_answers([(first.id, answer(at=here))]) == [True]
    (kept,) = await store.answers(first.id)
    assert kept.at == NOW
    assert kind == "memory" or kept.at.utcoffset() == timedelta(0)
