"""Which command is meant by what a person said or pressed: a text may be a command, a question, the number of a
choice, or the answer to a question that is open.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.artifacts import Knowledge
from bot.commands.parse import could_answer, is_answer, is_numbers, parse_text
from bot.commands.spec import CommandSpec, options_of
from bot.errors import StaleAction, UnknownChoice
from bot.model.action import Action
from bot.model.request import Command, Request, Text
from bot.ports import Store
from bot.sessions.quizzes import Quizzes

VERBS = frozenset(f"quiz {word}" for word in ("next", "pause", "resume", "stop", "leave", "score", "mine"))
"""Commands that need no first word for somebody who plays in a direct chat."""


class Hearing:
    """Understands what was said, with what is open and what was shown before."""

    def __init__(self, knowledge: Knowledge, specs: Mapping[str, CommandSpec], store: Store, quizzes: Quizzes) -> None:
        self._knowledge = knowledge
        self._specs = specs
        self._store = store
        self._quizzes = quizzes

    async def command(self, request: Request) -> Command | None:
        """The command behind a text, a number or a choice; None for a number that belongs to nothing."""
        said = request.said
        if isinstance(said, Text):
            answer = await self._answer(request, said)
            if answer is not None:
                return answer
            if not said.bare and is_numbers(said.text) and not said.text.strip().isdecimal():
                return None  # an answer that comes too late, or numbers that people tell each other
        if isinstance(said, Text) and request.numbered and said.text.strip().isdecimal():
            number = int(said.text.strip()[:6])
            shown = await self._store.shown(request.room, request.user, request.received_at)
            if not shown:
                return None if not said.bare else parse_text(said, self._specs, self._knowledge)
            if not 1 <= number <= len(shown):
                raise UnknownChoice(number, len(shown))
            said = Action.decode(shown[number - 1])
        if isinstance(said, Text):
            return parse_text(said, self._specs, self._knowledge)
        if isinstance(said, Action):
            spec = self._specs.get(said.command)
            if spec is None:
                raise StaleAction
            return Command(spec.name, options_of(spec, said))
        return said

    async def closed_topic(self, request: Request) -> str:
        """Topic of the question that is open here, or for the person in a direct chat."""
        live = await self._quizzes.open_question(request)
        if live is None or live.session.current is None:
            return ""
        return (await self._quizzes.lives.item(live.session.current.pinned)).topic

    async def _answer(self, request: Request, said: Text) -> Command | None:
        """The answer that a text is to the question that is open for this person, if it is one."""
        verb = f"quiz {said.text.strip().casefold()}"
        if request.private and verb in VERBS and await self._quizzes.is_in(request):
            return Command(verb)
        if not could_answer(said.text, self._specs):
            return None
        live = await self._quizzes.open_question(request)
        if live is None or live.session.current is None:
            return None
        item = await self._quizzes.lives.item(live.session.current.pinned)
        fits = is_answer(live.session.current, item, said.text, words=request.private)
        return Command("quiz answer", {"answer": said.text}) if fits else None
