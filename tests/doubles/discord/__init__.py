"""A local Discord (REST v10 and gateway) that unmodified discord.py talks to over loopback sockets.

    async with DiscordDouble() as double:
        with double.patched():                                # a bot in this process, or
            ...                                               # Popen(..., env=os.environ | double.subprocess_env())
        await double.wait_ready(); await double.wait_commands()
        ana = double.user("Ana", locale="hr", permissions=discord.Permissions(manage_guild=True))
        i = await ana.slash("explain", {"topic": "attribution"})          # channel=double.channel unless given
        message = await i.answer()                            # final: a defer is waited for until it is filled
        assert i.latency_ms < 1000 and i.ephemeral and "word" in message.text
        i = await ana.click(message, "More")                  # or custom_id=, index=
        i = await ana.submit(i.modal, {"Your answer": "2"})   # select(message, "a"), autocomplete("ask", "topic", "te")
        said = await ana.say(double.channel, f"{double.bot.mention} hi")  # dm("hi"); hidden as without MESSAGE_CONTENT
        reply = await double.wait_message(double.channel, after=said)     # wait_edit(message), wait_until(condition)
        assert not double.violations and not double.missing and not double.pings

`violations` holds everything Discord would refuse (and was refused), `missing` the operations the double lacks (501),
`pings` whom a body would notify, `requests` every request. Faults: `double.fail(regex, 503)`, `rate_limit(regex, 2.0)`,
`slow(regex, 1.0)` with a regex over "METHOD /path"; `double.gateway.reconnect()`, `invalidate()`, `cut()`, `close()`;
`deny(channel, discord.Permissions(...))`, `remove_channel(channel)`, `kick(guild)`, `add_thread(channel, "talk")`.
A person gets ClientRefused for what Discord's client refuses. With KOMPAS_TEST_DISCORD_OPENAPI naming Discord's
OpenAPI file (needs jsonschema-rs) each body and answer is validated against it too. Files: server, gateway, rest and
world are the double; `rules` is what Discord accepts, usable alone; `people` and `town` are the tests' hands.
"""

from .people import ClientRefused, Interaction, Modal, Person
from .server import DiscordDouble
from .town import Ping, Violation
from .world import Channel, Guild, Message, User

__all__ = [
    "Channel",
    "ClientRefused",
    "DiscordDouble",
    "Guild",
    "Interaction",
    "Message",
    "Modal",
    "Person",
    "Ping",
    "User",
    "Violation",
]
