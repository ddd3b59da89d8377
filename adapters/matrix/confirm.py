"""Requests that a homeserver does only for whoever knows the password, although they are logged in."""

from __future__ import annotations

from typing import Any

from adapters.matrix.wire import Client, Refusal


async def post_confirmed(client: Client, path: str, body: dict[str, Any], password: str | None) -> bool:
    """POST, with the password when the homeserver asks for it; False when it asks and there is none, or when it accepts
    no passwords. Raises Outage, Limited or Refusal."""
    try:
        await client.call("POST", path, body)
    except Refusal as refusal:
        if refusal.status != 401:
            raise
        session = refusal.body.get("session")
        if not session or password is None:
            return False
        auth = {
            "type": "m.login.password",
            "session": session,
            "identifier": {"type": "m.id.user", "user": client.user_id},
            "password": password,
        }
        await client.call("POST", path, {**body, "auth": auth})
    return True
