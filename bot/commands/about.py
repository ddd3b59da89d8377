"""`about`: what Kompas is, where it comes from, and how far its texts were read."""

from __future__ import annotations

from datetime import date
from importlib.metadata import PackageNotFoundError, version

from bot.commands.spec import Context, command
from bot.i18n.catalog import mark
from bot.model.reply import Heading, Link, Paragraph, Reply, Table

ORIGIN = "https://knowcyber.eu"


@command("about", mark("about.about", "What Kompas is and where it comes from"), order=95)
async def about(context: Context) -> Reply:
    """Origin, licence, data, and the state of each language."""
    voice, lang = context.voice, context.lang
    texts = (
        voice(
            "about.what",
            "Kompas explains EU cyber diplomacy to students in the Balkans in their own language and script. Every "
            "sentence was written, sourced and dated beforehand; no language model answers.",
        ),
        voice(
            "about.origin",
            "The idea and the first text come from knowcyber.eu, the awareness site of the EU-funded project Cyber "
            "Balkans. This is not a publication of the European Union.",
        ),
        voice(
            "about.data",
            "Kompas stores the language you chose, where you were made a teacher and, for ten minutes, which choices "
            "it showed you. It stores no messages.",
        ),
        voice("about.licence", "The program is free software (Apache-2.0); the texts may be used under CC BY 4.0."),
    )
    return context.reply(
        Heading(voice("about.title", "Kompas {version}", version=program_version()), lang),
        *(Paragraph(text, lang) for text in texts),
        Link("knowcyber.eu", ORIGIN, "en"),
        Paragraph(voice("about.review", "How far the texts were read:"), lang, strong=True),
        Table(_review(context), lang),
        context.menu(),
    )


def program_version() -> str:
    """Version of the installed package."""
    try:
        return version("kompas")
    except PackageNotFoundError:  # run from a folder without installing
        return "?"


def _review(context: Context) -> tuple[tuple[str, ...], ...]:
    voice = context.voice
    head = (
        voice("about.column_language", "Language"),
        voice("about.column_topics", "Topics"),
        # Translators: head of a column: date on which a second reader corrected the texts
        voice("about.column_second", "Second reading"),
        # Translators: head of a column: name of a native speaker who read the texts, or "none"
        voice("about.column_native", "Native reader"),
    )
    none = voice("about.nobody", "none yet")
    rows = [head]
    for row in context.languages:
        read = context.languages[row.derived].review if row.derived else row.review
        second, native = read.get("second_read", "none"), read.get("native", "none")
        rows.append(
            (
                row.autonym,
                str(context.library.coverage(row.tag)),
                none if second == "none" else voice.date(date.fromisoformat(second)),
                none if native == "none" else native,
            )
        )
    return tuple(rows)
