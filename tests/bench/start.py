"""How long `kompas ask` takes from nothing to the answer with the model cached, and how long loading takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bot.artifacts import load_knowledge
from bot.topics.match import Matcher

ROUNDS = 9
KOMPAS = Path(sys.executable).with_name("kompas")


def main() -> None:
    """Print the table and the JSON line."""
    load_knowledge()  # make what is not in the cache yet
    asked = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([str(KOMPAS), "ask", "Çfarë është diplomacia kibernetike?"], check=True, capture_output=True)
        asked.append(time.perf_counter() - start)
    start = time.perf_counter()
    knowledge = load_knowledge()
    loaded = time.perf_counter() - start
    model = model_seconds(knowledge.matcher)
    figures = {
        "ask_p50_s": round(statistics.median(asked), 3),
        "ask_max_s": round(max(asked), 3),
        "knowledge_s": round(loaded, 3),
        "model_ms": round(model * 1000, 1),
        "rounds": ROUNDS,
    }
    for name, value in figures.items():
        print(f"{name:14} {value}")
    print(json.dumps({"bench": "start", **figures}))


def model_seconds(matcher: Matcher) -> float:
    """Time to make a matcher from the cached model's bytes."""
    from bot import paths

    files = sorted(paths.cache_dir().glob("matcher-*"), key=lambda file: file.stat().st_mtime)
    files += sorted(paths.READY_MADE.glob("matcher-*"))
    start = time.perf_counter()
    Matcher(files[-1].read_bytes(), matcher.exact, matcher.thresholds)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
