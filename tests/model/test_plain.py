"""The plain twin says everything that the blocks say."""

from bot.model.action import Action
from bot.model.plain import plain
from bot.model.reply import Bullets, Choice, Choices, Document, Heading, Link, Note, Paragraph, Reply, Table

REPLY = Reply(
    (
        Heading("Title", "en"),
        Paragraph("One.", "en", strong=True),
        Bullets((("term", "meaning"), ("", "alone"), ("word", "")), "en"),
        Link("Site", "https://example.org", "en"),
        Table((("a", "bb"), ("ccc", "d")), "en"),
        Document("data.json", "{}", "en"),
        Note("small", "en"),
        Choices((Choice("More", Action("explain", ("x",))), Choice("🌐", Action("language"))), "en", "Choose:"),
    )
)


def test_every_block_is_said_and_choices_are_numbered():
    assert plain(REPLY) == (
        "Title\n\nOne.\n\n• term: meaning\n• alone\n• word\n\nSite: https://example.org\n\na    bb\nccc  d\n\n"
        "data.json\n{}\n\nsmall\n\nChoose:\n1. More\n2. 🌐"
    )


def test_numbers_run_on_over_several_lists_of_choices():
    one = Choices((Choice("a", Action("x")),), "en")
    assert plain(Reply((one, one))) == "1. a\n\n2. a"
    assert [choice.label for choice in Reply((one, one)).choices()] == ["a", "a"]


def test_an_empty_reply_is_an_empty_text():
    assert plain(Reply(())) == ""
