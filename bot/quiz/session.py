"""What a session is, what can happen to it, and what follows from that. Values only; the rules are in `machine`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.quiz.items import ItemType


class Phase(StrEnum):
    """Where a session stands."""

    LOBBY = "lobby"
    ASKING = "asking"
    REVEALED = "revealed"
    CLOSED = "closed"
    """Final."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a session is played; fixed at its start."""

    auto: bool = True
    """Goes on by itself after each reveal; else the teacher says `next`."""
    timed: bool = True
    """Questions have a deadline."""
    speed: bool = False
    """Up to 20 % on top for answering early, by the player's own time."""
    secret: bool = True
    """Answers are hidden from the others until the question is closed."""
    names: str = "pseudonym"
    """How players appear to others: pseudonym, display, own."""
    languages: tuple[str, ...] = ("en",)
    """Class languages of the home room, one to three."""


@dataclass(frozen=True, slots=True)
class Question:
    """An item as this session asks it."""

    item: str
    """Item id."""
    pinned: str
    """`content_hash` of the item's text as it was when the session started."""
    type: ItemType
    order: tuple[str, ...]
    """Option ids as they are shown, numbered from 1; the right-hand side for matching; empty for short text."""
    key: tuple[str, ...]
    """As in Item.key."""
    seconds: int
    """Time to answer for a factor of 1."""
    reveal_seconds: int
    """How long the answer stays before an automatic session goes on."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session: what never changes after its start, and the phase row."""

    id: str
    """Eight characters, in button data too."""
    code: str
    """What students and other rooms join by: six digits."""
    rules: Rules
    questions: tuple[Question, ...]
    account: str
    """The bot account of the home room: its process watches the deadlines."""

    # the phase row
    phase: Phase = Phase.LOBBY
    question: int = -1
    """Index of the question asked last; -1 in the lobby."""
    asked_at: datetime | None = None
    due_at: datetime | None = None
    """When the ticker has something to do: close the question, go on, or end a session that nobody steers. None only
    when closed."""
    deadline: bool = False
    """`due_at` is an answer deadline (and not the end of a session that nobody steers)."""
    paused_at: datetime | None = None
    held: timedelta = timedelta(0)
    """While paused: how long it was from `paused_at` to the `due_at` that counts again afterwards."""
    paused: timedelta = timedelta(0)
    """Pauses since `asked_at`; every player's deadline is later by them. (An outage moves `asked_at` itself.)"""
    extended: timedelta = timedelta(0)
    """Time given on top since `asked_at`; every player's deadline is later by it. Apart from pauses, as an answer in
    it is not an early one."""
    hurried: bool = False
    """All have answered: the deadline was brought forward."""
    voided: frozenset[int] = frozenset()
    """Questions that do not count."""
    ended: str = ""
    """Why it closed: finished, stopped, idle, gone, replaced."""
    version: int = 0
    """Raised by every change of the phase row."""

    @property
    def current(self) -> Question | None:
        """The question asked last."""
        return self.questions[self.question] if self.question >= 0 else None


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who plays, known to the session by a number. Forgetting a person leaves the row without its user."""

    number: int
    name: str
    """What others see."""
    language: str
    factor: float = 1.0
    """How much more time than the class: 1 to 4."""
    joined: int = 0
    """Index of the first question that counts for this player."""
    own_name: str = ""
    """What `quiz name` gave; for the teacher's report only."""
    rerolls: int = 0
    """How often another pseudonym was asked for."""
    kicked: bool = False
    left: bool = False

    @property
    def active(self) -> bool:
        """Whether the class waits for this player's answers."""
        return not (self.kicked or self.left)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a player answered last to a question."""

    question: int
    player: int
    value: str
    """Option ids separated by spaces, in the order that counts; for short text "right" or "wrong": the words
    themselves are not kept."""
    at: datetime
    """When the platform's adapter received it."""
    early: float = 0.0
    """Part of the player's own time that was left then, 0 to 1 (`machine.time_left`). Kept with the answer, as the
    phase row knows of no question but the last when it was asked."""


class Verdict(StrEnum):
    """What becomes of an answer."""

    ACCEPTED = "accepted"
    TOO_LATE = "too_late"
    """After this player's deadline, or the question is closed."""
    NOT_ASKING = "not_asking"
    """In the lobby or after the end."""
    PAUSED = "paused"
    KICKED = "kicked"
    OTHER_QUESTION = "other_question"
    """A button of an earlier question."""


# Events: what happened. `at` is always the time of the event in UTC.


@dataclass(frozen=True, slots=True)
class Started:
    """The teacher opened the first question."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """`due_at` of that version has come. `slowest`: highest time factor among active players who have not answered."""

    at: datetime
    version: int
    slowest: float = 1.0


@dataclass(frozen=True, slots=True)
class ClosedByTeacher:
    """Time is up because the teacher says so."""

    at: datetime
    question: int | None = None
    """The question meant, so that a late press does not close the one after it; None = whichever is open."""


@dataclass(frozen=True, slots=True)
class AllAnswered:
    """Every active player has answered question `question`."""

    at: datetime
    question: int


@dataclass(frozen=True, slots=True)
class NextAsked:
    """The teacher goes on."""

    at: datetime
    question: int
    """The question whose answer stands there (`Session.question` as it was seen), so that twenty presses go on once."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The teacher stops the clock."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """The clock goes on."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Extended:
    """More time for everybody."""

    at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Voided:
    """A question is taken out of the score."""

    at: datetime
    question: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end before the last question; one that is open then does not count. `why`: stopped, gone (the room is),
    replaced."""

    at: datetime
    why: str = "stopped"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The process that watched the session was away from `alive_at` to `at`, or the clock jumped between them."""

    at: datetime
    alive_at: datetime


Event = (
    Started
    | DeadlinePassed
    | ClosedByTeacher
    | AllAnswered
    | NextAsked
    | Paused
    | Resumed
    | Extended
    | Voided
    | Stopped
    | Recovered
)


# Effects: what others must see. The deadline is part of the new session, so there is no effect that arms it.


@dataclass(frozen=True, slots=True)
class Say:
    """A message to every room of the session. `kind`: question, reveal, rank, paused, resumed, extended, voided,
    recovered."""

    kind: str
    question: int = -1


@dataclass(frozen=True, slots=True)
class Redraw:
    """A message shown before changes: `question` loses its buttons, `lobby` shows that it has begun."""

    kind: str
    question: int = -1


@dataclass(frozen=True, slots=True)
class Finish:
    """Let go of the rooms."""

    why: str


Effect = Say | Redraw | Finish
