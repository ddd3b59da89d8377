"""How much a running quiz costs: a thousand classes of thirty in one process."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from bot.cli.bench_quiz import measure
from bot.model.plain import table_lines


def main() -> None:
    """Print the table and the JSON line."""
    figures = asyncio.run(measure())
    for line in table_lines(figures.rows()):
        print(line)
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(figures).items()}
    print(json.dumps(rounded))


if __name__ == "__main__":
    main()
