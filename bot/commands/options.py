"""Options: from what a person typed to a typed value, and what to offer while typing. All from memory."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

from bot.artifacts import Knowledge
from bot.commands.spec import CommandSpec, Kind, Option
from bot.errors import BadOption, MissingOption
from bot.topics.key import search_key
from bot.topics.match import Zone

OFFERED = 25
"""Completions at most; Discord shows no more."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A value with the words it is shown by (at most 100 characters)."""

    value: str
    label: str


Sets = Sequence[Completion]
"""The sets that were imported for the room."""


def parse_options(
    spec: CommandSpec, given: dict[str, str], knowledge: Knowledge, lang: str, sets: Sets | None = None
) -> dict[str, object]:
    """The options as typed values. Raises MissingOption or BadOption, whose suggestions are in `lang`. Where the room's
    own `sets` are not known (None) the name of any set will do.
    """
    values: dict[str, object] = {}
    for option in spec.options:
        text = given.get(option.name, "").strip()
        if text:
            values[option.name] = parse_value(spec, option, text, knowledge, lang, sets)
        elif option.required:
            raise MissingOption(spec.name, option.name)
    return values


def parse_value(
    spec: CommandSpec, option: Option, text: str, knowledge: Knowledge, lang: str, sets: Sets | None = ()
) -> object:
    """One value. Raises BadOption with values that would do, named in `lang`."""
    match option.kind:
        case Kind.TOPIC:
            topic = find_topic(text, knowledge)
            if topic:
                return topic
        case Kind.MODULE:
            module = find_module(text, knowledge)
            if module:
                return module
        case Kind.LANGUAGE:
            tag = knowledge.languages.find(text)
            if tag:
                return tag
        case Kind.LANGUAGES:
            tags = [knowledge.languages.find(word) for word in _split_languages(text, knowledge)]
            if all(tags) and 1 <= len(set(tags)) <= 3:
                return tuple(dict.fromkeys(tags))
        case Kind.ENUM:
            wanted = search_key(text)
            for value in option.values:
                if search_key(value) == wanted:
                    return value
        case Kind.NUMBER:
            if text.isdecimal() and len(text) < 7 and option.least <= int(text) <= option.most:
                return int(text)
        case Kind.SET:
            found = find_set(text, knowledge, sets or ()) or (text if sets is None else "")
            if found:
                return found
        case Kind.TIMEZONE:
            if text in available_timezones():
                return text
        case Kind.TEXT | Kind.TERM | Kind.COMMAND | Kind.PERSON:
            return text
    if option.kind is Kind.NUMBER:
        raise BadOption(spec.name, option.name, text[:60], (f"{option.least}–{option.most}",))
    near = tuple(done.label for done in complete(spec, option, text, knowledge, lang, sets or ()))[:3]
    near = near or option.values[:3]
    raise BadOption(spec.name, option.name, text[:60], near)


def find_topic(text: str, knowledge: Knowledge) -> str | None:
    """The topic meant by a key, a code, a title in any language, or words that the matcher is sure of."""
    if text in knowledge.library.topics:
        return text
    key = search_key(text)
    exact = knowledge.library.exact.get(key) or knowledge.library.exact.get(search_key(text.replace("-", " ")))
    if exact:
        return exact
    found = knowledge.matcher.find(text)
    return found.matches[0][0] if found.zone is Zone.ANSWER else None


AGAIN = "again"
"""The set that is the questions of the last session once more."""


def find_set(text: str, knowledge: Knowledge, sets: Sets = ()) -> str | None:
    """The set of questions meant by its id or its name in any language, or one of the room's own `sets`."""
    bank, wanted = knowledge.items, search_key(text)
    if wanted == AGAIN:
        return AGAIN
    for name in bank.sets:
        if wanted in (search_key(name), *(search_key(bank.set_name(name, tag)) for tag in knowledge.languages.tags)):
            return name
    for own in sets:
        if wanted in (search_key(own.value), search_key(own.label)):
            return own.value
    return None


def find_module(text: str, knowledge: Knowledge) -> str | None:
    """The module meant by its key, its number or its title in any language."""
    library = knowledge.library
    if text in library.modules:
        return text
    if text.isdecimal() and 1 <= int(text) <= len(library.modules):
        return library.modules[int(text) - 1]
    key = search_key(text)
    titles = {
        search_key(library.module_title(module, tag)): module
        for module in library.modules
        for tag in knowledge.languages.tags
    }
    near = [title for title in titles if key and title.startswith(key)]
    return titles.get(key) or (titles[near[0]] if near else None)


def complete(
    spec: CommandSpec, option: Option, typed: str, knowledge: Knowledge, lang: str, sets: Sets = ()
) -> list[Completion]:
    """What fits the beginning of a value, best first, in the person's language. The room's own `sets` come before the
    ready-made ones.
    """
    if option.kind is Kind.TIMEZONE:
        near = [zone for zone in sorted(available_timezones()) if typed.casefold() in zone.casefold()]
        return [Completion(zone, zone) for zone in near[:OFFERED]]
    if option.kind is Kind.LANGUAGES:
        before, _, last = typed.rpartition(" ")
        offers = [
            Completion(f"{before} {row.tag}".strip(), f"{before} {row.tag} ({row.autonym})".strip()[:100])
            for row in knowledge.languages
            if search_key(last) in search_key(f"{row.tag} {row.autonym}")
        ]
        return offers[:OFFERED]
    wanted = search_key(typed)
    starting, inside = [], []
    for value, label, keys in _candidates(option, knowledge, lang, sets):
        if any(key.startswith(wanted) for key in keys):
            starting.append(Completion(value, label[:100]))
        elif any(wanted in key for key in keys):
            inside.append(Completion(value, label[:100]))
    return (starting + inside)[:OFFERED]


def _candidates(
    option: Option, knowledge: Knowledge, lang: str, sets: Sets
) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    """(value, label, search keys) of everything that the option can be."""
    match option.kind:
        case Kind.TOPIC | Kind.MODULE | Kind.TERM:
            return _library_candidates(option.kind, knowledge, lang)
        case Kind.LANGUAGE:
            return [
                (row.tag, row.autonym, (search_key(row.autonym), search_key(row.tag))) for row in knowledge.languages
            ]
        case Kind.ENUM:
            return [(value, value, (search_key(value),)) for value in option.values]
        case Kind.SET:
            bank = knowledge.items
            own = [(one.value, one.label, (search_key(one.label), search_key(one.value))) for one in sets]
            return own + [
                (name, bank.set_name(name, lang), (search_key(bank.set_name(name, lang)), search_key(name)))
                for name in bank.sets
            ]
        case _:
            return []


@lru_cache(maxsize=64)
def _library_candidates(kind: Kind, knowledge: Knowledge, lang: str) -> list[tuple[str, str, tuple[str, ...]]]:
    library = knowledge.library
    tags = knowledge.languages.tags
    if kind is Kind.MODULE:
        return [
            (
                module,
                library.module_title(module, lang),
                tuple({search_key(library.module_title(module, tag)) for tag in tags}),
            )
            for module in library.modules
        ]
    if kind is Kind.TERM:
        rows = []
        for key in library.term_keys_in_order(lang):
            names = {search_key(entry.term) for tag in tags if (entry := library.term(key, tag))}
            own = library.term(key, lang)
            rows.append((key, own.term if own else key, tuple(sorted(names))))
        return rows
    rows = []
    for key in library.path():
        titles = {search_key(text.title) for tag in tags if (text := library.text(key, tag))}
        rows.append(
            (key, library.text_or_english(key, lang).title, (*sorted(titles), search_key(key.replace("-", " "))))
        )
    return rows


def nearest(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that `word` may be a misspelling of."""
    return tuple(difflib.get_close_matches(word.casefold(), list(names), n=3, cutoff=0.6))


def _split_languages(text: str, knowledge: Knowledge) -> list[str]:
    """Tags or autonyms out of `sq, mk` or `sq mk` or `srpski (latinica), shqip`."""
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    if len(parts) == 1 and knowledge.languages.find(parts[0]) is None:
        parts = parts[0].split()
    return parts
