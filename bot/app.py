"""The one idea: a platform turns what a person did into a Request, `App.handle` returns the Reply that this person
sees.

    limits -> what was set -> what was said -> which language -> the command -> blocks

Slips become one sentence in the person's language; anything unexpected is logged under a short code that the person
also sees.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

from bot.artifacts import Knowledge
from bot.clock import Clock
from bot.commands.apology import apology, incident
from bot.commands.ask import language_question
from bot.commands.imported import own_sets
from bot.commands.options import Completion, complete, parse_options
from bot.commands.spec import Audience, CommandSpec, Context, Kind, discover
from bot.errors import (
    NoQuiz,
    NotAllowed,
    NotEnabled,
    NotHere,
    SlowDown,
    UnknownCommand,
    UserError,
)
from bot.heard import Hearing
from bot.i18n.catalog import Voice
from bot.i18n.negotiate import Known, Outcome, negotiate
from bot.limits import Limiter, Places
from bot.model.action import Action
from bot.model.ids import RoomId, ServerId
from bot.model.reply import Block, Choices, Entry, Paragraph, Reply
from bot.model.request import Command, Request, Role, Text
from bot.ports import Person, Place, Store
from bot.ports.metrics import Metrics
from bot.sessions.clockwork import Clockwork
from bot.sessions.present import Presenter
from bot.sessions.quizzes import Quizzes
from bot.sessions.senders import Senders
from bot.store.tally import SECONDS, Tally

TELLS = frozenset({"ask", "explain", "language"})
"""Commands that explain topics."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says about the person and the place."""

    person: Person
    place: Place
    role: Role


class App:
    """The core behind every platform. One instance serves all of them."""

    def __init__(
        self,
        knowledge: Knowledge,
        store: Store,
        clock: Clock,
        *,
        default_language: str = "en",
        limiter: Limiter | None = None,
        operator: str = "",
        places: Places | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.store = store
        self.clock = clock
        self.default_language = default_language
        self._operator = operator
        self.tally = Tally(store)
        self.specs = discover()
        self.quizzes = Quizzes(store, clock, knowledge.items)
        self._hearing = Hearing(knowledge, self.specs, store, self.quizzes)
        self.presenter = Presenter(knowledge, store, self.quizzes.lives)
        self.clockwork = Clockwork(self.quizzes, self.presenter)
        self.metrics = Metrics()
        self.quizzes.writer.kept = lambda answers: self.metrics.kept(answers)
        self._limiter = limiter or Limiter()
        self._places = places or Places()

    async def handle(self, request: Request) -> Reply | None:
        """The answer to a request; None when nothing is to be said (an over-limit person who was told already, a
        number that belongs to nothing).
        """
        begun = time.perf_counter()
        try:
            return await self._handle(request)
        finally:
            self.metrics.replied(time.perf_counter() - begun, request.user.platform)

    async def _handle(self, request: Request) -> Reply | None:
        wait = self._limiter.admit(request.user, request.room, request.received_at)
        if wait:
            self.metrics.limited("kompas")
        if wait and not self._limiter.may_tell(request.user, request.received_at):
            return None
        allowed = self._places.allow(request)
        if not allowed and isinstance(request.said, Text):
            return None  # said in a room, perhaps to somebody else
        voice = self._voice(self.default_language)
        try:
            known = await self._player(request) or await self._known(request)
            voice = self._voice(self._negotiate(request, known, "", None).tag)
            if wait:
                raise SlowDown(wait)
            if not allowed:
                raise NotEnabled
            said = await self._hearing.command(request)
            if said is None:
                return None
            reply = await self._run(request, known, said)
            if request.numbered and reply.choices():
                actions = [choice.action.encode() for choice in reply.choices()]
                await self.store.remember(request.room, request.user, actions, request.received_at)
        except UserError as error:
            reply = Reply((Paragraph(apology(error, voice, request.prefix), voice.lang),), private=True)
        except Exception:
            code = secrets.token_hex(3)
            self.metrics.failed(request.user.platform)
            _log().exception("request failed", incident=code, platform=request.user.platform)
            reply = Reply((Paragraph(incident(code, voice), voice.lang),), private=True)
        return reply

    async def complete(self, request: Request, name: str, option_name: str, typed: str) -> list[Completion]:
        """What to offer while an option is being typed, in the person's language."""
        spec = self.specs.get(name)
        option = next((option for option in spec.shown if option.name == option_name), None) if spec else None
        if spec is None or option is None:
            return []
        tag = self._negotiate(request, await self._known(request), "", None).tag
        sets = await own_sets(self.store, request) if option.kind is Kind.SET else ()
        return complete(spec, option, typed, self.knowledge, tag, sets)

    def spec_of(self, request: Request) -> CommandSpec | None:
        """The command of a request that names one outright: platforms that must know beforehand who will see the
        answer ask this.
        """
        said = request.said
        name = said.name if isinstance(said, Command) else said.command if isinstance(said, Action) else None
        return self.specs.get(name) if name else None

    async def voice_for(self, request: Request) -> Voice:
        """The language in which an adapter speaks to this person where no command does (a button that can no longer be
        read).
        """
        return self._voice(self._negotiate(request, await self._known(request), "", None).tag)

    async def form_for(self, request: Request) -> Entry | None:
        """The words of the form behind a button, in this person's language; None for a button without one."""
        said = request.said
        if not (isinstance(said, Action) and said.command == "quiz type" and len(said.values) == 2):
            return None
        try:
            live = await self.quizzes.live(said.values[0])
            item = await self.presenter.item(live, int(said.values[1]))
        except (UserError, ValueError, IndexError):
            return None
        voice = await self.voice_for(request)
        pressed = self.presenter.answering(live, int(said.values[1]), item, voice, copy=False)
        return next((one for one in pressed if isinstance(one, Entry)), None)

    @property
    def senders(self) -> Senders:
        """Where adapters connect the accounts that can post."""
        return self.quizzes.senders

    async def run(self, stop: asyncio.Event) -> None:
        """What goes on by itself, until `stop` is set: deadlines of quizzes, messages that nobody asked for."""
        counting = asyncio.create_task(self._count_up(), name="tally")
        try:
            await self.clockwork.run(stop)
        finally:
            counting.cancel()
            await self._write_tally()

    async def _count_up(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self._write_tally()

    async def _write_tally(self) -> None:
        """The database may be away: then it is written the next time."""
        try:
            await self.tally.write(self.clock.now())
        except Exception as error:
            _log().warning("questions were not counted", error=type(error).__name__)

    async def room_gone(self, room: RoomId) -> None:
        """The bot lost a room: deleted, left, banned. What was kept for it is erased."""
        try:
            await self.quizzes.room_gone(room)
        finally:
            if await self.store.erase_place(room):
                self.quizzes.forgotten()

    async def server_gone(self, server: ServerId) -> None:
        """The bot was removed from a server: what was set for it is erased. Its rooms are told one by one."""
        await self.store.erase_place(server)

    async def room_moved(self, old: RoomId, new: RoomId) -> None:
        """A room was replaced by another."""
        await self.quizzes.room_moved(old, new)

    # the steps

    async def _player(self, request: Request) -> _Known | None:
        """What there is to know about a player who presses an answer: a whole class does that at once, so it costs no
        look into the store."""
        said = request.said
        if not (isinstance(said, Action) and said.command == "quiz pick" and said.values):
            return None
        try:
            live = await self.quizzes.live(said.values[0])
        except NoQuiz:  # to be said in the person's language, which is not known yet
            return None
        player = live.player_of(request.user)
        return _Known(Person(player.language), Place(), Role.MEMBER) if player else None

    async def _known(self, request: Request) -> _Known:
        person = await self.store.person(request.user)
        place = await self.store.place(request.room, request.server, request.user)
        known = tuple(tag for tag in place.languages if tag in self.knowledge.languages)
        if known != place.languages:  # a language was taken out of the table since it was set
            place = replace(place, languages=known)
        if person.language or place.teacher:
            self.tally.used(request.user)
        role = max(request.role, Role.TEACHER if place.teacher else Role.MEMBER)
        return _Known(person, place, role)

    async def _run(self, request: Request, known: _Known, said: Command) -> Reply:
        spec = self.specs.get(said.name)
        if spec is None:
            raise UnknownCommand(said.name)
        if known.role < spec.role:
            raise NotAllowed(spec.name, admins_only=spec.role is Role.ADMIN)
        if spec.audience is Audience.SECRET and not (request.private or request.whispers):
            raise NotHere(request.direct_link)
        given = dict(said.options)
        carried = given.pop("lang", None)
        question = given.get("question", "") if spec.name == "ask" else ""
        outcome = self._negotiate(request, known, question, carried)
        pressed = isinstance(request.said, Action)
        alone = request.private and len(known.place.languages) < 2  # a teacher tries the class room before class
        personal = alone or spec.audience is not Audience.ROOM or (pressed and request.whispers)
        languages = () if personal else known.place.languages
        context = self._context(request, known, outcome)
        if spec.name in TELLS:
            context = replace(context, closed_topic=await self._hearing.closed_topic(request))
        if outcome.ask and not languages:
            return language_question(context, question, outcome.ask)
        sets = await own_sets(self.store, request) if given.get("set") else ()
        options = parse_options(spec, given, self.knowledge, outcome.tag, sets)
        if languages:
            spoken = languages[: None if spec.board else 1]
            replies = []
            for tag in spoken:
                replies.append(await spec.handler(context.speaking(tag), **options))
                context = replace(context, tally=None)  # one question, however often it is answered
            if not any(reply.private for reply in replies):
                return _board(replies)
        reply = await spec.handler(context, **options)  # to one person, in their own language
        return replace(reply, private=(personal or reply.private) and not request.private)

    def _negotiate(self, request: Request, known: _Known, question: str, carried: str | None) -> Outcome:
        languages = self.knowledge.languages
        locale = request.locale or ""
        hint = languages.from_system(locale) if request.user.platform == "terminal" else languages.from_hint(locale)
        return negotiate(
            languages,
            Known(known.person.language, known.place.languages, known.place.server_language, hint or carried),
            question,
            self.default_language,
        )

    def _context(self, request: Request, known: _Known, outcome: Outcome) -> Context:
        return Context(
            request=request,
            voice=self._voice(outcome.tag),
            knowledge=self.knowledge,
            store=self.store,
            place=known.place,
            role=known.role,
            now=self.clock.now(),
            specs=self.specs,
            quizzes=self.quizzes,
            presenter=self.presenter,
            own_language=known.person.language,
            metrics=self.metrics,
            tally=self.tally,
            operator=self._operator,
        )

    def _voice(self, tag: str) -> Voice:
        return self.knowledge.voices[tag]


def _log() -> Any:
    import structlog  # here: a third of the start of `kompas ask` would go into it

    return structlog.get_logger(__name__)


def _board(replies: list[Reply]) -> Reply:
    """One reply in up to three languages: the texts one after the other, the choices once, at the end."""
    if len(replies) == 1:
        return replies[0]
    blocks: list[Block] = [block for reply in replies for block in reply.blocks if not isinstance(block, Choices)]
    choices = [block for block in replies[0].blocks if isinstance(block, Choices)]
    return Reply((*blocks, *choices))
