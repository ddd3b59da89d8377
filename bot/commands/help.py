"""`help`: what can be done here, made from the specs."""

from __future__ import annotations

from bot.commands.options import nearest
from bot.commands.safety import can_help, contacts_reply
from bot.commands.spec import CommandSpec, Context, Kind, Option, command
from bot.errors import UnknownCommand
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Block, Bullets, Choice, Heading, Paragraph, Reply


@command(
    "help",
    mark("about.help", "What Kompas can do"),
    order=90,
    options=(
        Option("command", Kind.COMMAND, mark("option.command", "A command to read more about")),
        Option("trouble", Kind.TEXT, hidden=True),
        Option("place", Kind.TEXT, hidden=True),
    ),
)
async def help_command(context: Context, command: str = "", trouble: str = "", place: str = "") -> Reply:
    """All commands that this person may use, or one family of them with its options."""
    if trouble and can_help(context):
        return contacts_reply(context, trouble, place)
    wanted = command.strip().lstrip("/!").casefold()
    specs = [spec for spec in context.specs.values() if spec.role <= context.role and spec.offered]
    if wanted:
        specs = [s for s in context.specs.values() if s.offered and f"{s.name} ".startswith(f"{wanted} ")]
        if not specs:
            raise UnknownCommand(wanted[:40], nearest(wanted, context.specs))
    title = context.voice("help.title", "What Kompas can do")
    lead = context.voice("help.lead", "Ask a question in your own words, or use a command:")
    quiz = [spec for spec in specs if not wanted and spec.name.startswith("quiz ")]
    items = tuple((usage(context, spec), context.voice(*spec.about)) for spec in specs if spec not in quiz)
    if quiz:  # too many for the first page
        more = context.voice(
            "help.quiz",
            "Quizzes, alone or with a class. All its commands: {help}",
            help=f"{context.request.prefix}help quiz",
        )
        items = ((f"{context.request.prefix}quiz", more), *items)
    blocks: list[Block] = [Heading(title, context.lang)]
    if not wanted:
        blocks.append(Paragraph(lead, context.lang))
    blocks.append(Bullets(items, context.lang))
    if wanted:
        details = tuple((option.name, context.voice(*option.about)) for spec in specs for option in spec.shown)
        if details:
            blocks.append(Bullets(tuple(dict.fromkeys(details)), context.lang))
    if context.request.direct_link and not context.request.private:
        # Translators: {link} is an address that opens a chat with the bot alone
        text = context.voice("help.direct", "To ask in private: {link}", link=context.request.direct_link)
        blocks.append(Paragraph(text, context.lang))
    if context.request.numbered and not wanted:
        text = context.voice("help.numbers", "Where lines have numbers, type the number to choose.")
        blocks.append(Paragraph(text, context.lang))
    topics = Choice(context.voice("topics.title", "Topics"), Action("topics", ("", context.lang)))
    return context.reply(*blocks, context.menu(topics))


def usage(context: Context, spec: CommandSpec) -> str:
    """How the command is written on this platform: `/explain topic`, options that may be left out in brackets."""
    options = [option.name if option.required else f"[{option.name}]" for option in spec.shown]
    return " ".join((context.request.prefix + spec.name, *options))
