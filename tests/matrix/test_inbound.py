"""What counts as said to the bot, and what is left of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.matrix.inbound import Heard, Me, Setting, hear, request, since_invited
from bot.model.ids import RoomId, UserId
from bot.model.request import Request, Role, Text

ME = Me("@kompas:example.org", "Компас Kompas")
PILL = '<a href="https://matrix.to/#/@kompas:example.org">Компас Kompas</a>'


def said(body: Any, **content: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": "@ana:example.org",
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": body, **content},
    }


def reply_to(event: str) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event}}}


def heard(text: str, *, bare: bool = False, **more: Any) -> Heard:
    return Heard("$1", "@ana:example.org", text, bare, **more)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (said("!explain attribution"), heard("!explain attribution")),
        (said("/help"), heard("/help")),
        (said("  3 "), heard("3")),
        (said("hello everybody"), None),
        (said("!!!"), None),
        (said("! important"), None),
        (said("3 of us are ill"), None),
        (said("@kompas:example.org what is attribution?"), heard("what is attribution?", bare=True)),
        (said("@kompas, what is attribution?"), heard("what is attribution?", bare=True)),
        (said("kompas: 2"), heard("2", bare=True)),
        (said("kompas is a nice word"), None),
        (said("kompasi: x"), None),
        (said("компас kompas topics"), heard("topics", bare=True)),
        (said("Компас Kompas"), heard("help", bare=True)),
        (
            said("Компас Kompas: topics", formatted_body=f"{PILL}: topics", format="org.matrix.custom.html"),
            heard("topics", bare=True),
        ),
        (
            said("ask @Компас Kompas what it is", formatted_body=f"ask {PILL} what it is"),
            heard("ask what it is", bare=True),
        ),
        (said("what is it?", **{"m.mentions": {"user_ids": [ME.id]}}), heard("what is it?", bare=True)),
        (said("what is it?", **{"m.mentions": {"user_ids": ["@ben:example.org"]}}), None),
        (
            said(
                "!class teacher add Бен",
                formatted_body='!class teacher add <a href="https://matrix.to/#/%40ben%3Aexample.org">Бен</a>',
            ),
            heard("!class teacher add @ben:example.org"),
        ),
        (
            said("> <@kompas:example.org> Title\n> more\n\nand why?", **reply_to("$9")),
            heard("and why?", bare=True, if_mine="$9"),
        ),
        (
            said("me too", formatted_body=f"<mx-reply>{PILL}</mx-reply>me too", **reply_to("$9")),
            heard("me too", bare=True, if_mine="$9"),
        ),
        (said("!topics", **reply_to("$9")), heard("!topics")),
        (
            said(
                "!topics",
                **{
                    "m.relates_to": {
                        "rel_type": "m.thread",
                        "event_id": "$0",
                        "is_falling_back": True,
                        "m.in_reply_to": {"event_id": "$9"},
                    }
                },
            ),
            heard("!topics", thread="$0"),
        ),
        (
            said(
                "I think so",
                **{
                    "m.relates_to": {
                        "rel_type": "m.thread",
                        "event_id": "$0",
                        "is_falling_back": True,
                        "m.in_reply_to": {"event_id": "$9"},
                    }
                },
            ),
            None,
        ),
        (
            said(
                "* !topics",
                **{
                    "m.new_content": {"msgtype": "m.text", "body": "!topics"},
                    "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"},
                },
            ),
            None,
        ),
        (said("!topics", msgtype="m.notice"), None),
        (said("!topics", msgtype="m.emote"), None),
        (said("!topics") | {"sender": ME.id}, None),
        (said("!topics") | {"type": "m.sticker"}, None),
        (said("!topics") | {"content": {}}, None),
    ],
)
def test_in_a_room_only_what_is_meant_for_the_bot_is_heard(event: dict[str, Any], expected: Heard | None) -> None:
    assert hear(event, ME, direct=False) == expected


def test_in_a_direct_chat_everything_is_heard_but_edits_and_notices() -> None:
    assert hear(said("what is it?"), ME, direct=True) == heard("what is it?", bare=True)
    assert hear(said("🙂"), ME, direct=True) == heard("🙂", bare=True)
    assert hear(said("x", msgtype="m.notice"), ME, direct=True) is None
    assert hear(said("* x", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}), ME, direct=True) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    content=st.fixed_dictionaries(
        {"msgtype": st.just("m.text")},
        optional={
            "body": anything,
            "formatted_body": anything,
            "m.relates_to": anything,
            "m.mentions": anything,
            "m.new_content": anything,
        },
    ),
    direct=st.booleans(),
)
def test_no_content_can_break_the_reading(content: dict[str, Any], direct: bool) -> None:
    hear(
        {"type": "m.room.message", "event_id": "$1", "sender": "@ana:example.org", "content": content},
        ME,
        direct=direct,
    )


def test_a_request_says_how_this_platform_shows_things() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    room = request(heard("!topics"), Setting("!r", Role.TEACHER), at, ME)
    assert room == Request(
        UserId("matrix", "@ana:example.org"),
        RoomId("matrix", "!r"),
        Text("!topics", bare=False),
        at,
        role=Role.TEACHER,
        whispers=False,
        numbered=True,
        prefix="!",
        direct_link="https://matrix.to/#/@kompas:example.org",
        account="matrix:@kompas:example.org",
    )
    direct = request(heard("topics", bare=True), Setting("!r", private=True, name="Ana", shared=("!c",)), at, ME)
    assert (direct.private, direct.whispers, direct.prefix) == (True, True, "")
    assert (direct.name, direct.shared_rooms) == ("Ana", (RoomId("matrix", "!c"),))


def member(user: str, membership: str, before: str | None = None) -> dict[str, Any]:
    unsigned = {"prev_content": {"membership": before}} if before else {}
    return {"type": "m.room.member", "state_key": user, "content": {"membership": membership}, "unsigned": unsigned}


def test_of_a_room_just_joined_only_what_follows_the_invitation_counts() -> None:
    old, early, late = said("!topics"), said("hello"), said("help")
    events = [old, member(ME.id, "invite"), early, member(ME.id, "join", "invite"), late]
    assert list(since_invited(events, ME.id, invite_counts=True)) == [early, events[3], late]
    assert list(since_invited(events, ME.id, invite_counts=False)) == [late]
    assert list(since_invited([old, late], ME.id, invite_counts=True)) == [old, late]
    renamed = [*events, member(ME.id, "join", "join"), late]
    assert since_invited(renamed, ME.id, invite_counts=True)[0] == early
