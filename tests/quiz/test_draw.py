"""Which questions are drawn, and how their options are ordered."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.quiz.draw import Filters, draw_items, shuffled
from bot.quiz.items import Item, ItemText, ItemType

from .sessions import at


def item(topic: str, number: int, **changes: object) -> Item:
    fields: dict[str, object] = {
        "id": f"{topic}.q{number}",
        "type": ItemType.SINGLE,
        "options": ("a", "b", "c", "d"),
        "key": ("b",),
        "texts": {"en": ItemText("?")},
        "topic": topic,
    }
    return Item(**(fields | changes))  # type: ignore[arg-type]


POOL = [item(topic, number) for topic in ("attribution", "norms", "nis2", "cert") for number in (1, 2, 3)]


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    first = draw_items(POOL, 5, seed="s1", asked={})
    assert draw_items(POOL[::-1], 5, seed="s1", asked={}) == first
    assert any(draw_items(POOL, 5, seed=f"t{i}", asked={}) != first for i in range(3))


def test_the_topics_take_turns() -> None:
    drawn = draw_items(POOL, 8, seed="s", asked={})
    for half in (drawn[:4], drawn[4:]):
        assert len({one.topic for one in half}) == 4
    assert all(one.topic != after.topic for one, after in pairwise(drawn))


def test_nothing_is_asked_again_before_everything_was_then_what_was_longest_ago() -> None:
    asked: dict[str, datetime] = {}
    rounds = []
    for number in range(6):
        drawn = draw_items(POOL, 4, seed=f"s{number}", asked=asked)
        asked |= {one.id: at(number) for one in drawn}
        rounds.append({one.id for one in drawn})
    assert len(rounds[0] | rounds[1] | rounds[2]) == 12
    assert rounds[3:] == rounds[:3]


def test_fewer_are_drawn_when_there_are_not_so_many() -> None:
    assert len(draw_items(POOL, 99, seed="s", asked={})) == 12
    assert draw_items([], 5, seed="s", asked={}) == ()
    assert draw_items(POOL, 0, seed="s", asked={}) == ()


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        (Filters(), True),
        (Filters(topics=frozenset({"norms"})), True),
        (Filters(topics=frozenset({"nis2"})), False),
        (Filters(languages=("en", "mk")), True),
        (Filters(languages=("en", "sq")), False),
        (Filters(types=frozenset({ItemType.ORDERING})), False),
        (Filters(difficulty=frozenset({2, 3})), True),
        (Filters(difficulty=frozenset({1})), False),
        (Filters(audience="secondary"), False),
        (Filters(audience="university"), True),
    ],
)
def test_filters_ask_for_what_they_name(filters: Filters, fits: bool) -> None:
    one = item("norms", 1, difficulty=2, audience=("university",), texts={"en": ItemText("?"), "mk": ItemText("?")})
    assert filters.fits(one) is fits
    assert bool(draw_items([one], 1, seed="s", asked={}, filters=filters)) is fits


def test_an_item_that_names_no_audience_is_for_everyone() -> None:
    assert Filters(audience="secondary").fits(item("norms", 1))


def test_true_and_false_keep_their_places() -> None:
    one = item("norms", 1, type=ItemType.TRUEFALSE, options=("true", "false"), key=("true",))
    assert {shuffled(one, f"s{i}") for i in range(20)} == {("true", "false")}


def test_short_text_has_nothing_to_shuffle() -> None:
    assert shuffled(item("norms", 1, type=ItemType.SHORT, options=(), key=()), "s") == ()


def test_options_come_in_many_orders() -> None:
    assert len({shuffled(POOL[0], f"s{i}") for i in range(200)}) > 15


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=8), st.permutations("abcd"), st.integers(2, 4), st.sampled_from(["ordering", "matching"]))
def test_what_is_to_be_ordered_or_matched_never_stands_there_right(
    seed: str, key: list[str], number: int, kind: str
) -> None:
    options = "abcd" if kind == "matching" else sorted(key[:number])
    one = item("norms", 1, type=ItemType(kind), options=tuple(options), key=tuple(key[:number]))
    order = shuffled(one, seed)
    assert sorted(order) == sorted(options)
    assert order[:number] != one.key


def test_the_draw_is_the_same_in_another_process() -> None:
    code = (
        "from tests.quiz.test_draw import POOL; from bot.quiz.draw import draw_items, shuffled;"
        "print([i.id for i in draw_items(POOL, 6, seed='s', asked={})], shuffled(POOL[0], 's'))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    here = f"{[one.id for one in draw_items(POOL, 6, seed='s', asked={})]} {shuffled(POOL[0], 's')}\n"
    assert out == here
