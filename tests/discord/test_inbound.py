"""What came in, as requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import discord
import pytest

from adapters.discord.inbound import Origin, is_for_us, picked, pressed, request, role, slash, text, typing
from bot.errors import StaleAction
from bot.model.action import Action
from bot.model.ids import RoomId, ServerId, UserId
from bot.model.request import Command, Request, Role, Text

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def option(name: str, value: object, kind: int = 3, **more: object) -> dict[str, Any]:
    return {"type": kind, "name": name, "value": value, **more}


def test_a_command_in_a_server_becomes_a_request() -> None:
    origin = Origin(1, 2, 3, discord.Permissions(manage_messages=True), "sv-SE", 9, "Ana")
    said = Command("about")
    assert request(origin, said, AT, whispers=True) == Request(
        user=UserId("discord", "1"),
        room=RoomId("discord", "2"),
        said=said,
        received_at=AT,
        private=False,
        server=ServerId("discord", "3"),
        role=Role.TEACHER,
        locale="sv-SE",
        whispers=True,
        numbered=False,
        prefix="/",
        direct_link="https://discord.com/users/9",
        account="discord",
        name="Ana",
    )


def test_a_direct_chat_is_private_and_needs_no_link() -> None:
    made = request(Origin(1, 2, None, discord.Permissions.all(), None, 9), Text("hi", bare=True), AT, whispers=True)
    assert (made.private, made.server, made.role, made.direct_link) == (True, None, Role.MEMBER, None)


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (discord.Permissions.none(), Role.MEMBER),
        (discord.Permissions(kick_members=True), Role.MEMBER),
        (discord.Permissions(manage_messages=True), Role.TEACHER),
        (discord.Permissions(manage_guild=True), Role.ADMIN),
        (discord.Permissions(administrator=True), Role.ADMIN),
    ],
)
def test_rights_in_discord_give_a_role(permissions: discord.Permissions, expected: Role) -> None:
    assert role(permissions) is expected


def test_subcommands_in_groups_are_one_name() -> None:
    inner = {"type": 1, "name": "add", "options": [option("who", "42", 6)]}
    data = {"name": "class", "options": [{"type": 2, "name": "teacher", "options": [inner]}]}
    assert slash(data) == Command("class teacher add", {"who": "<@42>"})
    assert picked(data) == ("42",)
    assert slash({"name": "privacy", "options": [{"type": 1, "name": "show"}]}) == Command("privacy show")
    assert slash({"name": "explain", "options": [option("topic", "attribution")]}) == Command(
        "explain", {"topic": "attribution"}
    )


def test_the_option_being_typed_is_found() -> None:
    sub = {"type": 1, "name": "language", "options": [option("tags", "sq m", focused=True)]}
    assert typing({"name": "class", "options": [sub]}) == ("class language", "tags", "sq m")
    assert typing({"name": "about", "options": []}) == ("about", "", "")


def test_a_press_is_an_action() -> None:
    action = Action("explain", ("attribution", "", "sq"))
    assert pressed({"custom_id": action.encode(), "component_type": 2}) == action
    assert pressed({"custom_id": "k1-menu-0", "component_type": 3, "values": [action.encode()]}) == action


def test_what_was_chosen_together_is_the_last_value_of_the_action() -> None:
    data = {"custom_id": "k1-pick:k1:quiz pick:s1:0", "component_type": 3, "values": ["3", "1"]}
    assert pressed(data) == Action("quiz pick", ("s1", "0", "3 1"))


@pytest.mark.parametrize(
    "data",
    [
        {"custom_id": "quiz:1"},
        {"custom_id": "k1-menu-0", "values": []},
        {"custom_id": "k1:"},
        {"custom_id": "k1-pick:k1:quiz pick"},
    ],
)
def test_a_press_that_cannot_be_read_is_stale(data: dict[str, Any]) -> None:
    with pytest.raises(StaleAction):
        pressed(data)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<@9> what is this?", Text("what is this?", bare=True)),
        ("what <@!9>\nis this", Text("what  \nis this", bare=True)),
        ("<@9>", Command("help")),
        ("", Command("help")),
        ("<@8> hi", Text("<@8> hi", bare=True)),
    ],
)
def test_a_text_loses_the_bots_mention(content: str, said: Text | Command) -> None:
    assert text(content, 9) == said


def test_only_messages_to_the_bot_are_for_it() -> None:
    plain: dict[str, Any] = {"author": {"id": "1"}, "mentions": []}
    assert is_for_us(plain, 9)
    assert not is_for_us(plain | {"guild_id": "3"}, 9)
    assert is_for_us(plain | {"guild_id": "3", "mentions": [{"id": "9"}]}, 9)
    assert not is_for_us(plain | {"author": {"id": "1", "bot": True}}, 9)
    assert not is_for_us(plain | {"webhook_id": "5"}, 9)
