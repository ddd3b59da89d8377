"""`kompas questions`: how often each topic was asked about, and what got no answer."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Mapping

from bot.ports import Asked, Unanswered
from bot.settings import load_settings
from bot.store.ages import TEXT_CHARACTERS
from bot.text import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--texts", action="store_true", help="list the questions that got no answer, if they are kept")


def execute(given: argparse.Namespace) -> int:
    """Print them. Exit code 0; 2 when the database cannot be used."""
    settings = load_settings()
    counts, texts = asyncio.run(_read(settings.store_url))
    if given.texts:
        for one in texts:
            print(f"{one.at:%Y-%m-%d}  {one.language}  {one.zone}  {one_line(one.text, TEXT_CHARACTERS)}")
        if not settings.keep_questions:
            print("Texts of questions are not kept (KOMPAS_KEEP_QUESTIONS=0).")
        return 0
    totals: Counter[tuple[str, str, str]] = Counter()
    for asked, count in counts.items():
        totals[asked.zone, asked.topic, asked.language] += count
    for (zone, topic, language), count in totals.most_common():
        print(f"{count:7}  {zone:8}  {language:8}  {topic or '-'}")
    days = sorted({asked.day for asked in counts})
    print(f"questions: {totals.total()}" + (f", {days[0]} to {days[-1]}" if days else ""))
    return 0


async def _read(url: str) -> tuple[Mapping[Asked, int], tuple[Unanswered, ...]]:
    from bot.store.sql import SqlStore

    store = await SqlStore.open(url)
    try:
        return await store.asked(), await store.unanswered()
    finally:
        await store.close()
