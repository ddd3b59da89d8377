"""`ask`: a question in one's own words. Answered when we are sure, three topics offered when we are not, and an honest
"I do not know".
"""

from __future__ import annotations

from bot.commands.explain import topic_choice, topic_reply
from bot.commands.safety import can_help, trouble_reply
from bot.commands.spec import Context, Kind, Option, command
from bot.errors import NothingAsked, TooLong
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Choice, Choices, Heading, Paragraph, Reply
from bot.topics.key import search_key
from bot.topics.match import Found, Zone

MAX_QUESTION = 2000
"""Characters; a question is a few words, longer texts are pasted by mistake."""

SUGGESTED = 3


@command(
    "ask",
    mark("about.ask", "Ask in your own words"),
    board=True,
    order=10,
    options=(Option("question", Kind.TEXT, mark("option.question", "Your question, in any language"), required=True),),
)
async def ask(context: Context, question: str) -> Reply:
    """The answer to a question, or the way to it."""
    check_question(question)
    found = context.matcher.find(question)
    _tally(context, found, question)
    return found_reply(context, found)


def check_question(question: str) -> None:
    """Raises TooLong or NothingAsked when the text cannot be a question."""
    if len(question) > MAX_QUESTION:
        raise TooLong(MAX_QUESTION)
    if not search_key(question):
        raise NothingAsked


def found_reply(context: Context, found: Found) -> Reply:
    """What to say when these topics were found."""
    if found.trouble and can_help(context):
        return trouble_reply(context, found.trouble)
    if found.zone is Zone.ANSWER:
        return topic_reply(context, found.matches[0][0])
    if found.zone is Zone.SUGGEST:
        return suggestion_reply(context, nearest(found))
    return unknown_reply(context)


def _tally(context: Context, found: Found, question: str) -> None:
    """Count the question by topic and zone, once however many languages it is answered in."""
    if context.tally is None:
        return
    zone = "safety" if found.trouble else str(found.zone)
    topic = found.matches[0][0] if found.matches and zone in ("answer", "suggest") else ""
    context.metrics.asked(zone, context.request.user.platform)
    context.tally.asked(zone, topic, context.lang, context.now, question)


def nearest(found: Found) -> tuple[str, ...]:
    """The topics worth offering: at most three, none with less than half of the best score."""
    best = found.matches[0][1]
    return tuple(key for key, score in found.matches if score >= best / 2)[:SUGGESTED]


def suggestion_reply(context: Context, keys: tuple[str, ...]) -> Reply:
    """The nearest topics as choices."""
    prompt = context.voice("ask.suggest", "I am not sure what you mean. Is it one of these topics?")
    # Translators: button under suggested topics; leads to the list of all topics
    none = Choice(context.voice("ask.none", "None of these"), Action("topics", ("", context.lang)))
    choices = [topic_choice(context, key) for key in keys]
    return context.reply(Paragraph(prompt, context.lang), context.menu(*choices, none))


def unknown_reply(context: Context) -> Reply:
    """An honest answer with what there is instead."""
    from bot.commands.topics import module_choices

    text = context.voice(
        "ask.unknown",
        "I do not know an answer to that. I only say what was written and checked beforehand, "
        "about EU cyber diplomacy and safety online. These are my areas:",
    )
    return context.reply(Paragraph(text, context.lang), context.menu(*module_choices(context)))


def encode_found(context: Context, found: Found) -> str:
    """What was found, short enough for a button: topic codes, `@` and a kind of trouble, or `-` for nothing. The
    question itself is not kept.
    """
    if found.trouble and can_help(context):
        return f"@{found.trouble}"
    if found.zone is Zone.REFUSE:
        return "-"
    keys = (found.matches[0][0],) if found.zone is Zone.ANSWER else nearest(found)
    codes = [context.library.topics[key].code for key in keys]
    return ("+" if found.zone is Zone.SUGGEST else "") + ",".join(codes)


def decoded_reply(context: Context, code: str) -> Reply:
    """The reply that `encode_found` put off until the language is known."""
    if code.startswith("@") and can_help(context):
        return trouble_reply(context, code[1:])
    keys = [key for part in code.lstrip("+").split(",") if (key := context.library.by_code(part))]
    if not keys:
        return unknown_reply(context)
    if code.startswith("+"):
        return suggestion_reply(context, tuple(keys))
    return topic_reply(context, keys[0])


def language_question(context: Context, question: str, tags: tuple[str, ...]) -> Reply:
    """Ask which of several languages is meant; the answer follows on the choice."""
    check_question(question)
    found = context.matcher.find(question)
    _tally(context, found, question)
    then = encode_found(context, found)
    rows = [context.languages[tag] for tag in tags]
    menu = " · ".join(dict.fromkeys(row.menu for row in rows))
    choices = tuple(Choice(row.autonym, Action("language", (row.tag, then))) for row in rows)
    lang = tags[0]
    return Reply((Heading(menu, lang), Choices((*choices, context.speaking(lang).globe()), lang)))
