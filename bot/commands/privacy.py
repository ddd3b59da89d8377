"""`privacy …`: see, take along and erase everything that is stored about oneself."""

from __future__ import annotations

import json

from bot.commands.spec import Audience, Context, command
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Bullets, Choice, Document, Heading, Paragraph, Reply


@command("privacy show", mark("about.privacy_show", "What is stored about you"), audience=Audience.SECRET, order=80)
async def privacy_show(context: Context) -> Reply:
    """What is stored, in words, with the ways to take it or erase it."""
    voice, lang = context.voice, context.lang
    found = await context.store.export(context.request.user)
    labels = {
        # Translators: kinds of stored data, shown as a list with the number of entries
        "people": voice("privacy.people", "The language you chose"),
        "teachers": voice("privacy.teachers", "Places where you were made a teacher"),
        "players": voice("privacy.players", "Quizzes you took part in"),
        "answers": voice("privacy.answers", "Your answers in quizzes (kept for 30 days)"),
        "sessions": voice("privacy.sessions", "Quizzes you started (kept for 90 days)"),
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
        context.menu(*choices),
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
