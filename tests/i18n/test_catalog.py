"""Catalogs: plural forms as each language has them, dates as it writes them, placeholders kept."""

from datetime import date

import pytest

from bot import paths
from bot.artifacts import Knowledge
from bot.errors import BadContent
from bot.i18n.catalog import compile_catalogs, load_voices
from bot.i18n.languages import load_languages

NUMBERS = (0, 1, 2, 3, 4, 5, 11, 12, 21, 22, 101, 102)
ONE_FEW_MANY = (2, 0, 1, 1, 1, 2, 2, 2, 0, 1, 0, 1)
ONE_OTHER = (1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
FORMS = {
    "en": ONE_OTHER,
    "sq": ONE_OTHER,
    "bs": ONE_FEW_MANY,
    "hr": ONE_FEW_MANY,
    "cnr": ONE_FEW_MANY,
    "mk": (1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1),
    "sr-Cyrl": ONE_FEW_MANY,
    "sr-Latn": ONE_FEW_MANY,
}
PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: {plural}\\n"

msgctxt "x.count"
msgid "{{n}} topic"
msgid_plural "{{n}} topics"
{forms}

msgctxt "x.name"
msgid "Name: {{name}}"
msgstr "Име: {{name}}"

msgctxt "x.wrong"
msgid "Of {{who}}"
msgstr "На {{whom}}"

#, fuzzy
msgctxt "x.fuzzy"
msgid "Fresh"
msgstr "Старо"
"""


@pytest.fixture
def voices(tmp_path):
    (tmp_path / "languages.yaml").write_text((paths.LOCALES / "languages.yaml").read_text("utf-8"), "utf-8")
    languages = load_languages(tmp_path)
    for tag in languages.written:
        count = int(languages[tag].plural.partition("nplurals=")[2][0])
        forms = "\n".join(f'msgstr[{i}] "{{n}} form {i}"' for i in range(count))
        (tmp_path / f"{tag}.po").write_text(PO.format(forms=forms, plural=languages[tag].plural), "utf-8")
    return load_voices(compile_catalogs(tmp_path, languages, []), languages)


@pytest.mark.parametrize("tag", FORMS)
def test_each_number_takes_the_form_of_its_language(voices, tag):
    said = [voices[tag].many("x.count", "{n} topic", "{n} topics", n) for n in NUMBERS]
    assert said == [f"{n} form {form}" for n, form in zip(NUMBERS, FORMS[tag], strict=True)]


def test_serbian_latin_is_derived_with_its_placeholders_kept(voices):
    assert voices["sr-Cyrl"]("x.name", "Name: {name}", name="Ана") == "Име: Ана"
    assert voices["sr-Latn"]("x.name", "Name: {name}", name="Ана") == "Ime: Ана"


def test_a_fuzzy_sentence_counts_as_missing(voices):
    assert voices["mk"]("x.fuzzy", "Fresh") == "Fresh"


def test_a_translation_with_a_wrong_placeholder_gives_way_to_english(voices):
    assert voices["mk"]("x.wrong", "Of {who}", who="Ана") == "Of Ана"


def test_a_catalog_that_cannot_be_read_is_named_with_its_line_and_the_others_speak(tmp_path):
    (tmp_path / "languages.yaml").write_text((paths.LOCALES / "languages.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "mk.po").write_text(PO.format(forms='msgstr[0] "x"', plural="x"), "utf-8")
    (tmp_path / "sr-Cyrl.po").write_text('msgid "a"\ngarbage "b"\n', "utf-8")
    broken: list[BadContent] = []
    assert set(compile_catalogs(tmp_path, load_languages(tmp_path), broken)) == {"mk"}
    assert [error.file.name for error in broken] == ["sr-Cyrl.po"]
    assert broken[0].line > 0


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", "23 November 2026"),
        ("sq", "23 nëntor 2026"),
        ("bs", "23. novembar 2026."),
        ("hr", "23. studenoga 2026."),
        ("cnr", "23. novembar 2026."),
        ("mk", "23 ноември 2026 г."),
        ("sr-Cyrl", "23. новембар 2026."),
        ("sr-Latn", "23. novembar 2026."),
    ],
)
def test_dates_are_written_as_each_language_writes_them(knowledge: Knowledge, tag, said):
    assert knowledge.voices[tag].date(date(2026, 11, 23)).replace("\u202f", " ") == said
