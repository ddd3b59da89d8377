"""`kompas preview LANG TOPIC`: a topic as readers see it, all parts one after the other."""

from __future__ import annotations

import argparse
import asyncio
import sys

from adapters.terminal.render import write
from adapters.terminal.session import Terminal
from bot.app import App
from bot.artifacts import load_knowledge
from bot.cli.options import language_option
from bot.clock import SystemClock
from bot.commands.explain import PARTS
from bot.errors import BadSetting
from bot.model.action import Action
from bot.store.memory import MemoryStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("lang", metavar="LANG", help="locale tag")
    parser.add_argument("topic", metavar="TOPIC", help="topic key")


def execute(given: argparse.Namespace) -> int:
    """Show every part of the topic. What is wrong with content files is said first."""
    knowledge = load_knowledge()
    for problem in knowledge.broken:
        print(f"left out: {problem}", file=sys.stderr)
    tag = language_option(given.lang, knowledge.languages, "LANG")
    if given.topic not in knowledge.library.topics:
        raise BadSetting("TOPIC", f"{given.topic!r} is no topic (its key is the name of its file)")
    app = App(knowledge, MemoryStore(), SystemClock())
    asyncio.run(_show(app, Terminal(app, sys.stdout, language=tag), given.topic))
    return 0


async def _show(app: App, terminal: Terminal, topic: str) -> None:
    await terminal.start()
    for part in ("", *PARTS):
        reply = await app.handle(terminal.request_of(Action("explain", (topic, part))))
        if reply is not None:
            write(reply, sys.stdout)
