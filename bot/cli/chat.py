"""`kompas chat`: a conversation in the terminal. Lines that are piped in are answered one by one until they end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator

from adapters.terminal.render import is_plain
from adapters.terminal.sender import TerminalSender
from adapters.terminal.session import Terminal
from bot.app import App
from bot.artifacts import load_knowledge
from bot.cli.options import default_language, language_option
from bot.clock import SystemClock
from bot.limits import Limiter, Rate
from bot.model.request import Role
from bot.settings import Settings, load_settings
from bot.store.memory import MemoryStore

UNLIMITED = Rate(burst=1_000_000, per_second=1_000_000)
"""There is nobody to protect from oneself: every line of a long pipe gets its answer."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--lang", metavar="TAG", help="language of the answers")
    parser.add_argument("--teacher", action="store_true", help="with a teacher's rights instead of a student's")


def execute(given: argparse.Namespace) -> int:
    """Talk until the person has had enough."""
    role = Role.TEACHER if given.teacher else Role.MEMBER
    return asyncio.run(converse(load_settings(), given.lang, role, first_lines=()))


async def converse(settings: Settings, lang: str | None, role: Role, first_lines: tuple[str, ...]) -> int:
    """The conversation. `first_lines` are printed before it begins."""
    knowledge = load_knowledge()
    tag = language_option(lang, knowledge.languages)
    default = default_language(settings.default_language, knowledge.languages)
    app = App(knowledge, MemoryStore(), SystemClock(), default_language=default, limiter=Limiter(UNLIMITED, UNLIMITED))
    with contextlib.ExitStack() as stack:
        live = sys.stdin.isatty() and not is_plain(sys.stdout)
        if live:
            from prompt_toolkit.patch_stdout import patch_stdout

            stack.enter_context(patch_stdout(raw=True))  # a question may come while a line is being typed
        terminal = Terminal(app, sys.stdout, language=tag, role=role)
        await terminal.start()
        for line in first_lines:
            print(line)
        if first_lines:
            print()
        app.senders.connect(TerminalSender(terminal))
        await _talk(app, terminal, _typed(app, terminal) if live else _piped(app))
    return 0


async def _talk(app: App, terminal: Terminal, lines: AsyncIterator[str]) -> None:
    stop = asyncio.Event()
    background = asyncio.create_task(app.run(stop))
    try:
        async for line in lines:
            if line.strip().lstrip("/!").casefold() in ("quit", "exit", "bye"):
                break
            if line.strip():
                await terminal.say(line)
                await app.clockwork.drain()  # what follows from the line is seen before the next one
    finally:
        stop.set()
        await background


async def _typed(app: App, terminal: Terminal) -> AsyncIterator[str]:
    """Lines that somebody types."""
    from adapters.terminal.editor import Editor

    editor = Editor(app, terminal)
    await terminal.greet()
    while (line := await editor.read()) is not None:
        yield line


async def _piped(app: App) -> AsyncIterator[str]:
    """Lines that are piped in. Reading may hold everything else: in a thread, Ctrl-C would wait for the next line."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while line := sys.stdin.readline():
        await app.clockwork.catch_up()  # a deadline may have passed while nobody wrote
        yield line
