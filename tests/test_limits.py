"""Limits per person and room."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.limits import Limiter, Rate
from bot.model.ids import RoomId, UserId

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ANA, BEN = UserId("memory", "ana"), UserId("memory", "ben")
ROOM, OTHER = RoomId("memory", "a"), RoomId("memory", "b")


def test_a_burst_is_served_and_then_one_at_a_time():
    limiter = Limiter(person=Rate(3, 0.5))
    assert [limiter.admit(ANA, ROOM, NOW) for _ in range(4)] == [0, 0, 0, 2]
    assert limiter.admit(BEN, ROOM, NOW) == 0
    assert limiter.admit(ANA, ROOM, NOW + timedelta(seconds=2)) == 0


def test_a_room_has_a_limit_of_its_own():
    limiter = Limiter(room=Rate(2, 1.0))
    assert [limiter.admit(user, ROOM, NOW) for user in (ANA, BEN, UserId("memory", "c"))] == [0, 0, 1]
    assert limiter.admit(ANA, OTHER, NOW) == 0


def test_the_flood_of_one_person_leaves_the_room_to_the_others():
    limiter = Limiter(person=Rate(1, 0.1), room=Rate(2, 0.1))
    assert [limiter.admit(ANA, ROOM, NOW) > 0 for _ in range(50)] == [False] + [True] * 49
    assert limiter.admit(BEN, ROOM, NOW) == 0


def test_slowing_down_is_said_once_in_a_while():
    limiter = Limiter()
    assert [limiter.may_tell(ANA, NOW + timedelta(seconds=s)) for s in (0, 5, 29, 31, 40)] == [
        True,
        False,
        False,
        True,
        False,
    ]


@given(st.lists(st.integers(0, 100_000), max_size=60))
def test_no_more_is_served_than_burst_and_rate_allow(milliseconds):
    limiter = Limiter(person=Rate(5, 2.0), room=Rate(10_000, 1000.0))
    times = sorted(milliseconds)
    served = [t for t in times if limiter.admit(ANA, ROOM, NOW + timedelta(milliseconds=t)) == 0]
    assert len(served) <= 5 + 2 * (times[-1] if times else 0) / 1000 + 1e-6
