"""Commands written as text: `!explain attribution` in a room, `explain attribution` in a direct chat."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.artifacts import Knowledge
from bot.commands.options import nearest, parse_options
from bot.commands.spec import CommandSpec
from bot.errors import UnknownCommand, UserError
from bot.model.request import Command, Text
from bot.quiz.items import Item, ItemType
from bot.quiz.session import Question
from bot.quiz.typed import read_typed

PREFIXES = ("!", "/")


def parse_text(said: Text, specs: Mapping[str, CommandSpec], knowledge: Knowledge) -> Command:
    """The command that a text stands for; a text without one is a question (`ask`).

    Where no prefix is needed a text counts as a command only if it fits the command whole: "help me, I was hacked"
    is a question. Raises UnknownCommand for a prefix with a word that is no command.
    """
    text = said.text.strip()
    prefixed = text[:1] in PREFIXES and text[1:2].isalpha()
    words = (text[1:] if prefixed else text).split()
    spec, rest = _find(words, specs)
    if spec is None:
        if len(words) == 1 and said.bare:
            for one in specs.values():
                if one.alone and one.name.split()[0] == words[0].casefold():
                    return Command(one.name)
        if len(words) == 1 and (prefixed or said.bare) and any(n.startswith(f"{words[0].casefold()} ") for n in specs):
            return Command("help", {"command": words[0].casefold()})  # `class` alone: what can be done with it
        if prefixed:
            raise UnknownCommand(words[0][:40], nearest(words[0], {name.split()[0] for name in specs}))
        return Command("ask", {"question": text})
    command = Command(spec.name, _by_position(spec, rest))
    if prefixed:
        return command
    if not said.bare or not _fits(spec, command, rest, specs, knowledge):
        return Command("ask", {"question": text})
    return command


ANSWER = 80
"""Characters of a text that may be an answer to a question; longer ones are questions themselves."""


def could_answer(text: str, specs: Mapping[str, CommandSpec]) -> bool:
    """Whether it is worth looking for a question that this text answers: it is no command and no question."""
    words = text.split()
    if not words or len(text) > ANSWER or text.startswith(PREFIXES) or text.rstrip().endswith("?"):
        return False
    return not any(name.split()[0] == words[0].casefold() for name in specs)


def is_numbers(text: str) -> bool:
    """Whether there is nothing but numbers: `2`, `1 3`, `3, 1, 2`."""
    return all(part.isdecimal() for part in re.split(r"[\s,;.]+", text.strip(" ,;.")))


def is_answer(question: Question, item: Item, text: str, *, words: bool) -> bool:
    """Whether the text answers the question: numbers do everywhere, words only where `words` are expected."""
    if is_numbers(text):
        return True
    if not words:
        return False
    return question.type is ItemType.SHORT or isinstance(read_typed(question, text, list(item.texts.values())), str)


def _find(words: list[str], specs: Mapping[str, CommandSpec]) -> tuple[CommandSpec | None, list[str]]:
    """The command that the first words name, longest name first, and the words after it."""
    for length in (3, 2, 1):
        name = " ".join(words[:length]).casefold()
        if len(words) >= length and name in specs:
            return specs[name], words[length:]
    return None, words


def _by_position(spec: CommandSpec, words: list[str]) -> dict[str, str]:
    """Option values in order; the last option takes all that is left."""
    values: dict[str, str] = {}
    if len(spec.shown) > 1:  # `seconds:20`: an option by its name, wherever it stands
        names = {option.name for option in spec.shown}
        for word in [word for word in words if word.partition(":")[0] in names and word.partition(":")[2]]:
            name, _, values[name] = word.partition(":")
        words = [word for word in words if word.partition(":")[0] not in values or not word.partition(":")[2]]
    options = [option for option in spec.shown if option.name not in values]
    for index, option in enumerate(options):
        if not words:
            break
        last = index == len(options) - 1
        values[option.name] = " ".join(words) if last else words[0]
        words = [] if last else words[1:]
    return values


def _fits(
    spec: CommandSpec, command: Command, rest: list[str], specs: Mapping[str, CommandSpec], knowledge: Knowledge
) -> bool:
    """Whether every word is accounted for: a command without options takes none, `help` takes a command's name."""
    if rest and not spec.shown:
        return False
    try:
        parse_options(spec, dict(command.options), knowledge, "en")
    except UserError:
        return False
    wanted = " ".join(rest).casefold().lstrip("/!")
    return spec.name != "help" or not rest or any(f"{name} ".startswith(f"{wanted} ") for name in specs)
