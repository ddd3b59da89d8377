"""`kompas backup`: everything that cannot be made again, in one file, while the bot runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("file", metavar="FILE", help="the backup (a tar); replaced if it is there")


def execute(given: argparse.Namespace) -> int:
    """Write it. Exit code 0; 2 when it could not be written."""
    from bot.store.backup import back_up

    settings = load_settings()
    target = Path(given.file)
    made = back_up(settings.data_dir, settings.store_url, target)
    print(f"{target}: {made.files} files, {made.accounts} Matrix accounts, {made.size / 1_000_000:.1f} MB")
    if made.without_database:
        print(f"kompas: without the database: {made.without_database}", file=sys.stderr)
    print("It holds the bot's keys: keep it where only you can read it.")
    return 0
