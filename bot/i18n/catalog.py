"""How Kompas speaks: gettext catalogs. `locales/<tag>.po` is written by translators; English stands in the code.

`msgctxt` is a stable id, `msgid` the English text, so a changed English sentence loses its translation visibly
instead of keeping a wrong one. A fuzzy entry counts as missing.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.errors import BadContent
from bot.i18n.languages import Language, Languages
from bot.i18n.script import serbian_latin


@dataclass(frozen=True, slots=True)
class Voice:
    """One language as a speaker. Calling it makes a sentence; the placeholders are filled by name."""

    language: Language
    catalog: gettext.NullTranslations

    @property
    def lang(self) -> str:
        """The locale tag."""
        return self.language.tag

    def __call__(self, context: str, english: str, **values: object) -> str:
        """The sentence with the id `context`."""
        text = self.catalog.pgettext(context, english)
        return _filled(text, english, values) if values else text

    def many(self, context: str, one: str, other: str, n: int, **values: object) -> str:
        """The sentence in the form that the number `n` needs in this language; `{n}` is filled."""
        english = one if n == 1 else other
        return _filled(self.catalog.npgettext(context, one, other, n), english, {"n": n, **values})

    def date(self, day: date) -> str:
        """`day` written out, as this language does."""
        return long_date(day, self.language.babel)


def mark(context: str, english: str) -> tuple[str, str]:
    """A sentence that is said later: names it for the catalogs, `Voice` says it."""
    return context, english


def _filled(text: str, english: str, values: Mapping[str, object]) -> str:
    """`text` with its placeholders filled. A translation with a wrong one gives way to English: `kompas check` names
    it, a reader must not pay for it.
    """
    try:
        return text.format(**values)
    except (KeyError, IndexError, ValueError, AttributeError):
        return english.format(**values)


@lru_cache(maxsize=256)
def long_date(day: date, babel_locale: str) -> str:
    """`day` in the long form of a CLDR locale."""
    from babel.dates import format_date  # here: Babel's data costs 17 MB and only dates need it

    return format_date(day, "long", locale=babel_locale)


def compile_catalogs(folder: Path, languages: Languages, broken: list[BadContent]) -> dict[str, bytes]:
    """The catalogs as .mo files by tag; derived languages are made from their source. A missing .po gives no entry,
    nor does one that cannot be read: it is added to `broken` with its line.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    compiled = {}
    for row in languages:
        source = row.derived or row.tag
        file = folder / f"{source}.po"
        if not file.exists():
            continue
        try:
            read = read_po(io.BytesIO(file.read_bytes()), abort_invalid=True)
        except PoFileError as error:
            if not row.derived:
                broken.append(BadContent(file, error.lineno or 0, str(error)))
            continue
        fresh = Catalog(fuzzy=False)
        for message in read:
            if not message.id or message.fuzzy:
                continue
            string = message.string
            if row.derived:
                string = (
                    tuple(map(serbian_latin, string))
                    if isinstance(string, (tuple, list))
                    else serbian_latin(str(string))
                )
            fresh.add(message.id, string, context=message.context)
        stream = io.BytesIO()
        write_mo(stream, fresh)
        compiled[row.tag] = stream.getvalue()
    return compiled


def load_voices(compiled: Mapping[str, bytes], languages: Languages) -> dict[str, Voice]:
    """A voice for every language; one without a catalog speaks English."""
    voices = {}
    for row in languages:
        catalog: gettext.NullTranslations
        data = compiled.get(row.tag)
        catalog = gettext.NullTranslations()
        if data:
            catalog = gettext.GNUTranslations(io.BytesIO(data))
            # Babel writes no plural rule for a catalog without a CLDR locale, and CLDR's is wrong for mk: ours counts
            catalog.plural = gettext.c2py(row.plural.partition("plural=")[2].rstrip("; "))  # type: ignore[attr-defined]
        voices[row.tag] = Voice(row, catalog)
    return voices
