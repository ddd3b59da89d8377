"""All quiz files, read and checked for shape. A broken item is named and left out; the others go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import BadContent
from bot.i18n.languages import Languages
from bot.quiz.pseudonyms import Words
from bot.topics.collect import QUIZ_ENDING, Collected, source_hash
from bot.topics.quiz_schema import (
    RawItem,
    RawItemText,
    RawItemTranslation,
    RawMisconception,
    RawMisconceptionTopics,
    RawSet,
    RawSetName,
    item_faults,
    set_faults,
    translation_faults,
)
from bot.topics.schema import Model, check_all
from bot.topics.yamlfile import Lines, read_yaml


@dataclass
class Items:
    """What the quiz files say. `broken` holds one entry for each mistake that leaves something out."""

    content: Path
    items: dict[str, RawItem] = field(default_factory=dict)
    """English items by id, topic after topic."""
    texts: dict[str, dict[str, RawItemTranslation]] = field(default_factory=dict)
    """Translations by language and item id."""
    sets: dict[str, RawSet] = field(default_factory=dict)
    set_names: dict[str, dict[str, RawSetName]] = field(default_factory=dict)
    """By language and set id."""
    pseudonyms: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the names of players are made of, by language."""
    misconceptions: dict[str, list[str]] = field(default_factory=dict)
    """By code: the topics that set it right."""
    thoughts: dict[str, dict[str, RawMisconception]] = field(default_factory=dict)
    """By language and code."""
    places: dict[tuple[str, str], tuple[Path, tuple[str | int, ...]]] = field(default_factory=dict)
    """File of each (language, item), and the path of the item in it."""
    files: dict[tuple[str, str], Path] = field(default_factory=dict)
    """Quiz file of each (language, topic)."""
    given: dict[str, set[str]] = field(default_factory=dict)
    """By language: ids that stand in a file, usable or not."""
    broken: list[BadContent] = field(default_factory=list)

    def text(self, lang: str, item: str) -> RawItemText | None:
        """The text of an item in a written language, or None."""
        if lang == "en":
            return self.items[item].text if item in self.items else None
        return self.texts.get(lang, {}).get(item)

    def stale(self, lang: str, item: str) -> bool:
        """Whether the English text has changed since the translation was made, or was never recorded."""
        return self.texts[lang][item].source != item_hash(self.items[item].text)

    def of_topic(self, topic: str) -> list[RawItem]:
        """The English items of a topic."""
        return [item for item in self.items.values() if topic_of(item.id) == topic]


def topic_of(item: str) -> str:
    """The topic that an item id begins with."""
    return item.rpartition(".")[0]


def item_hash(text: RawItemText) -> str:
    """Hash of all that a translator translates; accepted answers are each language's own."""
    parts = [text.stem, text.explanation]
    for words in (text.options, text.left, text.feedback):
        parts += [f"{name}: {words[name]}" for name in sorted(words)]
    return source_hash("\n".join(parts))


def quiz_files(content: Path, lang: str) -> list[Path]:
    """The quiz files of one language, in a fixed order."""
    return sorted(file for file in (content / lang).glob(f"*/*{QUIZ_ENDING}") if not file.name.startswith("_"))


def collect_items(content: Path, languages: Languages, found: Collected) -> Items:
    """Every item and set. Nothing raises: what cannot be used is in `broken`."""
    items = Items(content)
    items.given["en"] = set()
    for file in quiz_files(content, "en"):
        _english(file, items, found)
    for lang in languages.written:
        if lang != "en":
            items.texts[lang], items.given[lang] = {}, set()
            for file in quiz_files(content, lang):
                _translation(file, lang, items, found)
    _sets(items, languages)
    for lang in languages.written:
        _pseudonyms(content / lang / "pseudonyms.yaml", lang, items)
    _misconceptions(items, languages)
    return items


def _opened(file: Path, lang: str, items: Items, found: Collected) -> tuple[dict[str, object], Lines, str] | None:
    """Data, lines and topic of a file that stands in its place."""
    try:
        data, lines = read_yaml(file)
    except BadContent as error:
        items.broken.append(error)
        return None
    topic, name = data.get("topic"), file.name.removesuffix(QUIZ_ENDING)
    cause = ""
    if topic != name:
        cause = f"topic: {topic!r}, but the file is named {name!r}"
    elif name not in found.topics:
        cause = f"topic: {name} does not exist in English"
    elif found.topics[name].module != file.parent.name:
        cause = f"topic: {name} is of the module {found.topics[name].module}, not {file.parent.name}"
    elif unknown := sorted(data.keys() - {"topic", "items"}):
        cause = f"{unknown[0]}: unknown field"
    if cause:
        items.broken.append(BadContent(file, lines.get(("topic",), 1), cause))
        return None
    items.files[lang, name] = file
    return data, lines, name


def _english(file: Path, items: Items, found: Collected) -> None:
    opened = _opened(file, "en", items, found)
    if opened is None:
        return
    data, lines, topic = opened
    rows = data.get("items")
    if not isinstance(rows, list):
        items.broken.append(BadContent(file, lines.get(("items",), 1), "items: a list, please"))
        return
    for index, row in enumerate(rows):
        path = ("items", index)
        name = str(row.get("id", "")) if isinstance(row, dict) else ""
        items.given["en"].add(name)
        item = check_all(file, row, lines, RawItem, items.broken, path, name)
        if item is None:
            continue
        faults = list(item_faults(item))
        if topic_of(item.id) != topic:
            faults.append((("id",), f"id: {item.id} is not of the topic {topic}"))
        if item.id in items.items:
            faults.append((("id",), f"id: {item.id} stands twice"))
        if _usable(file, lines, path, item.id, faults, items.broken):
            items.items[item.id] = item
            items.places["en", item.id] = (file, path)


def _translation(file: Path, lang: str, items: Items, found: Collected) -> None:
    opened = _opened(file, lang, items, found)
    if opened is None:
        return
    data, lines, topic = opened
    rows = data.get("items")
    if not isinstance(rows, dict):
        items.broken.append(BadContent(file, lines.get(("items",), 1), "items: texts by item id, please"))
        return
    for name, row in rows.items():
        path = ("items", name)
        items.given[lang].add(name)
        if name not in items.given["en"] or topic_of(name) != topic:
            items.broken.append(BadContent(file, lines[path], f"{name} does not exist in English"))
            continue
        text = check_all(file, row, lines, RawItemTranslation, items.broken, path, name)
        if text is None or name not in items.items:  # a broken English item has been named already
            continue
        if _usable(file, lines, path, name, list(translation_faults(items.items[name], text)), items.broken):
            items.texts[lang][name] = text
            items.places[lang, name] = (file, path)


def _usable(
    file: Path,
    lines: Lines,
    path: tuple[str | int, ...],
    name: str,
    faults: list[tuple[tuple[str | int, ...], str]],
    broken: list[BadContent],
) -> bool:
    for where, cause in faults:
        at = (*path, *where)
        while at not in lines:
            at = at[:-1]
        broken.append(BadContent(file, lines[at], f"{name}: {cause}"))
    return not faults


def _sets(items: Items, languages: Languages) -> None:
    file = items.content / "sets.yaml"
    try:
        data, lines = read_yaml(file)
    except BadContent as error:
        items.broken.append(error)
        return
    for name, row in data.items():
        made = check_all(file, row, lines, RawSet, items.broken, (name,), name)
        if made and _usable(file, lines, (name,), name, list(set_faults(made)), items.broken):
            items.sets[name] = made
    for lang in languages.written:
        file = items.content / lang / "sets.yaml"
        if not file.exists():
            continue
        try:
            data, lines = read_yaml(file)
        except BadContent as error:
            items.broken.append(error)
            continue
        rows = {name: check_all(file, row, lines, RawSetName, items.broken, (name,)) for name, row in data.items()}
        items.set_names[lang] = {name: row for name, row in rows.items() if row}


def _misconceptions(items: Items, languages: Languages) -> None:
    rows = _by_code(items.content / "misconceptions.yaml", RawMisconceptionTopics, items)
    items.misconceptions = {code: row.root for code, row in rows.items()}
    for lang in languages.written:
        items.thoughts[lang] = _by_code(items.content / lang / "misconceptions.yaml", RawMisconception, items)


def _by_code(file: Path, model: type[Model], items: Items) -> dict[str, Model]:
    """What a file says about each misconception; a broken entry is named and left out."""
    if not file.exists():
        return {}
    try:
        data, lines = read_yaml(file)
    except BadContent as error:
        items.broken.append(error)
        return {}
    rows = {code: check_all(file, row, lines, model, items.broken, (code,), code) for code, row in data.items()}
    return {code: row for code, row in rows.items() if row is not None}


def _pseudonyms(file: Path, lang: str, items: Items) -> None:
    if not file.exists():
        return
    try:
        data, _ = read_yaml(file)
        Words.from_mapping(data)
    except BadContent as error:
        items.broken.append(error)
    except ValueError as error:
        items.broken.append(BadContent(file, 1, str(error)))
    else:
        items.pseudonyms[lang] = data
