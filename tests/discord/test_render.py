"""Replies as Discord messages, by value and against Discord's limits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.choices import rows
from adapters.discord.inbound import Origin, request
from adapters.discord.render import COLOUR, Drawn, render
from bot.app import App
from bot.model.action import Action
from bot.model.reply import (
    Block,
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
from bot.model.request import Command
from tests.doubles.discord.rules import limits

GLOBE = Choice("🌐", Action("language"))


def embeds(*blocks: Block) -> list[dict[str, object]]:
    """The embeds of a reply that fits into one message."""
    [message] = render(Reply(blocks))
    return [{key: value for key, value in embed.items() if key != "color"} for embed in message.body["embeds"]]


def choice(number: int) -> Choice:
    return Choice(f"Topic {number}", Action("explain", (f"topic-{number}",)))


def chosen(*items: Choice, prompt: str = "") -> Choices:
    return Choices(items, "en", prompt)


def assert_allowed(messages: tuple[Drawn, ...]) -> None:
    """Discord would take every one of the messages."""
    for message in messages:
        assert list(limits.check_message(message.body, 0)) == []
        assert message.body["content"] or message.body["embeds"]
        assert message.body["allowed_mentions"] == {"parse": []}


def test_a_reply_is_one_embed_with_its_buttons() -> None:
    blocks = (
        Heading("Attribution", "en"),
        Paragraph("Who did it?", "en", strong=True),
        Paragraph("Kosovo* too.", "en"),
        Bullets((("norm", "a rule"), ("", "plain"), ("alone", "")), "en"),
        Link("EU (page)", "https://a.eu/x(1)", "en"),
        Link("b.eu", "https://b.eu", "en"),
        Note("* This designation …", "en"),
        Note("As of 1 May", "en"),
        Choices((choice(1), GLOBE), "en", "Choose"),
    )
    text = (
        "**Who did it?**\n\nKosovo\\* too.\n\n- **norm**: a rule\n- plain\n- **alone**\n\n"
        "→ [EU (page)](https://a.eu/x%281%29)\n→ https://b.eu"
    )
    assert render(Reply(blocks)) == (
        Drawn(
            {
                "content": "",
                "embeds": [
                    {
                        "color": COLOUR,
                        "title": "Attribution",
                        "description": text,
                        "footer": {"text": "* This designation …\nAs of 1 May"},
                    }
                ],
                "components": [
                    {
                        "type": 1,
                        "components": [
                            {"type": 2, "style": 2, "custom_id": "k1:explain:topic-1", "label": "Topic 1"},
                            {"type": 2, "style": 2, "custom_id": "k1:language", "emoji": {"name": "🌐"}},
                        ],
                    }
                ],
                "attachments": [],
                "allowed_mentions": {"parse": []},
            }
        ),
    )


def test_each_language_of_a_board_has_its_own_embed() -> None:
    blocks = [part for lang in ("sq", "mk") for part in (Heading(lang, lang), Paragraph("x", lang), Note("n", lang))]
    assert [embed["title"] for embed in embeds(*blocks)] == ["sq", "mk"]
    assert [embed["description"] for embed in embeds(Paragraph("a", "sq"), Paragraph("b", "mk"))] == ["a", "b"]


def test_another_language_under_a_heading_stays_there() -> None:
    [embed] = embeds(Heading("Term", "sr-Cyrl"), Paragraph("In English", "en"), Paragraph("после", "sr-Cyrl"))
    assert embed == {"title": "Term", "description": "In English\n\nпосле"}


def test_a_table_is_a_block_of_equal_columns() -> None:
    [embed] = embeds(Table((("a", "bb"), ("ccc", "`d`")), "en"))
    assert embed["description"] == "```\na    bb\nccc  ˋdˋ\n```"


def test_a_document_is_a_file() -> None:
    [message] = render(Reply((Paragraph("Here", "en"), Document("data.json", "{“ž”}", "en"))))
    assert message.files == (("data.json", "{“ž”}".encode()),)
    assert message.body["attachments"] == [{"id": 0, "filename": "data.json"}]


def test_people_whom_the_person_picked_are_shown_by_name() -> None:
    [message] = render(Reply((Paragraph("Teacher: <@42> <@43>", "en"),)), ("42",))
    assert message.body["embeds"][0]["description"] == "Teacher: <@42> \\<@43>"


def test_long_texts_become_several_messages_with_the_buttons_under_the_last() -> None:
    words = " ".join(f"word{n}" for n in range(2500))
    messages = render(Reply((Heading("T", "en"), Paragraph(words, "en", strong=True), Choices((GLOBE,), "en"))))
    assert_allowed(messages)
    assert len(messages) > 2
    texts = [embed["description"] for message in messages for embed in message.body["embeds"]]
    assert " ".join(text.strip("*") for text in texts).split() == words.split()
    assert [bool(message.body["components"]) for message in messages] == [False] * (len(messages) - 1) + [True]


def test_choices_alone_still_make_a_message() -> None:
    assert_allowed(render(Reply((Choices((GLOBE,), "en", "Choose *one*"),))))
    assert_allowed(render(Reply((Choices((GLOBE,), "en"),))))


def test_up_to_twenty_choices_are_buttons_and_more_are_menus_beside_the_globe() -> None:
    [page] = rows([chosen(*map(choice, range(19)), GLOBE)])
    assert [len(row["components"]) for row in page] == [5, 5, 5, 5]
    [page] = rows([chosen(*map(choice, range(54)), GLOBE, prompt="Choose a topic")])
    menus = [row["components"][0] for row in page[:-1]]
    assert [len(menu["options"]) for menu in menus] == [25, 25, 4]
    assert menus[0]["options"][0] == {"label": "Topic 0", "value": "k1:explain:topic-0"}
    assert menus[0]["placeholder"] == "Choose a topic"
    assert page[-1]["components"] == [{"type": 2, "style": 2, "custom_id": "k1:language", "emoji": {"name": "🌐"}}]
    assert len(rows([chosen(*map(choice, range(200)))])) == 2


def test_a_choice_that_stands_there_twice_is_shown_once() -> None:
    [page] = rows([chosen(choice(1), GLOBE, choice(2), Choice("Next", choice(1).action))])
    assert [button.get("label") for button in page[0]["components"]] == ["Topic 1", None, "Topic 2"]


OPTIONS = [Choice(label, Action("quiz pick", ("s1", "0", label[0]))) for label in ("1 ■", "2 ●", "3 ▲", "4 ◆", "5 ★")]


def test_the_options_of_a_question_fill_one_row_and_the_rest_stands_below() -> None:
    entry = Entry("Answer", Action("quiz answer"), "en", "Your answer", "One word")
    [page] = rows([chosen(*OPTIONS), chosen(GLOBE), entry])
    assert [[part.get("label", "🌐") for part in row["components"]] for row in page] == [
        ["1 ■", "2 ●", "3 ▲", "4 ◆", "5 ★"],
        ["🌐", "Answer"],
    ]
    assert page[1]["components"][1] == {"type": 2, "style": 1, "custom_id": "k1-form:k1:quiz answer", "label": "Answer"}


def test_blocks_that_would_need_too_many_rows_share_them() -> None:
    [page] = rows([chosen(choice(n)) for n in range(12)])
    assert [len(row["components"]) for row in page] == [5, 5, 2]


def test_several_at_once_are_a_select_menu_that_takes_one_to_all() -> None:
    action = Action("quiz pick", ("s1", "0"))
    [page] = rows([Pick((("1 ■", "1"), ("2 ●", "2"), ("3 ▲", "3")), action, "en", "Which ones?"), chosen(GLOBE)])
    assert page[0]["components"] == [
        {
            "type": 3,
            "custom_id": "k1-pick:k1:quiz pick:s1:0",
            "options": [{"label": f"{n} {s}", "value": str(n)} for n, s in ((1, "■"), (2, "●"), (3, "▲"))],
            "min_values": 1,
            "max_values": 3,
            "placeholder": "Which ones?",
        }
    ]
    assert page[1]["components"][0]["custom_id"] == "k1:language"


def test_the_longest_action_still_fits_into_a_select_and_a_form_button() -> None:
    action = Action("quiz answer", ("x" * 75,))
    assert len(action.encode()) == 90
    reply = Reply(
        (Pick((("1", "1"),), action, "en"), Entry("Answer", action, "en", "t", "f"), chosen(Choice("1", action)))
    )
    assert_allowed(render(reply))


def test_a_deadline_counts_down_beside_its_words() -> None:
    at = datetime(2026, 11, 23, 9, 0, 30, 900_000, tzinfo=UTC)
    [embed] = embeds(Heading("1 of 3", "en"), Until("Time until 10:00 <t:1:R> *", at, "en"))
    assert embed["description"] == f"Time until 10:00 \\<t:1:R> \\* <t:{int(at.timestamp())}:R>"
    [embed] = embeds(Until("", at, "en"))
    assert embed["description"] == f"<t:{int(at.timestamp())}:R>"
    assert [embed["description"][:2] for embed in embeds(Until("a", at, "sq"), Until("b", at, "mk"))] == ["a ", "b "]
    assert_allowed(render(Reply((Until("x" * 5000, at, "en"),))))


def test_options_carry_their_signs_without_bullets() -> None:
    [embed] = embeds(Bullets((("1 ■", "Yes"), ("2 ●", "*No*"), ("3 ▲", "")), "en", signs=True))
    assert embed["description"] == "**1 ■** Yes\n**2 ●** \\*No\\*\n**3 ▲**"


def test_a_question_of_three_languages_is_three_embeds_over_one_row_of_buttons() -> None:
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    blocks: list[Block] = []
    for lang in ("sq", "mk", "sr-Latn"):
        blocks += [
            Heading(lang, lang),
            Paragraph("stem", lang),
            Bullets((("1 ■", "a"), ("2 ●", "b")), lang, signs=True),
        ]
        blocks += [Until("until", at, lang), Note("note", lang)]
    [message] = render(Reply((*blocks, chosen(*OPTIONS[:2]), chosen(GLOBE))))
    assert [embed["title"] for embed in message.body["embeds"]] == ["sq", "mk", "sr-Latn"]
    assert {embed["footer"]["text"] for embed in message.body["embeds"]} == {"note"}
    assert [len(row["components"]) for row in message.body["components"]] == [2, 1]


words = st.lists(st.sampled_from([*"aб *_`\n#<@1", "👩‍👩‍👧", "e\u0301", "word "]), max_size=60).map("".join)
sized = st.builds(lambda text, times: text * times, words, st.sampled_from([1, 1, 1, 40, 200]))
langs = st.sampled_from(["en", "sq", "mk"])
block = st.one_of(
    st.builds(Heading, sized, langs),
    st.builds(Paragraph, sized, langs, st.booleans()),
    st.builds(Note, sized, langs),
    st.builds(Bullets, st.lists(st.tuples(words, sized), min_size=1, max_size=4).map(tuple), langs),
    st.builds(Link, words, st.just("https://a.eu/b"), langs),
    st.builds(Table, st.lists(st.tuples(words, words), min_size=1, max_size=40).map(tuple), langs),
    st.builds(
        lambda n, label: Choices(tuple(Choice(label or "x", Action("explain", (str(i),))) for i in range(n)), "en"),
        st.integers(0, 60),
        sized,
    ),
    st.builds(
        lambda n, label, number: Pick(
            tuple((label or "x", str(i)) for i in range(n)), Action("quiz pick", (str(number),)), "en", label
        ),
        st.integers(0, 30),
        sized,
        st.integers(0, 2),
    ),
    st.builds(
        lambda label, number: Entry(label or "x", Action("quiz answer", (str(number),)), "en", "t", "f"),
        sized,
        st.integers(0, 9),
    ),
    st.builds(Until, sized, st.just(datetime(2026, 11, 23, tzinfo=UTC)), langs),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(block, max_size=8))
def test_whatever_is_said_keeps_every_limit_of_discord(blocks: list[Block]) -> None:
    assert_allowed(render(Reply(tuple(blocks))))


COMMANDS = [
    ("about", {}),
    ("help", {}),
    ("help", {"command": "class"}),
    ("topics", {}),
    ("topics", {"module": "1"}),
    ("language", {}),
    ("term", {"word": "attribution"}),
    ("term", {"word": "nothing like it"}),
    ("ask", {"question": "What is attribution?"}),
    ("ask", {"question": "xyz"}),
    ("privacy show", {}),
    ("privacy export", {}),
    ("privacy forget", {}),
    ("class language", {"tags": "sq mk sr-Latn"}),
]


@pytest.mark.parametrize("tag", ["en", "sq", "bs", "hr", "cnr", "mk", "sr-Cyrl", "sr-Latn"])
async def test_every_command_keeps_the_limits_in_every_language(app: App, tag: str) -> None:
    from bot.limits import Limiter, Rate

    app._limiter = Limiter(Rate(10_000, 1), Rate(10_000, 1))
    parts = ("", "more", "example", "here", "terms", "sources", "related")
    pages = [Action("explain", (topic, part, tag)) for topic in app.knowledge.library.topics for part in parts]
    commands = [Command("language", {"tag": tag}), *(Command(name, options) for name, options in COMMANDS)]
    for said in (*commands, *pages):
        reply = await app.handle(request(Origin(1, 2, 3, bot=4), said, datetime.now(UTC), whispers=True))
        assert reply is not None
        assert_allowed(render(reply))
