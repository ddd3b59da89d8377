"""The other pure parts: rights, progress, the limit, lanes, and a sync that cannot be read."""

from __future__ import annotations

import asyncio
import base64
import copy
import hashlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.matrix.bucket import Bucket
from adapters.matrix.cross_signing import Key, Keys, canonical
from adapters.matrix.files import only_process, read_secret, write_secret
from adapters.matrix.journal import Journal
from adapters.matrix.lanes import Lanes
from adapters.matrix.patience import FIRST, LONGEST, Backoff
from adapters.matrix.progress import Progress
from adapters.matrix.reading import parse_sync
from adapters.matrix.rooms import Room
from adapters.matrix.send import transaction_id
from bot.clock import SystemClock
from bot.model.request import Role
from bot.store.memory import MemoryStore


def state(kind: str, content: Any, sender: str = "@head:x") -> dict[str, Any]:
    return {"type": kind, "state_key": "", "sender": sender, "content": content}


@pytest.mark.parametrize(
    ("version", "levels", "user", "role"),
    [
        ("12", {"users": {}}, "@head:x", Role.ADMIN),
        ("12", {"users": {}}, "@second:x", Role.ADMIN),
        ("12", {"users": {"@ana:x": 100}}, "@ana:x", Role.ADMIN),
        ("12", {"users": {"@ana:x": 50}}, "@ana:x", Role.TEACHER),
        ("12", {"users": {}}, "@ana:x", Role.MEMBER),
        ("11", {"users": {"@head:x": 0}}, "@head:x", Role.MEMBER),
        ("11", None, "@head:x", Role.ADMIN),
        ("11", None, "@second:x", Role.MEMBER),
        ("10", {"users_default": 50}, "@ana:x", Role.TEACHER),
        ("1", {"users": {"@ana:x": "100"}}, "@ana:x", Role.ADMIN),
        ("10", {"users": {"@ana:x": [1]}}, "@ana:x", Role.MEMBER),
        ("10", {"users": []}, "@ana:x", Role.MEMBER),
        (None, {"users": {"@ana:x": 99}}, "@ana:x", Role.TEACHER),
    ],
)
def test_rights_come_from_power_and_from_creation(version: str | None, levels: Any, user: str, role: Role) -> None:
    room = Room()
    content = {"additional_creators": ["@second:x"]} | ({"room_version": version} if version else {})
    room.apply(state("m.room.create", content))
    if levels is not None:
        room.apply(state("m.room.power_levels", levels))
    assert room.role(user) is role


def test_a_message_is_no_state() -> None:
    room = Room()
    room.apply({"type": "m.room.power_levels", "sender": "@ana:x", "content": {"users": {"@ana:x": 100}}})
    room.apply(state("m.room.power_levels", None))
    assert room.role("@ana:x") is Role.MEMBER


def test_a_position_waits_for_all_work_before_it() -> None:
    progress = Progress()
    assert progress.begin("s1", 2) is None
    assert progress.begin("s2", 1) is None
    assert progress.begin("s3", 0) is None
    assert progress.done("s2") is None
    assert progress.done("s1") is None
    assert progress.done("s1") == "s3"
    assert progress.begin("s4", 0) == "s4"


def send_many(count: int, rate: float, burst: float, *, lifted_after: int | None = None) -> tuple[float, int, int]:
    """Send through a bucket to a homeserver with that limit; seconds it took, refusals, refusals in the second
    half."""
    bucket, now, tokens, at, refusals, late = Bucket(), 100.0, burst, 100.0, 0, 0
    sent = 0
    while sent < count:
        now += bucket.wait(now) + 0.01
        bucket.take(now)
        if lifted_after is not None and sent >= lifted_after:
            rate = 1e9
        tokens, at = min(burst, tokens + (now - at) * rate), now
        if tokens >= 1:
            tokens -= 1
            sent += 1
            bucket.accepted(now)
        else:
            refusals += 1
            late += sent > count // 2
            now += 0.5  # Synapse lets a refused client wait
            bucket.refused(now, (1 - tokens) / rate)
    return now - 100, refusals, late


def test_the_limit_is_learnt_and_then_kept() -> None:
    seconds, refusals, _ = send_many(60, rate=0.2, burst=10)
    assert seconds < 50 / 0.2 * 1.2
    assert refusals <= 10
    assert send_many(100, rate=1e9, burst=10)[1] == 0


def test_a_lifted_limit_is_noticed() -> None:
    seconds, *_ = send_many(1000, rate=0.2, burst=10, lifted_after=15)
    assert seconds < 300


def test_pauses_grow_to_a_bound_and_start_again() -> None:
    pauses = Backoff("test")
    made = [pauses.next() for _ in range(30)]
    assert made[0] <= FIRST
    assert LONGEST / 2 <= made[-1] <= LONGEST
    pauses.reset()
    assert pauses.next() <= FIRST


async def test_lanes_keep_order_within_a_room_and_survive_an_error() -> None:
    done: list[tuple[str, int]] = []
    busy: dict[str, int] = {}
    most = 0

    async def work(item: tuple[str, int]) -> None:
        nonlocal most
        busy[item[0]] = busy.get(item[0], 0) + 1
        assert busy[item[0]] == 1
        most = max(most, sum(busy.values()))
        await asyncio.sleep(0)
        busy[item[0]] -= 1
        if item[1] == 3:
            raise RuntimeError
        done.append(item)

    async with asyncio.TaskGroup() as group:
        lanes: Lanes[tuple[str, int]] = Lanes(group, work, "test")
        for number in range(10):
            for room in "ab":
                lanes.put(room, (room, number))
        await lanes.wait_idle()
    for room in "ab":
        assert [number for key, number in done if key == room] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert most == 2


def test_a_transaction_is_the_same_in_every_run_and_differs_by_step() -> None:
    assert transaction_id("$event", 0) == hashlib.sha256(b"$event\x000").hexdigest()[:40]
    assert len({transaction_id(event, step) for event in ("$a", "$b") for step in range(3)}) == 6


def message(number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": f"${number}",
        "sender": "@ana:x",
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": f"m{number}"},
        **more,
    }


def sync(*events: Any) -> dict[str, Any]:
    return {
        "next_batch": "s1",
        "rooms": {
            "join": {
                "!r": {
                    "timeline": {"events": list(events), "limited": False, "prev_batch": "p"},
                    "state": {"events": []},
                }
            }
        },
    }


@pytest.mark.parametrize(
    "poison",
    [
        message(2, unsigned=None),
        message(2, origin_server_ts=None),
        message(2, content=None),
        message(2, type=None),
        message(2, type=["x"]),
        message(2, content={"msgtype": {}, "body": "x"}),
        {},
        {"type": "m.room.member"},
        message(2, type="m.room.encrypted", content={"algorithm": 3}),
    ],
)
def test_an_event_that_cannot_be_read_takes_nothing_else_with_it(poison: Any) -> None:
    response = parse_sync(sync(message(1), poison, message(3)))
    bodies = [
        event.source["content"]["body"]
        for event in response.rooms.join["!r"].timeline.events
        if event.source.get("event_id") in ("$1", "$3")
    ]
    assert (bodies, response.next_batch) == (["m1", "m3"], "s1")


def test_poisoned_device_messages_and_account_data_are_left_out() -> None:
    answer = sync(message(1)) | {"to_device": {"events": [{"type": None}, 3]}, "account_data": {"events": [None]}}
    assert len(parse_sync(answer).rooms.join["!r"].timeline.events) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_what_is_signed_leaves_out_signatures_and_order(value: dict[str, Any]) -> None:
    other = dict(reversed(list(value.items())))
    assert canonical(value) == canonical(
        {**other, "signatures": {"a": 1}, "unsigned": {}}
        | {name: other[name] for name in other if name not in ("signatures", "unsigned")}
        | {"signatures": 1, "unsigned": 2}
    )


def test_signatures_are_those_of_the_specification() -> None:
    """The example of the Matrix specification's appendix on signing JSON."""
    key = Key(base64.b64decode("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1="))
    assert key.signature({}) == "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"
    assert (
        key.signature({"one": 1, "two": "Two"})
        == "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"
    )


def test_the_self_signing_key_signs_devices_and_keeps_their_own_signature() -> None:
    keys = Keys(Key(b"1" * 32), Key(b"2" * 32), Key(b"3" * 32))
    device = {"user_id": "@k:x", "keys": {}, "signatures": {"@k:x": {"ed25519:D": "own"}}, "unsigned": {"x": 1}}
    before = copy.deepcopy(device)
    signed = keys.signed_device(device, "@k:x")
    assert signed["signatures"]["@k:x"] == {
        "ed25519:D": "own",
        keys.self_signing.id: keys.self_signing.signature(device),
    }
    assert "unsigned" not in signed
    assert device == before


def test_secrets_are_for_their_owner_alone(tmp_path) -> None:
    file = tmp_path / "secret"
    assert read_secret(file) is None
    for text in ("first", "second"):
        write_secret(file, text)
        assert read_secret(file) == text
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_belongs_to_one_process(tmp_path) -> None:
    with only_process(tmp_path) as mine:
        assert mine
        with only_process(tmp_path) as second:
            assert not second
    with only_process(tmp_path) as again:
        assert again


async def test_the_journal_writes_the_position_and_only_the_events_after_it() -> None:
    store = MemoryStore()
    journal = Journal(store, SystemClock(), "bot")
    journal.begin("s1", 2)
    journal.note("s1", "$1")
    journal.done("s1")
    await journal.write()
    assert (await journal.position(), await journal.answered(["$1"])) == (None, {"$1"})
    journal.note("s1", "$2")
    journal.done("s1")
    journal.note(None, "$late")
    await journal.write()
    assert await journal.position() == "s1"
    assert await journal.answered(["$2", "$late"]) == {"$late"}
