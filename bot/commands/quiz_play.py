"""What students do: come in, answer, see the question and their result in their own language."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.spec import Audience, Context, Kind, Option, command
from bot.errors import NoQuiz, NotCounted, NotHere, NothingAsked, UnknownCode
from bot.i18n.catalog import mark
from bot.model.action import Action
from bot.model.reply import Block, Choice, Choices, Link, Paragraph, Reply
from bot.quiz.scoring import counted
from bot.quiz.session import Phase, Player, Verdict
from bot.sessions.answers import my_answer
from bot.sessions.live import Live
from bot.text import one_line

SAID = Reply((), private=True)
"""Accepted, and nothing to say: the platform shows a tick, or the next message comes by itself."""
NAME = 32
"""Characters of a name that somebody gives."""
REASON = 200
"""Characters of the reason of a flag."""

_SESSION = Option("session", Kind.TEXT, hidden=True)
_QUESTION = Option("question", Kind.NUMBER, hidden=True, most=1000)


@command(
    "quiz join",
    mark("about.quiz_join", "Take part in the quiz; in a direct chat with its code"),
    audience=Audience.PERSON,
    order=50,
    options=(Option("code", Kind.TEXT, mark("option.join_code", "The six digits, if you are not in the room")),),
)
async def quiz_join(context: Context, code: str = "") -> Reply:
    """Come in; who is in already sees where it stands."""
    quizzes, request, voice = context.quizzes, context.request, context.voice
    if code:
        found = await context.store.session_by_code(code.strip())
        if found is None:
            raise UnknownCode
        live = await quizzes.live(found)
    else:
        live = await quizzes.meant(request)
    player, _ = await quizzes.playing.join(live, request, context.lang)
    # Translators: {name} is the made-up or own name of the player
    blocks: list[Block] = [
        Paragraph(
            voice("quiz.you_are", "You are in. Your name on the scoreboard: {name}", name=player.name), context.lang
        )
    ]
    if request.numbered and not request.private and live.session.rules.secret and request.direct_link:
        text = voice("quiz.answer_there", "You answer in a direct chat with me, so that nobody sees it:")
        blocks += [
            Paragraph(text, context.lang),
            Link(voice("quiz.open_chat", "Open the chat"), request.direct_link, context.lang),
        ]
    blocks += _how_confirmed(context)
    if live.session.phase is Phase.ASKING and request.private:
        blocks += await context.presenter.copy(live, player, voice, numbered=request.numbered)
    again: tuple[Choice, ...] = ()
    if live.session.rules.names == "pseudonym" and not request.numbered:
        # Translators: button: gives the player another made-up name
        again = (Choice(voice("quiz.another_name", "Another name"), Action("quiz reroll", (live.session.id,))),)
    return context.reply(*blocks, _menu(context, live, *again))


@command(
    "quiz reroll",
    mark("about.quiz_reroll", "Get another made-up name, three times at most"),
    audience=Audience.PERSON,
    order=57,
    options=(_SESSION,),
)
async def quiz_reroll(context: Context, session: str = "") -> Reply:
    """Another pseudonym."""
    live, player = await _player(context, session)
    player = await context.quizzes.playing.reroll(live, player)
    text = context.voice("quiz.new_name", "Your name on the scoreboard: {name}", name=player.name)
    choice = Choice(context.voice("quiz.another_name", "Another name"), Action("quiz reroll", (live.session.id,)))
    return context.reply(Paragraph(text, context.lang), Choices((choice,), context.lang), replaces=True)


@command(
    "quiz answer",
    mark("about.quiz_answer", "Answer the open question"),
    audience=Audience.PERSON,
    order=51,
    options=(Option("answer", Kind.TEXT, mark("option.answer", "The number or numbers, or words"), required=True),),
)
async def quiz_answer(context: Context, answer: str) -> Reply:
    """An answer in words or numbers. Where everybody would see it and answers are secret, it is refused, once for each
    question."""
    live, request = await context.quizzes.meant(context.request), context.request
    if live.session.rules.secret and not request.private and not request.whispers:
        told = (request.room, live.session.question)
        if told in live.told:
            return SAID
        live.told.add(told)
        raise NotHere(request.direct_link)
    return await _answered(context, live, None, answer)


@command(
    "quiz pick",
    mark("about.quiz_answer", "Answer the open question"),
    audience=Audience.PERSON,
    offered=False,
    options=(
        replace(_SESSION, required=True),
        replace(_QUESTION, required=True),
        Option("numbers", Kind.TEXT, hidden=True, required=True),
    ),
)
async def quiz_pick(context: Context, session: str, question: int, numbers: str) -> Reply:
    """A pressed number, or several that were picked."""
    live = await context.quizzes.live(session)
    given = tuple(int(word) for word in numbers.split() if word.isdecimal() and len(word) < 4)
    return await _answered(context, live, question, given)


@command(
    "quiz type",
    mark("about.quiz_answer", "Answer the open question"),
    audience=Audience.PERSON,
    offered=False,
    options=(
        replace(_SESSION, required=True),
        replace(_QUESTION, required=True),
        Option("answer", Kind.TEXT, hidden=True, required=True),
    ),
)
async def quiz_type(context: Context, session: str, question: int, answer: str) -> Reply:
    """What was typed into the form of a question."""
    return await _answered(context, await context.quizzes.live(session), question, answer)


@command(
    "quiz copy",
    mark("about.quiz_copy", "Show the open question in your language"),
    audience=Audience.PERSON,
    order=52,
    options=(_SESSION, _QUESTION),
)
async def quiz_copy(context: Context, session: str = "", question: int | None = None) -> Reply:
    """The open question for this person alone, with its buttons."""
    quizzes = context.quizzes
    live = await quizzes.live(session) if session else await quizzes.meant(context.request)
    if live.session.phase is not Phase.ASKING or question not in (None, live.session.question):
        raise NotCounted(Verdict.TOO_LATE)
    player = live.player_of(context.request.user) or Player(0, "", context.lang)
    blocks = await context.presenter.copy(live, player, context.voice, numbered=context.request.numbered)
    return context.reply(*blocks)


async def open_copy(context: Context) -> list[Block]:
    """The question that is open for this person, in the language of this answer; nothing when none is."""
    live = await context.quizzes.open_question(context.request)
    player = live.player_of(context.request.user) if live else None
    if live is None or player is None:
        return []
    return await context.presenter.copy(live, player, context.voice, numbered=context.request.numbered)


@command(
    "quiz leave",
    mark("about.quiz_leave", "Stop playing; your points stay"),
    audience=Audience.PERSON,
    order=53,
)
async def quiz_leave(context: Context) -> Reply:
    """The class no longer waits for this player."""
    live, player = await _player(context, "")
    await context.quizzes.playing.leave(live, player, context.request.account)
    text = context.voice("quiz.left", "You have left the quiz. Your points are kept; “join” brings you back.")
    return context.reply(Paragraph(text, context.lang))


@command(
    "quiz name",
    mark("about.quiz_name", "Your name for the teacher's report"),
    audience=Audience.PERSON,
    order=54,
    options=(Option("name", Kind.TEXT, mark("option.own_name", "The name, as your teacher knows it"), required=True),),
)
async def quiz_name(context: Context, name: str) -> Reply:
    """A name that the teacher sees; on the scoreboard only if the teacher chose that."""
    live, player = await _player(context, "")
    own = one_line(name, NAME)
    if not own:
        raise NothingAsked
    shown = own if live.session.rules.names == "own" else player.name
    await context.quizzes.playing.change(live, replace(player, own_name=own, name=shown))
    text = context.voice("quiz.named", "Your teacher will find you in the report as: {name}", name=own)
    return context.reply(Paragraph(text, context.lang))


@command(
    "quiz mine",
    mark("about.quiz_mine", "Your result: points and mistakes, with explanations"),
    audience=Audience.PERSON,
    order=55,
    options=(_SESSION, _QUESTION),
)
async def quiz_mine(context: Context, session: str = "", question: int | None = None) -> Reply:
    """The player's own answers: to one question, or all mistakes so far."""
    live, player = await _player(context, session or await _last_played(context))
    if question is not None and question not in counted(live.session) and question not in live.session.voided:
        raise NoQuiz  # a made-up number, or the question that is open
    blocks = await context.presenter.mine(live, player, context.voice, question)
    choices = []
    for topic in await context.presenter.missed_topics(live, player, question):
        title = context.library.text_or_english(topic, context.lang).short_title
        choices.append(Choice(title, Action("explain", (topic, "", context.lang))))
    return context.reply(*blocks, _menu(context, live, *choices))


@command(
    "quiz flag",
    mark("about.quiz_flag", "Tell the authors that something is wrong with the question"),
    audience=Audience.PERSON,
    order=56,
    options=(_SESSION, _QUESTION, Option("reason", Kind.TEXT, mark("option.reason", "What is wrong, in some words"))),
)
async def quiz_flag(context: Context, session: str = "", question: int | None = None, reason: str = "") -> Reply:
    """Kept with the item and the language, not with the person."""
    live = await context.quizzes.live(session or await _last_played(context))
    at = live.session.question if question is None else question
    if not 0 <= at <= live.session.question:
        raise NoQuiz
    item = live.session.questions[at].item
    await context.store.flag(item, context.lang, one_line(reason, REASON), context.now)
    text = context.voice(
        "quiz.flagged", "Thank you. The authors will look at this question. Your name is not kept with it."
    )
    return context.reply(Paragraph(text, context.lang))


async def _answered(context: Context, live: Live, question: int | None, given: str | tuple[int, ...]) -> Reply:
    """Take the answer and say what was understood, to this person alone."""
    done = await context.quizzes.playing.answer(live, context.request, context.lang, question=question, given=given)
    if done.live.solo:
        return SAID
    if context.request.numbered and not (context.request.private and done.joined):
        return SAID  # a tick says it, or the counter on the board
    voice, lang = context.voice, context.lang
    item = await context.presenter.item(live, done.question)
    asked = live.session.questions[done.question]
    words = my_answer(done.value, asked, item, voice)
    text = (
        voice("quiz.your_answer_is", "Your answer: {answer}", answer=words)
        if words
        else voice("quiz.noted", "Your answer is noted.")
    )
    blocks: list[Block] = [
        Paragraph(text, lang, strong=True),
        Paragraph(voice("quiz.can_change", "You can change it until the question is closed."), lang),
    ]
    if done.joined:
        blocks.append(
            Paragraph(
                voice("quiz.you_are", "You are in. Your name on the scoreboard: {name}", name=done.player.name), lang
            )
        )
        blocks += _how_confirmed(context)
    if not context.request.numbered:
        blocks += context.presenter.pressed(live, done.question, item, voice)
    return context.reply(*blocks, replaces=True)


def _how_confirmed(context: Context) -> list[Block]:
    """In a direct chat of a class an accepted answer gets a read receipt and no message: said once, on joining."""
    if not (context.request.numbered and context.request.private and context.request.direct_link):
        return []
    # Translators: many chat programs show a small mark or picture beside a message that was read
    text = context.voice("quiz.read_counts", "When your message is marked as read by me, your answer counts.")
    return [Paragraph(text, context.lang)]


def _menu(context: Context, live: Live, *choices: Choice) -> Choices | None:
    """What can be chosen next; nothing where choices are numbers and a number is an answer to the quiz."""
    running = live.session.phase is not Phase.CLOSED
    return None if context.request.numbered and running else context.menu(*choices)


async def _player(context: Context, session: str) -> tuple[Live, Player]:
    """The session that is meant and this person's player in it. Raises NoQuiz when there is none."""
    quizzes = context.quizzes
    live = await quizzes.live(session) if session else await quizzes.meant(context.request)
    player = live.player_of(context.request.user)
    if player is None:
        raise NoQuiz
    return live, player


async def _last_played(context: Context) -> str:
    """The session in which this person plays or played last. Raises NoQuiz."""
    played = await context.store.played(context.request.user)
    if not played:
        raise NoQuiz
    here = await context.store.last_in(context.request.room)
    return here if here in played else played[0]
