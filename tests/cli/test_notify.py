"""systemd hears that the program is ready, alive and stopping."""

import asyncio
import contextlib
import socket

import pytest

from bot.cli.notify import notify, watchdog


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(2)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield listening


def heard(systemd):
    lines = []
    systemd.settimeout(0.05)
    with contextlib.suppress(TimeoutError):
        while True:
            lines.append(systemd.recv(100).decode())
    return lines


def test_a_line_arrives(systemd):
    notify("READY=1")
    assert heard(systemd) == ["READY=1"]


def test_without_systemd_nothing_happens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")


async def test_the_watchdog_is_fed_only_while_the_database_answers(systemd, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    answers = True

    async def database():
        if not answers:
            raise OSError

    task = asyncio.create_task(watchdog(database))
    await asyncio.sleep(0.1)
    assert set(heard(systemd)) == {"WATCHDOG=1"}
    answers = False
    await asyncio.sleep(0.05)
    heard(systemd)
    await asyncio.sleep(0.1)
    assert heard(systemd) == []
    task.cancel()


async def test_no_watchdog_means_no_signs_of_life(systemd, monkeypatch):
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    await watchdog(lambda: asyncio.sleep(0))
    assert heard(systemd) == []
