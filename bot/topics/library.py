"""The texts as the program uses them: by language, with the fallbacks that are allowed, and nothing that is not
written yet.

The library is filled from one bundle (a plain mapping, made from the content files and cached), so that a start
reads one file instead of four hundred.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from bot.i18n.languages import Languages


@dataclass(frozen=True, slots=True)
class Source:
    """A page that a topic rests on."""

    institution: str
    title: str
    date: str
    url: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic is in every language: its place, its links, its sources."""

    key: str
    module: str
    needs: tuple[str, ...]
    related: tuple[str, ...]
    terms: tuple[str, ...]
    sources: tuple[str, ...]
    as_of: str
    """ISO date of the facts."""
    ages: bool

    @property
    def code(self) -> str:
        """Four hexadecimal digits that stand for the topic where every character counts (button data)."""
        return topic_code(self.key)


@dataclass(frozen=True, slots=True)
class TopicText:
    """The texts of a topic in one language."""

    lang: str
    title: str
    short_title: str
    one_line: str
    body: tuple[str, ...]
    """Paragraphs."""
    example: str
    here: str
    stale: bool = False
    """The English text has changed since this one was written."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call or write to."""

    kind: str
    name: str
    phone: str
    url: str


@dataclass(frozen=True, slots=True)
class Term:
    """A glossary entry in one language."""

    key: str
    lang: str
    term: str
    accept: tuple[str, ...]
    definition: str


def topic_code(key: str) -> str:
    """See Topic.code; `kompas check` proves that no two topics share one."""
    return hashlib.sha256(key.encode()).hexdigest()[:4]


class Library:
    """All topics, terms and names. Read-only."""

    def __init__(self, bundle: dict[str, Any], languages: Languages) -> None:
        self.languages = languages
        self.modules: tuple[str, ...] = tuple(bundle["modules"])
        self.topics = {key: Topic(key=key, **_tuples(row)) for key, row in bundle["topics"].items()}
        self.sources = {key: Source(**row) for key, row in bundle["sources"].items()}
        self._texts: dict[str, dict[str, TopicText]] = {
            lang: {key: TopicText(lang=lang, **_tuples(row)) for key, row in rows.items()}
            for lang, rows in bundle["texts"].items()
        }
        self._terms = {
            lang: {
                key: Term(key, lang, row["term"], tuple(row["accept"]), row["definition"]) for key, row in rows.items()
            }
            for lang, rows in bundle["glossary"].items()
        }
        self._names: dict[str, dict[str, Any]] = bundle["names"]
        self._safety: dict[str, dict[str, Any]] = bundle["safety"]
        self._privacy: dict[str, dict[str, Any]] = bundle["privacy"]
        self.contacts: dict[str, tuple[Contact, ...]] = {
            place: tuple(Contact(**row) for row in rows) for place, rows in bundle["contacts"].items()
        }
        """Checked contacts by place, in the order in which places are offered."""
        self._codes = {topic.code: topic.key for topic in self.topics.values()}
        self.exact: dict[str, str] = bundle["exact"]
        """Search keys of titles and acronyms that mean one topic."""
        self.term_keys: dict[str, str] = bundle["term_keys"]
        """Search keys of terms and their variants in all languages."""
        self._in_module = {module: self._ordered(module) for module in self.modules}
        self._path = tuple(topic.key for topics in self._in_module.values() for topic in topics)

    def text(self, key: str, lang: str) -> TopicText | None:
        """The topic in `lang`, or in the other script of the same language; None when it is not written."""
        for tag in (lang, self.languages.fallback(lang)):
            text = self._texts.get(tag or "", {}).get(key)
            if text:
                return text
        return None

    def text_or_english(self, key: str, lang: str) -> TopicText:
        """The topic in `lang` if it is written, else in English. The caller says so to the reader."""
        return self.text(key, lang) or self._texts["en"][key]

    def offered(self, key: str, lang: str) -> tuple[str, ...]:
        """Other languages to offer a reader of `lang` in which the topic exists, nearest first."""
        return tuple(tag for tag in self.languages[lang].offers if key in self._texts.get(tag, {}))

    def written(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `keys` that exist: links to planned topics are hidden."""
        return tuple(key for key in keys if key in self.topics)

    def in_module(self, module: str) -> tuple[Topic, ...]:
        """Topics of a module, a topic after those that it needs, else in the order of the curriculum."""
        return self._in_module.get(module, ())

    def _ordered(self, module: str) -> tuple[Topic, ...]:
        left = [topic for topic in self.topics.values() if topic.module == module]
        done: list[Topic] = []
        while left:
            inside = {topic.key for topic in left}
            ready = next((topic for topic in left if not inside & set(topic.needs)), left[0])
            done.append(ready)
            left.remove(ready)
        return tuple(done)

    def path(self) -> tuple[str, ...]:
        """All topics as one learning path, module after module."""
        return self._path

    def next_step(self, key: str) -> str | None:
        """The topic to read after this one: one that builds on it, else the next of the path."""
        path = self.path()
        at = path.index(key)
        builds = [other for other in path[at + 1 :] if key in self.topics[other].needs]
        if builds:
            return builds[0]
        return path[at + 1] if at + 1 < len(path) else None

    def module_title(self, module: str, lang: str) -> str:
        """Title of a module in `lang`, else in English, else its key."""
        return str(self._name(lang)["modules"].get(module) or self._names["en"]["modules"].get(module, module))

    def kosovo_footnote(self, lang: str) -> str:
        """The footnote that goes with Kosovo* in `lang`."""
        return str(self._name(lang)["kosovo_footnote"])

    def _name(self, lang: str) -> dict[str, Any]:
        for tag in (lang, self.languages.fallback(lang)):
            if tag in self._names:
                return self._names[tag]
        return self._names["en"]

    def term(self, key: str, lang: str) -> Term | None:
        """A glossary entry in `lang` (or its other script, or English); None when there is none of that id."""
        for tag in (lang, self.languages.fallback(lang), "en"):
            entry = self._terms.get(tag or "", {}).get(key)
            if entry and entry.definition:
                return entry
        return None

    def term_keys_in_order(self, lang: str) -> tuple[str, ...]:
        """Ids of all terms that have a definition, by the term in `lang`."""
        keys = [key for key, entry in self._terms.get("en", {}).items() if entry.definition]
        return tuple(sorted(keys, key=lambda key: (self.term(key, lang) or self._terms["en"][key]).term.casefold()))

    def topics_with_term(self, term: str) -> tuple[str, ...]:
        """Topics that list the term among their key terms."""
        return tuple(key for key in self.path() if term in self.topics[key].terms)

    def safety(self, lang: str) -> dict[str, Any]:
        """The safety answers in `lang`, else in English: `kinds` with title and steps, and `texts`. Empty when they
        are written in neither.
        """
        return self._safety.get(self.safety_language(lang) or "", {})

    def safety_language(self, lang: str) -> str | None:
        """The language of what `safety` returns. The caller tells the reader when it is another one."""
        if lang in self._safety:
            return lang
        return next((tag for tag in (self.languages.fallback(lang), "en") if tag in self._safety), None)

    def privacy(self, lang: str) -> tuple[dict[str, Any], str]:
        """The privacy notice, and the language it is in: `lang` or English, which the caller tells the reader. Empty
        when it is written in neither.
        """
        for tag in (lang, self.languages.fallback(lang)):
            if tag in self._privacy:
                return self._privacy[tag or ""], tag or ""
        return self._privacy.get("en", {}), "en"

    def by_code(self, code: str) -> str | None:
        """Key of the topic with that code."""
        return self._codes.get(code)

    def coverage(self, lang: str) -> int:
        """How many topics are written in `lang`."""
        return sum(1 for key in self.topics if self.text(key, lang))


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
