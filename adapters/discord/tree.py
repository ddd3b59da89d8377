"""The slash tree, made from the command specs: what Discord is told, as JSON, and the hash that says whether it must
be told again.

Names stay English by default and are localised by a small list of words; descriptions come from the catalogs of those
languages that Discord's client knows. Everything else (who may use a command) is decided by the core at every use,
because a teacher can be named in Kompas without having any right in Discord.
"""

from __future__ import annotations

import gettext
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from adapters.discord.text import shorten
from bot.commands.spec import CommandSpec, Kind, Option
from bot.errors import BadContent
from bot.i18n.catalog import Voice

NAMES = Path(__file__).with_name("names.yaml")
LOCALES = ("bg", "el", "hr", "ro", "tr")
"""Clients that see words of their own."""
DEFAULT = ("en-GB", "en-US")
"""Clients that are named the default, so that no other fallback of Discord's applies."""
DESCRIPTION = 100
CHOICES = 25
_SUBCOMMAND, _GROUP, _STRING, _INTEGER, _USER = 1, 2, 3, 4, 6
_TYPES = {Kind.PERSON: _USER, Kind.NUMBER: _INTEGER}
_GUILD, _BOT_DM = 0, 1
_WORD = re.compile(r"[-\w]{1,32}\Z")
_PLAIN = frozenset({Kind.TEXT, Kind.PERSON, Kind.NUMBER, Kind.ENUM, Kind.COMMAND})
"""What the core cannot complete, or Discord offers by itself."""

Json = dict[str, Any]
Names = Mapping[str, Mapping[str, Mapping[str, str]]]
"""`commands` or `options` -> English word -> client locale -> word."""


def load_names(file: Path = NAMES) -> Names:
    """The localised words. Raises BadContent naming the first word that Discord would refuse."""
    names: dict[str, dict[str, dict[str, str]]] = yaml.load(file.read_text("utf-8"), Loader=yaml.CBaseLoader)
    for words in names.values():
        for english, localised in words.items():
            for locale, word in localised.items():
                plain = unicodedata.normalize("NFC", word).lower()
                if locale not in LOCALES or word != plain or not _WORD.match(word):
                    raise BadContent(file, 0, f"{english}, {locale}: {word!r} is no command word")
    return names


def command_tree(specs: Mapping[str, CommandSpec], voices: Mapping[str, Voice], names: Names) -> list[Json]:
    """All commands as Discord's bulk overwrite wants them. `class teacher add` becomes a subcommand in a group of
    `class`."""
    speakers = [voice for voice in voices.values() if _speaks(voice)]
    tree: dict[str, Json] = {}
    for name, spec in specs.items():
        if not spec.offered:
            continue
        level = tree
        *parents, own = name.split()
        for depth, parent in enumerate(parents):
            kind = {"type": _GROUP} if depth else {}
            group = level.setdefault(parent, kind | _named(parent, names["commands"]) | {"options": {}})
            level = group["options"]
        kind = {"type": _SUBCOMMAND} if parents else {}
        level[own] = kind | _named(own, names["commands"]) | _described(spec.about, speakers)
        level[own]["options"] = [_option(option, specs, speakers, names) for option in spec.shown]
    return [_finished(node) | {"type": 1, "contexts": [_GUILD, _BOT_DM]} for node in tree.values()]


def tree_hash(tree: list[Json]) -> str:
    """Changes whenever anything that Discord is told changes."""
    return hashlib.sha256(json.dumps(tree, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _finished(node: Json) -> Json:
    """Groups get their options as a list, and the words below them as description (clients never show it, Discord
    wants one)."""
    options = node["options"]
    if isinstance(options, dict):
        described = {"description": shorten(" · ".join(options), DESCRIPTION)}
        return described | node | {"options": [_finished(inner) for inner in options.values()]}
    return node


def _speaks(voice: Voice) -> bool:
    """Whether a client can show this language and there is a catalog of it (English needs none)."""
    has_catalog = isinstance(voice.catalog, gettext.GNUTranslations) or voice.lang == "en"
    return bool(voice.language.discord) and has_catalog


def _named(word: str, words: Mapping[str, Mapping[str, str]]) -> Json:
    return {"name": word, "name_localizations": {**dict.fromkeys(DEFAULT, word), **words.get(word, {})}}


def _described(about: tuple[str, str], speakers: Iterable[Voice]) -> Json:
    localised = {locale: shorten(voice(*about), DESCRIPTION) for voice in speakers for locale in voice.language.discord}
    english = shorten(about[1], DESCRIPTION)
    return {"description": english, "description_localizations": dict.fromkeys(DEFAULT, english) | localised}


def _option(option: Option, specs: Mapping[str, CommandSpec], speakers: Iterable[Voice], names: Names) -> Json:
    made = _named(option.name, names["options"]) | _described(option.about, speakers)
    made |= {"type": _TYPES.get(option.kind, _STRING), "required": option.required}
    if option.kind not in _PLAIN:
        made["autocomplete"] = True
    if option.kind is Kind.NUMBER and option.most:
        made |= {"min_value": option.least, "max_value": option.most}
    values = option.values
    if option.kind is Kind.COMMAND:
        values = tuple(dict.fromkeys(name.split()[0] for name, spec in specs.items() if spec.offered))
    if 0 < len(values) <= CHOICES:
        made["choices"] = [{"name": value, "value": value} for value in values]
    return made
