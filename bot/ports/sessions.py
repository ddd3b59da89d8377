"""Sessions as they are kept. One transaction changes the phase row and writes the messages that follow from it; an
answer never touches the phase row. What a process writes for an account counts only while it holds that account's
lease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.model.ids import RoomId, UserId
from bot.quiz.session import Answer, Player, Session


@dataclass(frozen=True, slots=True)
class Fence:
    """The lease under which a process writes: a write with an older epoch does nothing."""

    account: str
    holder: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Linked:
    """A room of a session."""

    room: RoomId
    account: str
    """The bot account that serves the room."""
    languages: tuple[str, ...]
    """One to three, of this room."""
    private: bool = False
    """A direct chat: somebody plays alone."""


@dataclass(frozen=True, slots=True)
class Row:
    """A message to be sent: a row of the outbox."""

    session: str
    sequence: int
    """From 1, within the session and room."""
    room: RoomId
    account: str
    kind: str
    question: int
    created_at: datetime
    attempted_at: datetime | None = None
    """A sending was begun: after a crash it may have been sent or not."""
    message: str = ""
    """Id that the platform gave the message; "" = not sent yet."""
    room_number: int = 0
    """Number of the room within the session, never used again for another one."""

    @property
    def key(self) -> str:
        """For ever the same for this row: Matrix transaction id, Discord nonce (at most 25 characters)."""
        return f"{self.session}.{self.room_number}.{self.sequence}"


@dataclass(frozen=True, slots=True)
class NewSession:
    """Everything that is written when a session is made."""

    session: Session
    home: Linked
    starter: UserId
    pinned: Mapping[str, str]
    """Items by content hash, as `Item.to_json` made them."""
    created_at: datetime
    again: Mapping[str, str] = field(default_factory=dict)
    """The options that `quiz start` was given, to play the same with another class."""


class Sessions(Protocol):
    """Quiz sessions. `fence` is the lease of the account that the write is made for; a stale one makes the write do
    nothing, which the result says."""

    @property
    def alone(self) -> bool:
        """Whether no other process uses these sessions: all but PostgreSQL."""

    # leases

    async def holder_of(self, account: str) -> str | None:
        """Who holds the account's lease, alive or not; None when it was released or never taken."""

    async def take_lease(
        self, account: str, holder: str, now: datetime, *, instead_of: str | None = None
    ) -> tuple[Fence, datetime | None] | None:
        """Become the account's holder if nobody is, or the holder has not been alive for LEASE_LIVE (10 s), or it is
        `holder` itself, or it is `instead_of`, of whom the caller knows that it is dead. Returns the fence (a new
        epoch) and when the last holder was alive; None when it is held."""

    async def beat(self, fence: Fence, now: datetime) -> bool:
        """Write alive_at. False when somebody else holds the account now."""

    async def release(self, fence: Fence) -> None:
        """Give the account up, at a clean end; alive_at stays."""

    # sessions

    async def create_session(self, new: NewSession, first: Sequence[str], fence: Fence) -> bool:
        """Write a session with its home room, pinned items and first outbox rows (kinds). False when the room is taken
        by a session that is not closed, the code is, or the fence is stale."""

    async def session(self, session: str) -> Session | None:
        """A session as it is now, closed ones too."""

    async def session_by_code(self, code: str) -> str | None:
        """Id of the running session with that code."""

    async def session_in(self, room: RoomId) -> str | None:
        """Id of the session that runs in the room; None when none does."""

    async def last_in(self, room: RoomId) -> str | None:
        """Id of the session made last in the room, running or closed, if it is still kept."""

    async def running(self, account: str) -> tuple[str, ...]:
        """Ids of sessions not closed whose home account this is."""

    async def advance(
        self, before: Session, after: Session, says: Sequence[tuple[str, int]], fence: Fence, at: datetime
    ) -> bool:
        """Compare-and-set: the phase row of `before.version` becomes `after` (whose version is one higher), and each
        (kind, question) of `says` becomes an outbox row for every room of the session, in order, made at `at`. When
        `after` is closed the rooms are let go. False when another version is there, the session is closed or gone
        (its only player was forgotten), or the fence is stale; then nothing is written."""

    async def due(self, account: str, now: datetime) -> tuple[tuple[str, int], ...]:
        """(session, version) of the account's running sessions whose due_at has come."""

    async def next_due(self, account: str) -> datetime | None:
        """The earliest due_at of the account's running sessions."""

    async def starter(self, session: str) -> UserId | None:
        """Who started it, or took it over; None when that person was forgotten."""

    async def started_by(self, user: UserId) -> tuple[str, ...]:
        """Ids of kept sessions that the user started or took over, the latest first."""

    async def steering(self, user: UserId) -> tuple[str, ...]:
        """Those of them that are not closed."""

    async def set_starter(self, session: str, user: UserId) -> None:
        """Hand it over."""

    async def start_options(self, session: str) -> Mapping[str, str]:
        """What `quiz start` was given; empty for a session that is not kept."""

    async def pinned(self, name: str) -> str:
        """A pinned item by its content hash. Raises KeyError."""

    async def asked_in(self, room: RoomId) -> Mapping[str, datetime]:
        """Ids of items asked in the room in sessions that are kept, with when the last of these was made."""

    # rooms

    async def link(self, session: str, linked: Linked, fence: Fence, at: datetime) -> bool:
        """Another room joins a running session; what is open now (`question` or `lobby`) is queued for it. False when
        the room is taken, the session closed, or the fence stale."""

    async def unlink(self, session: str, room: RoomId) -> None:
        """The room no longer takes part; its unsent rows go. Linked again, it gets a new number."""

    async def rooms_of(self, session: str) -> tuple[Linked, ...]:
        """Rooms of the session, the home room first."""

    async def move_session_room(self, old: RoomId, new: RoomId) -> None:
        """A room was replaced by another: the session goes along, unless one runs there already."""

    # players

    async def add_player(self, session: str, user: UserId, room: RoomId, player: Player, at: datetime) -> Player:
        """The user's player in the session: `player` with the next number (from 1) and, if its name is taken, with the
        first free of `name`, `name 2`, …; the one that is there already (no longer `left`) when the user has joined
        before. Raises KeyError when the session is not kept."""

    async def change_player(self, session: str, player: Player) -> None:
        """Write a player's fields (all but its number and user). A forgotten player stays as it is: what is remembered
        of it elsewhere must not come back."""

    async def players(self, session: str) -> tuple[tuple[Player, UserId | None], ...]:
        """All players by number, with their users as far as they are not forgotten."""

    async def playing(self, user: UserId) -> tuple[str, ...]:
        """Ids of running sessions in which the user is an active player, the one joined last first."""

    async def played(self, user: UserId) -> tuple[str, ...]:
        """Ids of kept sessions in which the user is a player, the latest first."""

    # answers

    async def write_answers(self, answers: Sequence[tuple[str, Answer]]) -> list[bool]:
        """(session, answer) in one transaction; the later `at` of one player and question wins. For each whether it
        came in time: not when the session does not ask that question (any more) or is paused."""

    async def answers(self, session: str, question: int | None = None) -> tuple[Answer, ...]:
        """The answers to one question or to all, by question and player; none when they are older than is kept."""

    # outbox

    async def unsent(self, account: str, limit: int = 200) -> tuple[Row, ...]:
        """Rows to send by this account, for each room only the first that is not sent, oldest first."""

    async def attempt(self, row: Row, at: datetime, fence: Fence) -> bool:
        """Note that sending begins. False when the row is sent already or the fence is stale: do not send."""

    async def sent(self, row: Row, message: str, at: datetime) -> None:
        """Note the message id."""

    async def drop(self, row: Row) -> None:
        """It will not be sent; one that was is kept."""

    async def messages(self, session: str, kind: str, question: int) -> tuple[Row, ...]:
        """The sent rows of that kind and question, one for each room at most, the latest."""

    # flags

    async def flag(self, item: str, language: str, reason: str, at: datetime) -> None:
        """Somebody says that something is wrong with an item. Nothing says who."""

    async def flags(self) -> tuple[tuple[str, str, str, datetime], ...]:
        """(item, language, reason, at), the latest first."""

    # retention

    async def clean(self, now: datetime) -> int:
        """Erase what is older than it is kept (`bot.store.ages`): answers, then whole sessions, unused pinned items,
        flags. Returns how many rows went."""
