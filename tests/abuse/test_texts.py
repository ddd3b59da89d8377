"""Texts of strangers call nobody and break nothing, wherever they appear."""

import pytest

from adapters.discord.render import render as on_discord
from adapters.matrix.render import Words, draw, message
from bot.model.action import Action
from bot.model.reply import Bullets, Choice, Choices, Heading, Paragraph, Reply
from bot.text import one_line

CALLS = ("@everyone", "@here", "<@&1>", "<@1>", "@room", '<a href="https://matrix.to/#/@ana:example.org">Ana</a>')


def said(text):
    return Reply(
        (
            Heading(text, "en"),
            Paragraph(text, "en"),
            Bullets(((text, text),), "en"),
            Choices((Choice(text[:40], Action("help")),), "en"),
        )
    )


@pytest.mark.parametrize("call", CALLS)
def test_discord_is_told_to_call_nobody(call):
    for drawn in on_discord(said(call)):
        assert drawn.body["allowed_mentions"]["parse"] == []
        assert not drawn.body["allowed_mentions"].get("roles")
        assert not drawn.body["allowed_mentions"].get("users")


@pytest.mark.parametrize("call", CALLS)
def test_matrix_is_told_to_call_nobody_and_html_of_others_stays_text(call):
    for drawn in draw(said(call)):
        assert isinstance(drawn, Words)
        content = message(drawn)
        assert content["m.mentions"] == {}
        assert ">Ana</a>" not in content["formatted_body"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ana Anić", "Ana Anić"),
        ("Ђорђе Љубић", "Ђорђе Љубић"),
        ("Ana\n\nteacher: all is cancelled", "Ana teacher: all is cancelled"),
        ("\u202eanA\u202c", "anA"),
        ("A\u200bn\u00ada\ufeff\u2066", "Ana"),
        ("A" + "\u0301\u0308" * 30 + "na", "Á\u0308\u0301na"),
        ("\x00\x1b[31mred", "[31mred"),
        ("\u200b\u202e \n", ""),
        ("x" * 50, "x" * 32),
    ],
)
def test_a_name_hides_nothing_turns_nothing_and_overflows_nothing(given, shown):
    assert one_line(given, 32) == shown
