"""Whose lease may be taken at once: only that of a process that is known to be dead."""

import os
import subprocess
import sys

import pytest

from bot.sessions import holder

ASK = "from bot.sessions.holder import _this_process; print(_this_process())"


@pytest.fixture
def other():
    """The name of another process, which has ended."""
    return subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True).stdout.strip()


def test_a_process_that_has_ended_is_dead_and_one_that_runs_is_not(other):
    assert holder._is_dead(other)
    assert not holder._is_dead(holder._this_process())


def test_of_a_process_elsewhere_nothing_is_known(other):
    """Two containers may have one host name, and number 1 in each of them is a process of its own."""
    where, _, rest = other.partition("/")
    host, machine, numbers = where.split(":")
    assert machine == "" or len(machine) == 8
    for elsewhere in (f"{host}:{machine}:[1]", f"{host}:ffffffff:{numbers}", f"other:{machine}:{numbers}"):
        assert not holder._is_dead(f"{elsewhere}/{rest}")
        assert not holder._is_dead(f"{elsewhere}/{os.getpid()}/1")


def test_a_number_that_was_used_again_is_not_the_process():
    where, pid, started = holder._this_process().split("/")
    assert holder._is_dead(f"{where}/{pid}/{int(started) - 1}")
