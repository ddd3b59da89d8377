"""Finds the topic that a question asks about. Plain Python and small arrays: no numpy while the bot runs.

Exact keys (titles, acronyms) come first with score 1. Then the linear classifier scores each topic and "none of
ours", damped by how much of the question's character grams it has ever seen. How sure we are is the lead of the best
topic over the second and over "none": measured on labelled questions, that lead separates right answers from wrong
ones and from questions of elsewhere far better than the score. Two thresholds on it, tuned on a labelled set and
kept as data, make three zones: answer, suggest, refuse.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.topics.features import features, number
from bot.topics.key import search_key

MAGIC = b"KMATCH4\n"
TROUBLE = "!"
"""Labels that begin with it are kinds of trouble that a person is in; they are answered ahead of every topic."""

CLEAR_TROUBLE = 0.2
"""Nine of ten sentences of people in trouble that were held back from training reach it, one of a hundred others."""

SHOWN = 5
"""Matches that are returned at most."""

TELLING = 20.0
"""TF-IDF length from which a question says enough to be answered; "cyber" or "EU" alone stay below, one rare word does
not (99 of 100 labelled questions are longer).
"""


class Zone(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """On how sure we are (`Found.lead`)."""

    answer: float
    """At least this: answer."""
    suggest: float
    """At least this: offer the nearest topics; below: say that we do not know. Negative: "none of ours" may lead a
    little.
    """


@dataclass(frozen=True, slots=True)
class Found:
    """The topics for a question, best first, with scores between 0 and 1. Empty when refused."""

    matches: tuple[tuple[str, float], ...]
    zone: Zone
    lead: float = 0.0
    """How far the best topic is ahead of the second one and of "none of ours", on average."""
    trouble: str = ""
    """Kind of trouble that the person is in, if the text says so more than anything else."""


class Matcher:
    """A trained model with the exact keys beside it."""

    def __init__(self, model: bytes, exact: dict[str, str], thresholds: Thresholds) -> None:
        """Raises ValueError when `model` was not written by `train`."""
        if not model.startswith(MAGIC):
            raise ValueError("not a Kompas matcher model")
        start = len(MAGIC) + 4
        (size,) = struct.unpack_from("<I", model, len(MAGIC))
        head = json.loads(model[start : start + size])
        size_of = head["features"]
        self.labels: list[str] = head["labels"]
        self.exact = exact
        self.thresholds = thresholds
        self._unit: float = head["unit"]
        self._rarest = math.log((1 + head["phrases"]) / 1) + 1
        rest = memoryview(model)[start + size :]
        self._numbers, rest = _take("I", rest, size_of)
        self._idf, rest = _take("f", rest, size_of)
        self._starts, rest = _take("I", rest, size_of + 1)
        self._weights, rest = _take("h", rest, self._starts[-1])
        self._labels, rest = _take("B", rest, self._starts[-1])

    def find(self, question: str) -> Found:
        """The topics that `question` may be about."""
        found = self.find_all(question)
        if found.lead < self.thresholds.suggest or not found.matches:
            return Found((), Zone.REFUSE, found.lead, found.trouble)
        zone = Zone.ANSWER if found.lead >= self.thresholds.answer else Zone.SUGGEST
        return Found(found.matches, zone, found.lead, found.trouble)

    def find_all(self, question: str) -> Found:
        """The nearest topics whatever the thresholds say."""
        key = search_key(question)
        if not key:
            return Found((), Zone.REFUSE, -math.inf)
        if key in self.exact:
            return Found(((self.exact[key], 1.0),), Zone.ANSWER, math.inf)
        scored = self.scores(key)
        named = [(label, round(min(score, 1.0), 4)) for label, score in scored if is_topic(label) and score > 0]
        trouble = trouble_of(scored)
        return Found(tuple(named[:SHOWN]), Zone.SUGGEST, lead_of(scored), trouble)

    def scores(self, key: str) -> list[tuple[str, float]]:
        """Score of each label for a search key, best first; the label "" stands for "none of our topics"."""
        known: list[tuple[int, float]] = []
        mass = all_mass = length = 0.0
        for gram, count in features(key).items():
            wanted = number(gram)
            index = bisect_left(self._numbers, wanted)
            if index == len(self._numbers) or self._numbers[index] != wanted:
                if gram[0] != "=":
                    all_mass += self._rarest
                continue
            idf = self._idf[index]
            if gram[0] != "=":
                mass += idf
                all_mass += idf
            value = idf if count == 1 else (1 + math.log(count)) * idf
            length += value * value
            known.append((index, value))
        if not known:
            return [(label, 0.0) for label in self.labels]
        norm = math.sqrt(length)
        scale = (mass / all_mass if all_mass else 0.0) / norm * min(1.0, norm / TELLING) * self._unit
        totals = [0.0] * len(self.labels)
        starts, weights, labels = self._starts, self._weights, self._labels
        for index, value in known:
            first, last = starts[index], starts[index + 1]
            for label, weight in zip(labels[first:last], weights[first:last], strict=True):
                totals[label] += value * weight
        ranked = [(label, total * scale) for label, total in zip(self.labels, totals, strict=True)]
        ranked.sort(key=lambda pair: (-pair[1], pair[0]))
        return ranked


def is_topic(label: str) -> bool:
    """Whether a label stands for a topic: not for trouble, nor for "none of ours"."""
    return bool(label) and not label.startswith(TROUBLE)


def trouble_of(scored: list[tuple[str, float]]) -> str:
    """The kind of trouble that a ranking begins with, if it is clearly ahead of "none of ours"; else ""."""
    label, score = scored[0]
    none = next((other for name, other in scored if not name), 0.0)
    return label.removeprefix(TROUBLE) if label.startswith(TROUBLE) and score - none >= CLEAR_TROUBLE else ""


def lead_of(scored: list[tuple[str, float]]) -> float:
    """How far the best topic of a ranking is ahead: of the mean of the second topic and of "none of ours"; of the
    latter alone when there is one topic only. Minus infinity without any topic.
    """
    topics = [score for label, score in scored if is_topic(label)]
    none = max((score for label, score in scored if not is_topic(label)), default=0.0)
    if len(topics) < 2:  # content that is being written, or most of it broken
        return topics[0] - none if topics else -math.inf
    return topics[0] - (topics[1] + none) / 2


def _take(kind: str, data: memoryview, count: int) -> tuple[array[Any], memoryview]:
    """The next `count` values of a little-endian model, and what comes after them."""
    values: array[Any] = array(kind)
    end = count * values.itemsize
    values.frombytes(data[:end])
    if sys.byteorder == "big":
        values.byteswap()
    return values, data[end:]
