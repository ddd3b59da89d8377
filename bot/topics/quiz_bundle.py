"""Makes the file that `bot.quiz.bank` reads: all items with their texts, derived languages included, and the sets."""

from __future__ import annotations

import json
from typing import Any

from bot.i18n.languages import Languages
from bot.i18n.script import serbian_latin
from bot.quiz.bank import SetKind
from bot.quiz.items import Item, ItemText
from bot.topics.bundle import in_latin
from bot.topics.collect import Collected
from bot.topics.quiz_collect import Items, topic_of
from bot.topics.quiz_schema import RawItem, RawItemText
from bot.topics.schema import SHOWN_KINDS

SHOWN_SOURCES = 3
"""Pages named under a question."""


def make_items(items: Items, found: Collected, languages: Languages) -> tuple[dict[str, Any], list[Item]]:
    """The head (sets, their names, the module of each topic) and the items in the order of the curriculum."""
    titled = list(found.names["en"].modules) if "en" in found.names else []
    modules = list(dict.fromkeys((*titled, *sorted({topic.module for topic in found.topics.values()}))))
    of_topic = {key: topic.module for key, topic in found.topics.items()}
    ordered = sorted(items.items.values(), key=lambda item: modules.index(of_topic[topic_of(item.id)]))
    head = {
        "sets": _sets(items, found, modules),
        "names": {lang: _names(items, found, lang, modules) for lang in languages.written},
        "pseudonyms": dict(items.pseudonyms),
        "misconceptions": {
            lang: {code: row.model_dump() for code, row in rows.items()} for lang, rows in items.thoughts.items()
        },
        "misconception_topics": items.misconceptions,
        "modules": of_topic,
    }
    for row in languages:
        for part in ("names", "pseudonyms", "misconceptions"):
            if row.derived in head[part]:
                head[part][row.tag] = in_latin(head[part][row.derived])
    return head, [_item(item, items, found, languages) for item in ordered]


def items_file(head: dict[str, Any], items: list[Item]) -> bytes:
    """Head and items as lines of JSON."""
    return "\n".join((json.dumps(head, ensure_ascii=False), *(item.to_json() for item in items))).encode()


def module_set(module: str, sets: dict[str, Any]) -> str:
    """Id of the set that is all of a module: its key, with `-all` where a set of the file has that name."""
    return f"{module}-all" if module in sets else module


def _sets(items: Items, found: Collected, modules: list[str]) -> dict[str, Any]:
    """Those of the file that still have something to ask, then one for each module."""
    sets: dict[str, Any] = {}
    for name, raw in items.sets.items():
        row = raw.model_dump(mode="json", exclude_defaults=True)
        row["items"] = [item for item in raw.items if item in items.items]
        if raw.kind is not SetKind.FIXED or row["items"]:
            sets[name] = row
    asked = {found.topics[topic_of(item)].module for item in items.items}
    for module in modules:
        if module in asked:
            topics = [key for key, topic in found.topics.items() if topic.module == module]
            sets[module_set(module, items.sets)] = {"kind": SetKind.FILTER, "module": module, "topics": topics}
    return sets


def _names(items: Items, found: Collected, lang: str, modules: list[str]) -> dict[str, dict[str, str]]:
    names = {name: row.model_dump() for name, row in items.set_names.get(lang, {}).items()}
    titles = found.names[lang].modules if lang in found.names else {}
    return names | {module_set(module, items.sets): {"name": titles[module]} for module in modules if module in titles}


def _item(raw: RawItem, items: Items, found: Collected, languages: Languages) -> Item:
    texts = {}
    for row in languages:
        words = items.text(row.derived or row.tag, raw.id)
        if words is not None:
            text = _text(words)
            texts[row.tag] = _latin(text) if row.derived else text
    return Item(
        id=raw.id,
        type=raw.type,
        options=raw.options,
        key=raw.keys,
        texts=texts,
        topic=topic_of(raw.id),
        bloom=raw.bloom,
        difficulty=int(raw.difficulty),
        audience=tuple(raw.audience),
        misconceptions=raw.misconceptions,
        sources=_sources(raw, found),
        as_of=raw.as_of,
    )


def _sources(raw: RawItem, found: Collected) -> tuple[str, ...]:
    """Pages behind the facts of an item, the institution's own first; those of its topic when its facts have none."""
    named = dict.fromkeys(
        name for fact in raw.facts if fact in found.facts for name in found.facts[fact].sources if name in found.sources
    )
    pages = [name for name in named if found.sources[name].kind in SHOWN_KINDS]
    if pages:
        return tuple(sorted(pages, key=lambda name: SHOWN_KINDS.index(found.sources[name].kind))[:SHOWN_SOURCES])
    return tuple(name for name in found.topics[topic_of(raw.id)].sources if name in found.sources)


def _text(raw: RawItemText) -> ItemText:
    left = tuple(raw.left[name] for name in sorted(raw.left))
    return ItemText(raw.stem, raw.explanation, raw.options, left, raw.feedback, tuple(raw.accept))


def _latin(text: ItemText) -> ItemText:
    """Serbian Latin of every text; an accepted answer that is written in Latin already stays."""
    return ItemText(
        serbian_latin(text.stem),
        serbian_latin(text.explanation),
        {name: serbian_latin(words) for name, words in text.options.items()},
        tuple(map(serbian_latin, text.left)),
        {name: serbian_latin(words) for name, words in text.feedback.items()},
        tuple(dict.fromkeys(map(serbian_latin, text.accept))),
    )
