"""What an English text said when a translation was made: found in the checkout's history by its hash."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.topics.collect import source_hash

SEARCHED = 60
"""Versions of a file that are looked at."""


def earlier_text(file: Path, section: str, digest: str) -> str | None:
    """The text of `section` in the version of an English topic file that has this hash; None when the file is not in a
    git checkout, or none of its last versions fits.
    """
    for old in earlier_versions(file):
        try:
            text = old["text"][section]
        except (KeyError, TypeError):
            continue
        if source_hash(text) == digest:
            return str(text)
    return None


def earlier_versions(file: Path) -> Iterator[dict[str, Any]]:
    """What a content file said in its last versions, the latest first; nothing outside a git checkout."""
    for revision in _git(file, "log", f"-{SEARCHED}", "--format=%H", "--", file.name).split():
        try:
            old = yaml.load(_git(file, "show", f"{revision}:./{file.name}"), Loader=yaml.CBaseLoader)
        except yaml.YAMLError:
            continue
        if isinstance(old, dict):
            yield old


def _git(file: Path, *arguments: str) -> str:
    """What git says in the file's folder; "" when there is no git or no checkout."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=file.parent, capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
