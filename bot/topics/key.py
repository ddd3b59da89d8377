"""The search key: what is left of a text when script, diacritics and spelling habits are folded away.

`Шта је сајбер дипломатија?`, `sta je sajber diplomatija` and `Šta je sajber-diplomatija` have the same key. It is
lossy on purpose, used for matching only and never shown. The rules are the same for phrases and questions, so a
fold that no standard has (q -> k in Albanian) costs nothing: both sides lose the same.
"""

from __future__ import annotations

from bot.i18n.script import fold_latin, without_habits

VERSION = 2
"""Raised whenever a rule changes: trained models are tied to it."""


def search_key(text: str) -> str:
    """The key of `text`: runs of folded letters and digits joined by one space; "" when there are none."""
    folded = fold_latin(text)
    words = "".join(c if c.isalnum() else " " for c in folded).split()
    return without_habits(" ".join(words))
