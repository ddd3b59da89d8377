"""What is checked, and where it stands: the texts that people read, never phrases, keywords or other spellings."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from bot.i18n.extract import extracted
from bot.topics.schema import SECTIONS
from bot.topics.yamlfile import read_yaml


@dataclass(frozen=True, slots=True)
class Text:
    """A text, the file it is from and the line (from 1) where it begins."""

    file: Path
    line: int
    text: str


def texts(root: Path, lang: str) -> Iterator[Text]:
    """All texts of `lang`. Raises BadContent when a content file cannot be read."""
    folder = root / "content" / lang
    for file in sorted(folder.rglob("*.yaml")):
        data, lines = read_yaml(file)
        for path in _paths(file, folder, data):
            value: Any = data
            for step in path:
                value = value.get(step, "") if isinstance(value, dict) else value[step]
            yield Text(file, lines.get(path, 1), str(value))
    if lang == "en":
        yield from _code(root)
    elif (catalog := root / "locales" / f"{lang}.po").exists():
        for message in read_po(io.BytesIO(catalog.read_bytes())):
            if message.id:
                for string in message.string if isinstance(message.string, (tuple, list)) else (message.string,):
                    yield Text(catalog, message.lineno or 1, str(string))


def _code(root: Path) -> Iterator[Text]:
    for message in extracted(root):
        if message.id:
            name, line = message.locations[0]
            for string in message.id if isinstance(message.id, (tuple, list)) else (message.id,):
                yield Text(root / name, line or 1, str(string))


def _paths(file: Path, folder: Path, data: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Where the texts are in a content file."""
    if file.name.endswith(".quiz.yaml"):
        yield from _quiz_paths(data)
    elif file.name in ("sets.yaml", "misconceptions.yaml"):
        yield from ((key, field) for key, row in data.items() for field in row)
    elif file.parent != folder:
        yield from (("text", section) for section in SECTIONS if section in data.get("text", {}))
    elif file.name == "glossary.yaml":
        yield from ((key, field) for key in data for field in ("term", "definition"))
    elif file.name == "names.yaml":
        yield from (("modules", key) for key in data.get("modules", {}))
        yield ("kosovo_footnote",)
    elif file.name == "safety.yaml":
        for key, kind in data.get("kinds", {}).items():
            yield ("kinds", key, "title")
            yield from (("kinds", key, "steps", index) for index in range(len(kind.get("steps", []))))
        yield from _leaves(data.get("texts", {}), ("texts",))
    elif file.name == "privacy.yaml":
        yield from _leaves(data, ())


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path


def line_of(text: Text, word: str) -> int:
    """The line of `word` in the file; the line where the text begins when it cannot be found."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    # A curly apostrophe was made straight for the dictionary.
    lines = text.file.read_text("utf-8").replace("’", "'").splitlines()
    start = text.line - 1
    while text.file.suffix == ".po" and start < len(lines) - 1 and not lines[start].startswith("msgstr"):
        start += 1  # the English sentence comes first
    for number, line in enumerate(lines[start:], start + 1):
        if pattern.search(line):
            return number
    return text.line


def _quiz_paths(data: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Where the texts of quiz items are: in a list in the source language, by id in the others. Accepted answers are
    spelled as students may type them, so they are left out."""
    items = data.get("items", [])
    rows = (
        [((n, "text"), row["text"]) for n, row in enumerate(items)]
        if isinstance(items, list)
        else [((name,), row) for name, row in items.items()]
    )
    for path, row in rows:
        for field in ("stem", "explanation"):
            if field in row:
                yield ("items", *path, field)
        for field in ("options", "left", "feedback"):
            yield from (("items", *path, field, option) for option in row.get(field, {}))
