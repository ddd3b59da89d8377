"""Encodings of the region, marks that nobody sees, limits of a file."""

import codecs

import pytest

from bot.exchange.found import Unusable
from bot.exchange.read import read_quiz
from bot.exchange.texts import decode, plain

LATIN = "Što je računalna sigurnost? Žene i muškarci, đaci, ćutanje, čuvanje; Çfarë është?"
CYRILLIC = "Шта је сајбер безбедност? Љубав, Њ, џеп, ђак, ћутање. Што е ѓубре и ќерка?"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (LATIN, "utf-8", "UTF-8"),
        (LATIN, "utf-8-sig", "UTF-8"),
        (CYRILLIC, "utf-16", "UTF-16"),
        (LATIN, "utf-16-le", "UTF-16"),
        (LATIN, "utf-16-be", "UTF-16"),
        (LATIN, "cp1250", "Windows-1250"),
        (CYRILLIC, "cp1251", "Windows-1251"),
        ("Da li je „EU“ savez država? Čija je to šema?", "cp1250", "Windows-1250"),
        ("Дали ЕУ има закон NIS2 – да или не?", "cp1251", "Windows-1251"),
        ("A ë b ç", "cp1250", "Windows-1250"),
    ],
)
def test_the_encoding_is_found_said_and_converted(text, codec, name):
    read, encoding, notes = decode(text.encode(codec))
    assert (read, encoding) == (text, name)
    assert [f"read as {name} and converted" in note.cause for note in notes] == ([True] if "Windows" in name else [])


def test_a_file_in_windows_1251_becomes_questions_with_a_note():
    found = read_quiz("a.gift", "Шта је ово?{=сајбер ~љубав}".encode("cp1251"), "x", "sr-Cyrl", ("sr-Cyrl",))
    assert found.items[0].texts["sr-Cyrl"].stem == "Шта је ово?"
    assert "Windows-1251" in found.notes[0].cause


def test_bytes_that_the_encoding_lacks_are_named_and_lose_nothing_else():
    text, _, notes = decode(codecs.BOM_UTF8 + b"one\ntwo \xff three")
    assert text == "one\ntwo \ufffd three"
    assert notes[0].line == 2


def test_direction_marks_and_control_characters_are_removed_with_their_lines():
    text, _, notes = decode("a\u202eb\nc\x00d\x1b[31m\n\u200ee".encode())
    assert text == "ab\ncd[31m\ne"
    assert [str(note) for note in notes] == [
        "line 1: right-to-left and other direction marks were removed (lines 1, 3)",
        "line 2: control characters were removed (lines 2)",
    ]


@pytest.mark.parametrize("mark", ["\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff", "\U000e0041"])
def test_marks_that_cannot_be_seen_are_removed(mark):
    assert plain(f"Po{mark}lja") == ("Polja", ["control characters were removed"])


def test_accents_are_not_piled_up_and_letters_keep_their_own():
    ours = "Çështja ѐ ѝ c\u030c z\u030c e\u0308 ć đ"
    assert plain(ours) == (ours, [])
    for between in ("", "\u200d"):
        text, said = plain(("a" + (between + "\u0301") * 40) * 2)
        assert text == "a\u0301\u0301" * 2
        assert "accents piled on a letter were removed" in said


def test_separators_of_lines_and_paragraphs_become_spaces():
    assert plain("one\u2028two\u2029three")[0] == "one two three"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a b"),
        ("a<br>b<br/>c", "a b c"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("x<sub>2</sub> &lt;b&gt; &euro;&nbsp;5", "x2 <b> € 5"),
        ("<style>p{}</style>a<!-- b -->c<script>d</script>", "ac"),
        ("<script>never closed", ""),
        ("a <b", "a <b"),
        ('<img src="data:image/png;base64,' + "A" * 500_000 + '">text', "text"),
    ],
)
def test_html_becomes_what_a_reader_would_read(html, text):
    assert plain(html, html=True)[0] == text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a" * 2_000_001, "at most 2 MB"),
        (b"", "the file is empty"),
        (b"  \n \n", "the file is empty"),
    ],
)
def test_a_file_that_is_too_big_or_empty_is_said_so(data, said):
    with pytest.raises(Unusable, match=said):
        read_quiz("a.gift", data, "x", "en", ("en",))
