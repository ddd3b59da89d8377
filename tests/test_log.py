"""Logs say where something went wrong and never what a person wrote."""

import json

import structlog

from bot.log import set_up_logging


def test_an_exception_is_logged_by_type_and_place_without_its_words(capfd):
    structlog.reset_defaults()
    set_up_logging("info")
    try:
        raise ValueError("what Ana wrote in private")
    except ValueError:
        structlog.get_logger("test").exception("request failed", incident="abc123")
    line = capfd.readouterr().err.strip()
    structlog.reset_defaults()
    said = json.loads(line)
    assert (said["event"], said["incident"], said["error"], said["level"]) == (
        "request failed",
        "abc123",
        "ValueError",
        "error",
    )
    assert said["at"][-1].startswith("test_log.py:")
    assert "Ana" not in line
