"""Checks on catalogs: every sentence translated, the same placeholders, all plural forms, nothing left over."""

from __future__ import annotations

import io
import string
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

from bot.i18n.extract import extracted
from bot.i18n.languages import Languages
from bot.topics.lint import Finding, text_findings

DESCRIPTION = 100
"""Characters of a command's or option's description; Discord's limit."""


def catalog_findings(locales: Path, root: Path, languages: Languages, only: str | None) -> Iterator[Finding]:
    """What is wrong with the catalogs. Without the code (an installed wheel) there is nothing to compare with."""
    if not (root / "bot").is_dir():
        return
    template = {(m.context, m.id): m for m in extracted(root) if m.id}
    for tag in languages.written:
        if tag == "en" or only not in (None, tag):
            continue
        file = locales / f"{tag}.po"
        if not file.exists():
            yield Finding(file, (1,), "is missing")
            continue
        try:
            catalog = read_po(io.BytesIO(file.read_bytes()), abort_invalid=True)
        except PoFileError as error:
            yield Finding(file, (error.lineno or 1,), str(error))
            continue
        known = {(m.context, m.id): m for m in catalog if m.id}
        for key in template.keys() - known.keys():
            yield Finding(file, (1,), f"{key[0]}: not in the catalog (make strings)")
        for key in known.keys() - template.keys():
            yield Finding(file, (known[key].lineno or 1,), f"{key[0]}: no longer in the code (make strings)")
        forms = int(languages[tag].plural.partition("nplurals=")[2].partition(";")[0])
        for key in template.keys() & known.keys():
            for cause in _message(known[key], tag, forms):
                yield Finding(file, (known[key].lineno or 1,), f"{key[0]}: {cause}")


def _message(message: Message, tag: str, forms: int) -> Iterator[str]:
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    if message.fuzzy:
        yield "is marked fuzzy: look at it and take the mark away"
    if not all(strings):
        yield "is not translated"
        return
    if isinstance(message.id, (tuple, list)) and len(strings) != forms:
        yield f"has {len(strings)} plural forms, the language has {forms}"
    english = message.id[-1] if isinstance(message.id, (tuple, list)) else message.id
    for text in map(str, strings):
        if _placeholders(text) != _placeholders(str(english)):
            yield f"has the placeholders {sorted(_placeholders(text))}, English {sorted(_placeholders(str(english)))}"
        yield from text_findings(text, tag)
        if str(message.context).startswith(("about.", "option.")) and len(english) <= DESCRIPTION < len(text):
            yield f"{len(text)} characters, at most {DESCRIPTION}"


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return {"?"}
