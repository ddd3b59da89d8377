"""`quiz start`, `preview`, `link`: how a session begins."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from bot.commands.imported import imported_items, own_items
from bot.commands.options import AGAIN
from bot.commands.quiz_panel import panel
from bot.commands.spec import Audience, Context, Kind, Option, command
from bot.errors import NotAllowed, TooFewItems
from bot.i18n.catalog import Voice, mark
from bot.model.action import Action
from bot.model.reply import Block, Bullets, Choice, Heading, Note, Paragraph, Reply
from bot.model.request import Role
from bot.ports import Linked, RoomFacts
from bot.quiz.bank import ItemBank
from bot.quiz.choose import choose
from bot.quiz.items import Item
from bot.quiz.session import Question, Rules
from bot.sessions import board
from bot.sessions.answers import right_answer, sign
from bot.sessions.opening import Wish

LONGEST = 50
"""Questions of one session."""
SLOW_CYCLE_SECONDS = 20
"""Shortest time of a question where the server lets the bot send little: three messages a question fit into it."""

_SET = Option("set", Kind.SET, mark("option.set", "A ready-made set of questions; again = those of your last quiz"))
_FILTERS = (
    Option("module", Kind.MODULE, mark("option.quiz_module", "Only this part of the curriculum")),
    Option("topic", Kind.TOPIC, mark("option.quiz_topic", "Only this topic")),
    Option("difficulty", Kind.ENUM, mark("option.difficulty", "1 easy, 2 middle, 3 hard"), values=("1", "2", "3")),
    Option(
        "audience",
        Kind.ENUM,
        mark("option.audience", "For secondary school or university"),
        values=("secondary", "university"),
    ),
    Option("questions", Kind.NUMBER, mark("option.questions", "How many questions, 1 to 50"), least=1, most=LONGEST),
)


@command(
    "quiz start",
    mark("about.quiz_start", "Start a quiz: with the class in a room, alone in a direct chat"),
    audience=Audience.PERSON,
    order=30,
    alone=True,
    options=(
        _SET,
        *_FILTERS,
        Option(
            "seconds",
            Kind.NUMBER,
            mark("option.seconds", "Seconds for each question; 0 = no time limit"),
            most=600,
        ),
        Option(
            "pace",
            Kind.ENUM,
            mark("option.pace", "auto: goes on by itself; manual: you open each question"),
            values=("auto", "manual"),
        ),
        Option("speed", Kind.ENUM, mark("option.speed", "on: quick answers earn more"), values=("off", "on")),
        Option(
            "answers",
            Kind.ENUM,
            mark("option.answers", "open: answers may be typed in the room"),
            values=("secret", "open"),
        ),
        Option("languages", Kind.LANGUAGES, mark("option.quiz_languages", "One to three languages of the board")),
        Option(
            "names",
            Kind.ENUM,
            mark("option.quiz_names", "How players are shown: pseudonym, display or own"),
            values=("pseudonym", "display", "own"),
        ),
    ),
)
async def quiz_start(context: Context, **given: object) -> Reply:
    """A session in this room; in a direct chat for one person, at once."""
    request = context.request
    if not request.private and context.role < Role.TEACHER:
        raise NotAllowed("quiz start")
    languages = _languages(context, given)
    items = await _items(context, given, languages)
    rules = Rules(
        auto=given.get("pace", "manual" if request.private else "auto") == "auto",
        timed=given.get("seconds") != 0 and not (request.private and "seconds" not in given),
        speed=given.get("speed") == "on",
        secret=given.get("answers") != "open",
        names=str(given.get("names") or context.place.names or "pseudonym"),
        languages=languages,
    )
    facts = await _facts(context)
    seconds = given.get("seconds")
    seconds = seconds if isinstance(seconds, int) else None
    if facts and facts.event_seconds and seconds and seconds < SLOW_CYCLE_SECONDS:
        seconds = SLOW_CYCLE_SECONDS
    said = {name: _plain(value) for name, value in given.items()}
    said["items"] = " ".join(item.id for item in items)
    home = Linked(request.room, request.account, languages, request.private)
    if facts and not facts.may_write:
        return context.reply(*_findings(context, facts, rules))
    live = await context.quizzes.create(Wish(items, rules, seconds, said), home, request.user)
    if request.private:
        return Reply((), private=True)  # the first question comes by itself
    return context.reply(
        Heading(context.voice("quiz.ready", "Your quiz is ready"), context.lang),
        *_findings(context, facts, rules),
        *panel(context, live),
    )


@command(
    "quiz link",
    mark("about.quiz_link", "Let this room play in a quiz that was started in another one"),
    audience=Audience.PERSON,
    order=46,
    options=(Option("code", Kind.TEXT, mark("option.code", "The six digits shown in the other room"), required=True),),
)
async def quiz_link(context: Context, code: str) -> Reply:
    """This room joins a running session."""
    request = context.request
    if request.private or context.role < Role.TEACHER:
        raise NotAllowed("quiz link")
    linked = Linked(request.room, request.account, _languages(context, {}))
    live = await context.quizzes.link(code.strip(), linked)
    facts = await _facts(context)
    return context.reply(
        Paragraph(context.voice("quiz.linked", "This room plays along now."), context.lang),
        *_findings(context, facts, live.session.rules),
        *panel(context, live),
    )


@command(
    "quiz preview",
    mark("about.quiz_preview", "See the questions of a set with their answers, for your eyes only"),
    audience=Audience.SECRET,
    order=31,
    options=(
        _SET,
        *_FILTERS,
        Option("seed", Kind.TEXT, hidden=True),
        Option("at", Kind.NUMBER, hidden=True, most=LONGEST),
    ),
)
async def quiz_preview(context: Context, seed: str = "", at: int = 0, **given: object) -> Reply:
    """One question after the other, with answer and explanation."""
    if not context.request.private and context.role < Role.TEACHER:
        raise NotAllowed("quiz preview")
    seed = seed or secrets.token_hex(3)
    items = await _items(context, given, (context.lang,), seed=seed)
    item = items[min(at, len(items) - 1)]
    lang, text = context.lang, item.text(context.lang)
    asked = Question(item.id, "", item.type, item.options, item.key, 0, 0)
    number = context.voice("quiz.number", "Question {n} of {all}", n=at + 1, all=len(items))
    blocks: list[Block | None] = [
        Heading(number, lang),
        Paragraph(text.stem, lang, strong=True),
        board.left_side(item, context.voice),
        board.options(asked, item, context.voice),
        Paragraph(right_answer(item, asked, context.voice), lang, strong=True),
        Paragraph(text.explanation, lang) if text.explanation else None,
        _feedback(item, asked, context.voice),
        Note(item.id, lang),
    ]
    values = tuple(_plain(given.get(option.name, "")) for option in (_SET, *_FILTERS))

    def to(number: int) -> Action:
        return Action("quiz preview", (*values, seed, str(number)))

    choices = []
    if at + 1 < len(items):
        choices.append(Choice(context.voice("quiz.go_on", "Next question"), to(at + 1)))
    if at:
        # Translators: button: the question before this one
        choices.append(Choice(context.voice("quiz.go_back", "Previous question"), to(at - 1)))
    return context.reply(*blocks, context.menu(*choices), replaces=True)


def _feedback(item: Item, asked: Question, voice: Voice) -> Bullets | None:
    """What is said to those who choose a wrong option."""
    told = item.text(voice.lang).feedback
    rows = tuple((sign(n), told[option]) for n, option in enumerate(asked.order, 1) if option in told)
    return Bullets(rows, voice.lang, signs=True) if rows else None


def _languages(context: Context, given: dict[str, object]) -> tuple[str, ...]:
    wanted = given.get("languages")
    if isinstance(wanted, tuple):
        return wanted
    if context.request.private:
        return (context.lang,)
    return context.place.languages or (context.lang,)


async def _items(
    context: Context, given: dict[str, object], languages: Sequence[str], seed: str = ""
) -> tuple[Item, ...]:
    """The questions that were wished for. Raises TooFewItems when there is none."""
    bank: ItemBank = context.knowledge.items
    name = str(given.get("set", ""))
    if name == AGAIN:
        return await _again(context, bank)
    if name and name not in bank.sets:
        items = await imported_items(context, name, given, seed)
        if not items:
            raise TooFewItems
        return items[:LONGEST]
    items = choose(
        bank,
        set_name=name,
        module=str(given.get("module", "")),
        topic=str(given.get("topic", "")),
        difficulty=int(str(given.get("difficulty", 0))),
        audience=str(given.get("audience", "")),
        questions=int(str(given.get("questions", 0))),
        languages=tuple(languages),
        seed=seed or secrets.token_hex(8),
        asked={} if seed else await context.store.asked_in(context.request.room),
    )[:LONGEST]
    if not items:
        raise TooFewItems
    return items


async def _again(context: Context, bank: ItemBank) -> tuple[Item, ...]:
    """The questions of the session that this teacher started last. Raises TooFewItems when there was none."""
    for session in await context.store.started_by(context.request.user):
        said = await context.store.start_options(session)
        own = said.get("set", "")
        imported = await own_items(context.store, context.request, own) if own and own not in bank.sets else ()
        known = bank.items if not imported else {item.id: item for item in imported}
        items = tuple(known[name] for name in said.get("items", "").split() if name in known)
        if items:
            return items
    raise TooFewItems


async def _facts(context: Context) -> RoomFacts | None:
    """What the adapter knows about the room."""
    sender = context.quizzes.sender(context.request.account)
    return await sender.look(context.request.room) if sender and not context.request.private else None


def _findings(context: Context, facts: RoomFacts | None, rules: Rules) -> list[Block]:
    """What a teacher should know before the class comes, one line each."""
    voice, found = context.voice, []
    if facts is None:
        return []
    if not facts.may_write:
        found.append(
            voice("quiz.check_write", "I may not write in this room. Please give me the right to send messages.")
        )
    elif rules.secret and facts.unconnected:
        names = ", ".join(facts.unconnected[:30])
        found.append(
            # Translators: {names} is a list of people, {link} opens a chat with the bot
            voice(
                "quiz.check_unconnected",
                "These people have no direct chat with me yet, so they cannot answer secretly: {names}. They open one "
                "here: {link}",
                names=names,
                link=context.request.direct_link or "",
            )
        )
    if facts.may_write and facts.event_seconds:
        found.append(
            voice.many(
                "quiz.check_slow",
                "This server lets me send only one message every {n} second: questions will come a little slower.",
                "This server lets me send only one message every {n} seconds: questions will come a little slower.",
                round(facts.event_seconds),
            )
        )
    names = ", ".join(context.languages[tag].autonym for tag in rules.languages)
    found.append(voice("quiz.check_languages", "Languages of the board: {languages}", languages=names))
    return [Bullets(tuple(("", text) for text in found), context.lang)]


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value or "")
