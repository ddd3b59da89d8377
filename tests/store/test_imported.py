"""Imported sets: memory, SQLite and PostgreSQL must behave alike."""

from datetime import UTC, datetime

from bot.model.ids import RoomId
from bot.ports import ImportedSet

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROOM, SAME_ID, OTHER = RoomId("discord", "10"), RoomId("matrix", "10"), RoomId("matrix", "!b:example.org")


def listed(room=ROOM, name="test-7b", title="Тест 7б", questions=2):
    return ImportedSet(room, name, title, questions, NOW)


async def test_a_set_is_seen_in_its_room_only_and_keeps_its_order(store, second):
    await store.put_set(listed(), ("б", "a"))
    await store.put_set(listed(OTHER, "z", "A first one", 1), ("c",))
    assert await second.sets_of(ROOM) == (listed(),)
    assert await second.sets_of(SAME_ID) == ()
    assert await second.set_items(ROOM, "test-7b") == ("б", "a")
    assert await second.set_items(SAME_ID, "test-7b") == await second.set_items(ROOM, "z") == ()
    assert await second.all_sets() == (listed(), listed(OTHER, "z", "A first one", 1))


async def test_importing_again_replaces_and_removing_twice_says_so(store):
    await store.put_set(listed(), ("a", "b"))
    await store.put_set(listed(title="New", questions=1), ("c",))
    assert await store.sets_of(ROOM) == (listed(title="New", questions=1),)
    assert await store.set_items(ROOM, "test-7b") == ("c",)
    assert not await store.remove_set(OTHER, "test-7b")
    assert await store.remove_set(ROOM, "test-7b")
    assert not await store.remove_set(ROOM, "test-7b")
    assert await store.all_sets() == ()


async def test_sets_are_listed_by_title(store):
    for title in ("b", "a", "č"):
        await store.put_set(listed(name=f"n-{title}", title=title), ())
    assert [one.title for one in await store.sets_of(ROOM)] == ["a", "b", "č"]


async def test_a_replaced_room_hands_on_its_sets_and_keeps_those_that_the_new_one_has(store):
    await store.put_set(listed(SAME_ID), ("old",))
    await store.put_set(listed(SAME_ID, "more", "More", 1), ("more",))
    await store.put_set(listed(OTHER), ("new",))
    await store.move_room(SAME_ID, OTHER)
    assert await store.sets_of(SAME_ID) == ()
    assert await store.set_items(OTHER, "test-7b") == ("new",)
    assert await store.set_items(OTHER, "more") == ("more",)
