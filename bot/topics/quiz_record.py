"""Records in translations of quiz items which English text they say, and finds what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import regex

from bot.topics.history import earlier_versions
from bot.topics.quiz_collect import Items, item_hash
from bot.topics.quiz_schema import RawItemText
from bot.topics.yamlfile import read_yaml


def accept_items(items: Items, lang: str) -> int:
    """Record in every quiz file of `lang` the hashes of today's English texts. Returns how many files changed."""
    by_file: dict[Path, dict[str, str]] = {}
    for name in changed_items(items, lang):
        by_file.setdefault(items.places[lang, name][0], {})[name] = item_hash(items.items[name].text)
    return sum(_record(file, hashes) for file, hashes in by_file.items())


def _record(file: Path, hashes: dict[str, str]) -> bool:
    """Write `source` into items. An item that is not written in block style is left alone: it stays a finding."""
    _, places = read_yaml(file)
    rows = file.read_text("utf-8").splitlines(keepends=True)
    changed = False
    for name in sorted(hashes, key=lambda name: places["items", name], reverse=True):  # line numbers above stay true
        first = places["items", name] - 1
        block = regex.match(r"( *)[a-z]+:", rows[first])
        if block is None:
            continue
        record = f'{block.group(1)}source: "{hashes[name]}"\n'
        line = places.get(("items", name, "source"))
        if line is None:
            rows.insert(first, record)
        else:
            rows[line - 1] = record
        changed = True
    if changed:
        file.write_text("".join(rows), "utf-8")
    return changed


def changed_items(items: Items, lang: str) -> list[str]:
    """Items whose translation is stale."""
    return [name for name in items.texts.get(lang, {}) if items.stale(lang, name)]


def item_changes(items: Items, lang: str) -> Iterator[str]:
    """What changed in English since a stale translation was made, part by part."""
    for name in changed_items(items, lang):
        now = items.items[name].text
        old = _earlier(items.places["en", name][0], name, items.texts[lang][name].source)
        if old is None:
            continue
        before, after = _parts(old), _parts(now)
        for part in dict.fromkeys((*before, *after)):
            if before.get(part) != after.get(part):
                yield f"{lang} {name} {part}\n  was: {before.get(part, '-')}\n  now: {after.get(part, '-')}"


def _earlier(file: Path, name: str, digest: str) -> RawItemText | None:
    """The English text of an item in the version of its file that has this hash."""
    for version in earlier_versions(file) if digest else ():
        try:
            (row,) = (row for row in version["items"] if row["id"] == name)
            text = RawItemText.model_validate(row["text"])
        except (KeyError, TypeError, ValueError):
            continue
        if item_hash(text) == digest:
            return text
    return None


def _parts(text: RawItemText) -> dict[str, str]:
    parts = {"stem": text.stem, "explanation": text.explanation}
    for side in ("options", "left", "feedback"):
        parts |= {f"{side}.{name}": words for name, words in getattr(text, side).items()}
    return parts
