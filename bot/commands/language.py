"""`language`: the languages under their own names, and the choice of one."""

from __future__ import annotations

from bot.commands.ask import decoded_reply
from bot.commands.quiz_play import open_copy
from bot.commands.spec import Audience, Context, Kind, Option, command
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Choice, Choices, Heading, Paragraph, Reply


@command(
    "language",
    mark("about.language", "Choose your language"),
    audience=Audience.PERSON,
    order=50,
    options=(
        Option("tag", Kind.LANGUAGE, mark("option.tag", "Your language")),
        Option("then", Kind.TEXT, hidden=True),
    ),
)
async def language(context: Context, tag: str = "", then: str = "") -> Reply:
    """The menu; or keep the choice and go on with what was asked."""
    if not tag:
        return menu(context)
    await context.store.set_language(context.request.user, tag, context.now)
    await context.quizzes.playing.speaks(context.request.user, tag)
    chosen = context.speaking(tag)
    # Translators: confirmation; {language} is the language's own name, for example "Language: shqip"
    done = chosen.voice(
        "language.done",
        "Language: {language}. The globe 🌐 leads back to this choice.",
        language=chosen.languages[tag].autonym,
    )
    if then:
        answer = decoded_reply(chosen, then)
        return Reply((*answer.blocks, chosen.note(done)), replaces=True)
    question = await open_copy(chosen) if context.request.private else []
    return chosen.reply(Paragraph(done, tag), *question, chosen.menu(), replaces=True)


def menu(context: Context) -> Reply:
    """All languages; needs no word to be understood."""
    title = " · ".join(dict.fromkeys(row.menu for row in context.languages))
    mark_own = {context.own_language: " ✓"}
    choices = tuple(
        Choice(row.autonym + mark_own.get(row.tag, ""), Action("language", (row.tag,))) for row in context.languages
    )
    return Reply((Heading(title, context.lang), Choices(choices, context.lang)), replaces=True)
