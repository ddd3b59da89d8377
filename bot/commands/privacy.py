"""`privacy …`: see, take along and erase everything that is stored about oneself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.commands.explain import english_note
from bot.commands.spec import Audience, Context, command
from bot.i18n.catalog import Voice, mark
from bot.model.action import Action
from bot.model.reply import Bullets, Choice, Document, Heading, Paragraph, Reply


@command("privacy show", mark("about.privacy_show", "What is stored about you"), audience=Audience.SECRET, order=80)
async def privacy_show(context: Context) -> Reply:
    """What is stored, in words, with the ways to take it or erase it."""
    voice, lang, keep = context.voice, context.lang, context.store.keep
    found = await context.store.export(context.request.user)
    labels = {
        # Translators: kinds of stored data, shown as a list with the number of entries
        "people": voice("privacy.people", "The language you chose"),
        "teachers": voice("privacy.teachers", "Places where you were made a teacher"),
        "players": voice("privacy.players", "Quizzes you took part in"),
        # Translators: {days} is a time such as "30 days"
        "answers": voice("privacy.answers", "Your answers in quizzes ({days})", days=_days(voice, keep.answers)),
        # Translators: {days} is a time such as "90 days"
        "sessions": voice("privacy.sessions", "Quizzes you started ({days})", days=_days(voice, keep.sessions)),
        "choices": voice("privacy.choices", "Choices shown to you last (kept for ten minutes)"),
    }
    items = tuple((labels.get(table, table), str(len(rows))) for table, rows in found.items())
    text = (
        voice("privacy.some", "This is stored about you:")
        if items
        else voice("privacy.nothing", "Nothing is stored about you.")
    )
    promise = voice(
        "privacy.promise", "Messages are never stored, and names only if you give one for a teacher’s report."
    )
    notice = Choice(voice("privacy.notice", "Privacy notice"), Action("privacy notice"))
    choices = (
        (
            Choice(voice("privacy.take", "Download a copy"), Action("privacy export")),
            Choice(voice("privacy.erase", "Erase everything"), Action("privacy forget")),
        )
        if items
        else ()
    )
    return context.reply(
        Heading(voice("privacy.title", "Your data"), lang),
        Paragraph(text, lang),
        Bullets(items, lang) if items else None,
        Paragraph(promise, lang),
        context.menu(*choices, notice),
    )


@command(
    "privacy notice",
    mark("about.privacy_notice", "What this bot stores, for how long, and your rights"),
    audience=Audience.PERSON,
    order=83,
)
async def privacy_notice(context: Context) -> Reply:
    """Who runs the bot, what it stores, why and how long, and what one can do about it."""
    notice, lang = context.library.privacy(context.lang)
    if not notice:  # a broken file leaves none
        return await privacy_show(context)
    keep, voice = context.store.keep, context.knowledge.voices[lang]
    ages = {name: _days(voice, getattr(keep, name)) for name in ("answers", "sessions", "preferences", "questions")}
    who = notice["who"].replace("{operator}", context.operator) if context.operator else notice["who_unknown"]
    named = ("never", *(("texts",) if keep.questions else ()), "others", "where", "rights", "minors")
    return context.reply(
        Heading(notice["title"], lang),
        Paragraph(who, lang),
        Paragraph(notice["why"], lang),
        Bullets(tuple(("", _filled(line, ages)) for line in notice["stored"]), lang),
        *(Paragraph(_filled(notice[name], ages), lang) for name in named),
        english_note(context) if lang == "en" != context.lang else None,
        context.menu(Choice(context.voice("privacy.title", "Your data"), Action("privacy show"))),
    )


@command(
    "privacy export",
    mark("about.privacy_export", "Download everything stored about you as a file"),
    audience=Audience.SECRET,
    order=81,
)
async def privacy_export(context: Context) -> Reply:
    """All rows as JSON."""
    found = await context.store.export(context.request.user)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    return context.reply(
        Paragraph(context.voice("privacy.exported", "This is everything that is stored about you:"), context.lang),
        Document("kompas-data.json", text, context.lang),
        context.menu(),
    )


@command(
    "privacy forget",
    mark("about.privacy_forget", "Erase everything stored about you"),
    audience=Audience.SECRET,
    order=82,
)
async def privacy_forget(context: Context) -> Reply:
    """Erase, and say so."""
    await context.store.forget(context.request.user)
    context.quizzes.forgotten()
    return context.reply(
        Paragraph(context.voice("privacy.forgotten", "Everything about you has been erased."), context.lang)
    )


def _days(voice: Voice, age: timedelta) -> str:
    # Translators: how long something is kept, after a colon or in brackets
    return voice.many("privacy.days", "{n} day", "{n} days", age.days)


def _filled(text: str, ages: Mapping[str, str]) -> str:
    for name, age in ages.items():
        text = text.replace(f"{{{name}}}", age)
    return text
