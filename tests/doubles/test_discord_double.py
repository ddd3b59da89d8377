"""The double of Discord, driven by a small real discord.py bot: what it plays, what it refuses, how it fails."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import statistics
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.http import Route

from .discord import ClientRefused, DiscordDouble
from .discord.rules import limits

pytestmark = pytest.mark.asyncio


class More(discord.ui.DynamicItem[discord.ui.Button], template=r"v1:more:(?P<topic>[a-z]+)"):
    """A button that outlives a restart: all it needs is in its custom id."""

    def __init__(self, topic: str) -> None:
        super().__init__(discord.ui.Button(label="More", custom_id=f"v1:more:{topic}"))
        self.topic = topic

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str]) -> More:
        return cls(match["topic"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"more about {self.topic}", view=None)


class Form(discord.ui.Modal, title="Answer"):
    reply = discord.ui.Label(text="Your answer", component=discord.ui.TextInput(max_length=20))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"you said {self.reply.component.value}", ephemeral=True)


class Bot(discord.Client):
    def __init__(self, **options: Any) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(intents=intents, allowed_mentions=discord.AllowedMentions.none(), **options)
        self.tree = app_commands.CommandTree(self)
        self.tree.on_error = self.on_tree_error
        self.errors: list[Exception] = []
        self.heard: list[str] = []

        @self.tree.command(description="Explain a topic")
        async def explain(interaction: discord.Interaction, topic: str) -> None:
            view = discord.ui.View(timeout=None)
            view.add_item(More(topic))
            view.add_item(discord.ui.Button(label="Off", custom_id="off", disabled=True))
            text = f"{topic} in {interaction.locale}"
            await interaction.response.send_message(text, view=view, ephemeral=topic == "own")

        @explain.autocomplete("topic")
        async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=current.title(), value=current)]

        @self.tree.command(description="Take a while")
        async def slow(interaction: discord.Interaction, seconds: float, first: bool = True) -> None:
            if first:
                await interaction.response.defer(ephemeral=True)
            await asyncio.sleep(seconds)
            if first:
                await interaction.edit_original_response(content="done", embed=discord.Embed(title="Late"))
                await interaction.followup.send("and more", ephemeral=True)
            else:
                await interaction.response.send_message("too late")

        @self.tree.command(description="A form")
        async def form(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(Form())

        @self.tree.command(description="A menu")
        async def menu(interaction: discord.Interaction) -> None:
            view = discord.ui.View(timeout=None)
            select: Any = discord.ui.Select(custom_id="menu", options=[discord.SelectOption(label="One", value="1")])
            view.add_item(select)

            async def chosen(chosen: discord.Interaction) -> None:
                await chosen.response.send_message(f"chose {select.values}")

            select.callback = chosen
            await interaction.response.send_message("choose", view=view)

        group = app_commands.Group(name="class", description="A class", default_permissions=discord.Permissions(8192))

        @group.command(description="Its language")
        async def language(interaction: discord.Interaction, tag: str) -> None:
            assert isinstance(interaction.permissions, discord.Permissions)
            await interaction.response.send_message(f"{tag} {interaction.permissions.manage_messages}")

        self.tree.add_command(group)

    async def on_tree_error(self, interaction: Any, error: app_commands.AppCommandError) -> None:
        self.errors.append(getattr(error, "original", error))

    async def setup_hook(self) -> None:
        self.add_dynamic_items(More)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No waiting for 5 s, which is discord.py's default."""

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)
        if message.author != self.user and message.content:
            await message.reply(f"heard {message.content.split()[-1]}")


@contextlib.asynccontextmanager
async def running(double: DiscordDouble, bot: discord.Client | None = None) -> AsyncIterator[Any]:
    bot = bot or Bot()
    with double.patched():
        task = asyncio.create_task(bot.start(double.token))
        try:
            await double.wait_ready(bot.shard_count or 1)
            yield bot
        finally:
            await bot.close()
            await asyncio.wait([task])


async def test_a_conversation_without_a_fault() -> None:
    async with DiscordDouble() as double, running(double):
        ana = double.user("Ana", locale="hr")
        i = await ana.slash("explain", {"topic": "norms"})
        message = await i.answer()
        assert (i.response_type, i.ephemeral, i.deferred, message.text) == (4, False, False, "norms in hr")
        assert 0 < i.latency_ms < 1000
        assert [b["label"] for b in message.buttons] == ["More", "Off"]
        assert await ana.autocomplete("explain", "topic", "nor") == [{"name": "Nor", "value": "nor"}]
        more = await ana.click(message, "More")
        assert (await more.answer()) is message
        assert (message.content, message.buttons) == ("more about norms", [])
        assert message.history[0]["content"] == "norms in hr"
        i = await ana.slash("slow", {"seconds": 0.05})
        assert (i.deferred, i.ephemeral) == (True, True)
        assert (await i.answer()).text == "done\nLate"
        assert (await i.wait_followup()).content == "and more"
        i = await ana.submit((await ana.slash("form")).modal, {"Your answer": "attribution"})
        assert (await i.answer()).content == "you said attribution"
        i = await ana.select(await (await ana.slash("menu")).answer(), "One")
        assert (await i.answer()).content == "chose ['1']"
        i = await double.user("Mira", permissions=8192).slash("class language", {"tag": "hr"})
        assert (await i.answer()).content == "hr True"
        i = await ana.slash("explain", {"topic": "norms"}, channel=ana.dm_channel)
        assert (await i.answer()).channel is ana.dm_channel
        assert double.violations == double.missing == double.pings == []


async def test_what_a_bot_reads_without_message_content() -> None:
    async with DiscordDouble() as double, running(double) as bot:
        ana = double.user("Ana")
        await ana.say(double.channel, "a secret")
        said = await ana.say(double.channel, f"{double.bot.mention} hello")
        assert (await double.wait_message(after=said)).content == "heard hello"
        reply = await ana.say(double.channel, "again", reply_to=double.channel_messages()[-1])
        assert (await double.wait_message(after=reply)).content == "heard again"
        said = await ana.dm("privately")
        assert (await double.wait_message(ana.dm_channel, after=said)).content == "heard privately"
        assert bot.heard[0] == ""
        history = [m async for m in bot.get_channel(double.channel.id).history()]
        assert [m.content for m in history][-2:] == [f"{double.bot.mention} hello", ""]
        assert double.violations == double.missing == double.pings == []


async def test_the_client_refuses_what_it_would_not_offer() -> None:
    async with DiscordDouble() as double, running(double):
        ana, ben = double.user("Ana"), double.user("Ben")
        message = await (await ana.slash("explain", {"topic": "own"})).answer()
        assert message in ana.sees()
        assert message not in ben.sees() + double.channel_messages()
        for refused in (
            ana.click(message, "Off"),
            ben.click(message, "More"),
            ana.click(message, "None"),
            ana.slash("none"),
            ana.slash("explain"),
            ana.slash("explain", {"topic": 1}),
            ana.slash("explain", {"topic": "a", "b": 1}),
            ana.slash("class"),
            ana.slash("class language", {"tag": "hr"}),
            ana.select(message, "x"),
        ):
            with pytest.raises(ClientRefused):
                await refused


async def test_old_button_after_a_restart_in_a_process_of_its_own() -> None:
    async with DiscordDouble() as double:
        root = str(Path(__file__).parents[__name__.count(".")])
        code = f"import sys; sys.path.insert(0, {root!r}); from {__name__} import Bot; Bot().run({double.token!r})"
        env, messages = os.environ | double.subprocess_env(), []
        for _ in range(2):
            bot = await asyncio.create_subprocess_exec(
                sys.executable, "-W", "ignore", "-c", code, env=env, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                await double.wait_ready(timeout=30)
                ana = double.user("Ana")
                if messages:
                    assert (await (await ana.click(messages[0], "More")).answer()).content == "more about norms"
                else:
                    messages.append(await (await ana.slash("explain", {"topic": "norms"})).answer())
            finally:
                bot.kill()
                await bot.wait()
            await double.wait_until(lambda: not any(s.wire for s in double.gateway.sessions.values()))
            double.gateway._identified.clear()
        assert double.violations == double.missing == []
        assert double.rest.creates == 5


async def test_cut_is_resumed_and_what_was_missed_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    # A refused connection is tried again after a random time that grows to eight seconds with the third try.
    monkeypatch.setattr(discord.backoff.ExponentialBackoff, "delay", lambda _: 0.1)
    async with DiscordDouble() as double, running(double):
        ana = double.user("Ana")
        double.gateway.cut(down=0.2)
        i = await ana.slash("explain", {"topic": "norms"})
        assert (await i.answer()).content == "norms in en-US"
        assert (double.gateway.identifies, double.gateway.resumes) == (1, 1)


async def test_reconnect_and_invalid_session() -> None:
    async with DiscordDouble(identify_interval=0) as double, running(double):
        ana = double.user("Ana")
        double.gateway.reconnect()
        await double.wait_until(lambda: double.gateway.resumes == 1)
        assert (await ana.slash("explain", {"topic": "norms"})).latency_ms
        double.gateway.invalidate()
        await double.wait_ready()
        assert (double.gateway.identifies, double.gateway.resumes) == (2, 1)
        assert (await ana.slash("explain", {"topic": "norms"})).latency_ms


@pytest.mark.parametrize(("code", "intents"), [(4004, 1), (4014, 1), (4014, 1 << 15)])
async def test_close_codes_end_the_bot(code: int, intents: int) -> None:
    async with DiscordDouble() as double:
        with double.patched():
            bot = discord.Client(intents=discord.Intents._from_value(intents))
            task = asyncio.create_task(bot.start(double.token))
            if intents == 1:
                await double.wait_ready()
                await double.gateway.close(code)
            with pytest.raises((discord.ConnectionClosed, discord.PrivilegedIntentsRequired)):
                await asyncio.wait_for(task, 5)
            await bot.close()


async def test_wrong_token() -> None:
    async with DiscordDouble() as double:
        with double.patched():
            async with discord.Client(intents=discord.Intents.none()) as bot:
                with pytest.raises(discord.LoginFailure):
                    await bot.login("wrong")
    assert discord.http.Route.BASE == "https://discord.com/api/v10"


async def test_two_shards_get_their_own_guilds() -> None:
    class Sharded(Bot, discord.AutoShardedClient):
        pass

    async with DiscordDouble(shards=2, identify_interval=0) as double:
        ana, guilds = double.user("Ana"), [double.add_guild(str(n), "general", *"x" * (n % 2)) for n in range(4)]
        async with running(double, Sharded(shard_count=2)) as bot:
            for guild in guilds:
                await (await ana.slash("explain", {"topic": "norms"}, channel=guild.channels["general"])).answer()
                assert bot.get_guild(guild.id).shard_id == (guild.id >> 22) % 2
            assert {(guild.id >> 22) % 2 for guild in guilds} == {0, 1}


async def test_answers_that_come_too_late_or_twice() -> None:
    async with DiscordDouble(answer_within=0.2, token_life=0.5) as double, running(double) as bot:
        ana = double.user("Ana")
        i = await ana.slash("slow", {"seconds": 0.3, "first": False})
        assert i.acked_at is None
        await double.wait_until(lambda: double.violations)
        i = await ana.slash("slow", {"seconds": 0.7})
        await double.wait_until(lambda: len(bot.errors) == 2)
        i = await ana.slash("form")
        with double.patched(), pytest.raises(discord.HTTPException):
            await bot.http.request(Route("POST", f"/interactions/{i.id}/{i.token}/callback"), json={"type": 5})
        assert [error.code for error in bot.errors] == [10062, 50027]
        assert [v.sentence.split()[0] for v in double.violations] == ["10062", "50027", "40060"]


async def test_faults_and_rate_limits() -> None:
    async with DiscordDouble() as double, running(double) as bot:
        channel = await bot.fetch_channel(double.channel.id)
        double.rate_limit("POST /channels/.*/messages", 0.2)
        double.fail("POST /channels/.*/messages", 403, code=50013)
        before = asyncio.get_running_loop().time()
        with pytest.raises(discord.Forbidden) as caught:
            await channel.send("x")
        assert caught.value.code == 50013
        assert asyncio.get_running_loop().time() - before >= 0.2
        await channel.typing()
        double.rate_limit("typing", 0.1, global_=True)
        await channel.typing()
        double.slow("typing", 0.2)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(channel.typing(), 0.1)
        await asyncio.gather(*(channel.send(str(n)) for n in range(7)))
        assert asyncio.get_running_loop().time() - before >= 5
        assert len(double.channel_messages()) == 7
        assert double.violations == []


async def test_messages_files_nonces_pings() -> None:
    async with DiscordDouble(rates={}) as double, running(double) as bot:
        ana, channel = double.user("Ana"), await bot.fetch_channel(double.channel.id)
        sent = await channel.send("see", file=discord.File(io.BytesIO(b"report"), "report.csv"), nonce="q1")
        assert (await channel.send("again", nonce="q1")).id == sent.id
        assert sent.attachments[0].filename == "report.csv"
        assert await sent.attachments[0].read() == b"report"
        await sent.edit(content="edited", embeds=[discord.Embed(title="x").add_field(name="a", value="b")])
        message = double.channel_messages()[-1]
        assert await double.wait_edit(message) is message
        assert message.text == "edited\nx\na\nb"
        await channel.send(f"{ana.mention} @everyone", allowed_mentions=discord.AllowedMentions(users=[ana]))
        assert [(p.kind, p.target) for p in double.pings] == [("users", str(ana.id))]
        layout = discord.ui.LayoutView(timeout=None)
        layout.add_item(
            discord.ui.Container(
                discord.ui.TextDisplay("# Title"), discord.ui.ActionRow(discord.ui.Button(label="Go", custom_id="go"))
            )
        )
        assert double.world.messages[(await channel.send(view=layout)).id].buttons[0]["label"] == "Go"
        await sent.delete()
        with pytest.raises(discord.NotFound):
            await channel.fetch_message(sent.id)
        user = await bot.fetch_user(ana.id)
        await user.send("direct")
        assert ana.dm_channel.messages[-1].content == "direct"
        ana.accepts_dm = False
        with pytest.raises(discord.Forbidden):
            await user.send("more")
        assert (await (await bot.fetch_guild(double.guild.id)).fetch_member(ana.id)).id == ana.id
        assert (await bot.application_info()).id == double.bot.id
        assert double.violations == double.missing == []


async def test_permissions_and_channels_can_be_lost() -> None:
    async with DiscordDouble(rates={}) as double, running(double) as bot:
        other, ana = double.add_channel(double.guild, "other"), double.user("Ana")
        thread = double.add_thread(double.channel, "talk")
        there = await bot.fetch_channel(double.channel.id)
        mine = await there.send("mine")
        await (await bot.fetch_channel(thread.id)).send("x")
        refusals = []
        for denied in ("embed_links", "send_messages", "view_channel"):
            double.deny(double.channel, discord.Permissions(**{denied: True}))
            with pytest.raises(discord.Forbidden) as caught:
                await there.send(embed=discord.Embed(title="x"))
            refusals.append(caught.value.code)
            if denied != "view_channel":
                await mine.edit(content=denied)
        assert refusals == [50013, 50013, 50001]
        with pytest.raises(discord.Forbidden):
            await mine.edit(content="x")
        me = bot.get_guild(double.guild.id).me
        await double.wait_until(lambda: not bot.get_channel(double.channel.id).permissions_for(me).view_channel)
        double.deny(double.channel, 0)
        double.remove_channel(double.channel)
        with pytest.raises(discord.NotFound) as gone:
            await there.send("x")
        assert gone.value.code == 10003
        await double.wait_until(lambda: bot.get_channel(double.channel.id) is None)
        assert thread.id not in double.world.channels
        there = await bot.fetch_channel(other.id)
        double.kick(double.guild)
        await double.wait_until(lambda: not bot.guilds)
        with pytest.raises(discord.Forbidden):
            await there.send("x")
        assert (await ana.dm("hi")).channel.lets(double.bot)
        assert double.violations == double.missing == []


async def test_several_can_be_chosen_as_far_as_the_menu_allows() -> None:
    async with DiscordDouble(rates={}) as double, running(double) as bot:
        options = [{"label": str(n), "value": str(n)} for n in range(3)]
        body = row({"type": 3, "custom_id": "m", "options": options, "min_values": 2, "max_values": 3})
        await bot.http.request(Route("POST", f"/channels/{double.channel.id}/messages"), json=body)
        message, ana = double.channel_messages()[-1], double.user("Ana")
        chosen = await ana.select(message, "0", "2", wait=False)
        assert chosen.type == 3
        with pytest.raises(ClientRefused):
            await ana.select(message, "0")


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"components": [{"type": 1, "components": list(parts)}]}


OPTION = {"label": "a", "value": "a"}
BUTTON = {"type": 2, "style": 1, "label": "x", "custom_id": "x"}
EMBEDS = [{"title": "t" * 200, "description": "d" * 4000}] * 2


@pytest.mark.parametrize(
    ("body", "path", "word"),
    [
        ({"content": "x" * 2001}, "content", "length"),
        ({}, "", "empty"),
        ({"embeds": EMBEDS}, "embeds", "6000"),
        ({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}, "embeds.0.fields.0.name", ""),
        (row(BUTTON, BUTTON), "components.0.components.1.custom_id", "duplicated"),
        (row(BUTTON | {"label": "x" * 81}), "components.0.components.0.label", ""),
        (row(BUTTON | {"custom_id": "x" * 101}), "components.0.components.0.custom_id", ""),
        (row({"type": 2, "style": 1, "custom_id": "y"}), "components.0.components.0", "label"),
        (row(*({**BUTTON, "custom_id": str(n)} for n in range(6))), "components.0.components", ""),
        (row(BUTTON, {"type": 3, "custom_id": "m", "options": [OPTION]}), "components.0.components", "alone"),
        (row({"type": 3, "custom_id": "m", "options": [OPTION] * 2}), "components.0.components.0.options", "used"),
        ({"flags": 1 << 15, "content": "x", "components": [{"type": 10, "content": "y"}]}, "content", ""),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "y" * 2001}] * 2}, "components", "4000"),
        ({"components": [{"type": 10, "content": "y"}]}, "components.0.type", "v2"),
        ({"content": "x", "nonce": "n" * 26}, "nonce", "25"),
        (
            row({"type": 3, "custom_id": "m", "options": [OPTION], "min_values": 2}),
            "components.0.components.0.min_values",
            "max",
        ),
    ],
)
async def test_malformed_messages(body: dict[str, Any], path: str, word: str) -> None:
    async with DiscordDouble(rates={}) as double, running(double) as bot:
        with pytest.raises(discord.HTTPException) as caught:
            await bot.http.request(Route("POST", f"/channels/{double.channel.id}/messages"), json=body)
        assert (caught.value.status, caught.value.code) == (400, 50035 if body else 50006)
        assert any(v.path == path and word in v.sentence for v in double.violations), double.violations
        assert double.channel_messages() == []


FIELD = {"type": 4, "custom_id": "f", "style": 1}


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ({"title": "t" * 46, "components": [{"type": 18, "label": "l", "component": FIELD}]}, "title"),
        ({"title": "t", "components": []}, "components"),
        ({"title": "t", "components": [FIELD]}, "components.0.type"),
        ({"title": "t", "components": [{"type": 18, "label": "l" * 46, "component": FIELD}]}, "components.0.label"),
        (
            {"title": "t", "components": [{"type": 18, "label": "l", "component": BUTTON}]},
            "components.0.component.type",
        ),
        (
            {"title": "t", "components": [{"type": 18, "label": "l", "component": FIELD | {"max_length": 5000}}]},
            "components.0.component.max_length",
        ),
    ],
)
async def test_malformed_forms(form: dict[str, Any], path: str) -> None:
    assert path in [where for where, _ in limits.check_modal({"custom_id": "c", **form})]


def command(name: str = "ask", **fields: Any) -> dict[str, Any]:
    return {"name": name, "description": "x", "type": 1, **fields}


def option(name: str, kind: int = 3, **fields: Any) -> dict[str, Any]:
    return {"name": name, "description": "x", "type": kind, **fields}


@pytest.mark.parametrize(
    ("commands", "path"),
    [
        ([command("Ask")], "0.name"),
        ([command("a b")], "0.name"),
        ([command("с\u0301")], "0.name"),
        ([command(), command()], "1.name"),
        ([command(description="")], "0.description"),
        ([command(name_localizations={"sr": "питај"})], "0.name_localizations.sr"),
        ([command(name_localizations={"hr": "Pitaj"})], "0.name_localizations.hr"),
        ([command(options=[option("a"), option("a")])], "0.options.1.name"),
        (
            [command(options=[option("a"), option("b", name_localizations={"hr": "a"})])],
            "0.options.1.name_localizations.hr",
        ),
        (
            [
                command(
                    options=[option("a", name_localizations={"hr": "č"}), option("b", name_localizations={"hr": "č"})]
                )
            ],
            "0.options.1.name_localizations.hr",
        ),
        ([command(options=[option("a"), option("b", required=True)])], "0.options.1.required"),
        (
            [command(options=[option("a", autocomplete=True, choices=[{"name": "x", "value": "x"}])])],
            "0.options.0.autocomplete",
        ),
        (
            [command(options=[option("a", choices=[{"name": str(n), "value": "x"} for n in range(26)])])],
            "0.options.0.choices",
        ),
        ([command(options=[option("a", 1), option("b")])], "0.options"),
        (
            [command(options=[option("a", 2, options=[option("b", 1, options=[option("c", 1)])])])],
            "0.options.0.options.0.options",
        ),
        ([command(options=[option(f"a{n}") for n in range(26)])], "0.options"),
        (
            [
                command(
                    options=[option(f"a{n}", choices=[{"name": "x" * 100, "value": "y" * 100}] * 25) for n in range(2)]
                )
            ],
            "0",
        ),
        ([command(f"a{n}") for n in range(101)], ""),
    ],
)
async def test_malformed_commands(commands: list[dict[str, Any]], path: str) -> None:
    async with DiscordDouble() as double, running(double) as bot:
        with pytest.raises(discord.HTTPException) as caught:
            await bot.http.bulk_upsert_global_commands(double.bot.id, commands)
        assert caught.value.code == 50035
        assert any(v.path.startswith(path) for v in double.violations), double.violations
        assert len(double.commands) == 5


async def test_operations_that_the_double_or_discord_lacks() -> None:
    async with DiscordDouble() as double, running(double) as bot:
        with pytest.raises(discord.HTTPException) as caught:
            await bot.http.get_roles(double.guild.id)
        assert caught.value.status == 501
        assert double.missing == [f"GET /guilds/{double.guild.id}/roles"]


@pytest.mark.skipif("KOMPAS_TEST_DISCORD_OPENAPI" not in os.environ, reason="KOMPAS_TEST_DISCORD_OPENAPI names no file")
@pytest.mark.parametrize(
    ("body", "path", "word"),
    [
        (row(BUTTON | {"lable": "typo"}), "components.0.components.0", "lable"),
        (row(BUTTON | {"style": "red"}), "components.0.components.0.style", ""),
        ({"content": "x", "tss": True}, "", "tss"),
        ({"content": 5}, "content", "string"),
        ({"embeds": [{"title": "x", "color": -1}]}, "embeds.0.color", "minimum"),
    ],
)
async def test_bodies_that_the_official_description_refuses(body: dict[str, Any], path: str, word: str) -> None:
    async with DiscordDouble(rates={}) as double, running(double) as bot:
        with pytest.raises(discord.HTTPException):
            await bot.http.request(Route("POST", f"/channels/{double.channel.id}/messages"), json=body)
        assert any(v.path == path and word in v.sentence for v in double.violations), double.violations
        with pytest.raises(discord.NotFound):
            await bot.http.request(Route("GET", "/nowhere"))
        assert double.violations[-1].route == "GET /nowhere"
        assert double.missing == []


async def test_a_click_costs_the_double_little() -> None:
    async with DiscordDouble() as double, running(double):
        ana = double.user("Ana")
        took = [(await ana.slash("explain", {"topic": "own"})).latency_ms for _ in range(100)]
        assert statistics.median(took) < 10  # 0.7 ms on a quiet machine
