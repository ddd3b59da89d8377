"""`kompas preview LANG TOPIC`: a topic as readers see it, part after part, then its quiz questions with answers."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator

from adapters.terminal.render import write
from adapters.terminal.session import Terminal
from bot import paths
from bot.app import App
from bot.artifacts import load_knowledge
from bot.cli.options import language_option
from bot.clock import SystemClock
from bot.commands.explain import PARTS
from bot.errors import BadContent, BadSetting
from bot.model.action import Action
from bot.quiz.items import Item, ItemType
from bot.store.memory import MemoryStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("lang", metavar="LANG", help="locale tag")
    parser.add_argument("topic", metavar="TOPIC", help="topic key")


def execute(given: argparse.Namespace) -> int:
    """Show every part of the topic. What is wrong with content files is said first."""
    knowledge = load_knowledge()
    broken = [str(BadContent(paths.CONTENT / file, line, cause)) for file, line, cause in knowledge.items.broken]
    for problem in (*knowledge.broken, *broken):
        print(f"left out: {problem}", file=sys.stderr)
    tag = language_option(given.lang, knowledge.languages, "LANG")
    if given.topic not in knowledge.library.topics:
        raise BadSetting("TOPIC", f"{given.topic!r} is no topic (its key is the name of its file)")
    app = App(knowledge, MemoryStore(), SystemClock())
    asyncio.run(_show(app, Terminal(app, sys.stdout, language=tag), given.topic))
    for item in knowledge.items.select(topic=given.topic):
        print()
        for line in answered(item, tag or "en"):
            print(line)
    return 0


def answered(item: Item, lang: str) -> Iterator[str]:
    """A question in `lang` with its answer: right options marked, what each wrong one is answered with below it."""
    yield f"{item.id}: {item.type}, {item.bloom}, difficulty {item.difficulty}, {' and '.join(item.audience)}"
    text = item.texts.get(lang)
    if text is None:
        yield f"  is not written in {lang}"
        return
    yield f"  {text.stem}"
    for number, left in enumerate(text.left, 1):
        yield f"    {number}  {left}  =  {text.options[item.key[number - 1]]}"
    order = item.key if item.type is ItemType.ORDERING else item.options
    for place, option in enumerate(order, 1):
        code = f" ({item.misconceptions[option]})" if option in item.misconceptions else ""
        if item.type is ItemType.ORDERING:
            yield f"    {place}. {text.options[option]}"
        elif item.type is not ItemType.MATCHING or option not in item.key:
            yield f"    {'+' if option in item.key else '-'} {text.options.get(option, option)}{code}"
        if option in text.feedback:
            yield f"        {text.feedback[option]}"
    if text.accept:
        yield f"    + {' / '.join(text.accept)}"
    yield f"  {text.explanation}"
    yield f"  as of {item.as_of}; {', '.join(item.sources)}"


async def _show(app: App, terminal: Terminal, topic: str) -> None:
    await terminal.start()
    for part in ("", *PARTS):
        reply = await app.handle(terminal.request_of(Action("explain", (topic, part))))
        if reply is not None:
            write(reply, sys.stdout)
