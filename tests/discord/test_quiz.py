"""A lesson with a quiz, as a class on Discord sees it: the real core behind the adapter."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Any

import discord
import pytest

from bot.app import App
from bot.commands import quiz_start
from bot.model.ids import RoomId
from bot.quiz.items import Item, ItemType
from tests.discord.conftest import Bots
from tests.discord.test_talking import TEACHER, labels, speak
from tests.doubles.discord import Channel, DiscordDouble, Message
from tests.doubles.discord.people import Person


def pick_items(app: App, monkeypatch: pytest.MonkeyPatch, *types: ItemType) -> list[Item]:
    """The questions of the next quiz: the first of each of these types."""
    items = [next(item for item in app.knowledge.items.items.values() if item.type is kind) for kind in types]

    async def chosen(*_: Any, **__: Any) -> Sequence[Item]:
        return tuple(items)

    monkeypatch.setattr(quiz_start, "_items", chosen)
    return items


async def start(double: DiscordDouble, teacher: Person, **options: Any) -> tuple[Message, Message]:
    """The teacher starts a quiz: the panel, and what the class sees."""
    used = await teacher.slash("quiz start", {"pace": "manual", **options})
    panel = await used.answer()
    assert used.ephemeral, panel.text
    return panel, await double.wait_message()


async def opened(double: DiscordDouble, teacher: Person, after: Message) -> Message:
    """The teacher opens the next question."""
    told = await teacher.slash("quiz next")
    await told.answer()
    return await double.wait_message(after=after)


async def test_a_class_answers_every_kind_of_question_in_private(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await bots.start(quizzes=True)
    kinds = (ItemType.SINGLE, ItemType.MULTIPLE, ItemType.ORDERING, ItemType.TRUEFALSE)
    items = pick_items(app, monkeypatch, *kinds)
    teacher, ana, ben = double.user("Teacher", permissions=TEACHER), double.user("Ana"), double.user("Ben")
    panel, lobby = await start(double, teacher)
    assert "Begin" in labels(panel)
    joined = await ana.click(lobby, "Join")
    assert joined.ephemeral

    begun = await teacher.click(panel, "Begin")
    await begun.answer()
    question = await double.wait_message(after=lobby)
    rows = question.data["components"]
    assert [part["label"] for part in rows[0]["components"]][:4] == ["1 ■", "2 ●", "3 ▲", "4 ◆"]
    assert items[0].text("en").stem in question.embeds[0]["description"].replace("\\", "")
    assert re.search(r"<t:\d+:R>", question.embeds[0]["description"])
    for person in (ana, ben):
        used = await person.click(question, "2 ●")
        assert used.ephemeral
        assert "2 ●" in (await used.answer()).text
    reveal = await closed(double, teacher, question)
    assert items[0].text("en").options[items[0].key[0]] in reveal.text
    await double.wait_edit(question, lambda m: not labels(m))

    question = await opened(double, teacher, reveal)
    used = await ana.select(question, "1 ■", "3 ▲")
    assert used.ephemeral
    assert {"1 ■", "3 ▲"} <= set(re.findall(r"\d \S", (await used.answer()).text))
    reveal = await closed(double, teacher, question)

    question = await opened(double, teacher, reveal)
    pressed = await ana.click(question, index=0)
    assert pressed.modal is not None
    order = " ".join(str(n) for n in range(len(items[2].options), 0, -1))
    used = await ana.submit(pressed.modal, {"text": order})
    assert used.ephemeral
    assert "Your answer" in (await used.answer()).text
    wrong = await ana.submit(pressed.modal, {"text": "what?"})
    assert wrong.ephemeral
    reveal = await closed(double, teacher, question)

    question = await opened(double, teacher, reveal)
    assert labels(question)[:2] == ["1 ■", "2 ●"]
    await ana.click(question, "1 ■")
    reveal = await closed(double, teacher, question)
    rank = await opened(double, teacher, reveal)
    mine = await ana.click(rank, "My result")
    assert mine.ephemeral
    late = await ana.click(reveal, "My result")
    assert late.ephemeral


async def closed(double: DiscordDouble, teacher: Person, question: Message) -> Message:
    """The teacher closes the question: what the class is shown then."""
    await (await teacher.slash("quiz close")).answer()
    return await double.wait_message(after=question)


async def test_thirty_answers_at_once_are_acknowledged_in_private_and_the_board_is_changed_seldom(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await bots.start(quizzes=True)
    pick_items(app, monkeypatch, ItemType.SINGLE, ItemType.SINGLE)
    teacher = double.user("Teacher", permissions=TEACHER)
    _, lobby = await start(double, teacher)
    question = await opened(double, teacher, lobby)
    pupils = [double.user(f"Pupil {n}") for n in range(30)]
    requests, began = len(double.requests), time.monotonic()
    clicks = await asyncio.gather(*(pupil.click(question, "1 ■") for pupil in pupils))
    assert all(click.ephemeral and click.latency_ms < 2000 for click in clicks)
    answers = await asyncio.gather(*(click.answer() for click in clicks))
    assert all("1 ■" in answer.text for answer in answers)
    await double.wait_edit(question, lambda m: "30 answers" in m.text, 5.0)
    took = time.monotonic() - began
    changes = [call for call in double.requests[requests:] if call.path.endswith(f"/messages/{question.id}")]
    assert len(changes) <= 1 + took / 1.5 + 1
    assert not any(call.status == 429 for call in double.requests)
    reveal = await closed(double, teacher, question)
    assert "30" in reveal.text


async def test_a_question_outlives_a_restart_with_its_buttons_and_its_form(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick_items(await bots.start(quizzes=True), monkeypatch, ItemType.MATCHING, ItemType.SINGLE)
    teacher, ana = double.user("Teacher", permissions=TEACHER), double.user("Ana")
    _, lobby = await start(double, teacher)
    question = await opened(double, teacher, lobby)
    await bots.stop()
    await bots.start(quizzes=True)
    pressed = await ana.click(question, index=0)
    assert pressed.modal is not None
    used = await ana.submit(pressed.modal, {"text": "3 1 2"})
    assert "Your answer" in (await used.answer()).text
    assert used.ephemeral


async def test_the_board_has_an_embed_for_each_language_and_everybody_can_have_a_copy(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick_items(await bots.start(quizzes=True), monkeypatch, ItemType.SINGLE, ItemType.SINGLE)
    teacher, ana = double.user("Teacher", permissions=TEACHER), double.user("Ana")
    await teacher.slash("class language", {"tags": "sq mk sr-Latn"})
    _, lobby = await start(double, teacher)
    question = await opened(double, teacher, lobby)
    assert len(question.embeds) == 3
    assert all(re.search(r"<t:\d+:R>", embed["description"]) for embed in question.embeds)
    await speak(ana, "hr")
    copied = await ana.click(question, index=4)
    copy = await copied.answer()
    assert copied.ephemeral
    assert len(copy.embeds) == 1
    answered = await ana.click(copy, "3 ▲")
    assert answered.response_type == 7
    assert await answered.answer() is copy


async def test_alone_in_a_direct_chat_questions_come_one_after_the_other(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick_items(await bots.start(quizzes=True), monkeypatch, ItemType.SINGLE, ItemType.TRUEFALSE)
    ana = double.user("Ana")
    chat = ana.dm_channel
    used = await ana.slash("quiz start", channel=chat)
    assert used.response_type == 5
    question = await double.wait_message(chat, lambda m: labels(m))
    await double.wait_until(lambda: used.original is not None and used.original.deleted)
    answered = await ana.click(question, "1 ■")
    assert answered.response_type == 6
    reveal = await double.wait_message(chat, lambda m: "Next question" in labels(m), after=question)
    assert (await ana.click(reveal, "Next question")).acked_at
    question = await double.wait_message(chat, after=reveal)
    typed = await ana.dm("2")
    assert await double.wait_message(chat, lambda m: bool(m.embeds), after=typed)


async def test_a_quiz_does_not_begin_where_the_bot_may_not_write(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick_items(await bots.start(quizzes=True), monkeypatch, ItemType.SINGLE)
    teacher = double.user("Teacher", permissions=TEACHER)
    double.deny(double.channel, discord.Permissions(send_messages=True))
    used = await teacher.slash("quiz start")
    assert "may not write" in (await used.answer()).text
    assert double.channel_messages() == []


@pytest.mark.parametrize("how", ["permission", "channel"])
async def test_a_channel_that_is_lost_ends_its_quiz_and_the_bot_goes_on(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    app = await bots.start(quizzes=True)
    pick_items(app, monkeypatch, ItemType.SINGLE, ItemType.SINGLE)
    teacher, other = double.user("Teacher", permissions=TEACHER), double.add_channel(double.guild, "other")
    await (await teacher.slash("about", channel=teacher.dm_channel)).answer()
    _, lobby = await start(double, teacher)
    await opened(double, teacher, lobby)
    if how == "channel":
        double.remove_channel(double.channel)
    else:
        double.deny(double.channel, discord.Permissions(send_messages=True))
        await (await teacher.slash("quiz close")).answer()
        told = await double.wait_message(teacher.dm_channel, lambda m: "no longer write" in m.text)
        assert told
    assert await ended(app, double.channel)
    assert (await (await teacher.slash("about", channel=other)).answer()).text


async def ended(app: App, channel: Channel) -> bool:
    """Whether the quiz of the channel ends within some seconds."""
    for _ in range(100):
        if await app.store.session_in(RoomId("discord", str(channel.id))) is None:
            return True
        await asyncio.sleep(0.05)
    return False
