"""What is for teachers and administrators is refused to everybody else, however it is asked for."""

import pytest

from bot.commands.spec import discover
from bot.model.action import Action
from bot.model.ids import RoomId, UserId
from bot.model.plain import plain
from bot.model.request import Command, Request, Role

RESTRICTED = sorted(name for name, spec in discover().items() if spec.role > Role.MEMBER)


def request(clock, said):
    return Request(
        user=UserId("memory", "student"),
        room=RoomId("memory", "class"),
        said=said,
        received_at=clock.now(),
        whispers=True,
    )


def test_there_is_something_to_refuse():
    assert {"class language", "class teacher add", "class server-language"} <= set(RESTRICTED)


@pytest.mark.parametrize("name", RESTRICTED)
async def test_a_member_is_refused_by_command_and_by_forged_button(app, clock, name):
    spec = discover()[name]
    values = {option.name: "1" for option in spec.options if option.required}
    for said in (Command(name, values), Action(name, tuple(values.values()))):
        reply = await app.handle(request(clock, said))
        assert reply
        assert reply.private
        words = plain(reply)
        assert "for teachers only" in words or "for administrators only" in words, words
