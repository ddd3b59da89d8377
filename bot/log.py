"""Logs with fields instead of sentences; never a message text, a name or a token.

An exception is logged by its type and the places it came through, without its own words: those may quote a person.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

# structlog draws tracebacks with rich where rich is installed. We log none, and rich would cost 9 MB of memory.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]  # Python's own way to say "not there"
import structlog  # noqa: E402 - rich has to be out of sight

if _rich is None:
    del sys.modules["rich"]
else:
    sys.modules["rich"] = _rich

get_logger = structlog.get_logger


def set_up_logging(level: str, form: str = "auto") -> None:
    """Log from `level` up to standard error: `console` is for people, `json` an object a line, `auto` the first at a
    terminal and the second elsewhere. Libraries only from warning up.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    for_people = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer: Any = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        cache_logger_on_first_use=True,
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)


def without_words(_logger: Any, _method: str, event: Any) -> Any:
    """structlog processor: an exception becomes its type and its frames (`app.py:81 handle`, outermost first)."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if given and error is not None:
        event.setdefault("error", type(error).__name__)
        frames = traceback.extract_tb(error.__traceback__)
        event["at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return event
