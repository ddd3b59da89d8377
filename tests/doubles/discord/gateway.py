"""The gateway: sessions, heartbeats, compression, RESUME with replay, and the ways in which Discord breaks a connection."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from .world import Json, Message

if TYPE_CHECKING:
    from .server import DiscordDouble

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT


class Closed(Exception):
    """The connection is to be closed with this code."""


class Session:
    """One IDENTIFY. Its events are kept, so that a connection that resumes it gets those it missed."""

    def __init__(self, session_id: str, shard: tuple[int, int], intents: int) -> None:
        self.id, self.shard, self.intents = session_id, shard, intents
        self.events: list[Json] = []
        self.wire: asyncio.Queue[Json] | None = None  # of the connection, none while it is cut

    def send(self, event: str, data: Json) -> None:
        self.events.append({"op": 0, "t": event, "s": len(self.events) + 1, "d": data})
        if self.wire:
            self.wire.put_nowait(self.events[-1])


class Gateway:
    def __init__(self, double: DiscordDouble) -> None:
        self.double = double
        self.sessions: dict[str, Session] = {}
        self.identifies = self.resumes = 0
        self._identified: dict[int, float] = {}  # max_concurrency bucket -> time of its last IDENTIFY
        self._connections: dict[web.WebSocketResponse, tuple[web.BaseRequest, asyncio.Queue[Json]]] = {}
        self._down_until = 0.0

    # Faults, for tests.

    def reconnect(self) -> None:
        """Op 7: asks every connection to reconnect and resume."""
        for _, wire in self._connections.values():
            wire.put_nowait({"op": 7, "d": None})

    def invalidate(self) -> None:
        """Op 9: every session is lost, the bot must IDENTIFY anew (discord.py does so after 5 s)."""
        self.sessions.clear()
        for _, wire in self._connections.values():
            wire.put_nowait({"op": 9, "d": False})

    def cut(self, down: float = 0.0) -> None:
        """Cut TCP without a word and refuse connections for `down` seconds; events are kept for RESUME."""
        self._down_until = time.monotonic() + down
        for session in self.sessions.values():
            session.wire = None
        for request, _ in self._connections.values():
            if request.transport:
                request.transport.abort()

    async def close(self, code: int) -> None:
        """Close every connection with this code (4004, 4014 and others, see the docs)."""
        for ws in list(self._connections):
            await ws.close(code=code)

    def dispatch(self, event: str, data: Json, *, guild_id: int | None, intent: int = 0,
                 message: Message | None = None) -> None:  # fmt: skip
        """Send to the sessions of the right shard with that intent; of a `message` only what they may read."""
        for session in self.sessions.values():
            if ((guild_id or 0) >> 22) % session.shard[1] != session.shard[0]:
                continue
            if intent and not session.intents & intent:
                continue
            if message:
                data = {**message.data, **data} if session.intents & MESSAGE_CONTENT else {
                    **message.seen_by(self.double.bot), **data}  # fmt: skip
            session.send(event, data)

    # The protocol.

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if time.monotonic() < self._down_until and request.transport:
            request.transport.abort()
        ws = web.WebSocketResponse(compress=False, autoping=True)
        await ws.prepare(request)
        wire: asyncio.Queue[Json] = asyncio.Queue()
        self._connections[ws] = request, wire
        pump = asyncio.create_task(self._pump(ws, wire, request.query.get("compress")))
        wire.put_nowait({"op": 10, "d": {"heartbeat_interval": int(self.double.heartbeat * 1000)}})
        session: Session | None = None
        sent: list[float] = []
        try:
            while True:
                got = await ws.receive(timeout=self.double.heartbeat * 2)
                if got.type is not WSMsgType.TEXT:
                    break
                sent = [at for at in sent if at > time.monotonic() - 60] + [time.monotonic()]
                if len(sent) > 120:
                    raise Closed(4008)
                session = self._receive(got.data, session, wire)
        except Closed as closed:
            await ws.close(code=closed.args[0])
        except TimeoutError:
            await ws.close(code=4009)
        finally:
            del self._connections[ws]
            pump.cancel()
            if session and session.wire is wire:
                session.wire = None
            if session and ws.close_code in (1000, 1001):
                self.sessions.pop(session.id, None)
            self.double.changed()
        return ws

    async def _pump(self, ws: web.WebSocketResponse, wire: asyncio.Queue[Json], compress: str | None) -> None:
        if compress == "zstd-stream":
            import zstandard  # a bot asks for it only where it is installed

            press: Any = zstandard.ZstdCompressor().compressobj()
            flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        else:
            press, flush = zlib.compressobj(), zlib.Z_SYNC_FLUSH
        while True:
            text = json.dumps(await wire.get(), separators=(",", ":"))
            if compress:
                await ws.send_bytes(press.compress(text.encode()) + press.flush(flush))
            else:
                await ws.send_str(text)

    def _receive(self, text: str, session: Session | None, wire: asyncio.Queue[Json]) -> Session | None:
        try:
            packet = json.loads(text)
            op, data = packet["op"], packet.get("d")
        except (ValueError, TypeError, KeyError):
            raise Closed(4002) from None
        if len(text.encode()) > 4096:
            raise Closed(4002)
        if op == 1:
            wire.put_nowait({"op": 11})
        elif op in (2, 6):
            if session:
                raise Closed(4005)
            if data["token"] != self.double.token:
                raise Closed(4004)
            return self._identify(data, wire) if op == 2 else self._resume(data, wire)
        elif not session:
            raise Closed(4003)
        elif op not in (3, 4, 8):
            raise Closed(4001)
        return session

    def _identify(self, data: Json, wire: asyncio.Queue[Json]) -> Session | None:
        double, shard = self.double, tuple(data.get("shard", (0, 1)))
        if not 0 <= shard[0] < shard[1]:
            raise Closed(4010)
        if data["intents"] & PRIVILEGED & ~double.privileged_intents:
            raise Closed(4014)
        self.identifies += 1
        bucket, now = shard[0] % double.max_concurrency, time.monotonic()
        if now - self._identified.get(bucket, -1e9) < double.identify_interval:
            wire.put_nowait({"op": 9, "d": False})
            return None
        self._identified[bucket] = now
        session = Session(f"session{double.world.new_id()}", shard, data["intents"])
        session.wire = self.sessions.setdefault(session.id, session) and wire
        guilds = [g for g in double.world.guilds.values() if (g.id >> 22) % shard[1] == shard[0]]
        session.send("READY", {
            "v": 10, "user": double.bot.json(), "session_id": session.id, "shard": list(shard),
            "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds], "private_channels": [],
            "resume_gateway_url": double.gateway_url, "application": {"id": str(double.bot.id), "flags": 0}})  # fmt: skip
        if session.intents & GUILDS:
            for guild in guilds:
                session.send("GUILD_CREATE", double.guild_create(guild))
        double.changed()
        return session

    def _resume(self, data: Json, wire: asyncio.Queue[Json]) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None:
            wire.put_nowait({"op": 9, "d": False})
            return None
        self.resumes += 1
        for event in session.events[data["seq"] or 0 :]:
            wire.put_nowait(event)
        session.wire = wire
        session.send("RESUMED", {})
        self.double.changed()
        return session
