"""`kompas ask`: one question, one answer, nothing stored."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from adapters.terminal.session import Terminal
from bot.app import App
from bot.artifacts import load_knowledge
from bot.cli.options import default_language, language_option
from bot.clock import SystemClock
from bot.store.memory import MemoryStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--lang", metavar="TAG", help="language of the answer")
    parser.add_argument("text", nargs="+", help="the question")


def execute(given: argparse.Namespace) -> int:
    """Print the answer."""
    knowledge = load_knowledge()
    tag = language_option(given.lang, knowledge.languages)
    # one setting does not pay for reading them all: pydantic-settings would be a third of the start
    default = default_language(os.environ.get("KOMPAS_DEFAULT_LANGUAGE") or "en", knowledge.languages)
    app = App(knowledge, MemoryStore(), SystemClock(), default_language=default)
    terminal = Terminal(app, sys.stdout, language=tag)
    asyncio.run(_answer(terminal, " ".join(given.text)))
    return 0


async def _answer(terminal: Terminal, question: str) -> None:
    await terminal.start()
    await terminal.say(question, question=True)
