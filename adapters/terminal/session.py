"""One person at a terminal: lines in, replies out."""

from __future__ import annotations

import getpass
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TextIO

from adapters.terminal.render import write
from bot.app import App
from bot.model.action import Action
from bot.model.ids import RoomId, UserId
from bot.model.reply import Reply
from bot.model.request import Command, Request, Role, Text

PLATFORM = "terminal"


class Terminal:
    """The platform. `language` is what `--lang` said, which counts more than LANG and is kept nowhere."""

    def __init__(self, app: App, out: TextIO, *, language: str | None = None, role: Role = Role.ADMIN) -> None:
        self._app = app
        self._out = out
        self._language = language
        self._request = Request(
            user=UserId(PLATFORM, _user()),
            room=RoomId(PLATFORM, "chat"),
            said=Text("", bare=True),
            received_at=datetime.now(UTC),
            private=True,
            role=role,
            locale=_locale(),
            numbered=True,
            prefix="/",
            account=PLATFORM,
        )

    async def say(self, line: str, *, question: bool = False) -> None:
        """Handle one line and write the answer. `question`: the line is a question, whatever words it begins with."""
        said = Command("ask", {"question": line}) if question else Text(line, bare=True)
        reply = await self._app.handle(self.request_of(said))
        if reply is not None and reply.blocks:
            self.show(reply)

    async def start(self) -> None:
        """Take over the language of `--lang` for this session."""
        if self._language:
            await self._app.store.set_language(self._request.user, self._language, datetime.now(UTC))

    async def greet(self) -> None:
        """Open the conversation with what can be done."""
        await self.say("/help")

    def show(self, reply: Reply) -> None:
        """Write a reply."""
        write(reply, self._out)

    def request_of(self, said: Text | Command | Action) -> Request:
        """What this person says or chooses, as a request."""
        return replace(self._request, said=said, received_at=datetime.now(UTC))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return str(os.getuid())


def _locale() -> str | None:
    """The system's language setting, in POSIX order of precedence."""
    return os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
