"""All content files, read and checked for shape. A broken file is reported and left out; the others still work."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from bot.errors import BadContent
from bot.i18n.languages import Languages
from bot.topics.schema import (
    SECTIONS,
    RawFact,
    RawNames,
    RawNone,
    RawPlace,
    RawPrivacy,
    RawSafety,
    RawSource,
    RawTerm,
    RawText,
    RawThresholds,
    RawTopic,
    RawTranslation,
    read_file,
    read_mapping,
)

Read = TypeVar("Read")
Model = TypeVar("Model", bound=BaseModel)

QUIZ_ENDING = ".quiz.yaml"
"""How the names of quiz files end; `quiz_collect` reads those."""


@dataclass
class Collected:
    """What the files say, by language. `broken` holds one entry per file or entry that could not be used."""

    content: Path
    """The folder of all content."""
    topics: dict[str, RawTopic] = field(default_factory=dict)
    translations: dict[str, dict[str, RawTranslation]] = field(default_factory=dict)
    glossary: dict[str, dict[str, RawTerm]] = field(default_factory=dict)
    names: dict[str, RawNames] = field(default_factory=dict)
    sources: dict[str, RawSource] = field(default_factory=dict)
    facts: dict[str, RawFact] = field(default_factory=dict)
    none: dict[str, RawNone] = field(default_factory=dict)
    safety: dict[str, RawSafety] = field(default_factory=dict)
    privacy: dict[str, RawPrivacy] = field(default_factory=dict)
    contacts: dict[str, RawPlace] = field(default_factory=dict)
    thresholds: RawThresholds | None = None
    files: dict[tuple[str, str], Path] = field(default_factory=dict)
    """File of each (language, topic)."""
    broken: list[BadContent] = field(default_factory=list)

    def text(self, lang: str, key: str) -> RawText | None:
        """The text of a topic in a written language, or None."""
        if lang == "en":
            topic = self.topics.get(key)
            return topic.text if topic else None
        translation = self.translations.get(lang, {}).get(key)
        return translation.text if translation else None

    def phrases(self, lang: str) -> dict[str, list[str]]:
        """What people say to ask for each topic, in a written language."""
        files: dict[str, RawTopic | RawTranslation] = dict(
            self.topics if lang == "en" else self.translations.get(lang, {})
        )
        return {key: file.phrases for key, file in files.items() if key in self.topics}

    def keywords(self, lang: str) -> dict[str, list[str]]:
        """Names and acronyms that mean one topic and no other, in a written language."""
        files: dict[str, RawTopic | RawTranslation] = dict(
            self.topics if lang == "en" else self.translations.get(lang, {})
        )
        return {key: file.keywords for key, file in files.items() if key in self.topics}

    def stale(self, lang: str, key: str) -> tuple[str, ...]:
        """Sections of a translation whose English text has changed since, or was never recorded."""
        english, translation = self.topics[key].text, self.translations[lang][key]
        return tuple(s for s in SECTIONS if translation.source.get(s) != source_hash(getattr(english, s)))


def source_hash(text: str) -> str:
    """First 12 hex digits of SHA-256 over the text with its white space normalised."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def topic_files(content: Path, lang: str) -> list[Path]:
    """The topic files of one language, in a fixed order."""
    return sorted(
        file
        for file in (content / lang).glob("*/*.yaml")
        if not file.name.startswith("_") and not file.name.endswith(QUIZ_ENDING)
    )


def collect(content: Path, languages: Languages) -> Collected:
    """Everything under `content`. Nothing raises: what cannot be used is in `broken`."""
    found = Collected(content)
    found.sources = _entries(content / "sources.yaml", RawSource, found.broken)
    found.facts = _entries(content / "facts.yaml", RawFact, found.broken)
    found.contacts = _entries(content / "contacts.yaml", RawPlace, found.broken)
    found.thresholds = _try(lambda: read_file(content / "matching.yaml", RawThresholds), found.broken)
    for file in topic_files(content, "en"):
        topic = _try(lambda file=file: read_file(file, RawTopic), found.broken)  # type: ignore[misc]
        if topic and _in_its_place(file, topic.key, topic.module, found.broken):
            found.topics[topic.key] = topic
            found.files["en", topic.key] = file
    for lang in languages.written:
        _language(content, lang, found)
    return found


def _language(content: Path, lang: str, found: Collected) -> None:
    folder = content / lang
    if (folder / "glossary.yaml").exists():
        found.glossary[lang] = _entries(folder / "glossary.yaml", RawTerm, found.broken)
    if (folder / "names.yaml").exists():
        names = _try(lambda: read_file(folder / "names.yaml", RawNames), found.broken)
        if names:
            found.names[lang] = names
    if (folder / "safety.yaml").exists():
        safety = _try(lambda: read_file(folder / "safety.yaml", RawSafety), found.broken)
        if safety:
            found.safety[lang] = safety
    if (folder / "privacy.yaml").exists():
        privacy = _try(lambda: read_file(folder / "privacy.yaml", RawPrivacy), found.broken)
        if privacy:
            found.privacy[lang] = privacy
    if (folder / "none.yaml").exists():
        none = _try(lambda: read_file(folder / "none.yaml", RawNone), found.broken)
        if none:
            found.none[lang] = none
    if lang == "en":
        return
    found.translations[lang] = {}
    for file in topic_files(content, lang):
        text = _try(lambda file=file: read_file(file, RawTranslation), found.broken)  # type: ignore[misc]
        if text and _in_its_place(file, text.key, None, found.broken):
            found.translations[lang][text.key] = text
            found.files[lang, text.key] = file


def _in_its_place(file: Path, key: str, module: str | None, broken: list[BadContent]) -> bool:
    """Whether the names of file and folder say the same as the file."""
    if file.stem != key:
        broken.append(BadContent(file, 1, f"key: {key!r}, but the file is named {file.stem!r}"))
        return False
    if module is not None and file.parent.name != module:
        broken.append(BadContent(file, 1, f"module: {module!r}, but the folder is named {file.parent.name!r}"))
        return False
    return True


def _entries(file: Path, model: type[Model], broken: list[BadContent]) -> dict[str, Model]:
    entries = _try(lambda: read_mapping(file, model, broken), broken)
    return entries if entries is not None else {}


def _try(read: Callable[[], Read], broken: list[BadContent]) -> Read | None:
    try:
        return read()
    except BadContent as error:
        broken.append(error)
        return None


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a body, each on one line."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
