"""`kompas restore`: what `kompas backup` wrote comes back. The bot must not run meanwhile."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("file", metavar="FILE", help="the backup")
    parser.add_argument("--force", action="store_true", help="move aside what is there")


def execute(given: argparse.Namespace) -> int:
    """Put it in its place. Exit code 0; 2 when nothing was changed."""
    from bot.store.restore import restore

    settings = load_settings()
    done = restore(Path(given.file), settings.data_dir, settings.store_url, force=given.force)
    print(f"restored: the backup of {done.made_at}, {done.accounts} Matrix accounts, in {settings.data_dir}")
    if done.aside:
        print(f"what was there before is in {done.aside}")
    if done.without_database:
        print(f"kompas: the backup has no database: {done.without_database}", file=sys.stderr)
    return 0
