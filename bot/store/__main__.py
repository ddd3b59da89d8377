"""`python -m bot.store` brings the tables of the database up to date whose address is on standard input.

Started by `kompas run`; the address may hold a password, so it is never an argument.
"""

import asyncio
import sys

from bot.store.sql import SqlStore


async def main() -> None:
    """Open the store, which migrates it, and close it."""
    store = await SqlStore.open(sys.stdin.read().strip())
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
