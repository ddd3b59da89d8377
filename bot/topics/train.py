"""Trains the matcher from the phrases of all languages. Runs in a process of its own, the only place that loads numpy.

Averaged passive-aggressive classifier (PA-I; Crammer et al., "Online Passive-Aggressive Algorithms", JMLR 7, 2006)
over TF-IDF vectors of unit length. One index serves all languages: their keys share one Latin spelling, and names
and acronyms help each other.
"""

from __future__ import annotations

import json
import math
import random
import struct
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.topics.features import features, number
from bot.topics.key import search_key

EPOCHS = 15
AGGRESSIVENESS = 0.3
NEGLIGIBLE = 0.02
"""Weights below this are dropped: four of five are zero anyway, and the rest is kept sparse."""
MAGIC = b"KMATCH4\n"


def train(examples: Iterable[tuple[str, str]], *, seed: int = 7) -> bytes:
    """The model learnt from (text, label) pairs as bytes for `Matcher`; the same input gives the same bytes.

    The label of questions that belong to no topic is "". Raises ValueError for fewer than two or more than 255 labels.
    """
    import numpy as np

    pairs = sorted({(key, label) for text, label in examples if (key := search_key(text))})
    labels = sorted({label for _, label in pairs})
    if not 2 <= len(labels) <= 255:
        raise ValueError(f"a matcher needs phrases of 2 to 255 topics, not {len(labels)}")
    counted = [_numbered(key) for key, _ in pairs]
    frequency: Counter[int] = Counter()
    for counts in counted:
        frequency.update(counts.keys())
    grams = sorted(frequency)
    column = {gram: index for index, gram in enumerate(grams)}
    idf = np.array([math.log((1 + len(pairs)) / (1 + frequency[gram])) + 1 for gram in grams], dtype=np.float32)

    rows: list[tuple[Any, Any]] = []
    for counts in counted:
        at = np.array([column[gram] for gram in counts], dtype=np.int64)
        value = (1 + np.log(np.array(list(counts.values()), dtype=np.float32))) * idf[at]
        rows.append((at, value / np.linalg.norm(value)))
    right = [labels.index(label) for _, label in pairs]

    weights = np.zeros((len(grams), len(labels)), dtype=np.float32)
    weighted = np.zeros_like(weights)
    step = 1
    shuffler = random.Random(seed)
    order = list(range(len(rows)))
    for _ in range(EPOCHS):
        shuffler.shuffle(order)
        mistakes = 0
        for index in order:
            at, value = rows[index]
            scores = value @ weights[at]
            truth = right[index]
            own = scores[truth]
            scores[truth] = -np.inf
            rival = int(scores.argmax())
            loss = 1 - own + scores[rival]
            if loss > 0:
                mistakes += int(own <= scores[rival])
                change = min(AGGRESSIVENESS, float(loss) / 2) * value
                weights[at, truth] += change
                weights[at, rival] -= change
                weighted[at, truth] += step * change
                weighted[at, rival] -= step * change
            step += 1
        if mistakes == 0:
            break
    averaged = (weights - weighted / step).astype("<f4")
    averaged[np.abs(averaged) < NEGLIGIBLE] = 0
    rows_of, labels_of = np.nonzero(averaged)
    unit = float(np.abs(averaged).max()) / 32767  # weights are kept as whole numbers of 16 bits
    starts = np.searchsorted(rows_of, np.arange(len(grams) + 1)).astype("<u4")
    head = json.dumps({"labels": labels, "phrases": len(pairs), "features": len(grams), "unit": unit}).encode()
    parts = (
        np.array(grams, dtype="<u4"),
        idf.astype("<f4"),
        starts,
        np.rint(averaged[rows_of, labels_of] / unit).astype("<i2"),
        labels_of.astype("u1"),
    )
    return MAGIC + struct.pack("<I", len(head)) + head + b"".join(part.tobytes() for part in parts)


def _numbered(key: str) -> Counter[int]:
    counts: Counter[int] = Counter()
    for feature, count in features(key).items():
        counts[number(feature)] += count
    return counts


def main() -> None:
    """`python -m bot.topics.train OUTPUT` reads [[text, label], …] as JSON from standard input."""
    output = Path(sys.argv[1])
    examples = [(text, label) for text, label in json.load(sys.stdin)]
    output.write_bytes(train(examples))


if __name__ == "__main__":
    main()
