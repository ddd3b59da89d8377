"""`kompas match`: JSON Lines in, JSON Lines out, for evaluation.

In: {"id", "lang", "text"}. Out: {"id", "matches": [["topic-key", score], …], "zone"}; at most five matches, best
first, none when refused.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from bot.artifacts import load_knowledge
from bot.topics.match import Matcher


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: the lines say it all."""


def execute(given: argparse.Namespace) -> int:
    """Match every line. A line that cannot be read is reported with its number; the others go on; exit code 1 then."""
    matcher = load_knowledge().matcher
    wrong = 0
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            answer = match_line(matcher, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            print(f'line {number}: not of the form {{"id", "lang", "text"}}: {error!r}', file=sys.stderr)
            wrong += 1
            continue
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return 1 if wrong else 0


def match_line(matcher: Matcher, question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question. Raises KeyError or TypeError when a field is missing or wrong."""
    text = question["text"]
    if not isinstance(text, str):
        raise TypeError("text is no string")
    found = matcher.find(text)
    return {"id": question["id"], "matches": [[key, score] for key, score in found.matches], "zone": str(found.zone)}
