"""`python -m tools.audit`: whether what we depend on can be trusted as far as a program can tell.

Always: every package of the lock file has hashes and comes from the one index, none is a pre-release, and every direct
dependency says in a line why it is there. Where the advisory service can be reached: none has a known vulnerability.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDEX = "https://pypi.org/simple"
AWAY = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "Max retries exceeded", "timed out", "503 Server Error")
"""What pip-audit says when the service is not there."""
SKIPPED = "could not be audited"
"""What it says of each package that the service does not know. Ours are all well known."""
FOUND = re.compile(r"Found \d+ known vulnerabilit")
SECONDS = 15


def lock_problems(lock: str) -> Iterator[str]:
    """What is wrong with a lock file."""
    for package in tomllib.loads(lock)["package"]:
        name, source = package["name"], package.get("source", {})
        if "editable" in source or "virtual" in source:
            continue
        if source.get("registry") != INDEX:
            yield f"uv.lock: {name} does not come from {INDEX}"
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        if not files or not all(str(file.get("hash", "")).startswith("sha256:") for file in files):
            yield f"uv.lock: {name} has a file without a hash"
        if re.search(r"\d(a|b|rc|\.dev)\d", package["version"]):
            yield f"uv.lock: {name} {package['version']} is a pre-release"


def reason_problems(project: str) -> Iterator[str]:
    """Direct dependencies of the program that do not say why they are there."""
    listed = project.partition("\ndependencies = [")[2].partition("\n]")[0]
    for line in listed.splitlines():
        if line.strip() and "#" not in line:
            yield f"pyproject.toml: {line.strip().rstrip(',')} does not say why it is there"


def known_vulnerabilities() -> tuple[int, str]:
    """pip-audit's exit code and words for what the lock file pins."""
    environment = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "requirements.txt"
        export = [environment / "uv", "export", "--frozen", "--no-emit-project", "--quiet", "--output-file", pinned]
        subprocess.run(export, check=True, cwd=ROOT)
        command = [environment / "pip-audit", "--requirement", pinned, "--disable-pip", "--require-hashes"]
        command += ["--timeout", "5", "--progress-spinner", "off"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return 1, "timed out"
    return done.returncode, done.stdout + done.stderr


def judged(code: int, words: str) -> tuple[str, bool]:
    """What pip-audit's exit code and words mean: the problem ("" = none), and whether it could look at all. Something
    found is a problem, whatever else could not be looked at."""
    if FOUND.search(words):
        return words.strip(), True
    if SKIPPED in words or (code and any(sign in words for sign in AWAY)):
        return "", False
    return (words.strip() or f"pip-audit ended with {code}") if code else "", True


def main() -> int:
    """Print what is wrong. Returns 1 when something is."""
    problem, looked = judged(*known_vulnerabilities())
    problems = [
        *lock_problems((ROOT / "uv.lock").read_text("utf-8")),
        *reason_problems((ROOT / "pyproject.toml").read_text("utf-8")),
        *([problem] if problem else []),
    ]
    if not looked:
        print("NOT RUN: known vulnerabilities of dependencies (the advisory service cannot be reached)")
        if os.environ.get("KOMPAS_AUDIT") == "required":
            problems.append("known vulnerabilities were not looked up, and KOMPAS_AUDIT=required")
    for problem in problems:
        print(problem)
    print(f"audit: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
