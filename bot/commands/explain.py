"""`explain`: one topic, with a button for each deeper part of it."""

from __future__ import annotations

from datetime import date

from bot.artifacts import Knowledge
from bot.commands.spec import Context, Kind, Option, command
from bot.i18n.catalog import Voice, mark
from bot.model.action import Action
from bot.model.reply import Block, Bullets, Choice, Heading, Link, Note, Paragraph, Reply
from bot.topics.library import TopicText

PARTS = ("more", "example", "here", "terms", "sources", "related")
PAGES_KEPT = 500
_pages: dict[tuple[Knowledge, str, date, str, str, bool], Reply] = {}


@command(
    "explain",
    mark("about.explain", "Explain a topic"),
    board=True,
    order=20,
    options=(
        Option("topic", Kind.TOPIC, mark("option.topic", "The topic; begin to type its title"), required=True),
        Option("part", Kind.ENUM, values=PARTS, hidden=True),
        Option("lang", Kind.LANGUAGE, hidden=True),
    ),
)
async def explain(context: Context, topic: str, part: str = "") -> Reply:
    """The topic, or one part of it."""
    return topic_reply(context, topic, part)


def topic_reply(context: Context, key: str, part: str = "") -> Reply:
    """Title, opening line, body and choices; or one part with the way to the others.

    A page is made once a day for each language: a class asks for the same one all at once.
    """
    if key == context.closed_topic:
        text = context.voice("explain.closed", "A quiz question about this topic is open. Ask me again after it.")
        return context.reply(Paragraph(text, context.lang))
    page = (context.knowledge, context.lang, context.now.date(), key, part, context.request.numbered)
    reply = _pages.get(page)
    if reply is None:
        if len(_pages) >= PAGES_KEPT:
            _pages.clear()
        reply = _pages[page] = _make_page(context, key, part)
    return reply


def _make_page(context: Context, key: str, part: str) -> Reply:
    text = context.library.text_or_english(key, context.lang)
    blocks: list[Block] = [Heading(text.title, text.lang)]
    if not part or part == "more":
        blocks.append(Paragraph(text.one_line, text.lang, strong=True))
        blocks += [Paragraph(paragraph, text.lang) for paragraph in text.body]
    if part in ("example", "more"):
        blocks += _titled(part_name(context.voice, "example"), text.example, text.lang, context.lang)
    if part in ("here", "more"):
        blocks += _titled(part_name(context.voice, "here"), text.here, text.lang, context.lang)
    if part == "terms":
        blocks += _terms(context, key)
    if part in ("sources", "more"):
        blocks += _sources(context, key)
    choices = _related(context, key) if part == "related" else []
    if part == "related":
        blocks.append(Paragraph(part_name(context.voice, "related"), context.lang, strong=True))
    if part in ("", "example", "here"):
        blocks.append(context.note(_origin(context, key)))
    blocks += _notices(context, key, text)
    shown = {part, "example", "here", "sources"} if part == "more" else {part}
    choices += [_part_choice(context, key, name) for name in PARTS if name not in shown and _has(context, key, name)]
    return context.reply(*blocks, context.menu(*choices, *_next(context, key)), replaces=bool(part))


def topic_choice(context: Context, key: str) -> Choice:
    """A choice that opens another topic."""
    title = context.library.text_or_english(key, context.lang).short_title
    return Choice(title, Action("explain", (key, "", context.lang)))


def part_name(voice: Voice, part: str) -> str:
    """Label of a part of a topic."""
    match part:
        case "more":
            # Translators: button under a short explanation; shows the whole text on one page
            return voice("part.more", "Read all")
        case "example":
            # Translators: button and heading: a concrete example of the topic
            return voice("part.example", "Example")
        case "here":
            # Translators: button and heading: what the topic means in the reader's region, the Western Balkans
            return voice("part.here", "What it means here")
        case "terms":
            # Translators: button and heading: key terms of the topic with definitions
            return voice("part.terms", "Terms")
        case "sources":
            # Translators: button and heading: the pages that the text is based on
            return voice("part.sources", "Sources")
        case _:
            # Translators: button and heading: related topics
            return voice("part.related", "Related")


def _part_choice(context: Context, key: str, part: str) -> Choice:
    return Choice(part_name(context.voice, part), Action("explain", (key, part, context.lang)))


def _has(context: Context, key: str, part: str) -> bool:
    """Whether there is anything behind the button."""
    topic = context.library.topics[key]
    if part == "terms":
        return any(context.library.term(term, context.lang) for term in topic.terms)
    return part != "related" or bool(_related_keys(context, key))


def _titled(title: str, text: str, lang: str, title_lang: str) -> list[Block]:
    return [Paragraph(title, title_lang, strong=True), Paragraph(text, lang)]


def _terms(context: Context, key: str) -> list[Block]:
    found = [context.library.term(term, context.lang) for term in context.library.topics[key].terms]
    items = tuple((term.term, term.definition) for term in found if term)
    return [Paragraph(part_name(context.voice, "terms"), context.lang, strong=True), Bullets(items, context.lang)]


def _sources(context: Context, key: str) -> list[Block]:
    topic = context.library.topics[key]
    blocks: list[Block] = [Paragraph(part_name(context.voice, "sources"), context.lang, strong=True)]
    for source in (context.library.sources[name] for name in topic.sources):
        when = f" ({source.date})" if source.date[:1].isdecimal() else ""
        blocks.append(Link(f"{source.institution}: {source.title}{when}", source.url, "en"))
    blocks.append(context.note(_as_of(context, key)))
    return blocks


def _origin(context: Context, key: str) -> str:
    """One line: who says so, as of when."""
    topic = context.library.topics[key]
    names = list(dict.fromkeys(context.library.sources[name].institution for name in topic.sources))
    # Translators: small print under an explanation; {names} is a list of institutions, {date} a date
    return context.voice(
        "explain.origin",
        "Sources: {names} · as of {date}",
        names=", ".join(names),
        date=context.voice.date(date.fromisoformat(topic.as_of)),
    )


def _as_of(context: Context, key: str) -> str:
    topic = context.library.topics[key]
    return context.voice(
        "explain.as_of", "Facts as of {date}", date=context.voice.date(date.fromisoformat(topic.as_of))
    )


def _notices(context: Context, key: str, text: TopicText) -> list[Note]:
    """Small print that some texts need: another language than asked, an old translation, ageing facts."""
    voice, notices = context.voice, []
    topic = context.library.topics[key]
    if text.lang == "en" and context.lang != "en":
        offers = [context.languages[tag].autonym for tag in context.library.offered(key, context.lang) if tag != "en"]
        notices.append(english_note(context))
        if offers:
            # Translators: {languages} is a list of language names in those languages
            notices.append(
                context.note(voice("explain.also", "Also available in: {languages}.", languages=", ".join(offers)))
            )
    elif text.stale:
        notices.append(
            context.note(voice("explain.stale", "The English text has been changed since this translation was made."))
        )
    if topic.ages and (context.now.date() - date.fromisoformat(topic.as_of)).days > 183:
        notices.append(
            context.note(
                voice("explain.old", "Some facts here change with time and were last checked more than six months ago.")
            )
        )
    return notices


def english_note(context: Context) -> Note:
    """Says in the reader's language that a text is in English."""
    return context.note(
        context.voice("explain.not_yet", "This text does not exist in your language yet; here it is in English.")
    )


def _related_keys(context: Context, key: str) -> tuple[str, ...]:
    """What the topic builds on and what stands beside it, without the next step, which has a choice of its own."""
    topic = context.library.topics[key]
    written = context.library.written((*topic.needs, *topic.related))
    return tuple(dict.fromkeys(other for other in written if other not in (key, context.library.next_step(key))))


def _related(context: Context, key: str) -> list[Choice]:
    return [topic_choice(context, other) for other in _related_keys(context, key)]


def _next(context: Context, key: str) -> list[Choice]:
    """The next step of the learning path."""
    step = context.library.next_step(key)
    if step is None:
        return []
    choice = topic_choice(context, step)
    # Translators: button; {title} is the title of the next topic to read
    return [Choice(context.voice("explain.next", "Next: {title}", title=choice.label), choice.action)]
