"""How the files of `bot.artifacts` are made. Apart from it: making needs libraries that a start does without."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.errors import BadContent, OperatorError
from bot.i18n.catalog import compile_catalogs
from bot.i18n.languages import Languages
from bot.topics.bundle import make_bundle
from bot.topics.collect import Collected, collect
from bot.topics.examples import examples
from bot.topics.quiz_bundle import items_file, make_items
from bot.topics.quiz_collect import collect_items


def make_catalogs(locales: Path, languages: Languages) -> bytes:
    """The compiled catalogs as JSON, with the list of files that could not be used."""
    broken: list[BadContent] = []
    made = compile_catalogs(locales, languages, broken)
    catalogs = {tag: data.decode("latin-1") for tag, data in made.items()}
    return json.dumps({"catalogs": catalogs, "broken": described(broken, locales)}).encode()


def make_content(content: Path, languages: Languages) -> bytes:
    """The bundle as JSON, with the list of files that could not be used."""
    found = collect(content, languages)
    bundle = make_bundle(found, languages)
    bundle["broken"] = described(found.broken, content)
    bundle["examples"] = examples_hash(found, languages)
    bundle["thresholds"] = _thresholds(found)
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def make_quiz(content: Path, languages: Languages) -> bytes:
    """Items and sets as lines of JSON, with the list of what could not be used."""
    found = collect(content, languages)
    items = collect_items(content, languages, found)
    head, made = make_items(items, found, languages)
    head["broken"] = described(items.broken, content)
    return items_file(head, made)


def make_model(content: Path, languages: Languages) -> bytes:
    """The trained matcher; numpy works in a process of its own. Raises OperatorError when that fails."""
    with tempfile.TemporaryDirectory(prefix="kompas-") as folder:  # the cache folder may be unwritable
        output = Path(folder) / "model"
        done = subprocess.run(
            [sys.executable, "-m", "bot.topics.train", str(output)],
            check=False,
            text=True,
            input=json.dumps(examples(collect(content, languages), languages)),
            capture_output=True,
            cwd=Path(__file__).resolve().parent.parent,
        )
        if done.returncode:
            raise OperatorError(f"the matcher could not be trained: {done.stderr.strip().splitlines()[-1:]}")
        return output.read_bytes()


def described(broken: list[BadContent], folder: Path) -> list[tuple[str, int, str]]:
    """What is wrong as (file below `folder`, line, cause): the cache is shared by checkouts in different places."""
    return [
        (
            str(error.file.relative_to(folder) if error.file.is_relative_to(folder) else error.file),
            error.line,
            error.cause,
        )
        for error in broken
    ]


def check_whole(content: Path, locales: Path, languages: Languages) -> None:
    """Raises the first BadContent: a wheel is not built from broken files."""
    found = collect(content, languages)
    broken = found.broken + collect_items(content, languages, found).broken
    compile_catalogs(locales, languages, broken)
    for error in broken:
        raise error


def examples_hash(found: Collected, languages: Languages) -> str:
    """SHA-256 over all that the matcher learns from, in hex."""
    return hashlib.sha256(json.dumps(examples(found, languages), ensure_ascii=False).encode()).hexdigest()


def _thresholds(found: Collected) -> dict[str, float]:
    raw = found.thresholds
    return {"answer": float(raw.answer), "suggest": float(raw.suggest)} if raw else {"answer": 0.6, "suggest": 0.0}
