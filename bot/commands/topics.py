"""`topics`: what there is, module by module, in the order in which it is best read."""

from __future__ import annotations

from bot.commands.explain import topic_choice
from bot.commands.spec import Context, Kind, Option, command
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Choice, Heading, Paragraph, Reply


@command(
    "topics",
    mark("about.topics", "All topics, by module"),
    order=30,
    options=(
        Option("module", Kind.MODULE, mark("option.module", "One of the seven modules")),
        Option("lang", Kind.LANGUAGE, hidden=True),
    ),
)
async def topics(context: Context, module: str = "") -> Reply:
    """The modules, or the topics of one."""
    if not module:
        text = context.voice.many(
            "topics.count",
            "{n} topic in all. Choose a module:",
            "{n} topics in all. Choose a module:",
            len(context.library.topics),
        )
        return context.reply(
            Heading(context.voice("topics.title", "Topics"), context.lang),
            Paragraph(text, context.lang),
            context.menu(*module_choices(context)),
            replaces=True,
        )
    choices = [topic_choice(context, topic.key) for topic in context.library.in_module(module)]
    # Translators: button that leads from the topics of one module back to all modules
    back = Choice(context.voice("topics.all", "All modules"), Action("topics", ("", context.lang)))
    return context.reply(
        Heading(context.library.module_title(module, context.lang), context.lang),
        Paragraph(context.voice("topics.order", "Best read in this order:"), context.lang),
        context.menu(*choices, back),
        replaces=True,
    )


def module_choices(context: Context) -> list[Choice]:
    """A choice for each module that has a topic."""
    return [
        Choice(context.library.module_title(module, context.lang), Action("topics", (module, context.lang)))
        for module in context.library.modules
        if context.library.in_module(module)
    ]
