"""`make bench`: every benchmark one after the other, figures as tables and as lines of JSON.

Ratios are against minimal bots in the same run; absolute times belong to the machine that they were taken on.
"""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("start", "match", "discord", "matrix", "memory")


def main() -> int:
    """Run those named on the command line, by default all. Returns 1 when one failed."""
    failed = 0
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n== {name} ==", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
