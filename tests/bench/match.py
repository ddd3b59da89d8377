"""How long finding a topic takes, over the labelled questions of all languages."""

from __future__ import annotations

import json
from statistics import median, quantiles

from bot.artifacts import load_knowledge
from bot.cli.bench import QUESTIONS, table
from bot.topics.evaluate import judge, load_questions


def main() -> None:
    """Print the table and the JSON line."""
    matcher = load_knowledge().matcher
    questions = load_questions(QUESTIONS)
    judge(matcher, questions[:200])  # warm
    judged = judge(matcher, questions)
    for line in table(judged, matcher.thresholds):
        print(line)
    times = [one.milliseconds for one in judged]
    print(
        json.dumps(
            {
                "bench": "match",
                "questions": len(times),
                "median_ms": round(median(times), 3),
                "p99_ms": round(quantiles(times, n=100)[98], 3),
            }
        )
    )


if __name__ == "__main__":
    main()
