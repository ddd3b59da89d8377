"""What the bot says without being asked: posted once, changed seldom, and known where it may not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import discord
import pytest

from adapters.discord import sender as sending
from adapters.discord.edits import APART_SECONDS, EVERY_SECONDS, Edits
from adapters.discord.render import Drawn, render
from adapters.discord.sender import nonce
from bot.app import App
from bot.model.action import Action
from bot.model.ids import RoomId, UserId
from bot.model.reply import Choice, Choices, Document, Heading, Paragraph, Reply, Until
from bot.ports import CannotSend, Sender
from bot.ports.sending import COPY, NOTHING, QUESTION
from tests.discord.conftest import Bots
from tests.discord.test_talking import labels
from tests.doubles.discord import Channel, DiscordDouble


def question(text: str = "What is attribution?", *, pressed: bool = True) -> Reply:
    choices = tuple(Choice(f"{n} ■", Action("quiz pick", ("s1", "0", str(n)))) for n in range(1, 5))
    until = Until("Until 10:00", datetime(2026, 11, 23, 9, tzinfo=UTC), "en")
    blocks = (Heading("1 of 3", "en"), Paragraph(text, "en"), until)
    return Reply((*blocks, Choices(choices, "en")) if pressed else blocks)


def room(channel: Channel) -> RoomId:
    return RoomId("discord", str(channel.id))


def sender_of(app: App) -> Sender:
    """The bot's account, as the core has it."""
    sender = app.senders.get("discord")
    assert sender is not None
    return sender


async def sees(sender: Sender, channel: Channel, *, may_write: bool) -> bool:
    """Whether the bot comes to know whether it may write there."""
    for _ in range(50):
        if (await sender.look(room(channel))).may_write is may_write:
            return True
        await asyncio.sleep(0.02)
    return False


def edits(double: DiscordDouble) -> list[float]:
    """When messages were changed."""
    return [call.at for call in double.requests if call.method == "PATCH" and call.path.startswith("/channels/")]


async def test_a_question_is_posted_by_the_bot_itself_and_its_id_is_known(app: App, double: DiscordDouble) -> None:
    posted = await sender_of(app).post(room(double.channel), question(), "s1.0.1", QUESTION)
    [message] = double.channel_messages()
    assert (message.author, str(message.id)) == (double.bot, posted)
    assert labels(message) == ["1 ■", "2 ■", "3 ■", "4 ■"]
    assert message.embeds[0]["description"].endswith(
        f"Until 10:00 <t:{int(datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp())}:R>"
    )


async def test_the_same_key_shows_one_message(bots: Bots, double: DiscordDouble) -> None:
    app = await bots.start()
    first = await sender_of(app).post(room(double.channel), question(), "s1.0.1", QUESTION)
    assert await sender_of(app).post(room(double.channel), question(), "s1.0.1", QUESTION) == first
    await bots.stop()
    app = await bots.start()
    assert await sender_of(app).post(room(double.channel), question(), "s1.0.1", QUESTION) == first
    assert len(double.channel_messages()) == 1
    assert await sender_of(app).post(room(double.channel), question(), "s1.0.2", QUESTION) != first


async def test_of_a_long_post_the_last_message_carries_the_buttons_and_each_part_its_own_key(
    app: App, double: DiscordDouble
) -> None:
    words = " ".join(f"word{n}" for n in range(1500))
    for _ in range(2):
        posted = await sender_of(app).post(room(double.channel), question(words), "s1.0.1", QUESTION)
    messages = double.channel_messages()
    assert [bool(labels(message)) for message in messages] == [False, False, True]
    assert str(messages[-1].id) == posted
    assert [call.body["nonce"] for call in double.requests if call.path.endswith("/messages")][:3] == [
        "s1.0.1",
        "s1.0.1-1",
        "s1.0.1-2",
    ]


def test_a_nonce_is_never_too_long_and_always_the_same() -> None:
    key = "abcdefgh.1000.100000"
    made = [nonce(key, number) for number in (0, 1, 100_000)]
    assert made[0] == key
    assert made[1] == f"{key}-1"
    assert len(set(made)) == 3
    assert max(map(len, made)) <= 25
    assert nonce(key, 100_000) == made[2]


async def test_a_file_can_be_posted(app: App, double: DiscordDouble) -> None:
    reply = Reply((Paragraph("Here", "en"), Document("result.csv", "a;b", "en")))
    await sender_of(app).post(room(double.channel), reply, "s1.0.1", QUESTION)
    assert list(double.channel_messages()[0].files.values()) == [b"a;b"]


async def test_a_message_that_discord_fails_to_take_is_tried_again_until_it_does(
    app: App, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RETRY_SECONDS", (0.05, 0.1))
    double.fail(r"POST /channels/\d+/messages", 503, times=3)
    double.rate_limit(r"POST /channels/\d+/messages", 0.1, times=2)
    await sender_of(app).post(room(double.channel), question(), "s1.0.1", QUESTION)
    assert len(double.channel_messages()) == 1


async def test_what_is_posted_while_discord_is_away_comes_when_it_is_back(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.client.RETRY_SECONDS", (0.5, 1.0))
    app = await bots.start()
    sender = sender_of(app)
    await double.gateway.close(4007)  # discord.py identifies anew
    posting = asyncio.create_task(sender.post(room(double.channel), question(), "s1.0.1", QUESTION))
    assert await asyncio.wait_for(posting, 15)
    assert len(double.channel_messages()) == 1
    assert sender_of(app) is sender


async def test_a_sender_without_a_connection_waits_for_the_next_one() -> None:
    sender = sending.DiscordSender()
    posting = asyncio.create_task(sender.post(RoomId("discord", "1"), question(), "k", QUESTION))
    await asyncio.sleep(0.05)
    assert not posting.done()
    posting.cancel()
    await sender.finish(0)


@pytest.mark.parametrize("lost", ["view_channel", "send_messages", "embed_links"])
async def test_a_lost_permission_is_told_and_seen_beforehand(app: App, double: DiscordDouble, lost: str) -> None:
    sender = sender_of(app)
    assert (await sender.look(room(double.channel))).may_write
    double.deny(double.channel, discord.Permissions(**{lost: True}))
    with pytest.raises(CannotSend) as refused:
        await sender.post(room(double.channel), question(), "s1.0.1", QUESTION)
    assert not refused.value.gone
    assert await sees(sender, double.channel, may_write=False)
    facts = await sender.look(room(double.channel))
    assert (facts.may_write, facts.members, facts.encrypted) == (False, None, False)
    double.deny(double.channel, 0)
    assert await sender.post(room(double.channel), question(), "s1.0.1", QUESTION)


async def test_a_message_that_discord_refuses_is_given_up_and_the_room_is_not_lost(
    app: App, double: DiscordDouble
) -> None:
    sender = sender_of(app)
    double.fail(r"POST /channels/\d+/messages", 400, code=50035)
    assert await sender.post(room(double.channel), question(), "s1.0.1", QUESTION) == NOTHING
    assert await sender.post(room(double.channel), question(), "s1.0.2", QUESTION) != NOTHING


async def test_a_deleted_channel_is_gone(app: App, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[RoomId] = []

    async def room_gone(lost: RoomId) -> None:
        gone.append(lost)

    monkeypatch.setattr(app, "room_gone", room_gone)
    other, thread = double.add_channel(double.guild, "other"), double.add_thread(double.channel, "talk")
    double.remove_channel(thread)
    await double.wait_until(lambda: gone == [room(thread)])
    with pytest.raises(CannotSend) as refused:
        await sender_of(app).post(room(thread), question(), "s1.1.1", QUESTION)
    assert refused.value.gone
    assert await sees(sender_of(app), thread, may_write=False)
    thread = double.add_thread(double.channel, "more talk")
    double.remove_channel(double.channel)
    await double.wait_until(lambda: set(gone[1:]) == {room(double.channel), room(thread)})
    await sender_of(app).edit(room(double.channel), "1", question(), COPY)
    assert other


async def test_with_its_server_the_bot_loses_every_channel_of_it(
    bots: Bots, double: DiscordDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = double.add_channel(double.guild, "other")
    thread = double.add_thread(double.channel, "talk")
    app, gone = await bots.start(), list[RoomId]()

    async def room_gone(lost: RoomId) -> None:
        gone.append(lost)
        raise RuntimeError("one room must not keep the others")

    monkeypatch.setattr(app, "room_gone", room_gone)
    double.kick(double.guild)
    await double.wait_until(lambda: set(gone) == {room(double.channel), room(other), room(thread)})


async def test_in_a_thread_other_permissions_count(bots: Bots, double: DiscordDouble) -> None:
    thread = double.add_thread(double.channel, "talk")
    sender = sender_of(await bots.start())
    double.deny(double.channel, discord.Permissions(send_messages=True))
    assert await sees(sender, double.channel, may_write=False)
    assert await sees(sender, thread, may_write=True)
    assert await sender.post(room(thread), question(), "s1.0.1", QUESTION)
    double.deny(double.channel, discord.Permissions(send_messages_in_threads=True))
    assert await sees(sender, thread, may_write=False)
    assert await sees(sender, double.channel, may_write=True)
    double.deny(double.channel, 0)
    thread.locked = True
    with pytest.raises(CannotSend):
        await sender.post(room(thread), question(), "s1.0.2", QUESTION)


async def test_nobody_is_written_to_who_has_not_written_first(app: App, double: DiscordDouble) -> None:
    ana, ben = double.user("Ana"), double.user("Ben")
    sender, user = sender_of(app), UserId("discord", str(ana.id))
    note = Reply((Paragraph("One room is lost.", "en"),))
    assert not await sender.whisper(user, note, "k1")
    assert not any("/users/@me/channels" in call.path for call in double.requests)
    await (await ana.slash("about", channel=ana.dm_channel)).answer()
    assert await sender.whisper(user, note, "k2")
    assert await sender.whisper(user, note, "k2")
    assert [m.text for m in ana.dm_channel.messages[1:]] == ["One room is lost."]
    assert (await sender.look(room(ana.dm_channel))).may_write
    await ben.dm("What is attribution?")
    await double.wait_message(ben.dm_channel)
    ben.accepts_dm = False
    assert not await sender.whisper(UserId("discord", str(ben.id)), note, "k3")


async def test_thirty_changes_at_once_become_few_and_the_last_one_is_shown_soon(
    app: App, double: DiscordDouble
) -> None:
    sender, place = sender_of(app), room(double.channel)
    posted = await sender.post(place, question(), "s1.0.1", QUESTION)
    began = asyncio.get_running_loop().time()
    for number in range(1, 31):
        await sender.edit(place, posted, question(f"{number} answers"), COPY)
    after = await sender.post(place, question("next"), "s1.0.2", QUESTION)
    assert asyncio.get_running_loop().time() - began < 0.5
    [message, _] = double.channel_messages()
    await double.wait_edit(message, lambda m: "30 answers" in m.text, 2.0)
    assert asyncio.get_running_loop().time() - began < 2.0
    assert len(edits(double)) <= 2
    assert after != posted


async def test_a_message_that_is_gone_can_be_changed_without_harm(app: App, double: DiscordDouble) -> None:
    sender, place = sender_of(app), room(double.channel)
    posted = await sender.post(place, question(), "s1.0.1", QUESTION)
    double.delete(double.channel_messages()[0])
    await sender.edit(place, posted, question("x"), COPY)
    await double.wait_until(lambda: edits(double))
    assert await sender.post(place, question(), "s1.0.2", QUESTION)


async def test_changes_that_wait_are_made_when_the_bot_is_stopped(bots: Bots, double: DiscordDouble) -> None:
    sender = sender_of(await bots.start())
    posted = await sender.post(room(double.channel), question(), "s1.0.1", QUESTION)
    for text in ("first", "second", "over"):
        await sender.edit(room(double.channel), posted, question(text, pressed=False), COPY)
        await asyncio.sleep(0.05)
    await bots.stop()
    [message] = double.channel_messages()
    assert "over" in message.text
    assert labels(message) == []


class Changes:
    """Records changes with the time of each."""

    def __init__(self) -> None:
        self.made: list[tuple[float, int, Drawn]] = []

    async def change(self, channel: int, message: int, drawn: Drawn) -> None:
        self.made.append((asyncio.get_running_loop().time(), message, drawn))


async def test_changes_in_a_channel_keep_apart_and_none_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = Changes()
    edits = Edits(changes.change)
    drawn = [render(question(str(n)))[-1] for n in range(4)]
    for n, one in enumerate(drawn):
        edits.put(1, 10 + n % 2, one)
        edits.put(2, 20, one)
    await asyncio.sleep(APART_SECONDS + 0.2)
    first = [(message, drawn.index(made)) for _, message, made in changes.made]
    assert sorted(first) == [(10, 2), (11, 3), (20, 3)]
    times = [at for at, message, _ in changes.made if message < 20]
    assert times[1] - times[0] >= APART_SECONDS - 0.01
    edits.put(1, 11, drawn[0])
    await asyncio.sleep(EVERY_SECONDS + 0.2)
    at = [at for at, message, _ in changes.made if message == 11]
    assert at[1] - at[0] >= EVERY_SECONDS - 0.01
    await edits.finish(1)
    edits.put(1, 11, drawn[1])
    assert len(changes.made) == 4
