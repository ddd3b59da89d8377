"""Logs with fields instead of sentences; never a message text, a name or a token."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def set_up_logging(level: str) -> None:
    """Log from `level` up to standard error: for people at a terminal, as JSON lines elsewhere. Libraries only from
    warning up.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info if not sys.stderr.isatty() else _keep, renderer],
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


def _keep(_logger: Any, _name: str, event: Any) -> Any:
    return event
