"""Makes the bundle that the library is filled from: all content as plain data, derived languages included."""

from __future__ import annotations

from typing import Any

from bot.i18n.languages import Languages
from bot.i18n.script import serbian_latin
from bot.topics.collect import Collected, paragraphs
from bot.topics.exact import exact_keys, term_keys
from bot.topics.schema import SECTIONS, SHOWN_KINDS


def make_bundle(found: Collected, languages: Languages) -> dict[str, Any]:
    """What the library holds, as plain data: English first, derived languages made, keys of exact matches computed."""
    used = {source for topic in found.topics.values() for source in topic.sources}
    titled = found.names["en"].modules if "en" in found.names else ()
    modules = list(dict.fromkeys((*titled, *sorted({t.module for t in found.topics.values()}))))
    bundle: dict[str, Any] = {
        "modules": modules,
        "topics": {
            key: {
                "module": t.module,
                "needs": t.needs,
                "related": t.related,
                "terms": t.terms,
                "sources": [s for s in t.sources if s in found.sources],
                "as_of": t.as_of,
                "ages": t.ages == "true",
            }
            for key, t in found.topics.items()
        },
        "sources": {
            key: row.model_dump(exclude={"kind"})
            for key, row in found.sources.items()
            if key in used or row.kind in SHOWN_KINDS  # quiz items name more pages than the topics do
        },
        "texts": {},
        "glossary": {},
        "names": {},
        "safety": {},
        "privacy": {},
        "contacts": {
            place: [contact.model_dump(exclude={"confidence"}) for contact in row.root]
            for place, row in found.contacts.items()
        },
        "exact": exact_keys(found, languages),
        "term_keys": term_keys(found, languages),
    }
    for lang in languages.written:
        bundle["texts"][lang] = {key: _text(found, lang, key) for key in found.topics if found.text(lang, key)}
        bundle["glossary"][lang] = {key: row.model_dump() for key, row in found.glossary.get(lang, {}).items()}
        if lang in found.safety:
            safety = found.safety[lang].model_dump()
            for trouble in safety["kinds"].values():
                del trouble["phrases"]
            bundle["safety"][lang] = safety
        if lang in found.privacy:
            bundle["privacy"][lang] = found.privacy[lang].model_dump()
        if lang in found.names:
            bundle["names"][lang] = found.names[lang].model_dump()
    for row in languages:
        if row.derived:
            for part in ("texts", "glossary", "names", "safety", "privacy"):
                if row.derived in bundle[part]:
                    bundle[part][row.tag] = in_latin(bundle[part][row.derived])
    return bundle


def _text(found: Collected, lang: str, key: str) -> dict[str, Any]:
    text = found.text(lang, key)
    assert text is not None
    row: dict[str, Any] = {section: " ".join(getattr(text, section).split()) for section in SECTIONS}
    row["body"] = paragraphs(text.body)
    if lang != "en":
        row["stale"] = bool(found.stale(lang, key))
    return row


def in_latin(value: Any) -> Any:
    """Every text in a nested value, in Serbian Latin; keys stay."""
    if isinstance(value, str):
        return serbian_latin(value)
    if isinstance(value, list):
        return [in_latin(item) for item in value]
    if isinstance(value, dict):
        return {key: in_latin(item) for key, item in value.items()}
    return value
