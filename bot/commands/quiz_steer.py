"""What a teacher does with a running session. Each answers with the panel, which takes the place of the one before."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.classroom import person_id
from bot.commands.quiz_panel import panel
from bot.commands.spec import Audience, Context, Kind, Option, command
from bot.i18n.catalog import mark
from bot.model.reply import Paragraph, Reply
from bot.quiz.session import (
    ClosedByTeacher,
    Event,
    Extended,
    NextAsked,
    Paused,
    Phase,
    Resumed,
    Started,
    Stopped,
    Voided,
)
from bot.sessions.live import Live

_SESSION = Option("session", Kind.TEXT, hidden=True)
_QUESTION = Option("question", Kind.NUMBER, hidden=True, most=1000)
_WHO = Option(
    "who", Kind.TEXT, mark("option.player", "The player: the name on the scoreboard or a mention"), required=True
)


@command(
    "quiz next",
    mark("about.quiz_next", "Begin the quiz, or go on to the next question"),
    audience=Audience.PERSON,
    order=32,
    options=(_SESSION, _QUESTION),
)
async def quiz_next(context: Context, session: str = "", question: int | None = None) -> Reply:
    """The first or the next question. Twenty presses at once go on once: a button knows the question it stood under."""
    live = await context.quizzes.steered(context.request, context.role, session)
    at = live.session.question if question is None else question
    event = Started(context.now) if live.session.phase is Phase.LOBBY else NextAsked(context.now, at)
    return await _happen(context, live, event)


@command(
    "quiz pause", mark("about.quiz_pause", "Stop the clock"), audience=Audience.PERSON, order=33, options=(_SESSION,)
)
async def quiz_pause(context: Context, session: str = "") -> Reply:
    """Stop the clock."""
    live = await context.quizzes.steered(context.request, context.role, session)
    return await _happen(context, live, Paused(context.now))


@command(
    "quiz resume",
    mark("about.quiz_resume", "Let the clock run again"),
    audience=Audience.PERSON,
    order=34,
    options=(_SESSION,),
)
async def quiz_resume(context: Context, session: str = "") -> Reply:
    """Let the clock run again."""
    live = await context.quizzes.steered(context.request, context.role, session)
    return await _happen(context, live, Resumed(context.now))


@command(
    "quiz extend",
    mark("about.quiz_extend", "Give everybody more time for this question"),
    audience=Audience.PERSON,
    order=35,
    options=(
        _SESSION,
        Option("seconds", Kind.NUMBER, mark("option.more_seconds", "How many seconds, 5 to 600"), least=5, most=600),
    ),
)
async def quiz_extend(context: Context, session: str = "", seconds: int = 15) -> Reply:
    """More time."""
    live = await context.quizzes.steered(context.request, context.role, session)
    return await _happen(context, live, Extended(context.now, seconds))


@command(
    "quiz close",
    mark("about.quiz_close", "Close the question now and show the answer"),
    audience=Audience.PERSON,
    order=36,
    options=(_SESSION, _QUESTION),
)
async def quiz_close(context: Context, session: str = "", question: int | None = None) -> Reply:
    """Time is up."""
    live = await context.quizzes.steered(context.request, context.role, session)
    return await _happen(context, live, ClosedByTeacher(context.now, question))


@command(
    "quiz void",
    mark("about.quiz_void", "Take the last question out of the score"),
    audience=Audience.PERSON,
    order=37,
    options=(_SESSION, _QUESTION),
)
async def quiz_void(context: Context, session: str = "", question: int | None = None) -> Reply:
    """The question does not count."""
    live = await context.quizzes.steered(context.request, context.role, session)
    at = live.session.question if question is None else question
    return await _happen(context, live, Voided(context.now, at))


@command(
    "quiz stop", mark("about.quiz_stop", "End the quiz now"), audience=Audience.PERSON, order=38, options=(_SESSION,)
)
async def quiz_stop(context: Context, session: str = "") -> Reply:
    """The end, with the scoreboard."""
    live = await context.quizzes.steered(context.request, context.role, session)
    return await _happen(context, live, Stopped(context.now))


@command(
    "quiz panel",
    mark("about.quiz_panel", "Show the controls of the quiz"),
    audience=Audience.PERSON,
    order=39,
    options=(_SESSION,),
)
async def quiz_panel(context: Context, session: str = "") -> Reply:
    """Where it stands and what can be done."""
    live = await context.quizzes.steered(context.request, context.role, session)
    return context.reply(*panel(context, live), replaces=True)


@command(
    "quiz score",
    mark("about.quiz_score", "Show the scoreboard to everybody"),
    audience=Audience.ROOM,
    order=40,
    board=True,
    options=(_SESSION,),
)
async def quiz_score(context: Context, session: str = "") -> Reply:
    """The scoreboard so far."""
    live = await context.quizzes.steered(context.request, context.role, session)
    return context.reply(*await context.presenter.score(live, context.voice))


@command(
    "quiz kick",
    mark("about.quiz_kick", "Put a player out of this quiz"),
    audience=Audience.PERSON,
    order=41,
    options=(_WHO,),
)
async def quiz_kick(context: Context, who: str) -> Reply:
    """The player's answers no longer count, and new ones are refused, in this session only."""
    live = await context.quizzes.steered(context.request, context.role)
    player = context.quizzes.playing.player_named(live, who, context.request.user.platform)
    await context.quizzes.playing.change(live, replace(player, kicked=True))
    text = context.voice("quiz.kicked", "{name} is out of this quiz.", name=player.name)
    return context.reply(Paragraph(text, context.lang), *panel(context, live))


@command(
    "quiz time",
    mark("about.quiz_time", "Give a player more time for every question"),
    audience=Audience.PERSON,
    order=42,
    options=(
        _WHO,
        Option(
            "factor",
            Kind.ENUM,
            mark("option.factor", "How many times the usual time: 1 to 4"),
            required=True,
            values=("1", "1.25", "1.5", "2", "3", "4"),
        ),
    ),
)
async def quiz_time(context: Context, who: str, factor: str) -> Reply:
    """The player's own extra time; nobody else sees it."""
    live = await context.quizzes.steered(context.request, context.role)
    player = context.quizzes.playing.player_named(live, who, context.request.user.platform)
    await context.quizzes.playing.change(live, replace(player, factor=float(factor)))
    # Translators: {name} is a player, {factor} a number such as 1.5
    text = context.voice(
        "quiz.time_given", "{name} has {factor} times the usual time.", name=player.name, factor=factor
    )
    return context.reply(Paragraph(text, context.lang), *panel(context, live))


@command(
    "quiz handover",
    mark("about.quiz_handover", "Let a colleague steer this quiz"),
    audience=Audience.PERSON,
    order=43,
    options=(Option("who", Kind.PERSON, mark("option.who", "The person: a mention or the full id"), required=True),),
)
async def quiz_handover(context: Context, who: str) -> Reply:
    """Somebody else is the starter from now on."""
    live = await context.quizzes.steered(context.request, context.role)
    await context.quizzes.hand_over(live, person_id(context, who, "quiz handover"))
    text = context.voice("quiz.handed_over", "From now on this person steers the quiz: {who}", who=who)
    return context.reply(Paragraph(text, context.lang))


async def _happen(context: Context, live: Live, event: Event) -> Reply:
    """Let it happen. Where everybody sees the answer, what follows on the board is answer enough."""
    before = live.session.version
    after = await context.quizzes.happen(live.session.id, event, context.request.account)
    seen_by_all = context.request.numbered and not context.request.private
    if live.solo or (seen_by_all and after.version != before):
        return Reply((), private=True)
    now = await context.quizzes.live(live.session.id)
    return context.reply(*panel(context, now), replaces=True)
