"""What a language lacks outside its topics: files, module titles, safety answers, labels of contacts, the privacy
notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.i18n.languages import Languages
from bot.topics.collect import Collected

Place = tuple[Path, tuple[str | int, ...], str]
"""A file, the path of a value in it, and what is wrong there."""


def lacking(found: Collected, languages: Languages, only: str | None = None) -> Iterator[Place]:
    """All that is missing or too much, for one language or all."""
    for lang in languages.written:
        if only in (None, lang):
            yield from _names(found, lang)
            yield from _safety(found, lang)
            if lang not in found.privacy:
                yield from _missing(found.content / lang / "privacy.yaml")
    yield from _none(found, languages, only)


def _names(found: Collected, lang: str) -> Iterator[Place]:
    """A title for every module that has topics, and for no other."""
    file = found.content / lang / "names.yaml"
    if lang not in found.names:
        yield from _missing(file)
        return
    used, own = {topic.module for topic in found.topics.values()}, found.names[lang].modules
    for module in sorted(used - own.keys()):
        yield (file, ("modules",), f"modules: {module} has no title")
    for module in sorted(own.keys() - used):
        yield (file, ("modules", module), f"modules: {module} has no topic in English")


def _safety(found: Collected, lang: str) -> Iterator[Place]:
    """Answers to the same kinds of trouble as in English, and a label for every kind of contact."""
    file = found.content / lang / "safety.yaml"
    if lang not in found.safety:
        yield from _missing(file)
        return
    own = found.safety[lang]
    if "en" in found.safety:
        english = found.safety["en"].kinds
        for kind in sorted(english.keys() - own.kinds.keys()):
            yield (file, ("kinds",), f"kinds: {kind} is missing")
        for kind in sorted(own.kinds.keys() - english.keys()):
            yield (file, ("kinds", kind), f"kinds: {kind} does not exist in English")
    for kind in sorted({contact.kind for place in found.contacts.values() for contact in place.root}):
        if kind not in own.texts.kinds:
            yield (file, ("texts", "kinds"), f"texts.kinds: no label for the contact {kind}")


def _none(found: Collected, languages: Languages, only: str | None) -> Iterator[Place]:
    """Questions that are none of ours, in at least one language of each family."""
    families: dict[str, list[str]] = {}
    for lang in languages.written:
        families.setdefault(languages[lang].family, []).append(lang)
    for tags in families.values():
        if (only is None or only in tags) and not any(tag in found.none for tag in tags):
            yield from _missing(found.content / (only or tags[0]) / "none.yaml")


def _missing(file: Path) -> Iterator[Place]:
    """That the file is not there; one that is there and cannot be used has been reported already."""
    if not file.exists():
        yield (file, (), "is missing")
