"""Sessions to keep."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.model.ids import RoomId, UserId
from bot.ports import Linked, NewSession
from bot.quiz.items import ItemType
from bot.quiz.session import Answer, Phase, Player, Question, Rules, Session

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
ANA, BEN, TEACHER = UserId("discord", "17117117"), UserId("matrix", "@ben:school.example"), UserId("discord", "99")
ROOM, OTHER, CHAT = RoomId("discord", "10"), RoomId("matrix", "!other"), RoomId("discord", "chat 11")
BOT, MATRIX_BOT = "discord", "matrix:@kompas:school.example"
PLAYER = Player(0, "Fox", "sq")


def question(item="attribution.q1", pinned="hash1"):
    return Question(item, pinned, ItemType.SINGLE, ("b", "a", "c"), ("a",), 30, 12)


def session(name="aaaa1111", code="123456", *, questions=None, **fields):
    asked = questions or (question(), question("sanctions.q2", "hash2"))
    rules = fields.pop("rules", Rules(names="pseudonym", languages=("sq", "mk")))
    return Session(name, code, rules, asked, fields.pop("account", BOT), due_at=NOW + DAY, **fields)


def asking(before, number=0, **fields):
    """The session with that question open."""
    now = {"phase": Phase.ASKING, "question": number, "asked_at": NOW, "due_at": NOW + 30 * SECOND, "deadline": True}
    return replace(before, version=before.version + 1, **{**now, **fields})


def revealed(before):
    return replace(before, version=before.version + 1, phase=Phase.REVEALED)


def closed(before):
    return replace(before, version=before.version + 1, phase=Phase.CLOSED, due_at=None, ended="finished")


def new(made=None, room=ROOM, *, account=BOT, private=False, starter=TEACHER, at=NOW):
    made = made or session()
    home = Linked(room, account, ("sq", "mk"), private)
    pinned = {asked.pinned: f'{{"id": "{asked.item}"}}' for asked in made.questions}
    return NewSession(made, home, starter, pinned, at, {"module": "norms", "questions": "2"})


async def lease(store, account=BOT, holder="here", at=NOW):
    fence, _ = await store.take_lease(account, holder, at)
    return fence


async def begun(store, made=None, room=ROOM, *, number=0, **fields):
    """A session that asks a question, with its fence."""
    made = made or session()
    fence = await lease(store, made.account)
    assert await store.create_session(new(made, room, account=made.account, **fields), (), fence)
    after = asking(made, number)
    assert await store.advance(made, after, [("question", number)], fence, NOW)
    return after, fence


def answer(player=1, value="a", *, at=NOW, number=0):
    return Answer(number, player, value, at, 0.25)
