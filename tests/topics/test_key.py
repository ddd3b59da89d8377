"""The search key: spellings that must agree do, and nothing breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.topics.key import search_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Шта је сајбер дипломатија?", "sta je sajber diplomatija"),
        ("Ђорђе, џеп, Његош, ћирилица", "Djordje dzep Njegos cirilica"),
        ("đak, džep", "djak dzep"),
        ("ќе, ѓавол, ѕвезда", "kje gjavol dzvezda"),
        ("Щит, цел", "shtit cel"),
        ("Τι είναι", "ti einai"),
        ("SİBER IŞIK", "siber isik"),
        ("Çfarë është", "cfare eshte"),
        ("ș ț ş ţ", "s t s t"),
        ("Што е сајбер-безбедност", "shto e sajber bezbednost"),
        ("šta su kibernetičke norme", "STA SU KIBERNETICKE NORME!!!"),
        ("Зошто", "zoshto"),
    ],
)
def test_spellings_of_the_same_words_agree(one, other):
    assert search_key(one) == search_key(other)


def test_different_words_stay_different():
    assert search_key("norme") != search_key("forme")
    assert search_key("NATO") != search_key("NATI")


@pytest.mark.parametrize("text", ["", "   ", "😀🎉", "?!…", "\u200b\u202e"])
def test_a_text_without_letters_or_digits_has_no_key(text):
    assert search_key(text) == ""


@given(st.text(max_size=200))
def test_a_key_is_folded_words_joined_by_single_spaces(text):
    key = search_key(text)
    assert key == " ".join(key.split())
    assert key == key.lower()


@given(st.text("абвгдежзијклмнопрстуфхц ", max_size=60))
def test_case_and_punctuation_do_not_matter(text):
    assert search_key(text.upper() + "?!") == search_key(text)
