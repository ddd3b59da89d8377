"""One contract for every store: memory, SQLite and PostgreSQL must behave alike."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import BadSetting
from bot.model.ids import RoomId, ServerId, UserId
from bot.ports import Person, Place
from bot.store import migrate, tables
from bot.store.sql import SqlStore

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANA = UserId("discord", "1")
SAME_NUMBER = UserId("matrix", "1")
ROOM = RoomId("discord", "10")
SERVER = ServerId("discord", "100")


async def test_a_person_keeps_the_language_chosen_last(store):
    assert await store.person(ANA) == Person()
    await store.set_language(ANA, "sq", NOW)
    await store.set_language(ANA, "mk", NOW)
    assert await store.person(ANA) == Person("mk")
    assert await store.person(SAME_NUMBER) == Person()


async def test_a_room_keeps_what_was_set_and_changes_only_what_is_given(store):
    assert await store.place(ROOM, None, ANA) == Place()
    await store.set_room(ROOM, languages=("sq", "mk", "sr-Latn"))
    await store.set_room(ROOM, timezone="Europe/Tirane")
    await store.set_room(ROOM, names="own")
    assert await store.place(ROOM, None, ANA) == Place(("sq", "mk", "sr-Latn"), None, "Europe/Tirane", "own")
    await store.set_room(ROOM, languages=())
    assert await store.place(ROOM, None, ANA) == Place((), None, "Europe/Tirane", "own")


async def test_a_server_language_can_be_set_and_taken_back(store):
    await store.set_server_language(SERVER, "bs")
    assert (await store.place(ROOM, SERVER, ANA)).server_language == "bs"
    assert (await store.place(ROOM, None, ANA)).server_language is None
    await store.set_server_language(SERVER, None)
    assert (await store.place(ROOM, SERVER, ANA)).server_language is None


@pytest.mark.parametrize("place", [ROOM, SERVER])
async def test_a_teacher_of_a_place_is_one_there_only(store, place):
    await store.set_teacher(place, ANA, teacher=True)
    await store.set_teacher(place, ANA, teacher=True)
    assert (await store.place(ROOM, SERVER, ANA)).teacher
    assert not (await store.place(ROOM, SERVER, SAME_NUMBER)).teacher
    assert not (await store.place(RoomId("discord", "11"), ServerId("discord", "101"), ANA)).teacher
    await store.set_teacher(place, ANA, teacher=False)
    assert not (await store.place(ROOM, SERVER, ANA)).teacher


async def test_choices_are_the_last_ones_of_this_person_in_this_room_for_ten_minutes(store):
    assert await store.shown(ROOM, ANA, NOW) == ()
    await store.remember(ROOM, ANA, ["a", "b"], NOW)
    await store.remember(ROOM, ANA, ["c"], NOW)
    assert await store.shown(ROOM, ANA, NOW + timedelta(minutes=9)) == ("c",)
    assert await store.shown(ROOM, ANA, NOW + timedelta(minutes=11)) == ()
    assert await store.shown(RoomId("discord", "11"), ANA, NOW) == ()


async def test_forgetting_a_person_leaves_nothing_of_them_and_all_of_others(store):
    for user in (ANA, SAME_NUMBER):
        await store.set_language(user, "sq", NOW)
        await store.set_teacher(ROOM, user, teacher=True)
        await store.remember(ROOM, user, ["a"], NOW)
    exported = await store.export(ANA)
    assert sorted(exported) == ["choices", "people", "teachers"]
    assert exported["people"][0]["language"] == "sq"
    assert await store.forget(ANA) == 3
    assert await store.export(ANA) == {}
    assert await store.person(ANA) == Person()
    assert sorted(await store.export(SAME_NUMBER)) == ["choices", "people", "teachers"]


async def test_handled_events_are_remembered_for_two_days_by_account(store):
    await store.mark_handled("bot", ["$1", "$2", "$1"], NOW)
    await store.mark_handled("bot", ["$2"], NOW)
    await store.mark_handled("bot", [], NOW)
    await store.mark_handled("other bot", ["$3"], NOW)
    assert await store.handled("bot", ["$1", "$2", "$3"]) == frozenset({"$1", "$2"})


async def test_a_replaced_room_hands_on_its_settings_and_teachers(store):
    new, used = RoomId("matrix", "!new"), RoomId("matrix", "!used")
    old = RoomId("matrix", "!old")
    for room in (old, used):
        await store.set_room(room, languages=("sq",) if room == old else ("mk",), timezone="Europe/Tirane")
    await store.set_teacher(old, ANA, teacher=True)
    await store.move_room(old, new)
    await store.move_room(old, new)
    assert await store.place(new, None, ANA) == Place(("sq",), timezone="Europe/Tirane", teacher=True)
    assert await store.place(old, None, ANA) == Place()
    await store.move_room(new, used)
    assert await store.place(used, None, ANA) == Place(("mk",), timezone="Europe/Tirane", teacher=True)


async def test_account_state_is_kept_by_account_and_name(store):
    assert await store.get("bot", "sync") is None
    await store.put("bot", "sync", "s1")
    await store.put("bot", "sync", "s2")
    assert await store.get("bot", "sync") == "s2"
    assert await store.get("other", "sync") is None


async def test_what_was_kept_is_there_after_opening_again(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/folder/kompas.sqlite3"
    first = await SqlStore.open(url)
    await first.set_language(ANA, "sq", NOW)
    await first.close()
    second = await SqlStore.open(url)
    assert await second.person(ANA) == Person("sq")
    await second.close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_processes_that_start_at_once_on_a_new_database_do_not_collide(kind, url):
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.store", stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    said = await asyncio.gather(*(process.communicate(url.encode()) for process in processes))
    assert [error.decode()[-300:] for _, error in said] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4


async def test_a_server_migrates_in_a_process_of_its_own(tmp_path, monkeypatch):
    url = f"sqlite+aiosqlite:///{tmp_path}/kompas.sqlite3"
    here = []
    monkeypatch.setattr(migrate, "config", lambda connection: here.append(connection))
    store = await SqlStore.open(url, migrate_apart=True)
    assert await store.person(ANA) == Person()
    await store.close()
    assert here == []


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite+aiosqlite:////proc/kompas.sqlite3", "postgresql+asyncpg://nobody:x@127.0.0.1:9/none"]
)
async def test_a_database_that_cannot_be_used_is_one_line_naming_the_setting(url):
    with pytest.raises(BadSetting) as raised:
        await SqlStore.open(url)
    assert raised.value.name == "KOMPAS_DATABASE_URL"
    assert "\n" not in str(raised.value)


async def test_another_kind_of_database_is_refused_with_those_that_there_are():
    with pytest.raises(BadSetting, match="SQLite or PostgreSQL, not in mysql"):
        await SqlStore.open("mysql://kompas@localhost/kompas")


def test_every_table_says_what_it_holds_about_a_person():
    """Privacy walks `info["person"]`: a table without it, or with a user column it hides, would be forgotten."""
    for table in tables.metadata.sorted_tables:
        person = table.info["person"]
        assert set(person) <= set(table.c.keys())
        assert ("user_id" in table.c) == (person == tables.USER), table.name
