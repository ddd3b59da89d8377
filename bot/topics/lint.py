"""Checks on content: everything that a machine can see before a reader does. Each check is a generator of findings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import regex

from bot.i18n.languages import Languages
from bot.topics.collect import Collected, paragraphs, source_hash
from bot.topics.key import search_key
from bot.topics.lacking import lacking
from bot.topics.library import topic_code
from bot.topics.match import Matcher
from bot.topics.schema import SECTIONS, RawTerm, RawText
from bot.topics.style import STYLES

BODY_WORDS = {"en": (110, 220)}
OTHER_BODY_WORDS = (85, 250)
"""Albanian needs more words than English, Macedonian fewer; paragraphs and characters bound the rest."""
BODY_PARAGRAPHS = (2, 4)
MESSAGE_CHARACTERS = 4000
"""One language of an explainer in one Discord embed (4096 less the markup); Matrix carries more."""
BOARD_CHARACTERS = 6000
"""All embeds of one Discord message: a class board of three languages."""

_MIXED = regex.compile(r"\b(?=\w*\p{Script=Latin})(?=\w*\p{Script=Cyrillic})[\p{L}\p{M}]+\b")
_INVISIBLE = regex.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_QUOTED = regex.compile(r"„[^„”“]*[”“]|«[^»]*»")
_KOSOVO = regex.compile(r"\b(?:Kosov|Косов)\p{L}*(\*?)")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend, and where: a file and the path of a value in it."""

    file: Path
    path: tuple[str | int, ...]
    cause: str
    planned: bool = False
    """Work that is still to be done rather than a mistake: listed, but no failure."""


def lint(found: Collected, languages: Languages, matcher: Matcher | None, only: str | None = None) -> Iterator[Finding]:
    """All findings, for one language or all. `matcher` = None leaves the check of phrases out."""
    for broken in found.broken:
        yield Finding(broken.file, (broken.line,), broken.cause)
    if only in (None, "en"):
        yield from _structure(found)
    for lang in languages.written:
        if only in (None, lang):
            yield from _texts(found, lang)
            yield from _glossary(found, lang)
            yield from _termbase(found, lang)
            yield from _ids(found, lang)
    for file, path, cause in lacking(found, languages, only):
        yield Finding(file, path, cause)
    yield from _phrases(found, languages, matcher, only)
    if only is None:
        yield from _boards(found, languages)


def _structure(found: Collected) -> Iterator[Finding]:
    """Links between topics, facts, sources and terms."""
    codes: dict[str, str] = {}
    for key, topic in found.topics.items():
        file = found.files["en", key]
        other = codes.setdefault(topic_code(key), key)
        if other != key:
            yield Finding(file, ("key",), f"shares the code {topic_code(key)} with {other}: choose another key")
        for field, names in (("needs", topic.needs), ("related", topic.related)):
            for name in names:
                if name not in found.topics:
                    yield Finding(file, (field,), f"{field}: {name} is not written yet", planned=True)
        for fact in topic.facts:
            if fact not in found.facts:
                yield Finding(file, ("facts",), f"facts: {fact} is not in facts.yaml")
            elif found.facts[fact].confidence == "unverified":
                yield Finding(file, ("facts",), f"facts: {fact} is not verified and may not be used")
        for source in topic.sources:
            if source not in found.sources:
                yield Finding(file, ("sources",), f"sources: {source} is not in sources.yaml")
            elif found.sources[source].kind == "copy":
                yield Finding(file, ("sources",), f"sources: {source} is a copy; name the institution's own page")
        for term in topic.terms:
            if term not in found.glossary.get("en", {}):
                yield Finding(file, ("terms",), f"terms: {term} is not in glossary.yaml")
        if topic.ages != "true" and any(found.facts[f].ages == "true" for f in topic.facts if f in found.facts):
            yield Finding(file, ("key",), "uses a fact that ages, so it needs `ages: true`")
        yield from _circle(found, key)


def _circle(found: Collected, start: str) -> Iterator[Finding]:
    """A topic that needs itself by way of others."""
    todo, seen = list(found.topics[start].needs), set()
    while todo:
        key = todo.pop()
        if key == start:
            yield Finding(found.files["en", start], ("needs",), "needs: leads back to the topic itself")
            return
        if key not in seen and key in found.topics:
            seen.add(key)
            todo += found.topics[key].needs


def _texts(found: Collected, lang: str) -> Iterator[Finding]:
    low, high = BODY_WORDS.get(lang, OTHER_BODY_WORDS)
    for key in found.topics:
        text = found.text(lang, key)
        if text is None:
            continue
        file = found.files[lang, key]
        for section in SECTIONS:
            for cause in text_findings(getattr(text, section), lang):
                yield Finding(file, ("text", section), f"{section}: {cause}")
        count, words = len(paragraphs(text.body)), len(text.body.split())
        if not BODY_PARAGRAPHS[0] <= count <= BODY_PARAGRAPHS[1]:
            yield Finding(file, ("text", "body"), f"body: {count} paragraphs, wanted 2 to 4")
        if not low <= words <= high:
            yield Finding(file, ("text", "body"), f"body: {words} words, wanted {low} to {high}")
        length = _characters(text)
        if length > MESSAGE_CHARACTERS:
            yield Finding(file, ("text",), f"{length} characters in all, at most {MESSAGE_CHARACTERS} fit one message")
        if lang != "en":
            for section in found.stale(lang, key):
                said = (
                    "was written from another English text"
                    if section in found.translations[lang][key].source
                    else "has no hash of its English text (kompas check --accept records it)"
                )
                yield Finding(file, ("text", section), f"{section}: {said}")


def text_findings(text: str, lang: str) -> Iterator[str]:
    """What is wrong with a text, whatever it is part of."""
    yield from letter_findings(text)
    first = _KOSOVO.search(text)
    if first and not first.group(1):
        yield f"{first.group()!r} needs its asterisk at first mention"
    style = STYLES.get(lang)
    if style:
        own_words = _QUOTED.sub("", text)  # names of laws and bodies are quoted in their own language
        for pattern, wanted in style.avoid:
            for match in pattern.finditer(own_words):
                yield f"{match.group()!r}: {wanted}"


def letter_findings(text: str) -> Iterator[str]:
    """Letters that look right and are not: what even a list of spellings may not have."""
    if not unicodedata.is_normalized("NFC", text):
        yield "is not in Unicode form NFC"
    for match in _INVISIBLE.finditer(text):
        yield f"has an invisible character, U+{ord(match.group()):04X}"
    for match in _MIXED.finditer(text):
        yield f"mixes Latin and Cyrillic letters in {match.group()!r}"


def _glossary(found: Collected, lang: str) -> Iterator[Finding]:
    english = found.glossary.get("en", {})
    own = found.glossary.get(lang, {})
    file = found.content / lang / "glossary.yaml"
    for key in english.keys() - own.keys():
        yield Finding(file, (), f"{key} is missing")
    for key in own.keys() - english.keys():
        yield Finding(file, (key,), f"{key} does not exist in English")
    for key, entry in own.items():
        if not entry.definition:
            yield Finding(file, (key,), f"{key}: no definition")
        for cause in text_findings(entry.definition, lang):
            yield Finding(file, (key,), f"{key}: {cause}")


def _termbase(found: Collected, lang: str) -> Iterator[Finding]:
    """A text that says a key term in other words than the glossary of its language: where the English text has the
    English term, the translation must have its own, or a variant that the glossary accepts, in any inflected form.
    """
    english, own = found.glossary.get("en", {}), found.glossary.get(lang, {})
    for key, topic in found.topics.items():
        text = found.text(lang, key)
        if lang == "en" or text is None:
            continue
        said, wanted = _words(topic.text), _words(text)
        for term in topic.terms:
            known = term in english and term in own and _has_term(english[term], said, together=True)
            if known and not _has_term(own[term], wanted):
                yield Finding(
                    found.files[lang, key], ("text", "body"), f"{term}: the text does not say {own[term].term!r}"
                )


def _words(text: RawText) -> list[str]:
    return search_key(" ".join((text.title, text.one_line, text.body, text.example, text.here))).split()


def _has_term(entry: RawTerm, words: list[str], *, together: bool = False) -> bool:
    """Whether every word of the term, or of one of its variants, begins one of `words` (`together`: words in a row)
    with its stem: two thirds of its letters, which no inflection of our languages touches.
    """
    names = [part for name in (entry.term, *entry.accept) for part in name.replace(")", "").split("(")]
    for stems in ([word[: max(3, -(-2 * len(word) // 3))] for word in search_key(name).split()] for name in names):
        if together:
            rows = zip(*(words[shift:] for shift in range(len(stems))), strict=False)
            found = any(all(map(str.startswith, row, stems)) for row in rows)
        else:
            found = all(any(word.startswith(stem) for word in words) for stem in stems)
        if stems and found:
            return True
    return False


def _ids(found: Collected, lang: str) -> Iterator[Finding]:
    if lang == "en":
        return
    for key in found.translations.get(lang, {}):
        if key not in found.topics:
            yield Finding(found.files[lang, key], ("key",), f"{key} does not exist in English")
    for key in found.topics:
        if key not in found.translations.get(lang, {}):
            file = found.files["en", key]
            target = Path(*(lang if part == "en" else part for part in file.parts))
            yield Finding(target, (), "is missing")


def _phrases(found: Collected, languages: Languages, matcher: Matcher | None, only: str | None) -> Iterator[Finding]:
    """No phrase under two topics, and each finds its own."""
    owners: dict[str, tuple[str, str]] = {}
    for lang in languages.written:
        for topic, phrases in found.phrases(lang).items():
            for index, phrase in enumerate(phrases):
                key = search_key(phrase)
                owner, where = owners.setdefault(key, (topic, lang))
                if only not in (None, lang):
                    continue
                place = (found.files[lang, topic], ("phrases", index))
                if owner != topic:
                    yield Finding(*place, f"phrases: {phrase!r} stands under {owner} ({where}) too")
                elif matcher is not None:
                    first = matcher.find(phrase).matches[:1]
                    if first and first[0][0] != topic:
                        yield Finding(*place, f"phrases: {phrase!r} leads to {first[0][0]}")


def _boards(found: Collected, languages: Languages) -> Iterator[Finding]:
    """The three longest languages of a topic together must fit one Discord message."""
    for key in found.topics:
        lengths = sorted(
            ((_characters(text, board=True), lang) for lang in languages.written if (text := found.text(lang, key))),
            reverse=True,
        )[:3]
        total = sum(length for length, _ in lengths)
        if total > BOARD_CHARACTERS:
            tags = ", ".join(lang for _, lang in lengths)
            yield Finding(
                found.files["en", key],
                ("text", "body"),
                f"{total} characters on a board in {tags}, at most {BOARD_CHARACTERS} fit",
            )


def _characters(text: RawText, *, board: bool = False) -> int:
    """Characters that a reader sees at once, with room for headings and small print."""
    opening = len(text.title) + len(text.one_line) + len(text.body) + 150
    return opening if board else opening + len(text.example) + len(text.here) + 100


def accept(found: Collected, lang: str) -> int:
    """Record in every file of `lang` the hashes of today's English texts. Returns how many files changed."""
    changed = 0
    for key, translation in found.translations.get(lang, {}).items():
        if key not in found.topics:
            continue
        english = found.topics[key].text
        hashes = {section: source_hash(getattr(english, section)) for section in SECTIONS}
        if translation.source == hashes:
            continue
        file = found.files[lang, key]
        kept = regex.sub(r"^source:.*\n(?:[ \t]+.*\n)*", "", file.read_text("utf-8"), flags=regex.MULTILINE)
        record = "source: {" + ", ".join(f'{name}: "{value}"' for name, value in hashes.items()) + "}\n"
        at = kept.find("\nkeywords:")
        at = len(kept.rstrip("\n")) if at < 0 else at
        file.write_text(kept[: at + 1] + record + kept[at + 1 :], "utf-8")
        changed += 1
    return changed


def changed_sections(found: Collected, lang: str) -> Mapping[str, tuple[str, ...]]:
    """Stale sections by topic."""
    return {
        key: stale
        for key in found.translations.get(lang, {})
        if key in found.topics and (stale := found.stale(lang, key))
    }
