"""Commands and buttons: what people do on Discord and what they see, against the double."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import discord
import pytest

from bot.app import App
from bot.commands.explain import topic_choice
from bot.commands.spec import Context
from bot.i18n.catalog import long_date
from bot.model.reply import Heading, Paragraph, Reply
from tests.discord.conftest import Bots
from tests.doubles.discord import DiscordDouble, Message
from tests.doubles.discord.people import Person

TEACHER = discord.Permissions(manage_messages=True)
PARTS = ("Read all", "Example", "What it means here", "Terms", "Sources", "Related")


def labels(message: Message) -> list[str]:
    """What can be pressed."""
    return [button.get("label") or button["emoji"]["name"] for button in message.buttons]


async def speak(person: Person, tag: str) -> None:
    """Choose a language."""
    await (await person.slash("language", {"tag": tag})).answer()


async def test_explain_is_answered_at_once_in_one_embed_with_buttons(app: App, double: DiscordDouble) -> None:
    used = await double.user("Ana").slash("explain", {"topic": "attribution"})
    message = await used.answer()
    text = app.knowledge.library.text("attribution", "en")
    assert text is not None
    assert (used.response_type, used.ephemeral) == (4, False)
    assert used.latency_ms < 400
    [embed] = message.embeds
    assert embed["title"] == text.title
    assert embed["description"].startswith(f"**{text.one_line}**\n\n")
    assert long_date(date.fromisoformat(app.knowledge.library.topics["attribution"].as_of), "en_GB") in message.text
    assert labels(message) == [*PARTS, "Next: Case: Montenegro 2022", "🌐"]


@pytest.mark.parametrize("part", PARTS)
async def test_every_button_of_an_explainer_opens_a_private_page_that_turns_in_place(
    app: App, double: DiscordDouble, part: str
) -> None:
    ana, ben = double.user("Ana"), double.user("Ben")
    public = await (await ana.slash("explain", {"topic": "attribution"})).answer()
    before = public.data
    pressed = await ben.click(public, part)
    page = await pressed.answer()
    assert pressed.ephemeral
    assert part not in labels(page)
    assert public.data == before
    other = next(label for label in PARTS if label in labels(page))
    turned = await ben.click(page, other)
    assert turned.response_type == 7
    assert await turned.answer() is page
    assert other not in labels(page)


async def test_a_related_topic_opens_from_its_button(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    public = await (await ana.slash("explain", {"topic": "attribution"})).answer()
    page = await (await ana.click(public, "Related")).answer()
    opened = await ana.click(page, index=0)
    assert opened.ephemeral
    assert (await opened.answer()).embeds[0]["title"] != "Attribution"


async def test_typing_a_topic_offers_titles_in_the_persons_language(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    await speak(ana, "sq")
    title = app.knowledge.library.text("attribution", "sq")
    assert title is not None
    offered = await ana.autocomplete("explain", "topic", title.title[:5])
    assert {"name": title.title, "value": "attribution"} in offered
    assert len(await ana.autocomplete("explain", "topic", "")) == 25
    assert await ana.autocomplete("class language", "tags", "sq mk") == [
        {"name": "sq mk (македонски)", "value": "sq mk"}
    ]


async def test_the_language_menu_is_private_and_becomes_the_confirmation(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    public = await (await ana.slash("about")).answer()
    pressed = await ana.click(public, "🌐")
    menu = await pressed.answer()
    assert pressed.ephemeral
    assert labels(menu) == [row.autonym for row in app.knowledge.languages]
    chosen = await ana.click(menu, "shqip")
    assert chosen.response_type == 7
    assert "shqip" in (await chosen.answer()).text
    explained = await (await ana.slash("explain", {"topic": "attribution"})).answer()
    own = app.knowledge.library.text("attribution", "sq")
    assert own is not None
    assert explained.embeds[0]["title"] == own.title


async def test_the_room_speaks_three_languages_in_three_embeds(app: App, double: DiscordDouble) -> None:
    teacher, ana = double.user("Teacher", permissions=TEACHER), double.user("Ana")
    set_ = await teacher.slash("class language", {"tags": "sq mk sr-Latn"})
    assert set_.ephemeral
    board = await (await ana.slash("explain", {"topic": "what-is-cyber-diplomacy"})).answer()
    library = app.knowledge.library
    titles = [library.text_or_english("what-is-cyber-diplomacy", tag).title for tag in ("sq", "mk", "sr-Latn")]
    assert [embed["title"] for embed in board.embeds] == titles
    assert labels(board).count("🌐") == 1


async def test_only_teachers_set_up_a_class_and_they_can_name_others(app: App, double: DiscordDouble) -> None:
    teacher, ana = double.user("Teacher", permissions=TEACHER), double.user("Ana")
    refused = await ana.slash("class language", {"tags": "sq"})
    assert refused.ephemeral
    assert "teachers only" in (await refused.answer()).text
    named = await (await teacher.slash("class teacher add", {"who": ana})).answer()
    assert f"<@{ana.id}>" in named.text
    allowed = await (await ana.slash("class timezone", {"zone": "Europe/Tirane"})).answer()
    assert "Europe/Tirane" in allowed.text
    await teacher.slash("class teacher remove", {"who": ana})
    assert "teachers only" in (await (await ana.slash("class timezone", {"zone": "Europe/Skopje"})).answer()).text


async def test_an_administrator_may_what_teachers_may_not(app: App, double: DiscordDouble) -> None:
    teacher = double.user("Teacher", permissions=TEACHER)
    admin = double.user("Admin", permissions=discord.Permissions(manage_guild=True))
    assert "administrators only" in (await (await teacher.slash("class server-language", {"tag": "sq"})).answer()).text
    assert "shqip" in (await (await admin.slash("class server-language", {"tag": "sq"})).answer()).text


@pytest.mark.parametrize("command", ["privacy show", "privacy export", "privacy forget", "language"])
async def test_personal_answers_are_for_one_person_alone(app: App, double: DiscordDouble, command: str) -> None:
    ana = double.user("Ana")
    await speak(ana, "mk")
    assert (await ana.slash(command)).ephemeral


async def test_the_export_comes_as_a_file(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    await speak(ana, "en")
    message = await (await ana.slash("privacy export")).answer()
    [content] = message.files.values()
    assert b'"people"' in content
    assert message.data["attachments"][0]["filename"] == "kompas-data.json"


async def test_commands_work_in_a_direct_chat_and_turn_in_place_there(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    topics = await (await ana.slash("topics", channel=ana.dm_channel)).answer()
    pressed = await ana.click(topics, index=0)
    assert pressed.response_type == 7
    assert await pressed.answer() is topics
    assert not topics.ephemeral


async def test_a_croatian_client_is_no_proof_of_croatian(app: App, double: DiscordDouble) -> None:
    message = await (await double.user("Ana", locale="hr").slash("explain", {"topic": "attribution"})).answer()
    assert message.embeds[0]["title"] == "Attribution"


async def test_a_button_that_cannot_be_read_says_so(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    message = await (await ana.slash("about")).answer()
    message.buttons[0]["custom_id"] = "quiz:3:1"
    pressed = await ana.click(message, custom_id="quiz:3:1")
    assert pressed.ephemeral
    assert "older version" in (await pressed.answer()).text
    message.buttons[0]["custom_id"] = "k1:nothing"
    assert "older version" in (await (await ana.click(message, index=0)).answer()).text


async def test_a_wrong_option_is_answered_in_one_private_line(app: App, double: DiscordDouble) -> None:
    used = await double.user("Ana").slash("explain", {"topic": "zzzz"})
    assert used.ephemeral
    assert "zzzz" in (await used.answer()).text


@pytest.mark.parametrize(
    "question",
    [
        "@everyone @here <@1> <#2> <t:0> **bold** __x__ ~~x~~ ||x|| `code` [link](https://example.org)",
        "# heading\n> quote\n- list\n1. one\n-# small\n```\nfence",
        "<script>alert(1)</script>&amp;<b>x</b>",
        "\u202egnorts si siht\u202c \u2066x\u2069 zero\u200bwidth",
        "x" * 10_000,
        "😀🎉👩‍👩‍👧‍👦",
        "š" * 1500 + "\x00\x07",
    ],
)
async def test_bad_input_gets_an_answer_and_changes_nothing(app: App, double: DiscordDouble, question: str) -> None:
    ana = double.user("Ana")
    for used in (await ana.slash("ask", {"question": question}), await ana.slash("term", {"word": question[:300]})):
        assert (await used.answer()).text
    for text in (await ana.dm(question), await ana.say(double.channel, f"{double.bot.mention} {question}")):
        answer = await double.wait_message(text.channel, after=text)
        assert "\u202e" not in answer.text
    assert (await (await ana.slash("about")).answer()).text


async def test_markdown_in_a_word_is_shown_as_it_was_typed(app: App, double: DiscordDouble) -> None:
    used = await double.user("Ana").slash("help", {"command": "about"})
    assert (await used.answer()).text
    used = await double.user("Ana").slash("explain", {"topic": "**@everyone** <@1>"})
    assert "\\*\\*@\u200beveryone\\*\\* \\<@1>" in (await used.answer()).text


# late, broken, restarted


def slow_down(app: App, name: str, seconds: float, error: Exception | None = None) -> None:
    """Make a command take its time, and fail in the end if there is an `error`."""
    spec = app.specs[name]

    async def handler(context: Context, **options: Any) -> Reply:
        await asyncio.sleep(seconds)
        if error:
            raise error
        return await spec.handler(context, **options)

    app.specs[name] = replace(spec, handler=handler)


async def test_a_late_answer_is_announced_first_and_filled_in_then(app: App, double: DiscordDouble) -> None:
    slow_down(app, "explain", 0.7)
    used = await double.user("Ana").slash("explain", {"topic": "attribution"})
    assert used.response_type == 5
    assert 300 < used.latency_ms < 1000
    assert (await used.answer()).embeds[0]["title"] == "Attribution"
    assert not used.ephemeral


async def test_a_late_personal_answer_is_private_from_the_start(app: App, double: DiscordDouble) -> None:
    slow_down(app, "language", 0.7)
    used = await double.user("Ana").slash("language")
    assert used.response_type == 5
    assert (await used.answer()).ephemeral


async def test_a_late_page_still_turns_in_place(app: App, double: DiscordDouble) -> None:
    ana = double.user("Ana")
    public = await (await ana.slash("explain", {"topic": "attribution"})).answer()
    page = await (await ana.click(public, "Example")).answer()
    slow_down(app, "explain", 0.7)
    late = await ana.click(public, "Terms")
    assert late.response_type == 5
    assert (await late.answer()).ephemeral
    turned = await ana.click(page, "Terms")
    assert turned.response_type == 6
    assert await turned.answer() is page
    assert "Terms" not in labels(page)


async def test_a_late_slip_is_not_shown_to_the_room(app: App, double: DiscordDouble) -> None:
    slow_down(app, "explain", 0.7, RuntimeError("late"))
    used = await double.user("Ana").slash("explain", {"topic": "attribution"})
    assert used.response_type == 5
    told = await used.wait_followup()
    assert told.ephemeral
    assert "code" in told.text
    assert double.channel_messages() == []


async def test_an_error_shows_a_code_that_the_log_knows(
    app: App, double: DiscordDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    slow_down(app, "explain", 0, RuntimeError("broken"))
    used = await double.user("Ana").slash("explain", {"topic": "attribution"})
    text = (await used.answer()).text
    code = text.rsplit(" ", 1)[-1]
    assert used.ephemeral
    assert code in capsys.readouterr().out
    assert (await (await double.user("Ana").slash("about")).answer()).text


async def test_an_old_button_works_after_a_restart(bots: Bots, double: DiscordDouble) -> None:
    await bots.start()
    ana = double.user("Ana")
    message = await (await ana.slash("explain", {"topic": "attribution"})).answer()
    await bots.stop()
    await bots.start()
    pressed = await ana.click(message, "Sources")
    assert pressed.ephemeral
    assert "Sources" in (await pressed.answer()).text


async def test_commands_are_told_to_discord_once_as_long_as_they_are_the_same(
    bots: Bots, double: DiscordDouble
) -> None:
    def told() -> int:
        return sum(call.method == "PUT" for call in double.requests)

    app = await bots.start()
    await bots.stop()
    await bots.start()
    assert told() == 1
    await bots.stop()
    await bots.apps[-1].store.close()
    original = app.specs["about"]
    import bot.commands.spec as registry

    registry._registered["about"] = replace(original, about=("about.about", "Something new"))
    try:
        await bots.start()
    finally:
        registry._registered["about"] = original
    await double.wait_until(lambda: told() == 2)


# much to choose from, much to read


async def test_many_topics_are_offered_in_menus_that_work(app: App, double: DiscordDouble) -> None:
    library, spec = app.knowledge.library, app.specs["topics"]

    async def everything(context: Context, **options: Any) -> Reply:
        choices = [topic_choice(context, key) for key in library.topics]
        return context.reply(Heading("All", "en"), context.menu(*choices, prompt="Choose"))

    app.specs["topics"] = replace(spec, handler=everything)
    ana = double.user("Ana")
    message = await (await ana.slash("topics")).answer()
    assert labels(message) == ["🌐"]
    chosen = await ana.select(message, library.text_or_english("attribution", "en").short_title)
    assert chosen.ephemeral
    assert (await chosen.answer()).embeds[0]["title"] == "Attribution"


async def test_a_long_private_answer_goes_on_privately(app: App, double: DiscordDouble) -> None:
    spec, words = app.specs["privacy show"], " ".join(f"word{n}" for n in range(1500))

    async def talkative(context: Context, **options: Any) -> Reply:
        return context.reply(Heading("All", "en"), Paragraph(words, "en"), context.menu())

    app.specs["privacy show"] = replace(spec, handler=talkative)
    ana = double.user("Ana")
    used = await ana.slash("privacy show")
    parts = [await used.answer(), await used.wait_followup(1), await used.wait_followup(2)]
    assert all(part.ephemeral for part in parts)
    assert [labels(part) for part in parts] == [[], [], ["🌐"]]
    texts = [embed["description"] for part in parts for embed in part.embeds]
    assert " ".join(texts) == words
