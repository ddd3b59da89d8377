"""Leases, sessions and rooms: the same on every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Fence, Linked
from bot.quiz.items import ItemType
from bot.quiz.session import Phase, Question, Rules, Session
from bot.store.ages import LEASE_LIVE

from .making import (
    ANA,
    BEN,
    BOT,
    CHAT,
    DAY,
    MATRIX_BOT,
    NOW,
    OTHER,
    ROOM,
    SECOND,
    TEACHER,
    answer,
    asking,
    begun,
    closed,
    lease,
    new,
    question,
    revealed,
    session,
)

# leases


async def test_an_account_has_one_holder_until_that_was_not_alive_for_ten_seconds(store):
    first, before = await store.take_lease(BOT, "one", NOW)
    assert (first, before) == (Fence(BOT, "one", 1), None)
    assert await store.beat(first, NOW + SECOND)
    assert await store.take_lease(BOT, "two", NOW + LEASE_LIVE) is None
    assert await store.take_lease(MATRIX_BOT, "two", NOW) == (Fence(MATRIX_BOT, "two", 1), None)
    assert await store.take_lease(BOT, "two", NOW + SECOND + LEASE_LIVE) == (Fence(BOT, "two", 2), NOW + SECOND)
    assert not await store.beat(first, NOW + 12 * SECOND)
    assert await store.holder_of(BOT) == "two"


async def test_the_same_holder_takes_its_lease_again_with_a_new_epoch(store):
    first = await lease(store)
    second, before = await store.take_lease(BOT, "here", NOW + SECOND)
    assert (second.epoch, before) == (first.epoch + 1, NOW)
    assert not await store.beat(first, NOW + SECOND)
    assert await store.beat(second, NOW + SECOND)


async def test_a_holder_known_to_be_dead_is_replaced_at_once(store):
    await lease(store, holder="dead")
    assert await store.take_lease(BOT, "new", NOW + SECOND, instead_of="another") is None
    fence, before = await store.take_lease(BOT, "new", NOW + SECOND, instead_of="dead")
    assert (fence, before) == (Fence(BOT, "new", 2), NOW)


async def test_a_lease_that_is_given_up_is_free_at_once_and_its_fence_is_stale(store):
    assert await store.holder_of(BOT) is None
    first = await lease(store)
    await store.release(first)
    assert await store.holder_of(BOT) is None
    assert not await store.beat(first, NOW)
    assert not await store.create_session(new(), (), first)
    second, before = await store.take_lease(BOT, "next", NOW + SECOND)
    assert (second.epoch, before) == (2, NOW)
    await store.release(first)
    assert await store.holder_of(BOT) == "next"


async def test_a_clock_that_was_set_back_does_not_block_an_account(store):
    await lease(store, at=NOW + timedelta(hours=2))
    assert await store.take_lease(BOT, "other", NOW + timedelta(hours=2) - LEASE_LIVE) is None
    fence, _ = await store.take_lease(BOT, "other", NOW)
    assert fence.epoch == 2
    assert await store.beat(fence, NOW - timedelta(hours=1))


# sessions


async def test_a_session_comes_back_as_it_was_written(store):
    rules = Rules(False, False, True, False, "own", ("sq", "mk", "sr-Latn"))
    questions = (
        question(),
        Question("x.q2", "hash2", ItemType.MATCHING, ("b", "a"), ("a", "b"), 0, 8),
        Question("x.q3", "hash3", ItemType.SHORT, (), (), 20, 9),
    )
    full = Session(
        "full0000", "654321", rules, questions, MATRIX_BOT, Phase.ASKING, 2, NOW + timedelta(microseconds=7),
        NOW + SECOND, True, NOW, 4 * SECOND, timedelta(microseconds=1_500_001), 30 * SECOND, True, frozenset({0, 2}),
        "stopped", 4,
    )  # fmt: skip
    fence = await lease(store, MATRIX_BOT)
    assert await store.create_session(new(full, account=MATRIX_BOT), ("lobby",), fence)
    assert await store.session("full0000") == full
    plain = replace(full, asked_at=None, due_at=None, paused_at=None, voided=frozenset(), version=5)
    assert await store.advance(full, plain, (), fence, NOW)
    assert await store.session("full0000") == plain
    assert await store.session("none") is None


async def test_a_new_session_is_found_by_its_room_its_code_and_its_starter(store):
    fence = await lease(store)
    made = session()
    assert await store.create_session(new(made), ("lobby",), fence)
    assert await store.session_in(ROOM) == await store.last_in(ROOM) == made.id
    assert await store.session_by_code("123456") == made.id
    assert await store.running(BOT) == await store.started_by(TEACHER) == await store.steering(TEACHER) == (made.id,)
    assert await store.rooms_of(made.id) == (Linked(ROOM, BOT, ("sq", "mk")),)
    assert await store.starter(made.id) == TEACHER
    assert await store.start_options(made.id) == {"module": "norms", "questions": "2"}
    assert await store.pinned("hash1") == '{"id": "attribution.q1"}'
    assert [(row.kind, row.question, row.sequence, row.room) for row in await store.unsent(BOT)] == [
        ("lobby", -1, 1, ROOM)
    ]
    assert await store.session_in(OTHER) is await store.last_in(OTHER) is await store.session_by_code("1") is None
    assert await store.running(MATRIX_BOT) == await store.started_by(ANA) == await store.steering(ANA) == ()
    assert (await store.starter("none"), await store.start_options("none"), await store.rooms_of("none")) == (
        None, {}, ())  # fmt: skip
    with pytest.raises(KeyError):
        await store.pinned("none")


async def test_a_room_a_code_and_an_id_have_one_running_session(store):
    fence = await lease(store)
    first = session()
    assert await store.create_session(new(first), (), fence)
    assert not await store.create_session(new(session("bbbb2222", "222222")), ("lobby",), fence)
    assert not await store.create_session(new(session("bbbb2222"), OTHER), ("lobby",), fence)
    assert not await store.create_session(new(session(code="222222"), OTHER), ("lobby",), fence)
    assert await store.session("bbbb2222") is await store.session_in(OTHER) is None
    assert await store.unsent(BOT) == ()
    assert await store.advance(first, closed(first), (), fence, NOW)
    assert await store.create_session(new(session("bbbb2222"), at=NOW + SECOND), (), fence)
    assert await store.session_in(ROOM) == await store.last_in(ROOM) == "bbbb2222"


async def test_a_step_is_written_once_with_its_messages_for_every_room(store):
    first, fence = await begun(store)
    assert await store.link(first.id, Linked(OTHER, MATRIX_BOT, ("mk",)), fence, NOW)
    after = revealed(first)
    says = [("redraw question", 0), ("reveal", 0)]
    assert await store.advance(first, after, says, fence, NOW + SECOND)
    assert not await store.advance(first, after, says, fence, NOW + SECOND)
    assert await store.session(first.id) == after
    here = await _send_all(store, BOT)
    there = await _send_all(store, MATRIX_BOT)
    assert [(row.kind, row.question, row.sequence, row.room_number) for row in here] == [
        ("question", 0, 1, 1), ("redraw question", 0, 2, 1), ("reveal", 0, 3, 1)]  # fmt: skip
    assert [(row.kind, row.question, row.sequence, row.room_number) for row in there] == [
        ("question", 0, 1, 2), ("redraw question", 0, 2, 2), ("reveal", 0, 3, 2)]  # fmt: skip
    assert here[2].created_at == NOW + SECOND
    assert len({row.key for row in here + there}) == 6
    assert max(len(row.key) for row in here) <= 25


async def test_a_closed_session_lets_go_of_its_rooms_and_code_and_never_moves_again(store):
    first, fence = await begun(store)
    assert await store.link(first.id, Linked(OTHER, MATRIX_BOT, ("mk",)), fence, NOW)
    end = closed(first)
    assert await store.advance(first, end, [("rank", -1)], fence, NOW)
    assert (
        await store.session_in(ROOM) is await store.session_in(OTHER) is await store.session_by_code("123456") is None
    )
    assert await store.last_in(ROOM) == await store.last_in(OTHER) == first.id
    assert [linked.room for linked in await store.rooms_of(first.id)] == [ROOM, OTHER]
    assert [row.kind for row in await _send_all(store, MATRIX_BOT)] == ["question", "rank"]
    assert not await store.advance(end, replace(end, version=end.version + 1), (), fence, NOW)
    assert not await store.link(first.id, Linked(CHAT, BOT, ("mk",)), fence, NOW)
    assert await store.running(BOT) == await store.due(BOT, NOW + DAY) == ()


async def test_deadlines_are_those_of_the_accounts_running_sessions(store):
    fence = await lease(store)
    early = session(questions=(question(),))
    late = session("bbbb2222", "222222")
    for made, room in ((early, ROOM), (late, OTHER)):
        assert await store.create_session(new(made, room), (), fence)
    assert await store.next_due(BOT) == NOW + DAY
    assert await store.due(BOT, NOW) == ()
    moved = replace(early, due_at=NOW + SECOND, version=1)
    assert await store.advance(early, moved, (), fence, NOW)
    assert await store.next_due(BOT) == NOW + SECOND
    assert await store.due(BOT, NOW + SECOND) == ((early.id, 1),)
    assert await store.due(BOT, NOW + 2 * DAY) == ((early.id, 1), (late.id, 0))
    assert (await store.due(MATRIX_BOT, NOW + 2 * DAY), await store.next_due(MATRIX_BOT)) == ((), None)


async def test_a_session_that_is_closed_is_steered_by_nobody(store):
    first, fence = await begun(store)
    assert await store.steering(TEACHER) == (first.id,)
    assert await store.advance(first, closed(first), (), fence, NOW)
    assert (await store.steering(TEACHER), await store.started_by(TEACHER)) == ((), (first.id,))


async def test_a_session_can_be_handed_over(store):
    first, _ = await begun(store)
    await store.set_starter(first.id, BEN)
    assert await store.starter(first.id) == BEN
    assert (await store.started_by(BEN), await store.started_by(TEACHER)) == ((first.id,), ())


async def test_items_asked_in_a_room_are_known_with_when_last(store):
    fence = await lease(store)
    first = session(questions=(question("a"), question("b"), question("c")))
    assert await store.create_session(new(first), (), fence)
    assert await store.asked_in(ROOM) == {}
    two = asking(first, 1)
    assert await store.advance(first, two, (), fence, NOW)
    assert await store.advance(two, closed(two), (), fence, NOW)
    await begun(store, session("bbbb2222", questions=(question("b"),)), at=NOW + DAY)
    assert await store.asked_in(ROOM) == {"a": NOW, "b": NOW + DAY}
    assert await store.asked_in(OTHER) == {}


async def test_a_stale_fence_writes_nothing(store):
    first, stale = await begun(store)
    row = (await store.unsent(BOT))[0]
    await store.take_lease(BOT, "other", NOW + LEASE_LIVE)
    after = revealed(first)
    assert not await store.advance(first, after, [("reveal", 0)], stale, NOW)
    assert not await store.link(first.id, Linked(OTHER, MATRIX_BOT, ("mk",)), stale, NOW)
    assert not await store.create_session(new(session("bbbb2222", "222222"), OTHER), ("lobby",), stale)
    assert not await store.attempt(row, NOW, stale)
    assert not await store.attempt(row, NOW, Fence(BOT, "other", 1))
    assert await store.session(first.id) == first
    assert await store.unsent(BOT) == (row,)
    assert await store.session_in(OTHER) is None


# rooms


@pytest.mark.parametrize(
    ("move", "shown"),
    [((), [("lobby", -1)]), ((asking,), [("question", 0)]), ((asking, revealed), [])],
    ids=["lobby", "asking", "revealed"],
)
async def test_a_room_that_comes_later_is_shown_what_is_open(store, move, shown):
    fence = await lease(store)
    now = session()
    assert await store.create_session(new(now), (), fence)
    for step in move:
        assert await store.advance(now, step(now), (), fence, NOW)
        now = step(now)
    linked = Linked(OTHER, MATRIX_BOT, ("mk", "sq"))
    assert await store.link(now.id, linked, fence, NOW + SECOND)
    assert [(row.kind, row.question) for row in await store.unsent(MATRIX_BOT)] == shown
    assert await store.rooms_of(now.id) == (Linked(ROOM, BOT, ("sq", "mk")), linked)
    assert await store.session_in(OTHER) == now.id


async def test_a_room_is_linked_to_one_running_session_only(store):
    first, fence = await begun(store)
    other, _ = await begun(store, session("bbbb2222", "222222", account=MATRIX_BOT), OTHER)
    assert not await store.link(first.id, Linked(OTHER, MATRIX_BOT, ("mk",)), fence, NOW)
    assert not await store.link(first.id, Linked(ROOM, BOT, ("mk",)), fence, NOW)
    assert not await store.link("none", Linked(CHAT, BOT, ("mk",)), fence, NOW)
    assert await store.rooms_of(other.id) == (Linked(OTHER, MATRIX_BOT, ("sq", "mk")),)


async def test_a_room_that_leaves_gets_nothing_more_and_a_new_number_when_it_comes_back(store):
    first, fence = await begun(store)
    linked = Linked(OTHER, MATRIX_BOT, ("mk",))
    assert await store.link(first.id, linked, fence, NOW)
    before = (await store.unsent(MATRIX_BOT))[0]
    await store.unlink(first.id, OTHER)
    assert await store.unsent(MATRIX_BOT) == ()
    assert await store.session_in(OTHER) is await store.last_in(OTHER) is None
    assert [one.room for one in await store.rooms_of(first.id)] == [ROOM]
    assert await store.advance(first, revealed(first), [("reveal", 0)], fence, NOW)
    assert await store.unsent(MATRIX_BOT) == ()
    again = asking(revealed(first), 1)
    assert await store.advance(revealed(first), again, [("question", 1)], fence, NOW)
    assert await store.link(first.id, linked, fence, NOW)
    after = (await store.unsent(MATRIX_BOT))[0]
    assert (before.room_number, after.room_number) == (2, 3)
    assert after.key != before.key


async def test_a_session_goes_along_with_a_room_that_is_replaced(store):
    first, _ = await begun(store)
    await store.move_session_room(ROOM, CHAT)
    assert await store.session_in(ROOM) is None
    assert await store.session_in(CHAT) == await store.last_in(CHAT) == first.id
    assert [row.room for row in await store.unsent(BOT)] == [CHAT]
    assert await store.asked_in(CHAT) == {"attribution.q1": NOW}


async def test_a_room_in_which_something_runs_is_not_taken_over_by_one_that_moves_there(store):
    first, _ = await begun(store)
    other, _ = await begun(store, session("bbbb2222", "222222"), OTHER)
    await store.move_session_room(ROOM, OTHER)
    assert (await store.session_in(ROOM), await store.session_in(OTHER)) == (first.id, other.id)


async def test_only_postgresql_is_shared(store, kind):
    assert store.alone == (kind != "postgres")


async def test_sessions_are_there_after_opening_again(store, second):
    first, _ = await begun(store)
    assert await store.write_answers([(first.id, answer())]) == [True]
    assert await second.session(first.id) == first
    assert await second.answers(first.id) == (answer(),)


async def _send_all(store, account):
    """Send what there is, one after the other, as a process does."""
    said = []
    while rows := await store.unsent(account):
        for row in rows:
            await store.sent(row, f"message {row.key}", NOW)
            said.append(row)
    return said
