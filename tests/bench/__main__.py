"""`make bench`: every benchmark one after the other. Each prints its table and ends with one line of JSON; here all of
them are gathered into one document with the machine they were taken on.

Ratios are against minimal bots in the same run; absolute times belong to the machine that they were taken on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

BENCHMARKS = ("start", "match", "discord", "matrix", "quiz", "memory")


def main() -> int:
    """Run those named on the command line, by default all. Returns 1 when one failed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--json", type=Path, help="write all figures into this file, too")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    taken_on = machine()
    figures: dict[str, Any] = {}
    failed = []
    for name in given.names or BENCHMARKS:
        print(f"\n== {name} ==", flush=True)
        last = _run(name)
        if last is None:
            failed.append(name)
        else:
            figures[name] = last
    document = json.dumps({"machine": taken_on, "failed": failed, "figures": figures}, ensure_ascii=False)
    print(f"\n{document}")
    if given.json:
        given.json.write_text(document + "\n", "utf-8")
    return 1 if failed else 0


def _run(name: str) -> dict[str, Any] | None:
    """The figures of one benchmark, which is shown while it runs; None when it failed."""
    process = subprocess.Popen([sys.executable, "-m", f"tests.bench.{name}"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    last = ""
    for line in process.stdout:
        if line.startswith("{"):
            last = line
        else:
            print(line, end="", flush=True)
    if process.wait() != 0 or not last:
        print(f"{name} failed (exit code {process.returncode})", file=sys.stderr)
        return None
    figures: dict[str, Any] = json.loads(last)
    return figures


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "load_before": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
