"""The sentences in the code, gathered for translators: what `tools/strings.py` writes into the catalogs and `kompas
check` compares with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

KEYWORDS = {"voice": ((1, "c"), 2), "mark": ((1, "c"), 2), "many": ((1, "c"), 2, 3)}
"""Calls that hold a sentence: their first argument is the context (the id), then the English text, then its plural."""

TRANSLATORS = "Translators:"


def code_folders(root: Path) -> Iterator[Path]:
    """Folders with sentences in them."""
    yield root / "bot"
    yield root / "adapters"


def extracted(root: Path) -> Catalog:
    """All sentences in the code under `root`, with the notes for translators and where they stand."""
    catalog = Catalog(fuzzy=False)
    for folder in code_folders(root):
        for name, line, message, comments, context in extract_from_dir(
            folder, [("**.py", "python")], {}, keywords=KEYWORDS, comment_tags=[TRANSLATORS], strip_comment_tags=True
        ):
            place = (str(Path(folder.name) / name), line)
            catalog.add(message, locations=[place], auto_comments=comments, context=context)
    return catalog
