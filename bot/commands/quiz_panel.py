"""The teacher's view of a session: where it stands, and what can be done now."""

from __future__ import annotations

from bot.commands.spec import Context
from bot.model.action import Action
from bot.model.reply import Block, Choice, Choices, Note, Paragraph
from bot.quiz.session import Phase
from bot.sessions import board
from bot.sessions.live import Live


def panel(context: Context, live: Live) -> list[Block]:
    """State and buttons; where numbers are typed, the commands in words."""
    voice, session, lang = context.voice, live.session, context.lang
    joined = voice.many("quiz.joined", "{n} player has joined.", "{n} players have joined.", len(live.active))
    lines = [joined]
    if session.phase is Phase.LOBBY:
        lines.insert(0, voice("quiz.state_lobby", "The quiz has not begun."))
    elif session.phase is Phase.CLOSED:
        lines.insert(0, voice("quiz.state_closed", "The quiz is over."))
    else:
        lines.insert(0, board.numbered(session, session.question, voice))
    if session.phase is Phase.ASKING:
        lines.append(voice("quiz.state_answered", "Answered: {n} of {all}", n=len(live.answered), all=len(live.active)))
    if session.paused_at:
        lines.append(voice("quiz.state_paused", "The clock stands still."))
    blocks: list[Block] = [Paragraph(" ".join(_sentences(lines)), lang)]
    # Translators: {code} is a number that other rooms and students join by
    blocks.append(
        Note(voice("quiz.code_for", "Code for other rooms and direct chats: {code}", code=session.code), lang)
    )
    if not context.request.numbered:
        blocks.append(Choices(tuple(_choices(context, live)), lang))
    elif session.phase is not Phase.CLOSED:
        prefix = context.request.prefix
        words = ", ".join(f"{prefix}quiz {word}" for word in _verbs(live))
        blocks.append(Paragraph(voice("quiz.steer_with", "You steer it with: {commands}", commands=words), lang))
    return blocks


def _sentences(lines: list[str]) -> list[str]:
    return [line if line.endswith((".", "!", "?")) else f"{line}." for line in lines]


def _verbs(live: Live) -> list[str]:
    """What makes sense now."""
    session = live.session
    match session.phase:
        case Phase.LOBBY:
            return ["next", "stop"]
        case Phase.ASKING if session.paused_at:
            return ["resume", "close", "void", "stop"]
        case Phase.ASKING:
            return ["pause", "extend", "close", "void", "stop"]
        case Phase.REVEALED:
            resume = ["resume"] if session.paused_at else ["pause"] if session.rules.auto else []
            return ["next", *resume, "void", "score", "stop"]
        case _:
            return []


def _choices(context: Context, live: Live) -> list[Choice]:
    voice, at = context.voice, (live.session.id, "")
    open_question = (live.session.id, str(live.session.question)) if live.session.question >= 0 else at
    labels = {
        # Translators: buttons of the teacher of a running quiz
        "next": voice("quiz.do_start", "Begin") if live.session.phase is Phase.LOBBY else voice("quiz.do_next", "Next"),
        "pause": voice("quiz.do_pause", "Pause"),
        "resume": voice("quiz.do_resume", "Go on"),
        "extend": voice("quiz.do_extend", "More time"),
        "close": voice("quiz.do_close", "Close the question"),
        "void": voice("quiz.do_void", "Does not count"),
        "score": voice("quiz.do_score", "Scoreboard"),
        "stop": voice("quiz.do_stop", "End the quiz"),
        "panel": voice("quiz.do_panel", "Refresh"),
    }
    carries_question = ("next", "close", "void")
    choices = [
        Choice(labels[verb], Action(f"quiz {verb}", open_question if verb in carries_question else at))
        for verb in _verbs(live)
    ]
    if live.session.phase is Phase.CLOSED:
        # Translators: button: gives the teacher the results as files
        return [Choice(voice("quiz.do_report", "Report"), Action("report", at))]
    return [*choices, Choice(labels["panel"], Action("quiz panel", at))]
