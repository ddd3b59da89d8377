"""What people write: questions in direct chats and after a mention, without privileged intents."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.app import App
from bot.commands.spec import Context
from bot.model.reply import Reply
from bot.model.request import Request
from tests.discord.test_talking import labels
from tests.doubles.discord import DiscordDouble

LATIN = ["bosanski", "hrvatski", "crnogorski", "srpski (latinica)", "🌐"]


async def test_a_mention_is_a_question_and_the_answer_a_reply_without_a_ping(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    asked = await ana.say(double.channel, f"{double.bot.mention} What is attribution?")
    answer = await double.wait_message(double.channel, after=asked)
    assert answer.embeds[0]["title"] == "Attribution"
    assert answer.data["message_reference"]["message_id"] == str(asked.id)


async def test_a_direct_message_needs_no_mention(app: App, double: DiscordDouble) -> None:
    asked = await double.user("Ana").dm("Шта је сајбер дипломатија?")
    answer = await double.wait_message(asked.channel, after=asked)
    text = app.knowledge.library.text("what-is-cyber-diplomacy", "sr-Cyrl")
    assert text is not None
    assert answer.embeds[0]["title"] == text.title


async def test_a_latin_question_from_four_languages_is_kept_until_one_is_chosen(
    app: App, double: DiscordDouble
) -> None:
    ana = double.user("Ana")
    title = app.knowledge.library.text_or_english("what-is-cyber-diplomacy", "sr-Latn").title
    asked = await ana.dm("Šta je sajber diplomatija?")
    question = await double.wait_message(asked.channel, after=asked)
    assert labels(question) == LATIN
    chosen = await ana.click(question, "srpski (latinica)")
    assert chosen.response_type == 7
    assert (await chosen.answer()).embeds[0]["title"] == title


async def test_in_a_channel_the_choice_of_a_language_is_answered_privately(app: App, double: DiscordDouble) -> None:
    ana, ben = double.user("Ana"), double.user("Ben")
    asked = await ana.say(double.channel, f"<@!{double.bot.id}> Šta je sajber diplomatija?")
    question = await double.wait_message(double.channel, after=asked)
    assert labels(question) == LATIN
    chosen = await ana.click(question, "bosanski")
    assert chosen.ephemeral
    title = app.knowledge.library.text_or_english("what-is-cyber-diplomacy", "bs").title
    assert (await chosen.answer()).embeds[0]["title"] == title
    assert labels(question) == LATIN
    assert (await ben.click(question, "hrvatski")).ephemeral


async def test_nothing_but_a_mention_gets_help(app: App, double: DiscordDouble) -> None:
    asked = await double.user("Ana").say(double.channel, double.bot.mention)
    answer = await double.wait_message(double.channel, after=asked)
    assert "/explain" in answer.text
    assert f"https://discord.com/users/{double.bot.id}" in answer.text


async def test_a_secret_asked_for_in_public_is_not_told_there(app: App, double: DiscordDouble) -> None:
    asked = await double.user("Ana").say(double.channel, f"{double.bot.mention} privacy show")
    answer = await double.wait_message(double.channel, after=asked)
    assert f"https://discord.com/users/{double.bot.id}" in answer.text


async def test_a_teacher_is_known_by_the_rights_in_the_channel(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    asked = await ana.say(double.channel, f"{double.bot.mention} class language sq")
    assert "teachers only" in (await double.wait_message(double.channel, after=asked)).text
    asked = await double.owner.say(double.channel, f"{double.bot.mention} class language sq")
    assert "shqip" in (await double.wait_message(double.channel, after=asked)).text


async def test_other_bots_and_talk_among_people_are_left_alone(app: App, double: DiscordDouble) -> None:
    robot, ana = double.user("Robot"), double.user("Ana")
    robot.bot = True
    await robot.say(double.channel, f"{double.bot.mention} hello")
    await robot.dm("hello")
    await ana.say(double.channel, "What is attribution?")
    asked = await ana.say(double.channel, f"{double.bot.mention} What is attribution?")
    answer = await double.wait_message(double.channel, after=asked)
    await asyncio.sleep(0.2)
    assert [m for m in double.channel_messages() if m.author is double.bot] == [answer]
    assert [m for m in robot.dm_channel.messages if m.author is double.bot] == []


async def test_typing_is_shown_only_when_it_takes_long(app: App, double: DiscordDouble) -> None:
    def typing() -> int:
        return sum(call.path.endswith("/typing") for call in double.requests)

    ana = double.user("Ana")
    asked = await ana.dm("What is attribution?")
    await double.wait_message(asked.channel, after=asked)
    assert typing() == 0
    spec = app.specs["ask"]

    async def slow(context: Context, **options: Any) -> Reply:
        await asyncio.sleep(0.7)
        return await spec.handler(context, **options)

    app.specs["ask"] = replace(spec, handler=slow)
    asked = await ana.dm("What is attribution?")
    await double.wait_message(asked.channel, after=asked)
    assert typing() == 1


async def test_a_busy_channel_waits_for_its_turn_and_loses_nothing(app: App, double: DiscordDouble) -> None:
    people = [double.user(f"Pupil {n}") for n in range(8)]
    asked = [await person.say(double.channel, f"{double.bot.mention} What is attribution?") for person in people]

    def answered() -> set[str]:
        mine = [m.data for m in double.channel_messages() if m.author is double.bot]
        return {data["message_reference"]["message_id"] for data in mine}

    await double.wait_until(lambda: answered() == {str(message.id) for message in asked}, 15)
    assert len([m for m in double.channel_messages() if m.author is double.bot]) == len(asked)


async def test_a_channel_that_the_bot_may_not_write_in_harms_nobody(app: App, double: DiscordDouble) -> None:
    double.fail(r"POST /channels/\d+/messages", 403, code=50013)
    ana = double.user("Ana")
    await ana.say(double.channel, f"{double.bot.mention} What is attribution?")
    await double.wait_until(lambda: any(call.status == 403 for call in double.requests))
    asked = await ana.say(double.channel, f"{double.bot.mention} What is attribution?")
    assert (await double.wait_message(double.channel, after=asked)).embeds


def test_no_privileged_intent_is_asked_for() -> None:
    from adapters.discord.client import make_client
    from adapters.discord.guard import Guard

    intents = make_client(0, Guard(lambda: None)).intents
    assert intents == discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


async def test_a_thread_names_its_channel(app: App, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, handle = [], app.handle

    async def noted(request: Request) -> Reply | None:
        seen.append((request.room.id, request.parent and request.parent.id))
        return await handle(request)

    monkeypatch.setattr(app, "handle", noted)
    thread, ana = double.add_thread(double.channel, "talk"), double.user("Ana")
    await (await ana.slash("topics", channel=thread)).answer()
    said = await ana.say(thread, f"{double.bot.mention} What is attribution?")
    await double.wait_message(thread, after=said)
    await (await ana.slash("topics", channel=double.channel)).answer()
    assert seen == [
        (str(thread.id), str(double.channel.id)),
        (str(thread.id), str(double.channel.id)),
        (str(double.channel.id), None),
    ]
