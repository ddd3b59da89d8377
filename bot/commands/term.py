"""`term`: a word of the field with its meaning, found in any script or spelling."""

from __future__ import annotations

import difflib

from bot.commands.explain import topic_choice
from bot.commands.spec import Context, Kind, Option, command
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Block, Choice, Heading, Paragraph, Reply
from bot.topics.key import search_key


@command(
    "term",
    mark("about.term", "What a term means"),
    board=True,
    order=40,
    options=(
        Option("word", Kind.TERM, mark("option.word", "The term, in any language or script"), required=True),
        Option("lang", Kind.LANGUAGE, hidden=True),
    ),
)
async def term(context: Context, word: str) -> Reply:
    """The definition, the term in English, and the topics that use it."""
    key = find_term(context, word)
    entry = context.library.term(key, context.lang) if key else None
    if key is None or entry is None:
        return _unknown(context, word)
    blocks: list[Block] = [Heading(entry.term, context.lang), Paragraph(entry.definition, entry.lang)]
    english = context.library.term(key, "en")
    if english and context.lang != "en":
        # Translators: small line under a definition; {term} is the same term in English
        blocks.append(Paragraph(context.voice("term.english", "In English: {term}", term=english.term), context.lang))
    choices = [topic_choice(context, topic) for topic in context.library.topics_with_term(key)[:4]]
    return context.reply(*blocks, context.menu(*choices))


def find_term(context: Context, word: str) -> str | None:
    """Id of the term meant by `word`: the id itself, the term in any language, or the beginning of just one."""
    if context.library.term(word, "en"):
        return word
    keys = context.library.term_keys
    wanted = search_key(word)
    if wanted in keys:
        return keys[wanted]
    starting = {term for key, term in keys.items() if len(wanted) >= 4 and key.startswith(wanted)}
    return starting.pop() if len(starting) == 1 else None


def _unknown(context: Context, word: str) -> Reply:
    """Terms that are spelled alike, or the way to the topics."""
    close = difflib.get_close_matches(search_key(word), list(context.library.term_keys), n=6, cutoff=0.6)
    terms = list(dict.fromkeys(context.library.term_keys[key] for key in close))[:3]
    choices = [
        Choice(entry.term[:80], Action("term", (key, context.lang)))
        for key in terms
        if (entry := context.library.term(key, context.lang))
    ]
    text = (
        context.voice("term.near", "I do not have that term. Is it one of these?")
        if choices
        else context.voice("term.unknown", "I do not have that term. A question in your own words may lead further.")
    )
    return context.reply(Paragraph(text, context.lang), context.menu(*choices))
