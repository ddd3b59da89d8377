"""`kompas bench match`: how well questions are understood, per language; `--tune` finds and keeps the thresholds.
`kompas bench quiz`: how much a running quiz costs.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot import paths
from bot.artifacts import load_knowledge
from bot.errors import OperatorError
from bot.model.plain import table_lines
from bot.topics.evaluate import Figures, Judged, figures, judge, load_questions, questions_hash, tune
from bot.topics.match import Thresholds

QUESTIONS = paths.CONTENT.parent / "tests" / "questions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("what", choices=["match", "quiz"], help="what to measure")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="folder of labelled questions")
    parser.add_argument("--sessions", type=int, default=1000, help="running sessions of the quiz benchmark")
    parser.add_argument("--tune", action="store_true", help="find the thresholds on these questions and keep them")
    parser.add_argument("--wrong", action="store_true", help="list the in-scope questions whose topic is not first")


def execute(given: argparse.Namespace) -> int:
    """Print the figures."""
    if given.what == "quiz":
        from bot.cli.bench_quiz import measure

        for line in table_lines(asyncio.run(measure(given.sessions)).rows()):
            print(line)
        return 0
    questions = load_questions(given.questions)
    if not questions:
        raise OperatorError(f"{given.questions}: no labelled questions there")
    matcher = load_knowledge().matcher
    judged = judge(matcher, questions)
    thresholds = tune(judged) if given.tune else matcher.thresholds
    if given.tune:
        keep(thresholds, questions_hash(questions))
    for line in table(judged, thresholds):
        print(line)
    print(f"\n{len(judged)} questions, answer from {thresholds.answer}, suggest from {thresholds.suggest}")
    if given.wrong:
        for one in judged:
            if one.question.topic and one.ranking[:1] != (one.question.topic,):
                print(
                    f"{one.question.lang}  {one.question.text}  [{one.question.topic}] -> {', '.join(one.ranking[:3])}"
                )
    return 0


def table(judged: Sequence[Judged], thresholds: Thresholds) -> Iterator[str]:
    """A row per language, and one for all."""
    rows: list[tuple[str, ...]] = [
        ("language", "first", "in three", "answered", "wrong", "refused", "far answered", "median ms", "p99 ms")
    ]
    for lang in (*sorted({one.question.lang for one in judged}), "all"):
        part = [one for one in judged if lang in ("all", one.question.lang)]
        rows.append((lang, *_row(figures(part, thresholds))))
    return table_lines(tuple(rows))


def _row(found: Figures) -> tuple[str, ...]:
    shares = (
        found.right_first,
        found.right_in_three,
        found.answered,
        found.wrong_answered,
        found.refused,
        found.far_answered,
    )
    return (*(f"{share:.1%}" for share in shares), f"{found.median_ms:.2f}", f"{found.p99_ms:.2f}")


def keep(thresholds: Thresholds, questions: str) -> None:
    """Write the thresholds with the day and the hash of the questions."""
    file = paths.CONTENT / "matching.yaml"
    file.write_text(
        "# Thresholds of the three zones, found by `kompas bench match --tune` on the labelled questions.\n"
        f'answer: "{thresholds.answer:.2f}"\nsuggest: "{thresholds.suggest:.2f}"\n'
        f'tuned: "{datetime.now(UTC).date()}"\nquestions: "{questions}"\n',
        "utf-8",
    )
