"""Kompas as a process that can be killed: `python -m tests.sessions.classroom_process DATABASE_URL FOLDER`.

Reads commands as lines, `number user words…`, and says `number done text` when the core has answered. What is posted
goes to a file that outlives the process and, like a homeserver, knows a key that it has seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from bot.app import App
from bot.artifacts import load_knowledge
from bot.clock import SystemClock
from bot.limits import Limiter
from bot.log import set_up_logging
from bot.model.ids import RoomId, UserId
from bot.model.plain import plain
from bot.model.reply import Reply
from bot.model.request import Command, Request, Role
from bot.ports import RoomFacts
from bot.store.cached import CachedStore
from bot.store.sql import SqlStore

ROOM = RoomId("file", "class")


class FileSender:
    """An account whose room is a file of JSON lines."""

    numbered = False
    keeps_keys = True
    direct_link = ""

    def __init__(self, file: Path, account: str = "file") -> None:
        self.account = account
        self._file = file

    async def post(self, room: RoomId, reply: Reply, key: str, priority: int) -> str:
        await asyncio.sleep(0.02)  # a network: the process may die before, during and after
        if key not in {row["key"] for row in posted(self._file)}:
            with self._file.open("a") as out:
                out.write(json.dumps({"key": key, "text": plain(reply)}) + "\n")
                out.flush()
                os.fsync(out.fileno())
        await asyncio.sleep(0.02)
        return key

    async def edit(self, room: RoomId, message: str, reply: Reply, priority: int) -> None: ...

    async def whisper(self, user: UserId, reply: Reply, key: str) -> bool:
        return False

    async def look(self, room: RoomId) -> RoomFacts:
        return RoomFacts(may_write=True)


def posted(file: Path) -> list[dict[str, str]]:
    """What the room has seen; a line that was cut by a kill was not seen."""
    rows = []
    for line in file.read_text().splitlines() if file.exists() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


async def main(url: str, folder: Path) -> None:
    set_up_logging("ERROR")
    store = CachedStore(await SqlStore.open(url))
    app = App(load_knowledge(), store, SystemClock(), limiter=Limiter())
    app.senders.connect(FileSender(folder / "room.jsonl"))
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("ready", flush=True)
    async with asyncio.TaskGroup() as group:
        while line := (await reader.readline()).decode():
            group.create_task(obey(app, line.split()))
    stop.set()
    await running
    await store.close()


async def obey(app: App, words: list[str]) -> None:
    number, user, name, *options = words
    said = Command(name.replace("-", " "), dict(option.split("=", 1) for option in options))
    role = Role.TEACHER if user == "teacher" else Role.MEMBER
    request = Request(UserId("file", user), ROOM, said, app.clock.now(), role=role, account="file", prefix="/")
    reply = await app.handle(request)
    text = plain(reply).replace("\n", " ") if reply else ""
    print(f"{number} done {text}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
