"""Draw `docs/chat.svg`: what the terminal shows for a few lines, taken from the running program.

`python tools/picture.py` starts `kompas chat` in a pseudo-terminal, types the lines and keeps the screen as SVG.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 92, 60
QUESTIONS = ("Çfarë është diplomacia kibernetike?",)


def screen(question: str) -> str:
    """What `kompas ask` writes to a terminal for a question, with its colours."""
    main, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    env.pop("NO_COLOR", None)
    kompas = Path(sys.executable).with_name("kompas")
    process = subprocess.Popen([str(kompas), "ask", question], stdout=child, stderr=child, stdin=child, env=env)
    os.close(child)
    shown, end = b"", time.monotonic() + 30
    while time.monotonic() < end:
        if select.select([main], [], [], 0.2)[0]:
            try:
                shown += os.read(main, 65536)
            except OSError:
                break
        elif process.poll() is not None:
            break
    process.wait(10)
    return re.sub(r"\r\n", "\n", shown.decode())


def main() -> None:
    """Write the picture."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115 - ends with the program
    for question in QUESTIONS:
        console.print(Text(f"$ kompas ask “{question}”\n", style="bold green"))
        for line in screen(question).split("\n"):
            console.print(Text.from_ansi(line.rstrip()), no_wrap=True, overflow="ignore")
    console.save_svg(str(ROOT / "docs" / "chat.svg"), title="Kompas")


if __name__ == "__main__":
    main()
