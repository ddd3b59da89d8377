"""Replies as Matrix messages: the same text twice, nothing dangerous in it, none too long."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.matrix.render import MAX_BYTES, File, Words, draw, message
from bot.model.action import Action
from bot.model.plain import plain
from bot.model.reply import (
    Bullets,
    Choice,
    Choices,
    Document,
    Entry,
    Heading,
    Link,
    Note,
    Paragraph,
    Pick,
    Reply,
    Table,
    Until,
)

HELP = Action("help")
EVERYTHING = Reply(
    (
        Heading("Шта је <сајбер>?", "sr-Cyrl"),
        Paragraph("Укратко & јасно", "sr-Cyrl", strong=True),
        Paragraph("Two\nlines, see https://eu.example/a?b=1&c=2.", "en"),
        Bullets((("term", "meaning"), ("", "only text"), ("only term", "")), "en"),
        Link("EEAS", 'https://eeas.europa.eu/?a=1&b="', "en"),
        Table((("a", "b"), ("1", "<2>")), "en"),
        Note("Sources: EU", "en"),
        Choices((Choice("More", HELP), Choice("🌐", HELP)), "en", "Choose:"),
        Choices((Choice("Third", HELP),), "en"),
    )
)


def test_every_block_is_drawn() -> None:
    assert [words.html for words in draw(EVERYTHING)] == [
        "<h3>Шта је &lt;сајбер&gt;?</h3>"
        "<p><strong>Укратко &amp; јасно</strong></p>"
        '<p>Two<br>lines, see <a href="https://eu.example/a?b=1&amp;c=2">https://eu.example/a?b=1&amp;c=2</a>.</p>'
        "<ul><li><strong>term</strong>: meaning</li><li>only text</li><li><strong>only term</strong></li></ul>"
        '<p><a href="https://eeas.europa.eu/?a=1&amp;b=&quot;">EEAS</a></p>'
        "<table><thead><tr><th>&nbsp;a&nbsp;</th><th>&nbsp;b&nbsp;</th></tr></thead>"
        "<tbody><tr><td>&nbsp;1&nbsp;</td><td>&nbsp;&lt;2&gt;&nbsp;</td></tr></tbody></table>"
        "<p><em>Sources: EU</em></p>"
        "<p>Choose:</p><p><strong>1.</strong> More<br><strong>2.</strong> 🌐</p>"
        "<p><strong>3.</strong> Third</p>"
    ]


def test_a_question_is_text_and_what_would_be_pressed_is_left_out() -> None:
    (words,) = draw(
        Reply(
            (
                Paragraph("Who?", "en", strong=True),
                Bullets((("1 ■", "Ana & co"), ("2 ●", "Ben")), "en", signs=True),
                Pick((("Ana", "1"),), HELP, "en", "Pick"),
                Entry("Type", HELP, "en", "Answer", "Word"),
                Until("Until 10:15", datetime(2026, 11, 23, tzinfo=UTC), "en"),
            )
        )
    )
    assert words.body == "Who?\n\n1 ■ Ana & co\n2 ● Ben\n\nUntil 10:15"
    assert words.html == (
        "<p><strong>Who?</strong></p><p><strong>1 ■</strong> Ana &amp; co<br><strong>2 ●</strong> Ben</p>"
        "<p>Until 10:15</p>"
    )


def test_the_plain_body_is_the_core_s_plain_text() -> None:
    assert [words.body for words in draw(EVERYTHING)] == [plain(EVERYTHING)]


def test_a_line_parts_the_languages_of_a_class() -> None:
    reply = Reply(tuple(Heading(text, lang) for text, lang in (("A", "sq"), ("B", "sq"), ("В", "mk"))))
    assert [words.html for words in draw(reply)] == ["<h3>A</h3><h3>B</h3><hr><h3>В</h3>"]


def test_no_message_starts_with_a_line() -> None:
    long = Paragraph("x" * (MAX_BYTES // 2 - 15), "sq")
    first, second = draw(Reply((Heading("A", "sq"), long, Heading("В", "mk"))))
    assert (first.html[:11], second.html) == ("<h3>A</h3><", "<h3>В</h3>")


def test_a_document_becomes_a_file_between_the_texts() -> None:
    reply = Reply((Paragraph("before", "en"), Document("data.json", '{"a": "<b>"}', "en"), Paragraph("after", "en")))
    before, file, after = draw(reply)
    assert (before, after) == (Words("before", "<p>before</p>"), Words("after", "<p>after</p>"))
    assert file == File(
        "data.json",
        '{"a": "<b>"}',
        (
            Words(
                'data.json\n{"a": "<b>"}', '<p><strong>data.json</strong></p><pre><code>{"a": "&lt;b&gt;"}</code></pre>'
            ),
        ),
    )


def test_long_paragraphs_are_cut_between_sentences() -> None:
    sentence = "Сајбер дипломатија је разговор држава о сигурности на мрежи. "
    drawn = draw(Reply((Heading("H", "sr-Cyrl"), Paragraph((sentence * 400).strip(), "sr-Cyrl"))))
    assert len(drawn) > 2
    assert all(words.body.endswith(".") and words.body[0] in "HС" for words in drawn)
    assert " ".join(" ".join(words.body.split()) for words in drawn).replace("H ", "") == (sentence * 400).strip()


def test_choices_keep_their_numbers_over_several_messages() -> None:
    choices = tuple(Choice(f"choice {number} " + "x" * 80, HELP) for number in range(1, 301))
    drawn = draw(Reply((Choices(choices, "en"),)))
    assert len(drawn) > 1
    found = [
        (int(n), int(m)) for words in drawn for n, m in re.findall(r"^(\d+)\. choice (\d+)", words.body, re.MULTILINE)
    ]
    assert found == [(number, number) for number in range(1, 301)]
    shown = [
        (int(n), int(m)) for words in drawn for n, m in re.findall(r"<strong>(\d+)\.</strong> choice (\d+)", words.html)
    ]
    assert shown == found


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6000)
blocks = st.one_of(
    st.builds(Heading, text, st.just("en")),
    st.builds(Paragraph, text, st.just("en"), st.booleans()),
    st.builds(Note, text, st.just("en")),
    st.builds(Bullets, st.lists(st.tuples(text, text), max_size=4).map(tuple), st.just("en")),
    st.builds(Table, st.lists(st.tuples(text, text), min_size=1, max_size=4).map(tuple), st.just("en")),
    st.builds(Document, st.just("a.txt"), text, st.just("en")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(blocks, max_size=5))
def test_no_text_is_too_long_or_breaks_out_of_its_element(found: list) -> None:
    allowed = {
        "h3",
        "p",
        "strong",
        "em",
        "br",
        "hr",
        "ul",
        "li",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "pre",
        "code",
    }
    for part in draw(Reply(tuple(found))):
        for words in part.words if isinstance(part, File) else (part,):
            assert len(json.dumps(message(words, reply_to="$1", thread="$2"))) < 48_000
            assert set(re.findall(r"</?([a-z0-9]+)", words.html)) <= allowed
            assert not re.search(r"<(?!/?[a-z])", words.html)


@pytest.mark.parametrize(
    ("reply_to", "thread", "expected"),
    [
        (None, None, {}),
        ("$q", None, {"m.relates_to": {"m.in_reply_to": {"event_id": "$q"}}}),
        (
            "$q",
            "$t",
            {
                "m.relates_to": {
                    "rel_type": "m.thread",
                    "event_id": "$t",
                    "is_falling_back": False,
                    "m.in_reply_to": {"event_id": "$q"},
                }
            },
        ),
        (
            None,
            "$t",
            {
                "m.relates_to": {
                    "rel_type": "m.thread",
                    "event_id": "$t",
                    "is_falling_back": True,
                    "m.in_reply_to": {"event_id": "$t"},
                }
            },
        ),
    ],
)
def test_messages_are_tied_to_what_they_answer(reply_to: str | None, thread: str | None, expected: dict) -> None:
    assert message(Words("b", "<p>b</p>"), reply_to=reply_to, thread=thread) == {
        "msgtype": "m.notice",
        "body": "b",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>b</p>",
        "m.mentions": {},
        **expected,
    }


def test_a_message_holds_at_most_what_encryption_leaves() -> None:
    drawn = draw(Reply(tuple(Paragraph("ж" * 1000, "en") for _ in range(30))))
    assert all(len(words.body.encode()) + len(words.html.encode()) <= MAX_BYTES for words in drawn)
