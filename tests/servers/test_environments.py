"""Environments are built once, by one of those who need them, and again when they are broken."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from . import environments
from .environments import ServerUnavailable, environment

BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from servers import environments
environments.HERE = Path(sys.argv[2])
built = environments.environment("empty")
print(built.path, built.build_seconds > 0)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where requirements files are looked for; the cache is empty and inside it."""
    monkeypatch.setattr(environments, "HERE", tmp_path)
    monkeypatch.setattr(environments, "_known", {})
    monkeypatch.setattr(environments, "_failed", {})
    monkeypatch.setenv("KOMPAS_TEST_CACHE", str(tmp_path / "cache"))
    (tmp_path / "requirements-empty.txt").write_text("# nothing\n")
    return tmp_path


async def test_of_two_runs_at_once_one_builds(folder: Path) -> None:
    command = [sys.executable, "-c", BUILD, str(Path(__file__).parent.parent), str(folder)]
    runs = [
        await asyncio.create_subprocess_exec(*command, env=os.environ.copy(), stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    said = [(await run.communicate())[0].decode().split() for run in runs]
    assert said[0][0] == said[1][0]
    assert sorted(built for _, built in said) == ["False", "True"]


def test_a_half_built_environment_is_built_again_and_a_whole_one_kept(folder: Path) -> None:
    first = environment("empty")
    assert first.build_seconds > 0
    environments._known.clear()
    assert environment("empty").build_seconds == 0
    for missing in (first.path / environments.READY, first.python):
        missing.unlink()
        environments._known.clear()
        assert environment("empty").build_seconds > 0
        assert first.python.exists()


def test_other_pins_are_another_environment(folder: Path) -> None:
    first = environment("empty")
    (folder / "requirements-empty.txt").write_text("# nothing, but differently\n")
    assert environment("empty").path != first.path
    assert first.python.exists()


def test_what_cannot_be_installed_is_said_in_one_line_and_not_tried_again(folder: Path) -> None:
    (folder / "requirements-broken.txt").write_text("./no-such-package.whl\n")
    with pytest.raises(ServerUnavailable, match=r"^broken: .*") as caught:
        environment("broken")
    assert "\n" not in caught.value.reason
    (folder / "no-such-package.whl").touch()
    with pytest.raises(ServerUnavailable) as again:
        environment("broken")
    assert again.value.reason == caught.value.reason
