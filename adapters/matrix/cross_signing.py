"""Cross-signing: the account vouches for the bot's device, so that strict clients send it their room keys and
others show no red shield.

matrix-nio has none of it. Three Ed25519 keys are made once from 32-byte seeds: the master key stands for the
account, it signs the self-signing key (which signs devices) and the user-signing key (which would sign other
people; never used, but clients expect it). Signed is the canonical JSON of an object without `signatures` and
`unsigned`; keys and signatures are unpadded base64, as some clients silently drop padded ones.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import structlog
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from adapters.matrix.confirm import post_confirmed
from adapters.matrix.files import read_secret, write_secret
from adapters.matrix.wire import Client

log = structlog.get_logger(__name__)

Json = dict[str, Any]

FILE = "cross_signing.json"
ROLES = ("master", "self_signing", "user_signing")


class Key:
    """One Ed25519 key made from its seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = ECC.construct(curve="Ed25519", seed=seed)
        self.public = _base64(self._key.public_key().export_key(format="raw"))
        self.id = f"ed25519:{self.public}"

    def signature(self, value: Json) -> str:
        """The signature of a JSON object."""
        return _base64(eddsa.new(self._key, "rfc8032").sign(canonical(value)))


@dataclass(frozen=True)
class Keys:
    """The three keys of an account."""

    master: Key
    self_signing: Key
    user_signing: Key

    @classmethod
    def from_seeds(cls, seeds: dict[str, str]) -> Self:
        """From base64 by role."""
        return cls(**{role: Key(base64.b64decode(seeds[role])) for role in ROLES})

    def upload(self, user: str) -> Json:
        """Body of the request that makes them known."""
        body: Json = {}
        for role in ROLES:
            key: Key = getattr(self, role)
            public: Json = {"user_id": user, "usage": [role], "keys": {key.id: key.public}}
            if role != "master":
                public["signatures"] = {user: {self.master.id: self.master.signature(public)}}
            body[f"{role}_key"] = public
        return body

    def signed_device(self, device: Json, user: str) -> Json:
        """The device's keys with our signature beside those that are there."""
        signed = {name: value for name, value in device.items() if name != "unsigned"}
        signatures = {who: dict(by) for who, by in device.get("signatures", {}).items()}
        signatures.setdefault(user, {})[self.self_signing.id] = self.self_signing.signature(device)
        return {**signed, "signatures": signatures}


def canonical(value: Json) -> bytes:
    """What is signed."""
    bare = {name: part for name, part in value.items() if name not in ("signatures", "unsigned")}
    return json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


async def sign_device(client: Client, folder: Path, password: str | None) -> bool:
    """Make sure that the account has cross-signing keys and that this device is signed; whether it is at the
    end.

    The device must have uploaded its keys. `password` is needed only where the account has other keys already:
    they are replaced, as nobody can sign with them here. Raises Outage, Limited or Refusal.
    """
    user, device_id = client.user_id, client.device_id
    known = await client.call("POST", "/keys/query", {"device_keys": {user: [device_id]}})
    keys = _kept_keys(folder)
    master = known.get("master_keys", {}).get(user, {}).get("keys", {})
    if keys is None or keys.master.id not in master:
        keys = keys or _new_keys(folder)
        # The first time Synapse asks for no password, later it does.
        if not await post_confirmed(client, "/keys/device_signing/upload", keys.upload(user), password):
            log.warning(
                "device not signed: the account has cross-signing keys of another client and no password is set"
            )
            return False
    device = known.get("device_keys", {}).get(user, {}).get(device_id)
    if not device:
        log.warning("device not signed: the homeserver does not know its keys")
        return False
    if keys.self_signing.id in device.get("signatures", {}).get(user, {}):
        return True
    answer = await client.call("POST", "/keys/signatures/upload", {user: {device_id: keys.signed_device(device, user)}})
    if answer.get("failures"):
        log.warning("device not signed: the homeserver refused the signature")
        return False
    log.info("device signed")
    return True


def _kept_keys(folder: Path) -> Keys | None:
    text = read_secret(folder / FILE)
    return Keys.from_seeds(json.loads(text)) if text else None


def _new_keys(folder: Path) -> Keys:
    seeds = {role: base64.b64encode(secrets.token_bytes(32)).decode() for role in ROLES}
    write_secret(folder / FILE, json.dumps(seeds))
    return Keys.from_seeds(seeds)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
