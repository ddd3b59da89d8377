"""Checks on quiz items, one by one and topic by topic: everything that a machine can see before a reader does. What
only the whole bank shows is in `quiz_balance`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import regex

from bot.i18n.languages import Languages
from bot.i18n.script import serbian_latin
from bot.quiz.items import ItemType
from bot.topics.collect import QUIZ_ENDING, Collected
from bot.topics.key import search_key
from bot.topics.lint import BOARD_CHARACTERS, Finding, letter_findings, text_findings
from bot.topics.quiz_collect import Items, topic_of
from bot.topics.quiz_schema import EXPLANATION, FEEDBACK, OPTION, STEM, RawItem, RawItemText

EXPLANATION_WORDS = (25, 60)
"""In English; the others are bound by characters."""
EMBED_CHARACTERS = 4096
"""Description of one Discord embed: one language of a board."""
FRAME = 300
"""Characters of a board beside the item itself, in each language: heading, count, footnote."""

SLOTS: Mapping[str, tuple[str, str, str]] = {
    "q1": ("single short matching", "remember", "1"),
    "q2": ("truefalse", "understand", "1"),
    "q3": ("multiple matching", "understand apply analyse", "2"),
    "q4": ("single ordering", "apply analyse evaluate", "2 3"),
}
"""Types, Bloom levels and difficulties that each slot may have."""

_YEAR = regex.compile(r"\b(?:19|20)\d\d\b")
_ALL_OR_NONE = regex.compile(
    r"\b(?:all|none) of (?:the above|these)\b"
    r"|\bsve (?:gore )?navedeno\b|\bništa od (?:gore )?navedenog\b"
    r"|\bсве (?:горе )?наведено\b|\bништа од (?:горе )?наведеног\b"
    r"|\bсите наведени\b|\bсето наведено\b|\bништо од наведеното\b"
    r"|\btë gjitha të mësipërmet\b|\basnjë nga të mësipërmet\b",
    regex.IGNORECASE,
)


def lint_items(items: Items, found: Collected, languages: Languages, only: str | None = None) -> Iterator[Finding]:
    """All findings on single items and topics, for one language or all."""
    for broken in items.broken:
        yield Finding(broken.file, (broken.line,), broken.cause)
    if only in (None, "en"):
        yield from _structure(items, found)
    for lang in languages.written:
        if only in (None, lang):
            yield from _missing(items, found, lang)
            yield from _texts(items, lang)
            yield from _derived(items, languages, lang)
            yield from _hints(items, lang)
            yield from _wording(items, lang)
    if only is None:
        yield from _boards(items, languages)


def at(items: Items, lang: str, name: str, *path: str | int) -> tuple[Path, tuple[str | int, ...]]:
    """Where a part of an item stands: `path` within its text."""
    file, item = items.places[lang, name]
    return file, (*item, *(("text",) if lang == "en" else ()), *path)


def fields(text: RawItemText) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """All that a reader sees of an item: path, text, most characters."""
    yield ("stem",), text.stem, STEM
    yield from ((("options", name), words, OPTION) for name, words in text.options.items())
    yield from ((("left", name), words, OPTION) for name, words in text.left.items())
    yield from ((("feedback", name), words, FEEDBACK) for name, words in text.feedback.items())
    yield ("explanation",), text.explanation, EXPLANATION


def _structure(items: Items, found: Collected) -> Iterator[Finding]:
    for topic, file in ((t, f) for (lang, t), f in items.files.items() if lang == "en"):
        own = items.of_topic(topic)
        slots = sorted(item.id.rpartition(".")[2] for item in own)
        if slots not in (["q1", "q2", "q4"], ["q1", "q3", "q4"]):
            yield Finding(file, ("items",), f"items: {', '.join(slots)}; wanted q1, then q2 or q3, then q4")
        if len({item.type for item in own}) < 2:
            yield Finding(file, ("items",), "items: all of one type, wanted two types at least")
    for item in items.items.values():
        file, path = items.places["en", item.id]
        for field, cause in (*_slot(item), *_facts(item, found)):
            yield Finding(file, (*path, field), f"{item.id}: {cause}")
        low, high = EXPLANATION_WORDS
        if not low <= (count := len(item.text.explanation.split())) <= high:
            yield Finding(file, (*path, "text", "explanation"), f"{item.id}: {count} words, wanted {low} to {high}")


def _slot(item: RawItem) -> Iterator[tuple[str, str]]:
    wanted = SLOTS.get(item.id.rpartition(".")[2])
    if wanted is None:
        return
    for field, value, allowed in zip(
        ("type", "bloom", "difficulty"), (item.type, item.bloom, item.difficulty), wanted, strict=True
    ):
        if value not in allowed.split():
            yield field, f"{field}: {value}, this slot has {allowed.replace(' ', ' or ')}"


def _facts(item: RawItem, found: Collected) -> Iterator[tuple[str, str]]:
    for fact in item.facts:
        if fact not in found.facts:
            yield "facts", f"facts: {fact} is not in facts.yaml"
    own = [found.facts[fact] for fact in item.facts if fact in found.facts]
    weak = ("known", "unverified")
    better = [fact for fact in found.topics[topic_of(item.id)].facts if fact in found.facts]
    if all(fact.confidence in weak for fact in own) and not all(found.facts[f].confidence in weak for f in better):
        yield "facts", "facts: none of them is verified"
    if own and all(fact.ages == "true" for fact in own) and not _YEAR.search(item.text.stem):
        yield "facts", "facts: all of them age, so the stem must carry the date"


def _missing(items: Items, found: Collected, lang: str) -> Iterator[Finding]:
    """Topics without a quiz file, and items that a translation leaves out."""
    for key, topic in found.topics.items():
        file = items.content / lang / topic.module / f"{key}{QUIZ_ENDING}"
        if (lang, key) not in items.files:
            if not file.exists() and (lang == "en" or ("en", key) in items.files):
                yield Finding(file, (), "is missing")
            continue
        for item in items.of_topic(key):
            if item.id not in items.given[lang]:
                yield Finding(file, ("items",), f"{item.id} is missing")


def _texts(items: Items, lang: str) -> Iterator[Finding]:
    for name in items.items:
        text = items.text(lang, name)
        if text is None:
            continue
        for path, words, _ in fields(text):
            for cause in text_findings(words, lang):
                yield Finding(*at(items, lang, name, *path), f"{name}: {'.'.join(path)}: {cause}")
        for index, form in enumerate(text.accept):
            for cause in letter_findings(form):
                yield Finding(*at(items, lang, name, "accept", index), f"{name}: accept: {cause}")
        for side in ("options", "left"):
            keys = {option: " ".join(words.casefold().split()) for option, words in getattr(text, side).items()}
            for option, words in keys.items():
                if list(keys.values()).count(words) > 1:
                    yield Finding(*at(items, lang, name, side, option), f"{name}: {side}: {option} stands twice")
                if _ALL_OR_NONE.search(words):
                    yield Finding(*at(items, lang, name, side, option), f"{name}: {side}: no “all/none of the above”")
        if lang != "en" and items.stale(lang, name):
            said = (
                "was written from another English text"
                if items.texts[lang][name].source
                else "has no hash of its English text (kompas check --accept records it)"
            )
            yield Finding(*at(items, lang, name), f"{name}: {said}")


def _derived(items: Items, languages: Languages, lang: str) -> Iterator[Finding]:
    """Latin needs two letters where Cyrillic has one: the limits hold there, too."""
    for row in languages:
        if row.derived != lang:
            continue
        for name, text in items.texts.get(lang, {}).items():
            for path, words, limit in fields(text):
                if len(words) <= limit < (length := len(serbian_latin(words))):
                    said = f"{name}: {'.'.join(path)}: {length} characters in {row.tag}, at most {limit}"
                    yield Finding(*at(items, lang, name, *path), said)


def _hints(items: Items, lang: str) -> Iterator[Finding]:
    """Stems that say the right answer to another item of the topic, or to their own."""
    stems = {name: f" {search_key(text.stem)} " for name in items.items if (text := items.text(lang, name))}
    for item in items.items.values():
        text = items.text(lang, item.id)
        if text is None:
            continue
        right = text.accept or [text.options[key] for key in dict.fromkeys(item.keys) if key in text.options]
        if item.type is ItemType.ORDERING:  # every option is right somewhere: the order is the answer
            continue
        for other in items.of_topic(topic_of(item.id)):
            if other.id == item.id and item.type is not ItemType.SHORT:
                continue
            for words in right:
                if (key := search_key(words)) and f" {key} " in stems.get(other.id, ""):
                    yield Finding(*at(items, lang, other.id, "stem"), f"{other.id}: stem: says the answer to {item.id}")
                    break


def _wording(items: Items, lang: str) -> Iterator[Finding]:
    """One way to say “True or false?” and “Choose all that apply.” in a language: what nearly all items say."""
    parts = {ItemType.TRUEFALSE: r"^[^?]*\?", ItemType.MULTIPLE: r"[^.?!]*[.?!]$"}
    for kind, pattern in parts.items():
        said = {
            item.id: match.group().strip() if (match := regex.search(pattern, text.stem)) else ""
            for item in items.items.values()
            if item.type is kind and (text := items.text(lang, item.id))
        }
        if not said:
            continue
        usual, count = Counter(said.values()).most_common(1)[0]
        for name, words in said.items():
            if words != usual and count > len(said) / 2:
                yield Finding(*at(items, lang, name, "stem"), f"{name}: stem: the others say {usual!r} there")


def _boards(items: Items, languages: Languages) -> Iterator[Finding]:
    """The three longest languages of an item together must fit one Discord message, each in one embed."""
    for name in items.items:
        lengths = sorted(
            ((_board(text), lang) for lang in languages.written if (text := items.text(lang, name))), reverse=True
        )[:3]
        total, tags = sum(length for length, _ in lengths), ", ".join(lang for _, lang in lengths)
        if lengths[0][0] > EMBED_CHARACTERS or total > BOARD_CHARACTERS:
            said = f"{name}: {total} characters on a board in {tags}, at most {BOARD_CHARACTERS} fit"
            yield Finding(*at(items, "en", name), said)


def _board(text: RawItemText) -> int:
    """Characters of a question in one language, with a number and a shape before each option. Cyrillic is counted as
    the Latin made from it, which is longer.
    """
    rows = (*text.options.values(), *text.left.values())
    return len(serbian_latin(text.stem)) + sum(len(serbian_latin(row)) + 6 for row in rows) + FRAME
