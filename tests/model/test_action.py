"""The action codec: what a button carries comes back the same, and nothing else is accepted."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StaleAction
from bot.model.action import MAX_CHARACTERS, Action

part = st.text(string.ascii_letters + string.digits + " _.,+@-", max_size=12)


@given(st.text(string.ascii_lowercase, min_size=1, max_size=20), st.lists(part, max_size=4))
def test_an_encoded_action_decodes_to_itself_without_empty_values_at_the_end(command, values):
    while values and not values[-1]:
        values.pop()
    action = Action(command, tuple(values))
    text = action.encode()
    assert len(text) <= MAX_CHARACTERS
    assert Action.decode(text) == action


@given(st.text(max_size=120))
def test_any_text_decodes_to_an_action_or_is_stale(text):
    try:
        action = Action.decode(text)
    except StaleAction:
        return
    assert Action.decode(action.encode()) == action


@pytest.mark.parametrize("text", ["", "k1", "k1:", "k2:explain", "k1:explain:a\nb", "k1:x:" + "a" * 90, "explain:k1"])
def test_what_this_version_cannot_read_is_stale(text):
    with pytest.raises(StaleAction):
        Action.decode(text)


@pytest.mark.parametrize("action", [Action(""), Action("a", ("x:y",)), Action("a", ("ш",)), Action("a", ("x" * 90,))])
def test_an_action_that_would_not_fit_is_refused(action):
    with pytest.raises(ValueError, match="action"):
        action.encode()
