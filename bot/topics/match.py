"""Finds the topic that a question asks about. Plain Python and small arrays: no numpy while the bot runs.

Exact keys (titles, acronyms) come first with score 1. Then the linear classifier gives each topic a score, damped
by how much of the question's character grams it has ever seen: a question from elsewhere shares few. Two
thresholds, tuned on a labelled set and kept as data, make three zones: answer, suggest, refuse.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from array import array
from dataclasses import dataclass
from enum import StrEnum

from bot.topics.features import features
from bot.topics.key import search_key

MAGIC = b"KMATCH1\n"
SHOWN = 5
"""Matches that are returned at most."""


class Zone(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores between 0 and 1."""

    answer: float
    """At least this: answer."""
    suggest: float
    """At least this: offer the nearest topics; below: say that we do not know."""


@dataclass(frozen=True, slots=True)
class Found:
    """The topics for a question, best first, and how sure we are. Empty when refused."""

    matches: tuple[tuple[str, float], ...]
    zone: Zone


class Matcher:
    """A trained model with the exact keys beside it."""

    def __init__(self, model: bytes, exact: dict[str, str], thresholds: Thresholds) -> None:
        """Raises ValueError when `model` was not written by `train`."""
        if not model.startswith(MAGIC):
            raise ValueError("not a Kompas matcher model")
        start = len(MAGIC) + 4
        (size,) = struct.unpack_from("<I", model, len(MAGIC))
        head = json.loads(model[start : start + size])
        grams = head["grams"].split("\n")
        self.labels: list[str] = head["labels"]
        self.exact = exact
        self.thresholds = thresholds
        self._column = {gram: index for index, gram in enumerate(grams)}
        self._idf = _floats(model[start + size : start + size + 4 * len(grams)])
        self._weights = _floats(model[start + size + 4 * len(grams) :])
        self._rarest = math.log((1 + head["phrases"]) / 1) + 1

    def find(self, question: str) -> Found:
        """The topics that `question` may be about."""
        key = search_key(question)
        if not key:
            return Found((), Zone.REFUSE)
        if key in self.exact:
            return Found(((self.exact[key], 1.0),), Zone.ANSWER)
        scored = self.scores(key)
        best = scored[0][1]
        if scored[0][0] == "" or best < self.thresholds.suggest:
            return Found((), Zone.REFUSE)
        zone = Zone.ANSWER if best >= self.thresholds.answer else Zone.SUGGEST
        named = [(label, round(score, 4)) for label, score in scored if label and score > 0]
        return Found(tuple(named[:SHOWN]), zone)

    def scores(self, key: str) -> list[tuple[str, float]]:
        """Score of each label for a search key, best first; the label "" stands for "none of our topics"."""
        width = len(self.labels)
        known: list[tuple[int, float]] = []
        mass = all_mass = length = 0.0
        for gram, count in features(key).items():
            index = self._column.get(gram)
            if index is None:
                if gram[0] != "=":
                    all_mass += self._rarest
                continue
            idf = self._idf[index]
            if gram[0] != "=":
                mass += idf
                all_mass += idf
            value = (1 + math.log(count)) * idf
            length += value * value
            known.append((index * width, value))
        if not known:
            return [(label, 0.0) for label in self.labels]
        scale = (mass / all_mass if all_mass else 0.0) / math.sqrt(length)
        totals = [0.0] * width
        weights = self._weights
        for start, value in known:
            totals = [
                total + value * weight for total, weight in zip(totals, weights[start : start + width], strict=True)
            ]
        ranked = [(label, total * scale) for label, total in zip(self.labels, totals, strict=True)]
        ranked.sort(key=lambda pair: (-pair[1], pair[0]))
        return ranked


def _floats(data: bytes) -> array[float]:
    values = array("f")
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values
