"""`kompas run`: platforms live and fail on their own."""

import asyncio
import os
import signal

import pytest

from bot.cli import run
from bot.errors import PlatformRefused


class Fake:
    """A platform that does what it is told at each start."""

    def __init__(self, name, *starts):
        self.name = self.account = name
        self.starts = list(starts)
        self.started = 0

    async def run(self, stop):
        self.started += 1
        what = self.starts.pop(0) if self.starts else None
        if isinstance(what, Exception):
            raise what
        if what == "stop":
            os.kill(os.getpid(), signal.SIGTERM)  # as an operator stops it
        await stop.wait()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(run, "_pauses", lambda: iter([0.01] * 20))


@pytest.fixture
def serve(app):
    async def run_all(*platforms):
        return await asyncio.wait_for(run._run_platforms(app, list(platforms)), 5)

    return run_all


async def test_a_refused_platform_is_given_up_and_the_others_go_on(serve, capsys):
    refused = Fake("discord", PlatformRefused("discord", "wrong token"))
    other = Fake("matrix", RuntimeError("ours"), RuntimeError("ours"), "stop")
    assert await serve(refused, other) == 0
    assert (refused.started, other.started) == (1, 3)
    assert capsys.readouterr().err.count("kompas: discord: wrong token") == 1


async def test_when_none_is_left_the_program_ends_with_exit_code_2(serve):
    assert await serve(Fake("a", PlatformRefused("a", "x")), Fake("b", PlatformRefused("b", "y"))) == 2
