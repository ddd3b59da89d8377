"""The session machine: what each event does in each phase, and whether an answer comes in time. Pure.

    phase              event                              next                 effects
    -----------------  ---------------------------------  -------------------  -----------------------------------------
    LOBBY              Started                            ASKING 0             Redraw lobby, Say question 0
    LOBBY              DeadlinePassed (idle)              CLOSED idle          Finish
    ASKING q timed     DeadlinePassed, slower have time   ASKING q, due later  -
    ASKING q timed     DeadlinePassed                     REVEALED q           Redraw question q, Say reveal q
    ASKING q untimed   DeadlinePassed (idle)              CLOSED idle          Redraw question q, Say rank, Finish
    ASKING q           ClosedByTeacher (q)                REVEALED q           Redraw question q, Say reveal q
    ASKING q timed     AllAnswered (q), once              ASKING q, due <= 3 s -
    ASKING q timed     Extended                           ASKING q, due later  Say extended q
    REVEALED q         NextAsked (q); auto also           ASKING q+1           Say question q+1
                       DeadlinePassed                     or CLOSED finished   Say rank, Finish
    REVEALED q manual  DeadlinePassed (idle)              CLOSED idle          Say rank, Finish
    ASKING, REVEALED   Voided (a question shown)          the same             Say voided
      the open one                                        REVEALED q           Say voided, Redraw question, Say reveal
    ASKING, REVEALED   Paused (not in manual REVEALED)    the same, frozen     Say paused q
      paused           Resumed                            the same, due later  Say resumed q
      paused           DeadlinePassed (idle)              CLOSED idle          as without the pause
    all but CLOSED     Stopped                            CLOSED why           (Redraw question q,) (Say rank,) Finish
      not paused       Recovered, gap > 5 s either way    the same, due moved  Say recovered q
    CLOSED             anything                           CLOSED               -

Whatever is not in the table does nothing. Every change raises the version by one. What ends a pause otherwise
(closing, going on, stopping) takes the session out of it. A question broken off by the end does not count: not
everybody had their time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from bot.quiz.session import (
    AllAnswered,
    ClosedByTeacher,
    DeadlinePassed,
    Effect,
    Event,
    Extended,
    Finish,
    NextAsked,
    Paused,
    Phase,
    Player,
    Recovered,
    Redraw,
    Resumed,
    Say,
    Session,
    Started,
    Stopped,
    Verdict,
    Voided,
)

IDLE_LOBBY = timedelta(minutes=60)
IDLE = timedelta(minutes=60)
"""A question without deadline and a pause that nobody ends."""
IDLE_REVEALED = timedelta(minutes=30)
"""An answer after which the teacher does not go on."""
HURRY = timedelta(seconds=3)
"""When all have answered: the last can still change."""
GRACE = timedelta(seconds=10)
"""At least this is left of a question after an outage."""
NOTICED = timedelta(seconds=5)
"""Outages and jumps of the clock up to this are nobody's business."""
EXTENSION = (5, 600)
"""Least and most seconds of an extension."""

Step = tuple[Session, tuple[Effect, ...]]


def opened(session: Session, at: datetime) -> Session:
    """A new session in the lobby, which ends by itself if it is never started. Raises ValueError without questions."""
    if not session.questions:
        raise ValueError("a session needs questions")
    return replace(session, due_at=at + IDLE_LOBBY)


def step(session: Session, event: Event) -> Step:
    """The session after `event`, and what follows for others. An event that means nothing now gives back the very same
    session and no effects. Raises AssertionError for what is no event."""
    after, effects = _step(session, event)
    if after is session:
        return session, ()
    return replace(after, version=session.version + 1), effects


def _step(session: Session, event: Event) -> Step:
    nothing: Step = session, ()
    phase = session.phase
    asking = phase is Phase.ASKING
    if phase is Phase.CLOSED:
        return nothing
    match event:
        case Started(at):
            if phase is not Phase.LOBBY:
                return nothing
            after, effects = _ask(session, 0, at)
            return after, (Redraw("lobby"), *effects)
        case DeadlinePassed():
            return _due(session, event)
        case ClosedByTeacher(at, question):
            return _reveal(session, at) if asking and question in (None, session.question) else nothing
        case AllAnswered(at, question):
            late = session.due_at is not None and session.due_at > at + HURRY
            if asking and session.deadline and question == session.question and late and not session.hurried:
                return replace(session, due_at=at + HURRY, hurried=True), ()
            return nothing
        case NextAsked(at, question):
            return _next(session, at) if phase is Phase.REVEALED and question == session.question else nothing
        case Paused(at):
            return _pause(session, at)
        case Resumed(at):
            return _resume(session, at)
        case Extended():
            return _extend(session, event)
        case Voided(at, question):
            return _void(session, question, at)
        case Stopped(_, why):
            return _close(session, why)
        case Recovered():
            return _recover(session, event)
        case _:
            assert_never(event)


def _due(session: Session, event: DeadlinePassed) -> Step:
    if event.version != session.version or session.due_at is None or event.at < session.due_at:
        return session, ()
    if session.phase is Phase.ASKING and session.deadline:
        slower = _deadline(session, event.slowest)
        if slower > event.at and slower > session.due_at and not session.hurried:
            return replace(session, due_at=slower), ()
        return _reveal(session, event.at)
    if session.phase is Phase.REVEALED and session.rules.auto and session.paused_at is None:
        return _next(session, event.at)
    return _close(session, "idle")


def _ask(session: Session, index: int, at: datetime) -> Step:
    asked = replace(
        session, phase=Phase.ASKING, question=index, asked_at=at, paused=timedelta(0), extended=timedelta(0), **_CLEAR
    )
    timed = _timed(asked)
    due = _deadline(asked, 1.0) if timed else at + IDLE
    return replace(asked, due_at=due, deadline=timed), (Say("question", index),)


def _reveal(session: Session, at: datetime) -> Step:
    stays = timedelta(seconds=session.questions[session.question].reveal_seconds)
    due = at + (stays if session.rules.auto else IDLE_REVEALED)
    shown = replace(session, phase=Phase.REVEALED, due_at=due, **_CLEAR)
    return shown, (Redraw("question", session.question), Say("reveal", session.question))


def _next(session: Session, at: datetime) -> Step:
    after = session.question + 1
    return _ask(session, after, at) if after < len(session.questions) else _close(session, "finished")


def _close(session: Session, why: str) -> Step:
    effects: list[Effect] = []
    voided = session.voided
    if session.phase is Phase.ASKING:
        effects.append(Redraw("question", session.question))
        voided |= {session.question}
    if session.question >= 0:
        effects.append(Say("rank"))
    closed = replace(session, phase=Phase.CLOSED, due_at=None, voided=voided, ended=why, **_CLEAR)
    return closed, (*effects, Finish(why))


def _pause(session: Session, at: datetime) -> Step:
    runs = session.phase is Phase.ASKING or (session.phase is Phase.REVEALED and session.rules.auto)
    if not runs or session.paused_at is not None or session.due_at is None:
        return session, ()
    frozen = replace(session, paused_at=at, held=session.due_at - at, due_at=at + IDLE, deadline=False)
    return frozen, (Say("paused", session.question),)


def _resume(session: Session, at: datetime) -> Step:
    if session.paused_at is None:
        return session, ()
    timed = session.phase is Phase.ASKING and _timed(session)
    idles = session.phase is Phase.ASKING and not timed
    running = replace(
        session,
        due_at=at + (IDLE if idles else session.held),
        deadline=timed,
        paused_at=None,
        held=timedelta(0),
        paused=session.paused + (at - session.paused_at),
    )
    return running, (Say("resumed", session.question),)


def _extend(session: Session, event: Extended) -> Step:
    if session.phase is not Phase.ASKING or not _timed(session) or session.due_at is None:
        return session, ()
    least, most = EXTENSION
    more = timedelta(seconds=min(max(event.seconds, least), most))
    now = session.paused_at or event.at
    # Whose time is up already (slower ones are still waited for) has what is announced, too.
    more = max(more, now + more - _deadline(session, 1.0))
    after = replace(session, extended=session.extended + more, hurried=False)
    due = now + session.held if session.paused_at else session.due_at
    due = _deadline(after, 1.0) if session.hurried else due + more
    after = replace(after, held=due - now) if session.paused_at else replace(after, due_at=due)
    return after, (Say("extended", session.question),)


def _void(session: Session, question: int, at: datetime) -> Step:
    if not 0 <= question <= session.question or question in session.voided:
        return session, ()
    after = replace(session, voided=session.voided | {question})
    said = Say("voided", question)
    if session.phase is Phase.ASKING and question == session.question:
        after, effects = _reveal(after, at)
        return after, (said, *effects)
    return after, (said,)


def _recover(session: Session, event: Recovered) -> Step:
    gap = event.at - event.alive_at
    if abs(gap) <= NOTICED or session.paused_at is not None or session.due_at is None:
        return session, ()
    due = session.due_at + gap
    later = max(timedelta(0), event.at + GRACE - due) if session.deadline else timedelta(0)
    moved = replace(
        session,
        asked_at=session.asked_at + gap if session.asked_at else None,
        due_at=due + later,
        extended=session.extended + later,
    )
    return moved, (Say("recovered", session.question),)


_CLEAR: dict[str, Any] = {"deadline": False, "paused_at": None, "held": timedelta(0), "hurried": False}
"""What ends with a phase."""


def _timed(session: Session) -> bool:
    return session.rules.timed and session.questions[session.question].seconds > 0


def _deadline(session: Session, factor: float) -> datetime:
    """When the time of the open question is up for a time factor."""
    if session.asked_at is None:
        raise ValueError("no question was asked")
    seconds = session.questions[session.question].seconds * max(1.0, factor)
    return session.asked_at + timedelta(seconds=seconds) + session.paused + session.extended


def player_deadline(session: Session, player: Player) -> datetime | None:
    """Until when this player can answer the open question; None without one, without a deadline and in a pause."""
    if session.phase is not Phase.ASKING or not session.deadline or session.due_at is None:
        return None
    own = _deadline(session, player.factor)
    return min(own, session.due_at) if session.hurried else own


def judge(session: Session, player: Player, received_at: datetime, question: int) -> Verdict:
    """What becomes of an answer to `question` that the adapter received at `received_at`."""
    if player.kicked:
        return Verdict.KICKED
    if session.phase in (Phase.LOBBY, Phase.CLOSED):
        return Verdict.NOT_ASKING
    if question != session.question:
        return Verdict.OTHER_QUESTION
    if session.phase is Phase.REVEALED:
        return Verdict.TOO_LATE
    if session.paused_at is not None:
        return Verdict.PAUSED
    until = player_deadline(session, player)
    return Verdict.TOO_LATE if until is not None and received_at > until else Verdict.ACCEPTED


def time_left(session: Session, player: Player, received_at: datetime) -> float:
    """Part of the player's own time that is left at `received_at`, 0 to 1: `Answer.early`. 0 without a deadline.
    Time given on top is nobody's own."""
    if session.phase is not Phase.ASKING or not session.deadline:
        return 0.0
    whole = timedelta(seconds=session.questions[session.question].seconds * max(1.0, player.factor))
    left = _deadline(session, player.factor) - session.extended - received_at
    return min(1.0, max(0.0, left / whole))


def default_seconds(chars: int) -> int:
    """Time to answer: 10 s and one per 15 characters of stem and options in the longest class language, rounded up to
    5, from 20 to 120 (design, section 8)."""
    return min(120, max(20, -(-(10 + -(-chars // 15)) // 5) * 5))


def reveal_seconds(chars: int) -> int:
    """How long an answer stays in an automatic session: one second per 15 characters shown, at least 8."""
    return max(8, -(-chars // 15))
