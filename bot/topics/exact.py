"""Titles, acronyms and terms whose key alone says what is meant; they come before the matcher."""

from __future__ import annotations

from bot.i18n.languages import Languages
from bot.topics.collect import Collected
from bot.topics.key import search_key


def exact_keys(found: Collected, languages: Languages) -> dict[str, str]:
    """Search key -> topic, from titles, short titles, keywords and topic keys. A key that two topics claim means
    neither.
    """
    claims: dict[str, set[str]] = {}
    for lang in languages.written:
        for topic in found.topics:
            text = found.text(lang, topic)
            names = [text.title, text.short_title] if text else []
            for name in (*names, *found.keywords(lang).get(topic, []), topic):
                claims.setdefault(search_key(name), set()).add(topic)
    return {key: topics.pop() for key, topics in claims.items() if key and len(topics) == 1}


def term_keys(found: Collected, languages: Languages) -> dict[str, str]:
    """Search key -> term id, from terms and accepted variants of every language; with and without what stands in
    brackets.
    """
    keys: dict[str, str] = {}
    for lang in languages.written:
        for term, entry in found.glossary.get(lang, {}).items():
            for name in (entry.term, *entry.accept):
                before, _, rest = name.partition("(")
                inside = rest.partition(")")[0]
                for form in (name, before, inside):
                    key = search_key(form)
                    if key:
                        keys.setdefault(key, term)
    for term in found.glossary.get("en", {}):
        keys.setdefault(search_key(term), term)
    return keys
