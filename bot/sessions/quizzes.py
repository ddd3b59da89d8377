"""What can be done with sessions. Commands call this; it raises UserError for a person's slip and returns values, not
sentences.

Every change goes through `happen`: the machine decides, the store compares and sets, and whoever loses the race looks
again at what is there now.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.errors import (
    BadAnswer,
    NoQuiz,
    NotCounted,
    NotOften,
    NotReady,
    NotSteering,
    QuizRunning,
    UnknownCode,
    UnknownPlayer,
)
from bot.model.ids import RoomId, UserId
from bot.model.request import Request, Role
from bot.ports import Fence, Linked, NewSession, Sender, Store
from bot.quiz.bank import ItemBank
from bot.quiz.draw import shuffled
from bot.quiz.items import Item, content_hash
from bot.quiz.machine import default_seconds, judge, opened, reveal_seconds, step, time_left
from bot.quiz.pseudonyms import Words, pseudonym
from bot.quiz.session import (
    AllAnswered,
    Answer,
    ClosedByTeacher,
    Event,
    Finish,
    Phase,
    Player,
    Question,
    Redraw,
    Rules,
    Say,
    Session,
    Started,
    Stopped,
    Verdict,
)
from bot.quiz.typed import Unreadable, read_typed, value_of
from bot.sessions.holder import Holder
from bot.sessions.live import FRESH, Live, Lives
from bot.sessions.senders import Senders
from bot.sessions.writer import AnswerWriter
from bot.text import one_line

TRIES = 8
"""Races for one phase row that are lost before it is given up; each loss means that somebody else moved it on."""
ROOMS_HELD = 10_000
REROLLS = 3
"""How often a player may ask for another pseudonym."""
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of session ids: no letters that look like others."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A session somebody wants: the items are chosen, the rules are known."""

    items: tuple[Item, ...]
    rules: Rules
    seconds: int | None
    """For every question; None = by its length; 0 = no deadline."""
    options: Mapping[str, str]
    """What was said, to play the same again."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that counts."""

    live: Live
    player: Player
    question: int
    value: str
    joined: bool
    """The player has just come in with this answer."""


class Quizzes:
    """The sessions of this process."""

    def __init__(self, store: Store, clock: Clock, bank: ItemBank) -> None:
        self.store = store
        self.clock = clock
        self.senders = Senders()
        self.lives = Lives(store)
        self.holder = Holder(store, clock)
        self.writer = AnswerWriter(store)
        self.stirred: set[str] = set()
        """Sessions whose counter on the board is behind."""
        self._bank = bank
        self._in_rooms: dict[RoomId, tuple[str | None, datetime]] = {}

    # finding

    async def live(self, session: str) -> Live:
        """A session by id. Raises NoQuiz."""
        return await self.lives.get(session, self.clock.now())

    async def running_in(self, room: RoomId) -> Live | None:
        """The session that runs in the room. Asked for every message, so the answer is held where nobody else writes,
        else for a moment."""
        now = self.clock.now()
        held = self._in_rooms.get(room)
        if held is None or not (self.store.alone or abs(now - held[1]) < FRESH):
            if len(self._in_rooms) >= ROOMS_HELD:
                self._in_rooms = {}
            rooms = self._in_rooms  # replaced by another when something changes while the store is asked
            held = rooms[room] = (await self.store.session_in(room), now)
        return await self.live(held[0]) if held[0] else None

    async def meant(self, request: Request) -> Live:
        """The running session that somebody means who names none: the one of the room, the one they play in, the one
        they started, one of a room that they share with the bot. Raises NoQuiz."""
        found = await self.running_in(request.room)
        if found is not None:
            return found
        if request.private:
            for session in (*await self.store.playing(request.user), *await self.store.started_by(request.user)):
                live = await self.live(session)
                if live.session.phase is not Phase.CLOSED:
                    return live
            for room in request.shared_rooms:
                found = await self.running_in(room)
                if found is not None:
                    return found
        raise NoQuiz

    async def steered(self, request: Request, role: Role, session: str = "") -> Live:
        """The running session that this person may steer. Raises NoQuiz or NotSteering."""
        live = await self.live(session) if session else await self.meant(request)
        here = live.link_of(request.room) is not None
        if not live.is_steered_by(request.user) and not (here and role >= Role.TEACHER) and not live.solo:
            raise NotSteering
        return live

    async def is_in(self, request: Request) -> bool:
        """Whether the person has to do with a running session."""
        try:
            return bool(await self.meant(request))
        except NoQuiz:
            return False

    async def open_question(self, request: Request) -> Live | None:
        """The session whose open question a bare answer from here would belong to."""
        try:
            live = await self.meant(request)
        except NoQuiz:
            return None
        return live if live.session.phase is Phase.ASKING else None

    # steering

    async def create(self, wish: Wish, home: Linked, starter: UserId) -> Live:
        """A new session in the lobby; one in a direct chat is started at once. Raises QuizRunning or NotReady."""
        now = self.clock.now()
        fence = await self.fence(home.account)
        for _ in range(TRIES):
            if await self.store.session_in(home.room):
                raise QuizRunning
            session, pinned = _session(wish, home, now)
            new = NewSession(session, home, starter, pinned, now, wish.options)
            if await self.store.create_session(new, () if home.private else ("lobby",), fence):
                self._in_rooms = {}
                break
        else:  # the room is free all the time: the lease is gone
            self.holder.lost(home.account)
            raise NotReady
        if home.private:
            await self.happen(session.id, Started(now), home.account)
        self.holder.wake()
        return await self.live(session.id)

    async def happen(self, session: str, event: Event, account: str) -> Session:
        """Let the event take effect; the session after it, unchanged when the event means nothing any more. Raises
        NoQuiz or NotReady."""
        fence = await self.fence(account)
        live = await self.live(session)
        for _ in range(TRIES):
            before = live.session
            after, effects = step(before, event)
            if after is before:
                return before
            if before.phase is Phase.ASKING:
                await self.writer.flush()  # what came in time is on the disk before its question is closed
            if await self.store.advance(before, after, _says(effects), fence, self.clock.now()):
                if live.session.version < after.version:  # else it was read again meanwhile
                    if live.session.question != after.question:
                        live.answered, live.newcomers = set(), set()
                    live.session = after
                if any(isinstance(effect, Finish) for effect in effects):
                    self.stirred.discard(session)
                    self._in_rooms = {}
                self.holder.wake()
                return after
            live = await self.lives.read(session, self.clock.now())
            if live.session.version == before.version:  # nobody was quicker: the lease is gone
                self.holder.lost(account)
                raise NotReady
        raise NotReady

    async def link(self, code: str, linked: Linked) -> Live:
        """Another room takes part. Raises UnknownCode, QuizRunning or NotReady."""
        session = await self.store.session_by_code(code)
        if session is None:
            raise UnknownCode
        if await self.store.session_in(linked.room):
            raise QuizRunning
        if not await self.store.link(session, linked, await self.fence(linked.account), self.clock.now()):
            raise QuizRunning
        self._in_rooms = {}
        self.holder.wake()
        return await self.lives.read(session, self.clock.now())

    async def hand_over(self, live: Live, user: UserId) -> None:
        """Somebody else steers from now on."""
        await self.store.set_starter(live.session.id, user)
        live.starter = user

    def forgotten(self) -> None:
        """A person was forgotten: nothing held in memory may know them."""
        self.lives.drop_all()
        self._in_rooms = {}

    async def room_gone(self, room: RoomId) -> None:
        """The bot lost the room: the others go on; without any the session ends."""
        session = await self.store.session_in(room)
        self._in_rooms = {}
        if session is None:
            return
        live = await self.lives.read(session, self.clock.now())
        here = live.link_of(room)
        if here is None or len(live.rooms) > 1:
            await self.store.unlink(session, room)
            self.lives.drop(session)
        else:
            await self.happen(session, Stopped(self.clock.now(), "gone"), here.account)

    async def room_moved(self, old: RoomId, new: RoomId) -> None:
        """A room was replaced by another: its session goes along."""
        session = await self.store.session_in(old)
        await self.store.move_session_room(old, new)
        self._in_rooms = {}
        if session:
            self.lives.drop(session)
            self.holder.wake()

    async def fence(self, account: str) -> Fence:
        """The lease of the account by which something came. Raises NotReady when another process holds it."""
        fence = await self.holder.fence(account)
        if fence is None:
            raise NotReady
        return fence

    def sender(self, account: str) -> Sender | None:
        """The account's sender, if it is connected."""
        return self.senders.get(account)

    # playing

    async def join(self, live: Live, request: Request, language: str) -> tuple[Player, bool]:
        """The user's player, new or old, and whether it is new. Raises NotCounted for somebody who was kicked or has
        no business here, NoQuiz after the end."""
        session = live.session
        if session.phase is Phase.CLOSED:
            raise NoQuiz
        player = live.player_of(request.user)
        if player is not None and not player.left:
            if player.kicked:
                raise NotCounted(Verdict.KICKED)
            return player, False
        taken = {other.name for other in live.players.values()}
        seed = f"{session.id} {len(live.players)} {secrets.token_hex(4)}"
        name = pseudonym(self._words(language), seed, taken)
        if session.rules.names == "display" and one_line(request.name, 32):
            name = one_line(request.name, 32)
        joined = session.question + (session.phase is Phase.REVEALED)
        player = Player(0, name, language, joined=max(0, joined))
        player = await self.store.add_player(session.id, request.user, request.room, player, self.clock.now())
        live.players[player.number] = player
        live.users[request.user] = player.number
        if player.kicked:
            raise NotCounted(Verdict.KICKED)
        self.stirred.add(session.id)
        return player, True

    async def answer(
        self, live: Live, request: Request, language: str, *, question: int | None, given: str | tuple[int, ...]
    ) -> Answered:
        """Take an answer: the numbers that were pressed, or what was typed. `question` is the one that it was meant
        for, None = the open one. Raises NotCounted or BadAnswer."""
        session = live.session
        self._may_answer(live, request)
        asked = session.question if question is None else question
        player = live.player_of(request.user)
        verdict = judge(session, player or Player(0, "", language), request.received_at, asked)
        if verdict is not Verdict.ACCEPTED or session.current is None:
            raise NotCounted(verdict)
        item = await self.lives.item(session.current.pinned)
        value = _value(session.current, item, (language, *live.home.languages), given)
        player, joined = await self.join(live, request, language)
        if joined:
            live.newcomers.add(player.number)
        early = time_left(session, player, request.received_at)
        answer = Answer(asked, player.number, value, request.received_at, early)
        if not await self.writer.write(session.id, answer):
            self.lives.drop(session.id)
            raise NotCounted(Verdict.TOO_LATE)
        if live.session.question == asked:
            live.answered.add(player.number)
        self.stirred.add(session.id)
        if live.all_answered:
            now = self.clock.now()
            event: Event = ClosedByTeacher(now, asked) if live.solo else AllAnswered(now, asked)
            await self.happen(session.id, event, request.account)
        return Answered(live, player, asked, value, joined)

    async def speaks(self, user: UserId, language: str) -> None:
        """The user has chosen a language: it is the player's from now on, too."""
        for session in await self.store.playing(user):
            live = await self.live(session)
            player = live.player_of(user)
            if player is not None and player.language != language:
                await self.change(live, replace(player, language=language))

    async def change(self, live: Live, player: Player) -> None:
        """Write what changed about a player."""
        await self.store.change_player(live.session.id, player)
        live.players[player.number] = player
        self.stirred.add(live.session.id)

    async def leave(self, live: Live, player: Player, account: str) -> None:
        """The class no longer waits for the player; a player who is alone ends the session."""
        await self.change(live, replace(player, left=True))
        now = self.clock.now()
        if live.solo:
            await self.happen(live.session.id, Stopped(now), account)
        elif live.session.phase is Phase.ASKING and live.active and live.all_answered:
            await self.happen(live.session.id, AllAnswered(now, live.session.question), account)

    async def reroll(self, live: Live, player: Player) -> Player:
        """Another pseudonym. Raises NotOften."""
        if player.rerolls >= REROLLS:
            raise NotOften(REROLLS)
        taken = {other.name for other in live.players.values()}
        seed = f"{live.session.id} {player.number} {player.rerolls} {secrets.token_hex(4)}"
        name = pseudonym(self._words(player.language), seed, taken)
        changed = replace(player, name=name, rerolls=player.rerolls + 1)
        await self.change(live, changed)
        return changed

    def player_named(self, live: Live, who: str, platform: str) -> Player:
        """A player by pseudonym, own name or mention. Raises UnknownPlayer."""
        wanted = " ".join(who.split()).casefold()
        for player in live.players.values():
            if wanted in (player.name.casefold(), player.own_name.casefold(), f"#{player.number}"):
                return player
        account = who.strip().removeprefix("<@").removeprefix("!").removesuffix(">")
        number = live.users.get(UserId(platform, account))
        if number is None:
            raise UnknownPlayer(who[:60])
        return live.players[number]

    def _words(self, language: str) -> Words:
        words = self._bank.pseudonyms
        return words.get(language) or words["en"]

    def _may_answer(self, live: Live, request: Request) -> None:
        """Whether this person has any business with the session: plays in it, or is in one of its rooms."""
        if live.player_of(request.user) is not None or live.link_of(request.room) is not None:
            return
        if not any(live.link_of(room) for room in request.shared_rooms):
            raise NotCounted(Verdict.NOT_ASKING)


def _value(question: Question, item: Item, languages: Sequence[str], given: str | tuple[int, ...]) -> str:
    """The value to keep of an answer, typed in any of the languages that its player can have read. Raises
    BadAnswer."""
    if isinstance(given, str):
        value = read_typed(question, given, [item.text(tag) for tag in dict.fromkeys(languages)])
    else:
        value = value_of(question, given)
    if isinstance(value, Unreadable):
        raise BadAnswer(value.problem, value.wanted, value.options, value.number)
    return value


def _session(wish: Wish, home: Linked, now: datetime) -> tuple[Session, dict[str, str]]:
    """The session and its pinned items."""
    name = "".join(secrets.choice(ALPHABET) for _ in range(8))
    pinned: dict[str, str] = {}
    questions = []
    for item in wish.items:
        body = item.to_json()
        pinned[content_hash(body)] = body
        chars = max(_chars(item, lang) for lang in wish.rules.languages)
        seconds = default_seconds(chars) if wish.seconds is None else wish.seconds
        shown = max(_reveal_chars(item, lang) for lang in wish.rules.languages)
        order = shuffled(item, f"{name} {item.id}")
        questions.append(
            Question(item.id, content_hash(body), item.type, order, item.key, seconds, reveal_seconds(shown))
        )
    code = f"{secrets.randbelow(900_000) + 100_000}"
    session = opened(Session(name, code, wish.rules, tuple(questions), home.account), now)
    return session, pinned


def _chars(item: Item, lang: str) -> int:
    """Characters to read before answering."""
    text = item.text(lang)
    return len(text.stem) + sum(map(len, (*text.options.values(), *text.left)))


def _reveal_chars(item: Item, lang: str) -> int:
    """Characters to read after it."""
    return len(item.text(lang).explanation)


def _says(effects: Sequence[object]) -> list[tuple[str, int]]:
    """Effects as rows of the outbox: what is said, and what is drawn again (`redraw question`)."""
    rows = []
    for effect in effects:
        if isinstance(effect, Say):
            rows.append((effect.kind, effect.question))
        elif isinstance(effect, Redraw):
            rows.append((f"redraw {effect.kind}", effect.question))
    return rows
