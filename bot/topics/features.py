"""Features of a search key: character 4- and 5-grams inside words, whole words and pairs of neighbours.

Grams see the stem through any ending and most typing mistakes; words and pairs add what stands together. Both
trainer and matcher use this.
"""

from __future__ import annotations

import zlib
from collections import Counter
from itertools import pairwise

VERSION = 4
"""Raised whenever a feature changes: trained models are tied to it."""

SIZES = (4, 5)
MAX_CHARACTERS = 300
"""A question is judged by its first part; beyond that the time to answer would grow with the text."""


def number(feature: str) -> int:
    """The feature as 32 bits (CRC-32). A model keeps these instead of texts: a tenth of the memory, and of a hundred
    thousand features one pair or two share a number, which a linear model does not notice.
    """
    return zlib.crc32(feature.encode())


def features(key: str) -> Counter[str]:
    """How often each feature occurs in `key` (from search_key)."""
    words = key[:MAX_CHARACTERS].split()
    found = [f"={word}" for word in words]
    found += [f"={one}_{two}" for one, two in pairwise(words)]
    for word in words:
        padded = f" {word} "
        for size in SIZES:
            found += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return Counter(found)
