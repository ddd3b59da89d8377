"""What goes wrong in class, on Discord: forged and stale presses, impatience, and a teacher who has to go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import discord
import pytest

from bot.app import App
from bot.artifacts import Knowledge
from bot.model.ids import RoomId
from bot.quiz.items import ItemType
from bot.quiz.session import Phase
from bot.sessions.live import Live
from tests.discord.conftest import Bots as DiscordBots
from tests.discord.test_quiz import closed, opened, pick_items, start
from tests.discord.test_talking import TEACHER, speak
from tests.doubles.discord import Channel, DiscordDouble, Interaction, Message, Person


@dataclass
class Room:
    """A class that plays in a channel, with its first question open."""

    app: App
    double: DiscordDouble
    teacher: Person
    panel: Message
    question: Message
    channel: Channel

    async def live(self) -> Live:
        """The session that was made last in the channel, as it is stored."""
        name = await self.app.store.last_in(RoomId("discord", str(self.channel.id)))
        assert name
        return await self.app.quizzes.lives.read(name, self.app.clock.now())

    async def press(self, person: Person, *values: str, channel: Channel | None = None) -> Interaction:
        """A press of a button that never was on a board, as a changed client sends it."""
        made = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": "k1:" + ":".join(values)}]}
        forged = self.double.world.message(channel or self.channel, self.double.bot, {"components": [made]})
        forged.channel.messages.remove(forged)
        used = await person.click(forged, "x")
        await used.answer()
        return used

    async def answers(self, question: int = 0) -> dict[str, str]:
        """Stored answers by user id."""
        live = await self.live()
        users = {number: user.id for user, number in live.users.items()}
        return {users[one.player]: one.value for one in await self.app.store.answers(live.session.id, question)}


@pytest.fixture
async def room(knowledge: Knowledge, double: DiscordDouble, tmp_path, monkeypatch: pytest.MonkeyPatch, request):
    with double.patched():
        bots = DiscordBots(knowledge, double, tmp_path)
        app = await bots.start(quizzes=True)
        pick_items(app, monkeypatch, ItemType.SINGLE, ItemType.TRUEFALSE)
        teacher = double.user("Teacher", permissions=TEACHER)
        panel, lobby = await start(double, teacher)
        question = await opened(double, teacher, lobby)
        yield Room(app, double, teacher, panel, question, double.channel)
        await bots.stop()


async def test_whoever_never_joined_comes_in_with_an_answer_and_a_stranger_elsewhere_does_not(room: Room) -> None:
    ana, ben = room.double.user("Ana"), room.double.user("Ben")
    other = room.double.add_channel(room.double.guild, "other")
    session = (await room.live()).session
    joined = await ana.click(room.question, "1 ■")
    assert "You are in" in (await joined.answer()).text
    refused = await room.press(ben, "quiz pick", session.id, "0", "1", channel=other)
    assert refused.ephemeral
    assert "You are in" not in (await refused.answer()).text
    assert set(await room.answers()) == {str(ana.id)}


async def test_ten_clicks_of_one_person_are_one_answer_the_last(room: Room) -> None:
    ana = room.double.user("Ana")
    await (await ana.click(room.question, "1 ■")).answer()
    clicks = await asyncio.gather(*(ana.click(room.question, "2 ●") for _ in range(10)))
    assert all(click.acked_at and click.ephemeral for click in clicks)
    order = (await room.live()).session.questions[0].order
    assert await room.answers() == {str(ana.id): order[1]}
    assert len((await room.live()).players) == 1


@pytest.mark.parametrize(
    "values",
    [
        ("nosuchid", "0", "1"),
        ("{session}", "7", "1"),
        ("{session}", "999", "1"),
        ("{session}", "-1", "1"),
        ("{session}", "x", "1"),
        ("{session}", "0", "99"),
        ("{session}", "0", "0"),
        ("{session}", "0", "-1"),
        ("{session}", "0", "1 2"),
        ("{session}", "0", "²"),
        ("{session}", "0", "x"),
        ("{session}", "0", ""),
        ("{session}", "0"),
        ("{session}",),
        (),
        ("{session}", "1", "1"),
    ],
    ids=":".join,
)
async def test_a_forged_button_is_refused_in_a_sentence_and_changes_nothing(
    room: Room, values: tuple[str, ...]
) -> None:
    ana = room.double.user("Ana")
    await speak(ana, "hr")
    before = (await room.live()).session
    used = await room.press(ana, "quiz pick", *(value.format(session=before.id) for value in values))
    said = (await used.answer()).text
    assert used.ephemeral
    assert said
    assert not any(word in said for word in ("You are", "There is", "error", "Something", "kod pogreške")), said
    assert (await room.live()).session == before
    assert await room.answers() == {}
    assert not (await room.live()).players


async def test_a_click_on_an_old_question_is_told_privately_and_the_new_one_is_open(room: Room) -> None:
    ana = room.double.user("Ana")
    await (await ana.click(room.question, "1 ■")).answer()
    kept = await room.answers()
    old = dict(room.question.data)
    reveal = await closed(room.double, room.teacher, room.question)
    session = (await room.live()).session
    late = await room.press(ana, "quiz pick", session.id, "0", "2")
    assert late.ephemeral
    assert "late" in (await late.answer()).text
    new = await opened(room.double, room.teacher, reveal)
    assert old["id"] != new.data["id"]
    stale = await room.press(ana, "quiz pick", session.id, "0", "2")
    assert stale.ephemeral
    assert await room.answers(0) == kept
    assert await room.answers(1) == {}
    assert "1 ■" in (await (await ana.click(new, "1 ■")).answer()).text


async def test_a_player_cannot_press_what_steers_and_a_stop_from_another_room_is_refused(room: Room) -> None:
    ana, stranger = room.double.user("Ana"), room.double.user("Other", permissions=TEACHER)
    other = room.double.add_channel(room.double.guild, "other")
    session = (await room.live()).session
    for verb in ("next", "pause", "close", "stop", "void"):
        assert (await room.press(ana, f"quiz {verb}", session.id, "0")).ephemeral
        assert (await room.press(stranger, f"quiz {verb}", session.id, "0", channel=other)).ephemeral
    assert (await room.live()).session == session


async def test_a_colleague_goes_on_when_the_teacher_has_left(room: Room) -> None:
    ana = room.double.user("Ana")
    colleague = room.double.user("Colleague", permissions=discord.Permissions(manage_messages=True))
    await (await ana.click(room.question, "1 ■")).answer()
    steering = await colleague.slash("quiz panel")
    panel = await steering.answer()
    assert steering.ephemeral
    await (await colleague.click(panel, "Close the question")).answer()
    reveal = await room.double.wait_message(after=room.question)
    await (await colleague.slash("quiz next")).answer()
    question = await room.double.wait_message(after=reveal)
    await (await colleague.slash("quiz stop")).answer()
    assert await room.double.wait_message(match=lambda m: "The quiz is over" in m.text, after=question)
    assert (await room.live()).session.phase is Phase.CLOSED
    report = await colleague.slash("report")
    assert report.ephemeral
    assert "1" in (await report.answer()).text


async def test_after_a_channel_was_lost_and_found_again_a_new_quiz_can_begin_there(room: Room) -> None:
    room.double.deny(room.channel, discord.Permissions(send_messages=True))
    await (await room.teacher.slash("quiz close")).answer()

    for _ in range(100):
        if (await room.live()).session.phase is Phase.CLOSED:
            break
        await asyncio.sleep(0.05)
    assert (await room.live()).session.ended == "gone"
    room.double.deny(room.channel, 0)
    await asyncio.sleep(0.2)
    last = room.double.channel_messages()[-1]
    used = await room.teacher.slash("quiz start", {"pace": "manual"})
    assert "Begin" in [button.get("label") for button in (await used.answer()).buttons]
    lobby = await room.double.wait_message(after=last)
    question = await opened(room.double, room.teacher, lobby)
    ana = room.double.user("Ana")
    assert "1 ■" in (await (await ana.click(question, "1 ■")).answer()).text
