"""The homeserver of the tests is a real one: it keeps data, has limits, encrypts."""

from __future__ import annotations

import asyncio
import secrets
import time

import pytest

from .fixtures import People
from .people import EncryptedPerson, MatrixError, Person
from .synapse import Synapse

pytestmark = pytest.mark.synapse


async def test_people_talk_in_a_plain_room(synapse: Synapse, people: People) -> None:
    ana, ben = await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await ana.create_room(invite=[ben.user_id], name="Разред")
    assert await ben.wait_for_invite(ana.user_id) == room
    await ben.join(room)
    await ana.wait_for_member(room, ben.user_id)

    question = await ana.say(room, "Шта је сајбер дипломатија?")
    assert (await ben.wait_for_reply(room, contains="ШТА ЈЕ")).event_id == question
    answer = await ben.reply(room, question, "први")
    assert (await ana.wait_for_reply(room, reply_to=question)).event_id == answer
    await ben.edit(room, answer, "други")
    edited = await ana.wait_for_reply(room)
    assert (edited.body, edited.replaces) == ("други", answer)
    in_thread = await ben.reply_in_thread(room, question, "у нити")
    assert (await ana.wait_for_reply(room)).thread == question
    await ben.notice(room, "notice")
    assert (await ana.wait_for_reply(room)).msgtype == "m.notice"
    await ana.react(room, in_thread, "👍")
    await ben.redact(room, in_thread)
    await ana.wait_quiet(room, seconds=0.3)
    assert [m.body for m in ana.inbox.shown(room)] == ["Шта је сајбер дипломатија?", "други", "notice"]


async def test_a_wait_for_nothing_says_what_came_instead(synapse: Synapse, people: People) -> None:
    ana, ben = await people.on(synapse, "ana"), await people.on(synapse, "ben", accept_invites=True)
    room = await ana.create_room(invite=[ben.user_id])
    await ana.wait_for_member(room, ben.user_id)
    await ana.say(room, "good morning")
    await ben.wait_for_reply(room)
    with pytest.raises(AssertionError, match="good morning"):
        await ben.wait_for_reply(room, contains="never said", timeout=0.2)


async def test_a_gap_in_the_sync_is_filled(synapse: Synapse, people: People) -> None:
    ana, ben = await people.on(synapse, "ana"), await people.on(synapse, "ben", accept_invites=True)
    room = await ana.create_room(invite=[ben.user_id])
    await ana.wait_for_member(room, ben.user_id)
    await ben.wait_quiet(room, seconds=0.2)
    async with ben.away():  # more is said than one sync brings
        for number in range(130):
            await ana.say(room, f"m{number}")
    got = await ben.wait_for_count(room, 130, sender=ana.user_id)
    assert [m.body for m in got] == [f"m{number}" for number in range(130)]


@pytest.mark.parametrize("room_version", ["10", None])
async def test_an_encrypted_direct_chat_is_read_by_both(
    synapse: Synapse, people: People, room_version: str | None
) -> None:
    ana = await people.on(synapse, "ana", encrypted=True)
    ben = await people.on(synapse, "ben", encrypted=True, accept_invites=True)
    room = await ana.create_room(invite=[ben.user_id], direct=True, encrypted=True, room_version=room_version)
    await ana.wait_for_member(room, ben.user_id)
    question = await ana.say(room, "Çfarë është diplomacia kibernetike?")
    assert (await ben.wait_for_reply(room)).encrypted
    await ben.reply_in_thread(room, question, "përgjigje")
    answer = await ana.wait_for_reply(room, contains="Përgjigje")
    assert (answer.encrypted, answer.thread) == (True, question)
    raw = await ana.request("GET", f"/rooms/{room}/event/{answer.event_id}")
    assert raw["type"] == "m.room.encrypted"
    assert not ana.inbox.undecryptable.get(room)
    assert not ben.inbox.undecryptable.get(room)


async def test_an_encrypted_gap_is_filled(synapse: Synapse, people: People) -> None:
    ana = await people.on(synapse, "ana", encrypted=True)
    ben = await people.on(synapse, "ben", encrypted=True, accept_invites=True)
    room = await ana.create_room(invite=[ben.user_id], encrypted=True)
    await ana.wait_for_member(room, ben.user_id)
    await asyncio.gather(*(ana.say(room, f"m{number}") for number in range(120)))
    got = await ben.wait_for_count(room, 120, sender=ana.user_id)
    assert {m.body for m in got} == {f"m{number}" for number in range(120)}


async def test_a_server_away_for_a_while_comes_back_with_its_data(synapse: Synapse, people: People) -> None:
    ana = await people.on(synapse, "ana", encrypted=True)
    ben = await people.on(synapse, "ben", accept_invites=True)
    cara = await people.on(synapse, "cara", encrypted=True, accept_invites=True)
    plain = await ana.create_room(invite=[ben.user_id])
    secret = await ana.create_room(invite=[cara.user_id], direct=True, encrypted=True)
    await ana.wait_for_member(plain, ben.user_id)
    await ana.wait_for_member(secret, cara.user_id)
    before = await ana.say(plain, "before")
    await ben.wait_for_reply(plain, contains="before")
    port = synapse.port
    await synapse.restart(pause=2.0)
    for room, listener in ((plain, ben), (secret, cara)):
        after = await ana.say(room, "after")
        assert (await listener.wait_for_reply(room, contains="after")).event_id == after
    await synapse.kill()
    assert not synapse.running
    await synapse.start()
    assert synapse.port == port
    assert (await ana.request("GET", f"/rooms/{plain}/event/{before}"))["content"]["body"] == "before"


async def test_login_by_password_makes_a_new_device(synapse: Synapse) -> None:
    name = f"cara-{secrets.token_hex(4)}"
    account = await synapse.register(name, "тајна")
    async with await Person.login(synapse, name, "тајна") as cara:
        assert cara.user_id == account.user_id
        assert cara.account.device_id != account.device_id
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await EncryptedPerson.login(synapse, name, "wrong")


async def test_default_limits_stop_a_burst_and_the_admin_can_lift_them(
    synapse_default: Synapse, people: People
) -> None:
    hasty = await people.on(synapse_default, "hasty", patient=False)
    room = await hasty.create_room()
    sent = 0

    async def burst() -> None:
        nonlocal sent
        for _ in range(20):
            await hasty.say(room, "!")
            sent += 1

    with pytest.raises(MatrixError) as caught:
        await burst()
    assert (caught.value.status, caught.value.errcode) == (429, "M_LIMIT_EXCEEDED")
    assert 0 < caught.value.retry_after <= 5
    assert 8 <= sent <= 12

    await synapse_default.override_ratelimit(hasty.user_id)
    started = time.monotonic()
    await burst()
    assert time.monotonic() - started < 5
    assert hasty.times_limited == 1


async def test_raised_limits_let_a_burst_through(synapse: Synapse, people: People) -> None:
    ana = await people.on(synapse, "ana", patient=False)
    room = await ana.create_room()
    await asyncio.gather(*(ana.say(room, str(number)) for number in range(60)))
    assert len(await ana.wait_for_count(room, 60, sender=ana.user_id)) == 60
