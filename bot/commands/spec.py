"""What a command is. The slash tree, the parsing of text, the terminal and `help` are all made from these specs.

A command is an async function with the decorator `command`. It gets a `Context` and its options by name, already of
the right type, and returns a Reply. It raises UserError when the person slipped.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

from bot.artifacts import Knowledge
from bot.i18n.catalog import Voice
from bot.i18n.languages import Languages
from bot.model.action import Action
from bot.model.reply import Block, Choice, Choices, Note, Reply
from bot.model.request import Request, Role
from bot.ports import Place, Store
from bot.ports.metrics import Metrics
from bot.sessions.present import Presenter
from bot.sessions.quizzes import Quizzes
from bot.store.tally import Tally
from bot.text import needs_kosovo_footnote
from bot.topics.library import Library
from bot.topics.match import Matcher


class Audience(Enum):
    """Who may see the answer."""

    ROOM = "room"
    """Everybody in the room, in the room's languages."""
    PERSON = "person"
    """This person alone where the platform can do that, else the room."""
    SECRET = "secret"
    """This person alone or nobody."""


class Kind(Enum):
    """Type of an option: how it is completed and what is accepted."""

    TEXT = "text"
    TOPIC = "topic"
    MODULE = "module"
    TERM = "term"
    LANGUAGE = "language"
    LANGUAGES = "languages"
    COMMAND = "command"
    PERSON = "person"
    TIMEZONE = "timezone"
    ENUM = "enum"
    NUMBER = "number"
    SET = "set"
    """A ready-made set of questions."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command."""

    name: str
    kind: Kind
    about: tuple[str, str] = ("", "")
    """Catalog id and English text of its description; a hidden option needs none."""
    required: bool = False
    values: tuple[str, ...] = ()
    """Accepted values of an ENUM."""
    least: int = 0
    """Lowest NUMBER."""
    most: int = 0
    """Highest NUMBER."""
    hidden: bool = False
    """Set by buttons only; not offered to people."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a command has at hand."""

    request: Request
    voice: Voice
    """The language of this answer."""
    knowledge: Knowledge
    store: Store
    place: Place
    role: Role
    now: datetime
    specs: Mapping[str, CommandSpec] = field(repr=False)
    quizzes: Quizzes = field(repr=False)
    presenter: Presenter = field(repr=False)
    closed_topic: str = ""
    """Topic of the question that is open for this person: explaining it now would give the answer away."""
    own_language: str | None = None
    """What the person has chosen, if anything."""
    metrics: Metrics = field(default_factory=Metrics, repr=False)
    tally: Tally | None = field(default=None, repr=False)
    """Where questions are counted; none when this one was already."""
    operator: str = ""
    """Who runs this bot and how to reach them."""

    @property
    def lang(self) -> str:
        """Locale tag of this answer."""
        return self.voice.lang

    @property
    def library(self) -> Library:
        """The texts."""
        return self.knowledge.library

    @property
    def languages(self) -> Languages:
        """The language table."""
        return self.knowledge.languages

    @property
    def matcher(self) -> Matcher:
        """Finds topics."""
        return self.knowledge.matcher

    def speaking(self, tag: str) -> Context:
        """The same in another language."""
        return replace(self, voice=self.knowledge.voices[tag])

    def globe(self) -> Choice:
        """The way to the language menu that needs no word; beside a number a word helps to see what it is."""
        label = f"🌐 {self.voice.language.menu}" if self.request.numbered else "🌐"
        return Choice(label, Action("language"))

    def menu(self, *items: Choice, prompt: str = "") -> Choices:
        """Choices with the globe at the end."""
        return Choices((*items, self.globe()), self.lang, prompt)

    def note(self, text: str) -> Note:
        """Small print in this answer's language."""
        return Note(text, self.lang)

    def reply(self, *blocks: Block | None, replaces: bool = False) -> Reply:
        """A reply of those blocks that are there, with the footnote that goes with Kosovo* wherever it stands."""
        there = tuple(block for block in blocks if block is not None)
        if needs_kosovo_footnote(there):
            there += (self.note(self.library.kosovo_footnote(self.lang)),)
        return Reply(there, replaces=replaces)


Handler = Callable[..., Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command as platforms and help see it."""

    name: str
    """A subcommand has a space: `class language`."""
    about: tuple[str, str]
    """Catalog id and English text of its description, at most 100 characters in every language."""
    handler: Handler = field(repr=False)
    options: tuple[Option, ...] = ()
    audience: Audience = Audience.ROOM
    role: Role = Role.MEMBER
    board: bool = False
    """Said in each of the room's languages when it has several."""
    order: int = 100
    """Place in help."""
    alone: bool = False
    """Stands for the first word of its name alone where a person is alone with the bot: `quiz`."""
    offered: bool = True
    """Shown in help and in menus; else it is reached by buttons only."""

    @property
    def shown(self) -> tuple[Option, ...]:
        """The options that people can give."""
        return tuple(option for option in self.options if not option.hidden)


_registered: dict[str, CommandSpec] = {}


def command(
    name: str,
    about: tuple[str, str],
    *,
    options: tuple[Option, ...] = (),
    audience: Audience = Audience.ROOM,
    role: Role = Role.MEMBER,
    board: bool = False,
    order: int = 100,
    alone: bool = False,
    offered: bool = True,
) -> Callable[[Handler], Handler]:
    """Make the function a command. Raises ValueError when the name is taken."""

    def register(handler: Handler) -> Handler:
        if name in _registered and _registered[name].handler.__module__ != handler.__module__:
            raise ValueError(f"two commands are named {name!r}")
        _registered[name] = CommandSpec(name, about, handler, options, audience, role, board, order, alone, offered)
        return handler

    return register


def discover() -> dict[str, CommandSpec]:
    """All commands, in the order of help. Imports every module of this package once."""
    import bot.commands

    for module in pkgutil.iter_modules(bot.commands.__path__):
        importlib.import_module(f"bot.commands.{module.name}")
    return dict(sorted(_registered.items(), key=lambda item: (item[1].order, item[0])))


def options_of(spec: CommandSpec, action: Action) -> dict[str, Any]:
    """The options that an action's values stand for, by name; empty ones left out."""
    return {option.name: value for option, value in zip(spec.options, action.values, strict=False) if value}
