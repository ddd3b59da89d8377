"""Make `.venv` from `uv.lock` on a machine that has nothing but Python 3.11.

Debian's python3 has neither pip nor ensurepip, so nothing may be asked of them. uv is one of the packages that
`uv.lock` pins; this script reads its wheel's address and hash there, fetches it, checks it and lets it do the rest.
A uv that is already installed is used when it is new enough to read the lock file.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever python3 is there
    raise SystemExit("Kompas needs Python 3.11 or newer")

import hashlib
import io
import os
import platform
import shutil
import subprocess
import tomllib
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".cache" / "tools"


def wheel_suffixes() -> tuple[str, ...]:
    """The endings of wheel names that run here, best first."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if sys.platform == "linux":
        libc = "musllinux" if platform.libc_ver()[0] != "glibc" else "manylinux"
        return (
            f"{libc}_2_17_{machine}",
            f"{libc}2014_{machine}",
            f"{libc}_2_28_{machine}",
            f"{libc}_1_1_{machine}",
            f"_{machine}",
        )
    if sys.platform == "darwin":
        return ("arm64" if machine == "aarch64" else "x86_64",)
    return ("win_amd64" if machine == "x86_64" else "win_arm64",)


def pinned_uv() -> tuple[str, list[dict[str, str]]]:
    """Version and wheels of uv in the lock file."""
    with (ROOT / "uv.lock").open("rb") as file:
        packages = tomllib.load(file)["package"]
    uv = next(package for package in packages if package["name"] == "uv")
    return uv["version"], uv["wheels"]


def fetch_uv() -> Path:
    """The uv binary in `.cache/tools`, fetched on the first call.

    Raises SystemExit with one sentence when there is no wheel for this machine or its hash is wrong.
    """
    version, wheels = pinned_uv()
    target = TOOLS / f"uv-{version}" / ("uv.exe" if os.name == "nt" else "uv")
    if target.exists():
        return target
    libc_words = ("linux",) if sys.platform == "linux" else ("macosx",) if sys.platform == "darwin" else ("win",)
    fitting = [
        w
        for suffix in wheel_suffixes()
        for w in wheels
        if suffix in w["url"].rsplit("/", 1)[-1] and any(word in w["url"] for word in libc_words)
    ]
    if not fitting:
        raise SystemExit(
            f"uv.lock has no uv for {sys.platform} {platform.machine()}: install uv yourself and run again"
        )
    wheel = fitting[0]
    print(f"fetching uv {version}", flush=True)
    with urllib.request.urlopen(wheel["url"], timeout=180) as answer:
        data = answer.read()
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    if digest != wheel["hash"]:
        raise SystemExit(f"the uv that was fetched has another hash than uv.lock says ({digest}): not used")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/scripts/" + target.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(archive.read(member))
    fresh.chmod(0o755)
    fresh.replace(target)
    return target


def find_uv() -> str:
    """Path of a uv that can read the lock file."""
    version, _ = pinned_uv()
    installed = shutil.which("uv")
    if installed:
        said = subprocess.run([installed, "--version"], capture_output=True, text=True, check=False).stdout.split()
        if len(said) > 1 and said[1].split(".")[:2] == version.split(".")[:2]:
            return installed
    return str(fetch_uv())


def main() -> int:
    """Sync `.venv`; arguments go to `uv sync` (for example `--no-dev`)."""
    env = dict(
        os.environ, UV_PYTHON_DOWNLOADS="never", UV_COMPILE_BYTECODE="1", UV_PROJECT_ENVIRONMENT=str(ROOT / ".venv")
    )
    env.pop("VIRTUAL_ENV", None)
    command = [find_uv(), "sync", "--frozen", "--quiet", "--python", sys.executable, *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
