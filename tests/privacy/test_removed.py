"""The bot is thrown out of a Discord server in the middle of a quiz."""

import asyncio

from bot.model.ids import RoomId, ServerId
from bot.ports import Place
from tests.discord.conftest import bots, double  # noqa: F401
from tests.store.making import ANA, NOW, PLAYER, asking, new, session


async def test_a_server_that_removes_the_bot_leaves_nothing_behind(bots, double):  # noqa: F811
    app = await bots.start()
    room, server = RoomId("discord", str(double.channel.id)), ServerId("discord", str(double.guild.id))
    await app.store.set_server_language(server, "mk")
    await app.store.set_teacher(server, ANA, teacher=True)
    await app.store.set_room(room, languages=("sq",))
    fence, made = await app.quizzes.fence("discord"), session()
    assert await app.store.create_session(new(made, room), ("lobby",), fence)
    assert await app.store.advance(made, asking(made), (), fence, NOW)
    await app.store.add_player(made.id, ANA, room, PLAYER, NOW)
    double.kick(double.guild)
    async with asyncio.timeout(10):
        while await app.store.place(room, server, ANA) != Place() or await app.store.export(ANA):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await app.store.place(room, server, ANA) == Place()
    assert await app.store.session(made.id) is None
    assert await app.store.export(ANA) == {}
