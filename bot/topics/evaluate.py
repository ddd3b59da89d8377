"""How well questions are understood, on labelled questions that the matcher has not learnt from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from bot.topics.match import Matcher, Thresholds, Zone
from bot.topics.schema import RawQuestions, read_file


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question; `topic` is "" when it is out of scope."""

    lang: str
    text: str
    topic: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with what the matcher made of it: topics best first, how sure it was, and the time."""

    question: Question
    ranking: tuple[str, ...]
    lead: float
    """Infinite for an exact match."""
    milliseconds: float

    def zone(self, thresholds: Thresholds) -> Zone:
        """The zone at these thresholds."""
        if self.lead < thresholds.suggest or not self.ranking:
            return Zone.REFUSE
        return Zone.ANSWER if self.lead >= thresholds.answer else Zone.SUGGEST

    def shown(self, thresholds: Thresholds) -> tuple[str, ...]:
        """The topics that the person gets to see: none when refused."""
        return () if self.zone(thresholds) is Zone.REFUSE else self.ranking


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares (0 to 1) over a set; those of in-scope questions first."""

    right_first: float
    right_in_three: float
    answered: float
    wrong_answered: float
    refused: float
    far_answered: float
    """Out-of-scope questions that were answered with confidence."""
    median_ms: float
    p99_ms: float


def load_questions(folder: Path) -> list[Question]:
    """All questions under `folder`. Raises BadContent when a file is wrong."""
    questions = []
    for file in sorted(folder.glob("*.yaml")):
        read = read_file(file, RawQuestions)
        for row in read.questions:
            topic = row.topic if row.topic not in ("null", "~", "") else ""
            questions.append(Question(read.language, row.text, topic))
    return questions


def questions_hash(questions: Iterable[Question]) -> str:
    """First 12 hex digits of SHA-256 over the set."""
    rows = [[q.lang, q.text, q.topic] for q in questions]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()[:12]


def judge(matcher: Matcher, questions: Iterable[Question]) -> list[Judged]:
    """Ask the matcher every question."""
    judged = []
    for question in questions:
        start = perf_counter()
        found = matcher.find_all(question.text)
        spent = (perf_counter() - start) * 1000
        judged.append(Judged(question, tuple(key for key, _ in found.matches), found.lead, spent))
    return judged


def figures(judged: Sequence[Judged], thresholds: Thresholds) -> Figures:
    """The figures of a set at these thresholds."""
    inside = [j for j in judged if j.question.topic]
    outside = [j for j in judged if not j.question.topic]
    zones = [(j, j.zone(thresholds)) for j in inside]
    times = [j.milliseconds for j in judged]
    named = [j.shown(thresholds) for j in inside]
    return Figures(
        right_first=_share(n[:1] == (j.question.topic,) for n, j in zip(named, inside, strict=True)),
        right_in_three=_share(j.question.topic in n[:3] for n, j in zip(named, inside, strict=True)),
        answered=_share(zone is Zone.ANSWER for _, zone in zones),
        wrong_answered=_share(zone is Zone.ANSWER and j.ranking[0] != j.question.topic for j, zone in zones),
        refused=_share(zone is Zone.REFUSE for _, zone in zones),
        far_answered=_share(j.zone(thresholds) is Zone.ANSWER for j in outside),
        median_ms=median(times),
        p99_ms=quantiles(times, n=100)[98] if len(times) > 1 else times[0],
    )


def tune(judged: Sequence[Judged], *, wrong: float = 0.02, outside: float = 0.035, refused: float = 0.01) -> Thresholds:
    """The lowest `answer` that keeps wrong answers and answered out-of-scope questions under these shares, and the
    highest `suggest` that refuses no more than `refused` of the in-scope questions. Stricter than the targets,
    because the next set of questions is another one.
    """
    steps = [step / 100 for step in range(-100, 150)]

    def good(value: float) -> bool:
        at = figures(judged, Thresholds(answer=value, suggest=-10.0))
        return at.wrong_answered <= wrong and at.far_answered <= outside

    answer = next((value for value in steps if good(value)), steps[-1])
    suggest = max(
        value
        for value in steps
        if value == steps[0] or figures(judged, Thresholds(answer=answer, suggest=value)).refused <= refused
    )
    return Thresholds(answer=answer, suggest=min(suggest, answer))


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0
