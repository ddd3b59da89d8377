"""Where the operator does not let it answer, it says nothing, or says so once asked outright."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from bot.app import App
from bot.errors import BadSetting
from bot.limits import Places
from bot.model.ids import RoomId, ServerId, UserId
from bot.model.plain import plain
from bot.model.request import Command, Request, Text
from bot.settings import load_settings
from bot.store.memory import MemoryStore
from tests.matrix.conftest import bots  # noqa: F401
from tests.servers.fixtures import People
from tests.servers.synapse import Synapse


def request(clock, room="1", *, server=None, private=False, said=None) -> Request:
    return Request(
        user=UserId("discord", "7"),
        room=RoomId("discord", room),
        said=said or Command("help"),
        received_at=clock.now(),
        private=private,
        server=ServerId("discord", server) if server else None,
    )


@pytest.fixture
def limited(knowledge, clock) -> App:
    places = Places(servers=frozenset({"10"}), rooms=frozenset({"discord:1"}))
    return App(knowledge, MemoryStore(), clock, places=places)


async def test_it_answers_in_an_allowed_room_of_an_allowed_server(limited, clock):
    reply = await limited.handle(request(clock, "1", server="10"))
    assert reply
    assert not plain(reply).startswith("I am not enabled")


@pytest.mark.parametrize(("room", "server"), [("2", "10"), ("1", "11"), ("2", None)])
async def test_elsewhere_a_command_gets_one_private_line_and_talk_gets_none(limited, clock, room, server):
    asked = request(clock, room, server=server)
    reply = await limited.handle(asked)
    assert reply
    assert reply.private
    assert plain(reply) == "I am not enabled here. Whoever runs me decides where I answer."
    assert await limited.handle(replace(asked, said=Text("what is cyber diplomacy", bare=True))) is None


async def test_a_thread_is_allowed_with_its_channel(limited, clock):
    asked = request(clock, "2", server="10")
    reply = await limited.handle(replace(asked, parent=RoomId("discord", "1")))
    assert reply
    assert not plain(reply).startswith("I am not enabled")


async def test_a_direct_chat_is_always_allowed(limited, clock):
    reply = await limited.handle(request(clock, "99", private=True))
    assert reply
    assert not plain(reply).startswith("I am not enabled")


def test_lists_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("KOMPAS_ALLOW_ROOMS", "discord:1, matrix:!a:example.org")
    assert load_settings(tmp_path).allow_rooms == ("discord:1", "matrix:!a:example.org")
    monkeypatch.setenv("KOMPAS_ALLOW_ROOMS", "12345")
    with pytest.raises(BadSetting) as error:
        load_settings(tmp_path)
    assert "KOMPAS_ALLOW_ROOMS" in str(error.value)
    assert os.environ["KOMPAS_ALLOW_ROOMS"] in str(error.value)


@pytest.mark.synapse
async def test_only_invitations_of_those_allowed_are_accepted(synapse: Synapse, people: People, bots):  # noqa: F811
    friend, stranger = await people.on(synapse, "friend"), await people.on(synapse, "stranger")
    bot = await bots.process(
        synapse, await synapse.register_fresh("kompas"), KOMPAS_ALLOW_INVITES=f"{friend.user_id},other.example"
    )
    declined = await stranger.create_room(invite=[bot.user_id])
    accepted = await friend.create_room(invite=[bot.user_id])
    await friend.wait_for_member(accepted, bot.user_id)
    assert bot.user_id not in await stranger.members(declined)
