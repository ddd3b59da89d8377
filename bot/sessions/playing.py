"""What a player can do in a session: join, answer, leave, be called something else."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.errors import BadAnswer, NoQuiz, NotCounted, NotOften, UnknownPlayer
from bot.model.ids import UserId
from bot.model.request import Request
from bot.ports import Store
from bot.quiz.items import Item
from bot.quiz.machine import judge, time_left
from bot.quiz.pseudonyms import Words, pseudonym
from bot.quiz.session import (
    AllAnswered,
    Answer,
    ClosedByTeacher,
    Event,
    Phase,
    Player,
    Question,
    Session,
    Stopped,
    Verdict,
)
from bot.quiz.typed import Unreadable, read_typed, value_of
from bot.sessions.live import Live, Lives
from bot.sessions.writer import AnswerWriter
from bot.text import one_line

REROLLS = 3
"""How often a player may ask for another pseudonym."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that counts."""

    live: Live
    player: Player
    question: int
    value: str
    joined: bool
    """The player has just come in with this answer."""


class Playing:
    """The players of all sessions. `happen` lets an event take effect in a session; the ids of sessions whose counter
    on the board is behind are put into `stirred`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        lives: Lives,
        writer: AnswerWriter,
        pseudonyms: Mapping[str, Words],
        stirred: set[str],
        happen: Callable[[str, Event, str], Awaitable[Session]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._lives = lives
        self._writer = writer
        self._pseudonyms = pseudonyms
        self._stirred = stirred
        self._happen = happen

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
        player = await self._store.add_player(session.id, request.user, request.room, player, self._clock.now())
        live.players[player.number] = player
        live.users[request.user] = player.number
        if player.kicked:
            raise NotCounted(Verdict.KICKED)
        self._stirred.add(session.id)
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
        item = await self._lives.item(session.current.pinned)
        value = _value(session.current, item, (language, *live.home.languages), given)
        player, joined = await self.join(live, request, language)
        if joined:
            live.newcomers.add(player.number)
        early = time_left(session, player, request.received_at)
        answer = Answer(asked, player.number, value, request.received_at, early)
        if not await self._writer.write(session.id, answer):
            self._lives.drop(session.id)
            raise NotCounted(Verdict.TOO_LATE)
        if live.session.question == asked:
            live.answered.add(player.number)
        self._stirred.add(session.id)
        if live.all_answered:
            now = self._clock.now()
            event: Event = ClosedByTeacher(now, asked) if live.solo else AllAnswered(now, asked)
            await self._happen(session.id, event, request.account)
        return Answered(live, player, asked, value, joined)

    async def speaks(self, user: UserId, language: str) -> None:
        """The user has chosen a language: it is the player's from now on, too."""
        for session in await self._store.playing(user):
            live = await self._lives.get(session, self._clock.now())
            player = live.player_of(user)
            if player is not None and player.language != language:
                await self.change(live, replace(player, language=language))

    async def change(self, live: Live, player: Player) -> None:
        """Write what changed about a player."""
        await self._store.change_player(live.session.id, player)
        live.players[player.number] = player
        self._stirred.add(live.session.id)

    async def leave(self, live: Live, player: Player, account: str) -> None:
        """The class no longer waits for the player; a player who is alone ends the session."""
        await self.change(live, replace(player, left=True))
        now = self._clock.now()
        if live.solo:
            await self._happen(live.session.id, Stopped(now), account)
        elif live.session.phase is Phase.ASKING and live.active and live.all_answered:
            await self._happen(live.session.id, AllAnswered(now, live.session.question), account)

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
        return self._pseudonyms.get(language) or self._pseudonyms["en"]

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
