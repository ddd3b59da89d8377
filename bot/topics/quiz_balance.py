"""Checks on the bank of quiz items as a whole, and on the ready-made sets: a student who guesses by form, not by
knowledge, must not get further than by chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import ceil, floor, sqrt

from bot.i18n.languages import Languages
from bot.quiz.bank import SetKind
from bot.quiz.items import ItemType
from bot.topics.collect import Collected
from bot.topics.lint import Finding, text_findings
from bot.topics.quiz_bundle import module_set
from bot.topics.quiz_collect import Items, topic_of
from bot.topics.quiz_schema import RawItem

WHOLE = 162
"""Items of the bank that the numbers below are of; with more or fewer items they grow or shrink."""
TYPES = {
    ItemType.TRUEFALSE: (25, 29),
    ItemType.MULTIPLE: (15, 20),
    ItemType.MATCHING: (8, 12),
    ItemType.ORDERING: (12, 30),
    ItemType.SHORT: (4, 16),
    ItemType.SINGLE: (55, 98),
}
DIFFICULTIES = {"2": 55, "3": 20}
"""At least so many."""
MISCONCEPTIONS = tuple(f"M{number:02}" for number in range(1, 26))
MARGIN = 0.05
"""How far a position may be from its share of the keys."""
CHANCE = 1.645
"""Standard deviations above chance that one bank in twenty reaches by chance alone."""


def lint_bank(items: Items, found: Collected, languages: Languages, only: str | None = None) -> Iterator[Finding]:
    """All findings on the whole bank and the sets, for one language or all."""
    if only in (None, "en"):
        for cause in (*_mix(items), *_misconceptions(items), *_positions(items), *_truth(items)):
            yield Finding(items.content / "en", (1,), f"quiz items: {cause}")
        yield from _sets(items, found)
        yield from _register(items, found)
    for lang in languages.written:
        if only in (None, lang):
            for cause in _longest(items, lang):
                yield Finding(items.content / lang, (1,), f"quiz items: {cause}")
            yield from _names(items, found, lang)
            yield from _thoughts(items, lang)


def _mix(items: Items) -> Iterator[str]:
    part = len(items.items) / WHOLE
    types = Counter(item.type for item in items.items.values())
    for kind, (low, high) in TYPES.items():
        low, high = floor(low * part), ceil(high * part)
        if not low <= types[kind] <= high:
            yield f"{types[kind]} of the type {kind}, wanted {low} to {high}"
    levels = Counter(str(item.difficulty) for item in items.items.values())
    for level, least in DIFFICULTIES.items():
        if levels[level] < floor(least * part):
            yield f"{levels[level]} of difficulty {level}, wanted at least {floor(least * part)}"


def _misconceptions(items: Items) -> Iterator[str]:
    uses = Counter(code for item in items.items.values() for code in set(item.misconceptions.values()))
    for code in MISCONCEPTIONS:
        if uses[code] < 2:
            yield f"the misconception {code} is behind {uses[code]} of them, wanted at least 2"


def _singles(items: Items) -> list[RawItem]:
    return [item for item in items.items.values() if item.type is ItemType.SINGLE]


def _positions(items: Items) -> Iterator[str]:
    """Where the right option is stored: each place as often as the others."""
    singles = _singles(items)
    keys = Counter(item.keys[0] for item in singles)
    for option in "abcd":
        expected = sum(1 / len(item.options) for item in singles if option in item.options)
        if abs(keys[option] - expected) > max(1.0, MARGIN * len(singles)):
            yield f"{keys[option]} of {len(singles)} single items have the key {option}, wanted about {expected:.0f}"


def _truth(items: Items) -> Iterator[str]:
    keys = [item.keys[0] for item in items.items.values() if item.type is ItemType.TRUEFALSE]
    if abs(2 * keys.count("false") - len(keys)) > 1:
        yield f"{keys.count('false')} of {len(keys)} true/false items have the key false, wanted half"


def _longest(items: Items, lang: str) -> Iterator[str]:
    """How often the longest option is right, against chance with its margin."""
    longest, written, expected, variance = [], 0, 0.0, 0.0
    for item in _singles(items):
        text = items.text(lang, item.id)
        if text is None:
            continue
        lengths = {option: len(words) for option, words in text.options.items()}
        key, share = item.keys[0], 1 / len(lengths)
        written, expected, variance = written + 1, expected + share, variance + share * (1 - share)
        if all(lengths[key] > length for option, length in lengths.items() if option != key):
            longest.append(item.id)
    most = max(1, floor(expected + CHANCE * sqrt(variance)))
    if len(longest) > most:
        yield (
            f"the key is the longest option in {len(longest)} of {written} single items, at most {most} by chance: "
            + ", ".join(longest)
        )


def _sets(items: Items, found: Collected) -> Iterator[Finding]:
    file = items.content / "sets.yaml"
    for name, row in items.sets.items():
        for item in row.items:
            if item not in items.given["en"]:
                yield Finding(file, (name, "items"), f"{name}: {item} does not exist")
        for kind, names in (("items", row.items), ("topics", row.topics)):
            for twice in (one for one, count in Counter(names).items() if count > 1):
                yield Finding(file, (name, kind), f"{name}: {twice} stands twice")
        for topic in row.topics:
            if topic not in found.topics:
                yield Finding(file, (name, "topics"), f"{name}: the topic {topic} does not exist")
        for level, count in row.difficulties.items():
            topics = {topic_of(item.id) for item in items.items.values() if item.difficulty == level}
            if row.kind is SetKind.EXAM and len(topics) < count:
                said = f"{name}: only {len(topics)} topics have an item of difficulty {level}, wanted {count}"
                yield Finding(file, (name, "difficulties"), said)


def _names(items: Items, found: Collected, lang: str) -> Iterator[Finding]:
    """A name for every set and for no other, and no name for two."""
    for base in ("sets.yaml", "pseudonyms.yaml", "misconceptions.yaml"):
        if not (items.content / lang / base).exists():
            yield Finding(items.content / lang / base, (), "is missing")
    file, own = items.content / lang / "sets.yaml", items.set_names.get(lang, {})
    if not file.exists():
        return
    for name in items.sets.keys() - own.keys():
        yield Finding(file, (), f"{name} is missing")
    for name in own.keys() - items.sets.keys():
        yield Finding(file, (name,), f"{name} is no set")
    titles = found.names[lang].modules if lang in found.names else {}
    used = {title.casefold(): module_set(module, items.sets) for module, title in titles.items()}
    for name, row in own.items():
        other = used.setdefault(row.name.casefold(), name)
        if other != name:
            yield Finding(file, (name, "name"), f"{name}: has the name of {other}")
        for field, words in (("name", row.name), ("description", row.description)):
            for cause in text_findings(words, lang):
                yield Finding(file, (name, field), f"{name}: {field}: {cause}")


def _register(items: Items, found: Collected) -> Iterator[Finding]:
    """Every misconception with its topics."""
    file = items.content / "misconceptions.yaml"
    for code in MISCONCEPTIONS:
        if code not in items.misconceptions:
            yield Finding(file, (1,), f"{code} is missing")
    for code, topics in items.misconceptions.items():
        for topic in topics:
            if topic not in found.topics:
                yield Finding(file, (code,), f"{code}: the topic {topic} does not exist")


def _thoughts(items: Items, lang: str) -> Iterator[Finding]:
    """Every misconception in words, and no other."""
    file, own = items.content / lang / "misconceptions.yaml", items.thoughts.get(lang, {})
    if not file.exists():
        return
    for code in MISCONCEPTIONS:
        if code not in own:
            yield Finding(file, (1,), f"{code} is missing")
    for code, row in own.items():
        if code not in MISCONCEPTIONS:
            yield Finding(file, (code,), f"{code} is no misconception")
        for field, words in (("thought", row.thought), ("right", row.right)):
            for cause in text_findings(words, lang):
                yield Finding(file, (code, field), f"{code}: {field}: {cause}")
