"""The privacy notice, the counting of questions, and what goes with a lost room."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.model.ids import RoomId, ServerId, UserId
from bot.model.plain import plain
from bot.model.request import Request, Text
from bot.ports import Asked, Keep
from bot.store.memory import MemoryStore

ANA, CHAT = UserId("terminal", "ana"), RoomId("terminal", "chat")


@pytest.fixture
def say(clock):
    async def said(app, words):
        what = Text(words, bare=True)
        reply = await app.handle(Request(ANA, CHAT, what, clock.now(), private=True))
        return "" if reply is None else plain(reply)

    return said


async def test_the_notice_says_the_operators_name_and_days(knowledge, clock, say):
    keep = Keep(timedelta(days=1), timedelta(days=45), timedelta(days=200))
    text = await say(
        App(knowledge, MemoryStore(keep), clock, operator="School 7, data@school.example"), "privacy notice"
    )
    assert all(part in text for part in ("School 7, data@school.example", ": 1 day;", "45 days", "200 days"))
    assert "{" not in text
    assert "got no answer are kept" not in text


async def test_the_notice_says_when_texts_of_questions_are_kept(knowledge, clock, say):
    text = await say(App(knowledge, MemoryStore(Keep(questions=timedelta(days=14))), clock), "privacy notice")
    assert "got no answer are kept on this bot for 14 days" in text
    assert "whoever brought it here" in text


async def test_questions_are_counted_and_their_texts_forgotten(app, clock, say):
    for words in ("What is attribution?", "What is attribution?", "I was hacked", "xyzzy plugh qwertz"):
        await say(app, words)
    assert await app.store.asked() == {}
    await app.tally.write(clock.now())
    counts = await app.store.asked()
    assert counts[Asked(clock.now().date(), "en", "answer", "attribution")] == 2
    assert counts[Asked(clock.now().date(), "en", "safety")] == 1
    assert sum(counts.values()) == 4
    assert await app.store.unanswered() == ()


async def test_texts_that_are_kept_name_nobody_and_no_trouble(knowledge, clock, say):
    app = App(knowledge, MemoryStore(Keep(questions=timedelta(days=14))), clock)
    await say(app, "I was hacked")
    await say(app, "xyzzy plugh qwertz ana@school.example +387 61 123 456")
    await app.tally.write(clock.now())
    assert [one.text for one in await app.store.unanswered()] == ["xyzzy plugh qwertz … …"]


async def test_a_lost_room_and_server_are_erased(app):
    room, server = RoomId("discord", "10"), ServerId("discord", "100")
    await app.store.set_room(room, languages=("sq",))
    await app.store.set_server_language(server, "mk")
    await app.room_gone(room)
    await app.server_gone(server)
    place = await app.store.place(room, server, ANA)
    assert (place.languages, place.server_language) == ((), None)
