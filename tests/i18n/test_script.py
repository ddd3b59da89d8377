"""Serbian Latin from Cyrillic, and the fold for matching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.script import fold_latin, serbian_latin

CYRILLIC = "абвгдђежзијклљмнњопрстћуфхцчџш"


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("ЊЕГОВ", "NJEGOV"),
        ("ЏЕП", "DŽEP"),
        ("ЉУДСКА ПРАВА", "LJUDSKA PRAVA"),
        ("Његош", "Njegoš"),
        ("Љ. Петровић", "Lj. Petrović"),
        ("КОЊ", "KONJ"),
        ("инјекција", "injekcija"),
        ("надживети", "nadživeti"),
        ("ОЕБС, УН, ЕУ, САД", "OEBS, UN, EU, SAD"),
        ("ENISA и NIS2", "ENISA i NIS2"),
        ("Ђорђе", "Đorđe"),
        ("{име} је ту", "{име} je tu"),
        ("види https://срб.рф/њега одмах", "vidi https://срб.рф/њега odmah"),
        ("пиши на име@пример.rs", "piši na име@пример.rs"),
        ("`команда` ту", "`команда` tu"),
        ("рнидс.срб", "рнидс.срб"),
        ("Косово*", "Kosovo*"),
        ("Microsoft у Београду", "Microsoft u Beogradu"),
    ],
)
def test_serbian_latin_is_made_as_serbs_write_it(cyrillic, latin):
    assert serbian_latin(cyrillic) == latin


@given(st.text(CYRILLIC + CYRILLIC.upper() + " .,-0123456789", max_size=60))
def test_no_cyrillic_letter_is_left_and_nothing_else_changes(text):
    latin = serbian_latin(text)
    assert not set(latin.lower()) & set(CYRILLIC)
    assert [c for c in latin if not c.isalpha()] == [c for c in text if not c.isalpha()]


@given(st.text("abcdefghijklmnopqrstuvwxyzčćšžđ {}.,", max_size=60))
def test_latin_text_stays_as_it_is(text):
    assert serbian_latin(text) == text


@given(st.text(max_size=80))
def test_the_fold_is_idempotent(text):
    once = fold_latin(text)
    assert fold_latin(once) == once
