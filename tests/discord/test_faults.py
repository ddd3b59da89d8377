"""What can go wrong between Discord and the bot, and what people notice of it: nothing, if it can be helped."""

from __future__ import annotations

import asyncio
import logging

import pytest

from adapters.discord.guard import Guard
from bot.app import App
from bot.errors import PlatformRefused
from tests.discord.conftest import Bots
from tests.discord.test_talking import slow_down
from tests.doubles.discord import DiscordDouble


async def works(double: DiscordDouble) -> bool:
    """Whether somebody gets an answer."""
    return bool((await (await double.user("Somebody").slash("about")).answer()).text)


async def test_a_cut_connection_is_resumed_and_what_was_asked_meanwhile_is_answered(
    app: App, double: DiscordDouble
) -> None:
    double.answer_within = 20.0  # discord.py waits up to some seconds before it connects again
    double.gateway.cut(0.5)
    used = await double.user("Ana").slash("about", wait=False)
    asked = await double.user("Ben").dm("What is attribution?")
    assert (await double.wait_message(asked.channel, after=asked, timeout=20)).embeds
    assert (await used.answer(timeout=20)).text
    assert (double.gateway.resumes, double.gateway.identifies) == (1, 1)


async def test_a_request_to_reconnect_is_followed_by_a_resume(app: App, double: DiscordDouble) -> None:
    double.gateway.reconnect()
    await double.wait_until(lambda: double.gateway.resumes == 1, 10)
    assert double.gateway.identifies == 1
    assert await works(double)


async def test_a_lost_session_is_followed_by_a_new_one(app: App, double: DiscordDouble) -> None:
    double.gateway.invalidate()
    await double.wait_until(lambda: double.gateway.identifies == 2, 15)
    await double.wait_ready()
    assert await works(double)


@pytest.mark.parametrize("code", [4000, 4009])
async def test_a_closed_gateway_is_opened_again(app: App, double: DiscordDouble, code: int) -> None:
    await double.gateway.close(code)
    await double.wait_until(lambda: double.gateway.resumes + double.gateway.identifies == 2, 15)
    await double.wait_ready()
    assert await works(double)


@pytest.mark.parametrize(
    ("code", "cause"), [(4004, "token"), (4014, "intent"), (4011, "KOMPAS_DISCORD_SHARDS"), (4013, "intents")]
)
async def test_a_gateway_that_refuses_for_good_ends_the_platform(
    bots: Bots, double: DiscordDouble, code: int, cause: str
) -> None:
    await bots.start()
    await double.gateway.close(code)
    with pytest.raises(PlatformRefused) as refused:
        await asyncio.wait_for(asyncio.shield(bots.task), 10)
    assert refused.value.platform == "discord"
    assert cause in refused.value.cause


async def test_a_wrong_token_ends_the_platform_with_one_clear_cause(bots: Bots, double: DiscordDouble) -> None:
    await bots.start(token="wrong", ready=False)
    with pytest.raises(PlatformRefused) as refused:
        await asyncio.wait_for(asyncio.shield(bots.task), 10)
    assert "KOMPAS_DISCORD_TOKEN" in str(refused.value)
    assert "wrong" not in str(refused.value)
    assert [violation.route for violation in double.violations] == ["GET /users/@me"]
    double.violations.clear()


async def test_a_discord_that_is_down_at_the_start_is_tried_again(bots: Bots, double: DiscordDouble) -> None:
    double.fail(r"GET /users/@me", 404)
    await bots.start()
    assert await works(double)


async def test_commands_that_discord_does_not_take_do_not_stop_the_bot(bots: Bots, double: DiscordDouble) -> None:
    double.fail(r"PUT /applications/\d+/commands", 400)
    await bots.start(ready=False)
    await double.wait_ready()
    asked = await double.user("Ana").dm("What is attribution?")
    assert (await double.wait_message(asked.channel, after=asked)).embeds


async def test_a_rate_limited_message_is_sent_when_the_wait_is_over(app: App, double: DiscordDouble) -> None:
    double.rate_limit(r"POST /channels/\d+/messages", 0.4)
    asked = await double.user("Ana").dm("What is attribution?")
    answer = await double.wait_message(asked.channel, after=asked)
    assert answer.embeds
    assert [call.status for call in double.requests if call.path.endswith("/messages")] == [429, 200]


async def test_a_rate_limited_acknowledgement_still_comes_in_time(app: App, double: DiscordDouble) -> None:
    double.rate_limit(r"POST /interactions/", 0.3)
    used = await double.user("Ana").slash("about")
    assert used.latency_ms < 1500


async def test_a_failing_server_is_asked_again(app: App, double: DiscordDouble) -> None:
    double.fail(r"POST /interactions/", 503)
    assert await (await double.user("Ana").slash("about")).answer()


@pytest.mark.parametrize("code", [10062, 40060, 50027, 10015])
async def test_an_interaction_that_is_gone_is_logged_once_and_counted(
    app: App, double: DiscordDouble, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    double.fail(r"POST /interactions/", 404 if code != 50027 else 401, times=3, code=code)
    ana = double.user("Ana")
    for _ in range(3):
        await ana.slash("about", wait=False)
    await double.wait_until(lambda: sum(call.path.startswith("/interactions") for call in double.requests) == 3)
    await asyncio.sleep(0.1)
    assert await works(double)
    out = capsys.readouterr().out
    assert out.count("could no longer be answered") == 1
    assert "Traceback" not in out


async def test_an_answer_that_comes_after_the_token_died_is_lost_quietly(bots: Bots, double: DiscordDouble) -> None:
    double.token_life = 0.6
    app = await bots.start()
    slow_down(app, "explain", 0.8)
    used = await double.user("Ana").slash("explain", {"topic": "attribution"})
    assert used.response_type == 5
    await double.wait_until(lambda: double.violations)
    double.violations.clear()  # the double blames the bot for a token that we let die
    double.token_life = 900
    assert await works(double)


def test_hundreds_of_refusals_within_ten_minutes_are_too_many() -> None:
    alarms: list[bool] = []
    guard = Guard(lambda: alarms.append(True), allowed=300)
    for n in range(300):
        guard.note(429, n * 1.0)
        guard.note(200, n * 1.0)
    assert alarms == []
    guard.note(401, 300.0)
    assert alarms == [True]


def test_refusals_that_are_spread_out_are_not_too_many() -> None:
    alarms: list[bool] = []
    guard = Guard(lambda: alarms.append(True), allowed=300)
    for n in range(1000):
        guard.note(403, n * 3.0)
    assert alarms == []


async def test_the_bot_stops_before_discord_bans_it(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guard.__init__, "__defaults__", (5,))
    await bots.start()
    double.fail(r"POST /channels/\d+/messages", 403, times=20, code=50013)
    ana = double.user("Ana")
    for _ in range(8):
        await ana.say(double.channel, f"{double.bot.mention} What is attribution?")
    with pytest.raises(PlatformRefused) as refused:
        await asyncio.wait_for(asyncio.shield(bots.task), 15)
    assert "too many" in refused.value.cause


async def test_two_shards_serve_both_of_their_servers(bots: Bots, double: DiscordDouble) -> None:
    while (double.world.new_id() >> 22) % 2 == (double.guild.id >> 22) % 2:
        pass
    double.world.new_id()
    other = double.add_guild("Other school", "general")
    assert (other.id >> 22) % 2 != (double.guild.id >> 22) % 2
    await bots.start(shards=2, ready=False)
    await double.wait_ready(shards=2, timeout=20)
    await double.wait_commands()
    ana = double.user("Ana")
    for channel in (double.channel, other.channels["general"], ana.dm_channel):
        assert (await (await ana.slash("about", channel=channel)).answer()).text
    assert double.gateway.identifies == 2


async def test_stopping_lets_running_answers_finish(bots: Bots, double: DiscordDouble) -> None:
    app = await bots.start()
    slow_down(app, "explain", 1.0)
    ana = double.user("Ana")
    used = await ana.slash("explain", {"topic": "attribution"}, wait=False)
    await asyncio.sleep(0.2)
    stopping = asyncio.create_task(bots.stop())
    assert (await used.answer()).embeds
    await asyncio.wait_for(stopping, 5)
    await double.wait_until(lambda: double.gateway.sessions == {})


async def test_stopping_does_not_wait_for_what_hangs(bots: Bots, double: DiscordDouble) -> None:
    app = await bots.start()
    slow_down(app, "explain", 60)
    await double.user("Ana").slash("explain", {"topic": "attribution"})
    await asyncio.wait_for(bots.stop(), 5)


async def test_the_library_is_quiet(app: App, double: DiscordDouble, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "discord"):
        assert await works(double)
    assert caplog.records == []
