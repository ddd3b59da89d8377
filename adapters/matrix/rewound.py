"""A key store that came from a backup is behind its device: the channel to each other device has been used since, and
whatever is sent over it again cannot be read there. So nothing is sent over the channels of the backup; new ones are
made. What others send over the old ones is still read.
"""

from __future__ import annotations

import json
from datetime import datetime, time
from pathlib import Path
from typing import Any

from adapters.matrix.files import read_secret

FILE = "rewound.json"
"""Ids of the Olm sessions in a restored key store; `kompas restore` writes it."""


def read_rewound(folder: Path) -> frozenset[str]:
    """The channels that nothing may be sent over."""
    try:
        return frozenset(map(str, json.loads(read_secret(folder / FILE) or "[]")))
    except (ValueError, TypeError):
        return frozenset()


def mend_times(sessions: Any) -> None:
    """nio keeps days where it needs moments: it could not put a new channel beside one from the store."""
    for of_device in sessions.values():
        for session in of_device:
            if not isinstance(session.use_time, datetime):
                session.use_time = datetime.combine(session.use_time, time.min)


def stale_devices(olm: Any, users: Any, rewound: frozenset[str]) -> dict[str, list[str]]:
    """Devices of the users, by user, that are to get a new channel."""
    found: dict[str, list[str]] = {}
    for user in users if rewound else ():
        for device in olm.device_store.active_user_devices(user):
            session = olm.session_store.get(device.curve25519)
            if device.id != olm.device_id and session and session.id in rewound:
                found.setdefault(user, []).append(device.id)
    return found
