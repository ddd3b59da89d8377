"""Escaping, cutting and splitting."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.text import escape, graphemes, pieces, shorten, size

FAMILY = "👩‍👩‍👧‍👦"
LETTERS = [*"aб ć*_~`|[]<>#-.@\\\n1:", "e\u0301", FAMILY, "🇲🇰", "@everyone", "https://a.eu/x_y "]
texts = st.lists(st.sampled_from(LETTERS), max_size=80).map("".join)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Kosovo*", "Kosovo\\*"),
        ("a_b **c** ~~d~~ ||e|| `f`", "a\\_b \\*\\*c\\*\\* \\~\\~d\\~\\~ \\|\\|e\\|\\| \\`f\\`"),
        ("[x](https://a.eu)", "\\[x\\](https://a.eu)"),
        ("# a\n- b\n> c\n-# d", "\\# a\n\\- b\n\\> c\n\\-# d"),
        ("2024. godine", "2024\\. godine"),
        ("24.5 and #1", "24.5 and #1"),
        ("@everyone @here <@1> <#2> </x:3> <t:1>", "@\u200beveryone @\u200bhere \\<@1> \\<#2> \\</x:3> \\<t:1>"),
        ("https://a.eu/b_c_d?e=f", "https://a.eu/b_c_d?e=f"),
        ("a\u202eb\u2066c\x00d", "abcd"),
        ("č ћ ë", "č ћ ë"),
    ],
)
def test_a_text_is_escaped_to_stand_for_itself(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@given(texts)
def test_no_mark_is_left_unescaped(text: str) -> None:
    rest = re.sub(r"\\(\W|_)", "", re.sub(r"https?://[^\s<>*`|~\\\[\]()]+", "", escape(text)))
    assert not re.search(r"[*_~`|\[\]<]", rest)
    assert not re.search(r"@(everyone|here)", rest)


@given(texts, st.integers(2, 60))
def test_a_cut_keeps_whole_graphemes_and_the_limit(text: str, limit: int) -> None:
    cut = shorten(text, limit)
    assert size(cut) <= limit
    if cut != text:
        kept = graphemes(cut.removesuffix("…"))
        assert kept == graphemes(text)[: len(kept)]
        assert cut.endswith("…")


@given(texts, st.integers(40, 120))
def test_pieces_lose_nothing_and_keep_the_limit(text: str, limit: int) -> None:
    parts = list(pieces(text, str, limit))
    assert all(size(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(texts, st.integers(60, 120))
def test_drawn_pieces_are_whole(text: str, limit: int) -> None:
    for part in pieces(text, lambda piece: f"**{escape(piece)}**", limit):
        assert size(part) <= limit
        assert part.startswith("**")
        assert part.endswith("**")
        assert not part.removesuffix("**").endswith("\\") or part.removesuffix("**").endswith("\\\\")


def test_a_family_is_never_torn_apart() -> None:
    assert list(pieces(FAMILY * 3, str, 15)) == [FAMILY, FAMILY, FAMILY]
    assert shorten(FAMILY * 3, 24) == FAMILY * 2 + "…"
