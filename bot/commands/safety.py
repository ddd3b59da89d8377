"""What is said to somebody in trouble: what to do now, and whom to call where they are. Ahead of every explanation.

Only contacts that were checked are shown, each time with the advice to check the number. Nothing about the case is
asked or kept; the place is in the button that was pressed and nowhere else.
"""

from __future__ import annotations

from typing import Any

from bot.commands.explain import english_note
from bot.commands.spec import Context
from bot.errors import StaleAction
from bot.model.action import Action
from bot.model.reply import Block, Bullets, Choice, Heading, Note, Paragraph, Reply

TERRITORIES = {
    "croatia": "HR",
    "slovenia": "SI",
    "bulgaria": "BG",
    "romania": "RO",
    "greece": "GR",
    "turkiye": "TR",
}
"""Places outside the region, named by CLDR; the partners of the region are named by the glossary."""

ORDER = {
    "hacked": ("report_portal", "national_cert", "police_cyber", "child_helpline", "emergency"),
    "blackmail": ("child_helpline", "police_cyber", "report_portal", "emergency", "national_cert"),
    "bullied": ("child_helpline", "report_portal", "police_cyber", "emergency", "national_cert"),
    "scammed": ("police_cyber", "report_portal", "national_cert", "child_helpline", "emergency"),
}
"""Whom to call first in which trouble."""


def can_help(context: Context) -> bool:
    """Whether there are safety answers for this reader: a broken file leaves none."""
    return bool(context.library.safety(context.lang))


def trouble_reply(context: Context, trouble: str) -> Reply:
    """What to do now, and the question where the person is. Raises StaleAction for an unknown kind of trouble.

    Call it when `can_help`, as the next one.
    """
    kind, texts, lang = _said(context, trouble)
    blocks: list[Block] = [
        Heading(kind["title"], lang),
        Paragraph(texts["lead"], lang),
        Bullets(tuple(("", step) for step in kind["steps"]), lang),
        Paragraph(texts["danger"], lang, strong=True),
    ]
    places = [
        Choice(place_name(context, place), Action("help", ("", trouble, place))) for place in context.library.contacts
    ]
    reply = context.reply(*blocks, *_notes(context, lang), Paragraph(texts["where"], lang), context.menu(*places))
    return Reply(reply.blocks, private=True)


def contacts_reply(context: Context, trouble: str, place: str) -> Reply:
    """Whom to call there, the most helpful first. Raises StaleAction for an unknown kind or place."""
    kind, texts, lang = _said(context, trouble)
    if place not in context.library.contacts:
        raise StaleAction
    order = ORDER.get(trouble, ())
    contacts = sorted(
        context.library.contacts[place], key=lambda one: order.index(one.kind) if one.kind in order else len(order)
    )
    items = tuple(
        (texts["kinds"].get(one.kind, ""), ", ".join(part for part in (one.name, one.phone, one.url) if part))
        for one in contacts
    )
    blocks: list[Block] = [Heading(f"{kind['title']}: {place_name(context, place)}", lang)]
    blocks += [Bullets(items, lang), Paragraph(texts["check"], lang)] if items else []
    if not {"child_helpline", "report_portal"} & {one.kind for one in contacts}:
        blocks.append(Paragraph(texts["none"], lang))
    reply = context.reply(*blocks, *_notes(context, lang), context.menu(), replaces=True)
    return Reply(reply.blocks, private=True, replaces=True)


def place_name(context: Context, place: str) -> str:
    """The place's name in the language of the answer."""
    if place in TERRITORIES:
        from babel import Locale  # here: only this sentence needs it

        return str(Locale.parse(context.languages[context.lang].babel).territories[TERRITORIES[place]])
    term = context.library.term(place, context.lang)
    return term.term if term else place


def _said(context: Context, trouble: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The answer to this trouble, what every answer says, and the language of both."""
    safety = context.library.safety(context.lang)
    if trouble not in safety.get("kinds", {}):
        raise StaleAction
    read = context.library.safety_language(context.lang)
    return safety["kinds"][trouble], safety["texts"], "en" if read == "en" else context.lang


def _notes(context: Context, lang: str) -> list[Note]:
    """Small print: that the text is in English, if it had to be."""
    return [english_note(context)] if lang != context.lang else []
