"""The language table (`locales/languages.yaml`), the only place that knows tags, autonyms, scripts and plural rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import BadContent


@dataclass(frozen=True, slots=True)
class Language:
    """One row of the table; the file explains the fields."""

    tag: str
    autonym: str
    menu: str
    script: str
    babel: str
    plural: str
    family: str
    discord: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    derived: str | None = None
    offers: tuple[str, ...] = ()
    alphabet: tuple[str, ...] = ()
    clue_words: frozenset[str] = frozenset()
    clue_letters: frozenset[str] = frozenset()
    review: Mapping[str, str] = field(default_factory=dict)


class Languages:
    """The table in the order of the file."""

    def __init__(self, rows: list[Language]) -> None:
        self._rows = {row.tag: row for row in rows}

    def __iter__(self) -> Iterator[Language]:
        return iter(self._rows.values())

    def __contains__(self, tag: object) -> bool:
        return tag in self._rows

    def __getitem__(self, tag: str) -> Language:
        return self._rows[tag]

    @property
    def tags(self) -> tuple[str, ...]:
        """All locale tags."""
        return tuple(self._rows)

    @property
    def written(self) -> tuple[str, ...]:
        """Tags of the languages that people write, without the derived ones."""
        return tuple(row.tag for row in self if row.derived is None)

    def fallback(self, tag: str) -> str | None:
        """The language whose text may stand in silently: only the other script of the same language."""
        for row in self:
            if row.derived == tag:
                return row.tag
        return self[tag].derived

    def find(self, word: str) -> str | None:
        """The tag meant by `word`: a tag in any case, an autonym, or a system locale such as `sq_AL.UTF-8`."""
        plain = word.strip().casefold()
        for row in self:
            if plain in (row.tag.casefold(), row.autonym.casefold()):
                return row.tag
        return self.from_system(word)

    def from_system(self, locale: str) -> str | None:
        """The language of a system locale (`LANG`), or None when it is none of ours or says nothing (C, POSIX,
        English).
        """
        name, _, modifier = locale.partition("@")
        name = name.partition(".")[0].replace("-", "_")
        names = [f"{name}@{modifier}"] if modifier else []
        names += [name, name.partition("_")[0]]
        for candidate in names:
            for row in self:
                if candidate in row.system:
                    return row.tag
        return None

    def from_hint(self, code: str) -> str | None:
        """The language that a platform's locale code means for certain, or None."""
        return next((row.tag for row in self if code in row.hints), None)


def load_languages(folder: Path) -> Languages:
    """The table in `folder`/languages.yaml. Raises BadContent with the cause when the file or a row is wrong."""
    file = folder / "languages.yaml"
    try:
        rows = yaml.load(file.read_text("utf-8"), Loader=yaml.CBaseLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise BadContent(file, 0, f"cannot be read as UTF-8 text: {error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadContent(file, mark.line + 1 if mark else 0, error.problem or "not valid YAML") from error
    except yaml.YAMLError as error:
        raise BadContent(file, 0, str(error).replace("\n", " ")) from error
    if not isinstance(rows, list) or not rows:
        raise BadContent(file, 1, "the file must be a list of languages")
    for row in rows:
        if not isinstance(row, dict):
            raise BadContent(file, 0, f"a language must be a mapping of keys to values, not {row!r}")
    return Languages([_language(file, row) for row in rows])


def _language(file: Path, row: dict[str, Any]) -> Language:
    try:
        clues = row.get("clues", {})
        return Language(
            tag=row["tag"],
            autonym=row["autonym"],
            menu=row["menu"],
            script=row["script"],
            babel=row["babel"],
            plural=row["plural"],
            family=row.get("family", row["tag"]),
            discord=tuple(row["discord"]),
            hints=tuple(row["hints"]),
            system=tuple(row["system"]),
            derived=row.get("derived"),
            offers=tuple(row["offers"]),
            alphabet=tuple(row.get("alphabet", "").split()),
            clue_words=frozenset(clues.get("words", "").split()),
            clue_letters=frozenset(clues.get("letters", "")),
            review=row.get("review", {}),
        )
    except KeyError as error:
        raise BadContent(file, 0, f"the language {row.get('tag', '?')} lacks {error}") from error
    except (TypeError, AttributeError) as error:
        cause = f"the language {row.get('tag', '?')} has a field of the wrong form: {error}"
        raise BadContent(file, 0, cause) from error
