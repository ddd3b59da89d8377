"""What `kompas doctor` finds: one line each, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

CLOCK_WARNING, CLOCK_ERROR = 5.0, 60.0
"""Seconds that the clock may be off."""


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do if it is not well."""

    level: Level
    what: str
    text: str
    todo: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<8}{self.what}: {self.text}"
        return f"{line}. {self.todo}" if self.todo else line


def ok(what: str, text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, what, text)


def warning(what: str, text: str, todo: str) -> Finding:
    """It works, but not as it should."""
    return Finding(Level.WARNING, what, text, todo)


def error(what: str, text: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(Level.ERROR, what, text, todo)


def clock(whose: str, date: str | None, asked_at: datetime, answered_at: datetime) -> Finding:
    """Our clock beside that of a server, by the Date of its answer (whole seconds)."""
    what = f"clock beside {whose}"
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return warning(what, "the server tells no time", "Check that this machine's clock is set by the network (NTP)")
    early = (asked_at - theirs).total_seconds() - 1  # its Date is cut to whole seconds
    late = (theirs - answered_at).total_seconds()
    off = max(early, late, 0.0)
    text = f"{off:.0f} s apart" if off else "the same"
    todo = "Let the network set this machine's clock (timedatectl set-ntp true)"
    if off > CLOCK_ERROR:
        return error(what, text, todo)
    return warning(what, text, todo) if off > CLOCK_WARNING else ok(what, text)


def now() -> datetime:
    """This machine's time, UTC."""
    return datetime.now(UTC)
