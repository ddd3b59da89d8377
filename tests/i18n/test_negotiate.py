"""Which language an answer is in: each link of the chain, and what a question gives away."""

import pytest

from bot import paths
from bot.i18n.languages import load_languages
from bot.i18n.negotiate import Known, Outcome, guess_language, negotiate

LANGUAGES = load_languages(paths.LOCALES)
LATIN_FAMILY = ("bs", "hr", "cnr", "sr-Latn")


@pytest.mark.parametrize(
    ("known", "tag"),
    [
        (Known("sq", ("mk",), "hr", "bs"), "sq"),
        (Known(None, ("mk", "sq"), "hr", "bs"), "mk"),
        (Known(None, (), "hr", "bs"), "hr"),
        (Known(None, (), None, "bs"), "bs"),
    ],
)
def test_the_nearest_setting_wins(known, tag):
    assert negotiate(LANGUAGES, known, "Шта је сајбер дипломатија?", "en") == Outcome(tag)


def test_without_any_setting_the_question_decides_and_else_the_default():
    assert negotiate(LANGUAGES, Known(), "Шта је сајбер дипломатија?", "en").tag == "sr-Cyrl"
    assert negotiate(LANGUAGES, Known(), "nis2", "sq") == Outcome("sq")
    assert negotiate(LANGUAGES, Known(), "", "mk") == Outcome("mk")


def test_latin_questions_of_one_family_are_never_guessed():
    outcome = negotiate(LANGUAGES, Known(), "Šta je sajber diplomatija?", "en")
    assert outcome.ask == LATIN_FAMILY


@pytest.mark.parametrize(
    ("question", "tags"),
    [
        ("Çfarë është diplomacia kibernetike?", ("sq",)),
        ("cfare eshte diplomacia kibernetike", ("sq",)),
        ("Што е сајбер дипломатија?", ("mk",)),
        ("кој ги спроведува санкциите", ("mk",)),
        ("Шта је атрибуција и ко о њој одлучује?", ("sr-Cyrl",)),
        ("What is attribution?", ("en",)),
        ("who attacked albania", ("en",)),
        ("sto je kibersigurnost", LATIN_FAMILY),
        ("treba mi za referat nesto o NIS2", LATIN_FAMILY),
        ("NIS2", ()),
        ("😀", ()),
        ("", ()),
    ],
)
def test_words_and_letters_give_a_language_away(question, tags):
    assert guess_language(LANGUAGES, question) == tags


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("sq_AL.UTF-8", "sq"),
        ("mk_MK.UTF-8", "mk"),
        ("sr_RS.UTF-8", "sr-Cyrl"),
        ("sr_RS@latin", "sr-Latn"),
        ("sr_RS.UTF-8@latin", "sr-Latn"),
        ("bs_BA", "bs"),
        ("hr_HR.UTF-8", "hr"),
        ("C.UTF-8", None),
        ("en_US.UTF-8", None),
        ("POSIX", None),
        ("", None),
        ("fr_FR", None),
    ],
)
def test_the_system_language_is_a_hint_only_when_it_says_something(locale, tag):
    assert LANGUAGES.from_system(locale) == tag


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("sq", "sq"),
        ("SR-latn", "sr-Latn"),
        ("shqip", "sq"),
        ("македонски", "mk"),
        ("srpski (latinica)", "sr-Latn"),
        ("sr", "sr-Cyrl"),
        ("English", "en"),
        ("de", None),
        ("", None),
    ],
)
def test_a_language_is_found_by_tag_autonym_or_system_name(word, tag):
    assert LANGUAGES.find(word) == tag


def test_only_the_two_serbian_scripts_stand_in_for_each_other():
    assert {row.tag: LANGUAGES.fallback(row.tag) for row in LANGUAGES if LANGUAGES.fallback(row.tag)} == {
        "sr-Cyrl": "sr-Latn",
        "sr-Latn": "sr-Cyrl",
    }


def test_discord_locales_are_no_hint_for_languages_that_do_not_exist_there():
    assert all(LANGUAGES.from_hint(code) is None for code in ("hr", "en-US", "en-GB", "ru", "it"))
