"""The line editor: history, and completion of commands, topics and terms while typing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import InMemoryHistory

from adapters.terminal.session import Terminal
from bot.app import App
from bot.model.request import Text


class CommandCompleter(Completer):
    """Completes `/command` and the values of its options."""

    def __init__(self, app: App, terminal: Terminal) -> None:
        self._app = app
        self._terminal = terminal

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        return ()

    async def get_completions_async(
        self,
        document: Document,
        complete_event: CompleteEvent,
    ) -> AsyncGenerator[Completion, None]:
        line = document.text_before_cursor
        if not line.startswith(("/", "!")):
            return
        typed = line[1:]
        request = self._terminal.request_of(Text(line, bare=True))
        voice = await self._app.voice_for(request)
        for name, spec in self._app.specs.items():
            if typed.startswith(f"{name} ") and spec.shown:
                word = typed.removeprefix(f"{name} ")
                for offer in await self._app.complete(request, name, spec.shown[0].name, word):
                    yield Completion(offer.value, start_position=-len(word), display=offer.label)
                return
        for name, spec in self._app.specs.items():
            if name.startswith(typed):
                yield Completion(name, start_position=-len(typed), display_meta=voice(*spec.about))


class Editor:
    """Reads lines from a person."""

    def __init__(self, app: App, terminal: Terminal) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(), completer=CommandCompleter(app, terminal), complete_while_typing=True
        )

    async def read(self) -> str | None:
        """The next line, or None when the person ends the conversation (Ctrl-D)."""
        try:
            return await self._session.prompt_async(HTML("<ansicyan><b>›</b></ansicyan> "))
        except EOFError:
            return None
