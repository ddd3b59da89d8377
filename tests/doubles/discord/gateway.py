"""The gateway: sessions, heartbeats, compression, RESUME with replay, and the ways in which a connection breaks."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from typing import Any

from aiohttp import WSMsgType, web

from .world import Json, Message

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT
Wire = asyncio.Queue[Json]


class Session:
    """One IDENTIFY. Its events are kept, so that a connection that resumes it gets those it missed."""

    def __init__(self, session_id: str, shard: list[int], intents: int, wire: Wire) -> None:
        self.id, self.shard, self.intents, self.events = session_id, shard, intents, list[Json]()
        self.wire: Wire | None = wire  # of its connection, none while it is cut

    def send(self, event: str, data: Json) -> None:
        self.events.append({"op": 0, "t": event, "s": len(self.events) + 1, "d": data})
        if self.wire:
            self.wire.put_nowait(self.events[-1])


class Gateway:
    def __init__(self, double: Any) -> None:
        self.double, self.sessions, self.identifies, self.resumes = double, dict[str, Session](), 0, 0
        self._identified: dict[int, float] = {}  # max_concurrency bucket -> time of its last IDENTIFY
        self._connections: dict[web.WebSocketResponse, tuple[web.BaseRequest, Wire]] = {}
        self._down_until = 0.0

    def reconnect(self) -> None:
        """Op 7: ask every connection to reconnect and resume."""
        self._tell({"op": 7, "d": None})

    def invalidate(self) -> None:
        """Op 9: every session is lost, the bot must IDENTIFY anew (discord.py waits 5 s before)."""
        self.sessions.clear()
        self._tell({"op": 9, "d": False})

    def _tell(self, packet: Json) -> None:
        for _, wire in self._connections.values():
            wire.put_nowait(packet)

    def cut(self, down: float = 0.0) -> None:
        """Cut TCP without a word and refuse connections for `down` seconds; events are kept for RESUME."""
        self._down_until = time.monotonic() + down
        for session in self.sessions.values():
            session.wire = None
        for request, _ in self._connections.values():
            if request.transport:
                request.transport.abort()

    async def close(self, code: int) -> None:
        """Close every connection with this code (4004, 4014 …)."""
        for ws in list(self._connections):
            await ws.close(code=code)

    def dispatch(
        self, event: str, data: Json, guild_id: int = 0, intent: int = 0, message: Message | None = None
    ) -> None:
        """Send to the sessions of that shard with that intent; of a `message` only what they may read."""
        for session in self.sessions.values():
            if (guild_id >> 22) % session.shard[1] == session.shard[0] and session.intents & intent == intent:
                hidden = message and not session.intents & MESSAGE_CONTENT
                shown = message.seen_by(self.double.bot) if hidden else message.data if message else {}
                session.send(event, {**shown, **data})

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if time.monotonic() < self._down_until and request.transport:
            request.transport.abort()
        ws, wire, sent = web.WebSocketResponse(), Wire(), list[float]()
        session: Session | int | None = None
        await ws.prepare(request)
        self._connections[ws] = request, wire
        pump = asyncio.create_task(self._pump(ws, wire, request.query.get("compress")))
        wire.put_nowait({"op": 10, "d": {"heartbeat_interval": int(self.double.heartbeat * 1000)}})
        try:
            while (got := await ws.receive(timeout=self.double.heartbeat * 2)).type is WSMsgType.TEXT:
                sent = [at for at in sent if at > time.monotonic() - 60] + [time.monotonic()]
                session = self._receive(got.data, session, wire) if len(sent) <= 120 else 4008
                if isinstance(session, int):
                    await ws.close(code=session)
        except TimeoutError:
            await ws.close(code=4009)
        finally:
            pump.cancel()
            del self._connections[ws]
            for mine in [s for s in self.sessions.values() if s.wire is wire]:
                mine.wire = None
                if ws.close_code in (1000, 1001):
                    del self.sessions[mine.id]
            self.double.changed()
        return ws

    async def _pump(self, ws: web.WebSocketResponse, wire: Wire, compress: str | None) -> None:
        press, flush = zlib.compressobj(), zlib.Z_SYNC_FLUSH
        if compress == "zstd-stream":
            import zstandard  # a bot asks for it only where it is installed

            press, flush = zstandard.ZstdCompressor().compressobj(), zstandard.COMPRESSOBJ_FLUSH_BLOCK
        while True:
            text = json.dumps(await wire.get(), separators=(",", ":"))
            if compress:
                await ws.send_bytes(press.compress(text.encode()) + press.flush(flush))
            else:
                await ws.send_str(text)

    def _receive(self, text: str, session: Session | None, wire: Wire) -> Session | int | None:
        """The session after this packet, or the code to close with."""
        try:
            packet = json.loads(text) if len(text.encode()) <= 4096 else {}
            op, data = packet["op"], packet["d"]
        except (ValueError, TypeError, KeyError):
            return 4002
        if op == 1:
            wire.put_nowait({"op": 11})
            return session
        if op in (2, 6):
            if session or data["token"] != self.double.token:
                return 4005 if session else 4004
            return self._identify(data, wire) if op == 2 else self._resume(data, wire)
        return session if session and op in (3, 4, 8) else 4001 if session else 4003

    def _identify(self, data: Json, wire: Wire) -> Session | int | None:
        d, shard, now = self.double, data.get("shard", [0, 1]), time.monotonic()
        if not 0 <= shard[0] < shard[1] or data["intents"] & PRIVILEGED & ~d.privileged_intents:
            return 4010 if not 0 <= shard[0] < shard[1] else 4014
        self.identifies += 1
        bucket = shard[0] % d.max_concurrency
        if now - self._identified.get(bucket, -1e9) < d.identify_interval:
            wire.put_nowait({"op": 9, "d": False})
            return None
        self._identified[bucket] = now
        session = Session(f"session-{d.world.new_id()}", shard, data["intents"], wire)
        self.sessions[session.id] = session
        guilds = [g for g in d.world.guilds.values() if (g.id >> 22) % shard[1] == shard[0]]
        session.send(
            "READY",
            {
                "v": 10,
                "user": d.bot.json(),
                "session_id": session.id,
                "shard": shard,
                "private_channels": [],
                "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
                "resume_gateway_url": d.gateway_url,
                "application": {"id": str(d.bot.id), "flags": 0},
            },
        )
        for guild in guilds if session.intents & GUILDS else ():
            session.send("GUILD_CREATE", d.guild_create(guild))
        d.changed()
        return session

    def _resume(self, data: Json, wire: Wire) -> Session | None:
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
