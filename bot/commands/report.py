"""`report`: what the teacher learns from a quiz, as a summary and as files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.commands.spec import Audience, Context, Kind, Option, command
from bot.errors import NoQuiz, NotSteering
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Choice, Paragraph, Reply
from bot.model.request import Role
from bot.report.files import files
from bot.report.results import gather
from bot.report.summary import summary
from bot.sessions.live import Live

OFFERED = 10
"""Sessions to choose from."""
ZONE = "Europe/Sarajevo"
"""Where the room has no time zone of its own: the same as in all of the Western Balkans."""
LESSON = timedelta(days=1)
"""Answers are erased by the start of their session, which is not long before the last question."""


@command(
    "report",
    mark("about.report", "The results of your quiz: summary and files for a spreadsheet"),
    audience=Audience.SECRET,
    order=58,
    options=(Option("session", Kind.TEXT, hidden=True),),
)
async def report(context: Context, session: str = "") -> Reply:
    """The report of a session, running or over, for whoever steered it and for teachers of its rooms."""
    if session:
        return await _report(context, await _allowed(context, session))
    if not context.request.private:
        here = await context.store.last_in(context.request.room)
        if here is None:
            raise NoQuiz
        return await _report(context, await _allowed(context, here))
    found = await _own(context)
    if not found:
        raise NoQuiz
    return await _report(context, found[0]) if len(found) == 1 else await _which(context, found)


async def _allowed(context: Context, session: str) -> Live:
    """The session as it is now. Raises NoQuiz, or NotSteering for somebody whose business it is not."""
    live = await context.quizzes.lives.read(session, context.now)
    here = live.link_of(context.request.room) is not None and context.role >= Role.TEACHER
    if here or live.is_steered_by(context.request.user):
        return live
    for linked in live.rooms:  # from a direct chat: whoever was made a teacher of one of the rooms
        if (await context.store.place(linked.room, None, context.request.user)).teacher:
            return live
    raise NotSteering


async def _own(context: Context) -> list[Live]:
    """The sessions that somebody in a direct chat may see, the latest first: those of classes before what was played
    alone, and those that began before the others."""
    names = list(await context.store.started_by(context.request.user))
    for room in context.request.shared_rooms:
        last = await context.store.last_in(room)
        if last and (await context.store.place(room, None, context.request.user)).teacher:
            names.append(last)
    found = []
    for name in dict.fromkeys(names):
        live = await context.quizzes.lives.read(name, context.now)
        found.append((bool(live.session.question >= 0), not live.solo, live))
    for wanted in ((True, True), (True, False), (False, True)):
        if chosen := [live for begun, shared, live in found if (begun, shared) == wanted]:
            return chosen[:OFFERED]
    return []


async def _which(context: Context, found: Sequence[Live]) -> Reply:
    """Several: each with its day, time and length."""
    voice, choices = context.voice, []
    for live in found:
        zone = await _zone(context, live)
        at = _asked_at(context, live).astimezone(zone)
        many = voice.many("quiz.questions", "{n} question", "{n} questions", len(live.session.questions))
        label = f"{voice.date(at.date())}, {at:%H:%M}: {many}"
        choices.append(Choice(label, Action("report", (live.session.id,))))
    text = voice("report.which", "Which quiz? The latest comes first.")
    return context.reply(Paragraph(text, context.lang), context.menu(*choices))


async def _report(context: Context, live: Live) -> Reply:
    session, voice, lang = live.session, context.voice, context.lang
    answers = await context.store.answers(session.id)
    asked = range(session.question + 1)
    items = {index: await context.presenter.item(live, index) for index in asked}
    old = not answers and bool(asked) and context.now - _asked_at(context, live) > context.store.keep.answers - LESSON
    results = gather(session, live.players.values(), answers, items, erased=old)
    zone = await _zone(context, live)
    day = _asked_at(context, live).astimezone(zone).date()
    bank = context.knowledge.items
    misconception = bank.misconception(results.common.code, lang) if results.common else None
    titles = {
        item.topic: context.library.text_or_english(item.topic, lang).short_title
        for item in items.values()
        if item.topic in context.library.topics
    }
    topics = [topic for topic in (misconception.topics if misconception else ()) if topic in context.library.topics]
    learn = [
        Choice(context.library.text_or_english(topic, lang).short_title, Action("explain", (topic, "", lang)))
        for topic in topics
    ]
    documents = files(results, voice, day=day, zone=zone, titles=titles) if results.players else ()
    # the files last: text platforms send each as a message of its own
    return context.reply(
        *summary(results, voice, day=day, misconception=misconception), context.menu(*learn), *documents
    )


def _asked_at(context: Context, live: Live) -> datetime:
    """When its last question was asked; now, before the first."""
    return live.session.asked_at or context.now


async def _zone(context: Context, live: Live) -> ZoneInfo:
    """Time zone of the class."""
    room = live.rooms[0].room if live.rooms else context.request.room
    place = await context.store.place(room, None, context.request.user)
    return ZoneInfo(place.timezone or ZONE)
