"""A field to type in, there and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.discord.forms import Form, entered, modal, opens
from bot.app import App
from bot.commands.spec import Audience, CommandSpec, Context, Kind, Option
from bot.errors import StaleAction
from bot.model.action import Action
from bot.model.reply import Choices, Entry, Paragraph, Reply
from bot.model.request import Command, Request
from tests.discord.conftest import Bots
from tests.doubles.discord import DiscordDouble
from tests.doubles.discord.rules import limits

ACTION = Action("quiz type", ("s1", "2"))
ENTRY = Entry("Answer", ACTION, "en", "Your answer", "One word", "e.g. attribution")


async def _handler(context: Context, **options: str) -> Reply:
    seen = ", ".join(f"{name}={value}" for name, value in options.items())
    entry = replace(ENTRY, label="Again")
    return Reply((Paragraph(seen, context.lang), entry, Choices((context.globe(),), context.lang)), replaces=True)


_OPTIONS = tuple(Option(name, Kind.TEXT, hidden=True) for name in ("session", "question", "answer"))
SPEC = CommandSpec("quiz type", ("", ""), _handler, _OPTIONS, Audience.PERSON, offered=False)


def sent(custom_id: str, text: str = "attribution") -> dict[str, Any]:
    """What comes when a form is sent."""
    field = {"type": 4, "id": 2, "custom_id": "text", "value": text}
    return {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": field}]}


def test_a_form_is_one_labelled_line_with_the_action_in_its_id() -> None:
    made = modal(ACTION, Form.of(ENTRY))
    assert made == {
        "custom_id": "k1-form:k1:quiz type:s1:2",
        "title": "Your answer",
        "components": [
            {
                "type": 18,
                "label": "One word",
                "component": {
                    "type": 4,
                    "custom_id": "text",
                    "style": 1,
                    "required": True,
                    "max_length": 200,
                    "placeholder": "e.g. attribution",
                },
            }
        ],
    }
    assert list(limits.check_modal(made)) == []


def test_words_that_are_too_long_for_a_form_are_shortened() -> None:
    made = modal(Action("quiz type", ("x" * 77,)), Form("т" * 80, "ш" * 80, "ж" * 200))
    assert list(limits.check_modal(made)) == []
    assert made["title"].endswith("…")


def test_what_was_typed_is_the_option_after_the_values_of_the_action() -> None:
    assert opens({"custom_id": "k1-form:k1:quiz type:s1:2"}) == ACTION
    assert opens({"custom_id": ACTION.encode()}) is None
    assert entered(sent("k1-form:k1:quiz type:s1:2"), {"quiz type": SPEC}) == Command(
        "quiz type", {"session": "s1", "question": "2", "answer": "attribution"}
    )


@pytest.mark.parametrize("custom_id", ["k1-form:k1:nothing", "k1-form:old", "k1-form:k1:quiz type:a:b:c", "other"])
def test_a_form_that_cannot_be_read_is_stale(custom_id: str) -> None:
    with pytest.raises(StaleAction):
        entered(sent(custom_id), {"quiz type": SPEC})


class Words:
    """A core that knows the words of forms."""

    def __init__(self, answer: Entry | Exception | None) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    async def form_for(self, request: Request) -> Entry | None:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def offer(app: App) -> None:
    """Make /about show the button of a form."""

    async def about(context: Context) -> Reply:
        return Reply((Paragraph("Type", context.lang), ENTRY))

    app.specs["about"] = replace(app.specs["about"], handler=about)
    app.specs["quiz type"] = SPEC


async def test_a_press_opens_the_form_at_once_and_what_is_typed_is_answered_in_private(
    bots: Bots, double: DiscordDouble
) -> None:
    words = Words(replace(ENTRY, title="Përgjigjja", field="Një fjalë", hint=""))
    offer(await bots.start(forms=words))
    ana, ben = double.user("Ana"), double.user("Ben", locale="tr")
    message = await (await ana.slash("about")).answer()
    pressed = await ben.click(message, "Answer")
    assert pressed.response_type == 9
    assert pressed.latency_ms < 400
    assert pressed.modal is not None
    [field] = pressed.modal.fields
    assert (pressed.modal.data["title"], field["label"]) == ("Përgjigjja", "Një fjalë")
    assert (words.asked[0].said, words.asked[0].locale, words.asked[0].name) == (ACTION, "tr", "Ben")
    done = await ben.submit(pressed.modal, {"Një fjalë": "attribution"})
    answer = await done.answer()
    assert done.ephemeral
    assert answer.text == "session=s1, question=2, answer=attribution"
    again = await ben.click(answer, "Again")
    assert again.modal is not None
    changed = await ben.submit(again.modal, {"Një fjalë": "norms"})
    assert changed.response_type == 7
    assert await changed.answer() is answer
    assert "answer=norms" in answer.text


@pytest.mark.parametrize("answer", [None, RuntimeError("no words")])
async def test_without_words_the_label_of_the_button_has_to_do_and_it_outlives_a_restart(
    bots: Bots, double: DiscordDouble, answer: Exception | None
) -> None:
    offer(await bots.start())
    ana = double.user("Ana")
    message = await (await ana.slash("about")).answer()
    await bots.stop()
    offer(await bots.start(forms=Words(answer)))
    pressed = await ana.click(message, "Answer")
    assert pressed.modal is not None
    assert (pressed.modal.data["title"], pressed.modal.fields[0]["label"]) == ("Answer", "Answer")
    assert "answer=x" in (await (await ana.submit(pressed.modal, {"Answer": "x"})).answer()).text


async def test_a_form_of_another_version_says_so(bots: Bots, double: DiscordDouble) -> None:
    app = await bots.start()
    offer(app)
    ana = double.user("Ana")
    message = await (await ana.slash("about")).answer()
    pressed = await ana.click(message, "Answer")
    assert pressed.modal is not None
    del app.specs["quiz type"]
    late = await ana.submit(pressed.modal, {"Answer": "x"})
    assert late.ephemeral
    assert "older version" in (await late.answer()).text
