"""`kompas export`: quiz questions as GIFT (for Moodle) or YAML (for `kompas import`)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.artifacts import Knowledge, load_knowledge
from bot.cli.options import language_option
from bot.commands.options import AGAIN, find_set, find_topic
from bot.errors import BadSetting
from bot.exchange.gift_write import write_gift
from bot.exchange.own import write_own
from bot.quiz.bank import SetKind
from bot.quiz.choose import choose
from bot.quiz.items import Item


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--format", required=True, choices=("gift", "yaml"))
    parser.add_argument("--lang", metavar="TAG", help="only this language (default: GIFT en, YAML all)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--set", metavar="NAME", help="only a ready-made set")
    which.add_argument("--topic", metavar="KEY", help="only the questions of a topic")
    parser.add_argument("--output", metavar="FILE", help="write there, not to standard output")


def execute(given: argparse.Namespace) -> int:
    """Write the questions. Exit code 1 when there are none."""
    knowledge = load_knowledge()
    only = language_option(given.lang, knowledge.languages)
    lang = only or "en"
    items, category = _wanted(knowledge, given.set, given.topic)
    there = [item for item in items if lang in item.texts]
    for item in items:
        if lang not in item.texts:
            print(f"left out: {item.id} is not written in {lang}", file=sys.stderr)
    if not there:
        print("no questions to export", file=sys.stderr)
        return 1
    text = write_gift(there, lang, category) if given.format == "gift" else write_own(there, lang, only=bool(only))
    if not given.output:
        sys.stdout.write(text)
        return 0
    try:
        Path(given.output).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise BadSetting("--output", f"{given.output} cannot be written: {error.strerror}") from error
    print(f"{len(there)} questions in {given.output}")
    return 0


def _wanted(knowledge: Knowledge, set_name: str | None, topic: str | None) -> tuple[tuple[Item, ...], str]:
    """The questions, and Moodle's category for them. Raises BadSetting."""
    bank = knowledge.items
    if set_name:
        name = find_set(set_name, knowledge)
        fixed = [one.id for one in bank.sets.values() if one.kind in (SetKind.FIXED, SetKind.FILTER)]
        if name is None or name == AGAIN:
            raise BadSetting("--set", f"{set_name!r} is none of {', '.join(fixed)}")
        if name not in fixed:
            raise BadSetting("--set", f"{name!r} is drawn anew for each quiz; there are {', '.join(fixed)}")
        return choose(bank, set_name=name, seed="", asked={}), f"Kompas/{name}"
    if topic:
        key = find_topic(topic, knowledge)
        if key is None:
            raise BadSetting("--topic", f"{topic!r} is no topic (its key is the name of its file)")
        return bank.select(topic=key), f"Kompas/{key}"
    return tuple(bank.items.values()), "Kompas"
