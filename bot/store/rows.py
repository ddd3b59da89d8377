"""Values of sessions as columns, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from bot.model.ids import RoomId
from bot.ports import Linked, Row
from bot.quiz.items import ItemType
from bot.quiz.session import Answer, Phase, Player, Question, Rules, Session

PLAYER = ("number", "name", "language", "factor", "joined", "own_name", "rerolls", "kicked", "left")
MICROSECOND = timedelta(microseconds=1)


def session_columns(session: Session) -> dict[str, Any]:
    """All of a session; what is fixed at its start and the phase row."""
    return {
        "id": session.id,
        "code": session.code,
        "account": session.account,
        "rules": to_json(asdict(session.rules)),
        "questions": to_json([asdict(question) for question in session.questions]),
        **phase_columns(session),
    }


def phase_columns(session: Session) -> dict[str, Any]:
    """The phase row."""
    return {
        "phase": session.phase.value,
        "question": session.question,
        "asked_at": session.asked_at,
        "due_at": session.due_at,
        "deadline": session.deadline,
        "paused_at": session.paused_at,
        "held_us": session.held // MICROSECOND,
        "paused_us": session.paused // MICROSECOND,
        "extended_us": session.extended // MICROSECOND,
        "hurried": session.hurried,
        "voided": " ".join(map(str, sorted(session.voided))),
        "ended": session.ended,
        "version": session.version,
    }


def session_from(row: Any) -> Session:
    """The session in a row of `sessions`."""
    return Session(
        id=row.id,
        code=row.code,
        rules=rules_from(row.rules),
        questions=tuple(_question(question) for question in json.loads(row.questions)),
        account=row.account,
        phase=Phase(row.phase),
        question=row.question,
        asked_at=row.asked_at,
        due_at=row.due_at,
        deadline=row.deadline,
        paused_at=row.paused_at,
        held=row.held_us * MICROSECOND,
        paused=row.paused_us * MICROSECOND,
        extended=row.extended_us * MICROSECOND,
        hurried=row.hurried,
        voided=frozenset(map(int, row.voided.split())),
        ended=row.ended,
        version=row.version,
    )


def items_asked(questions: str, last: int) -> list[str]:
    """Ids of the items asked so far in a session whose questions are these."""
    return [question["item"] for question in json.loads(questions)[: last + 1]]


def room_columns(linked: Linked) -> dict[str, Any]:
    """A room that takes part from now on."""
    return {
        "platform": linked.room.platform,
        "room_id": linked.room.id,
        "account": linked.account,
        "languages": " ".join(linked.languages),
        "private": linked.private,
        "open": True,
        "linked": True,
    }


def linked_from(row: Any) -> Linked:
    """The room in a row of `session_rooms`."""
    return Linked(RoomId(row.platform, row.room_id), row.account, tuple(row.languages.split()), row.private)


def player_columns(player: Player) -> dict[str, Any]:
    """A player's own fields."""
    return {name: getattr(player, name) for name in PLAYER}


def player_from(row: Any) -> Player:
    """The player in a row of `players`."""
    return Player(**{name: getattr(row, name) for name in PLAYER})


def answer_from(row: Any) -> Answer:
    """The answer in a row of `answers`."""
    return Answer(row.question, row.player, row.value, row.at, row.early)


def outbox_row(row: Any) -> Row:
    """The message in a row of `outbox` joined with its room."""
    return Row(
        session=row.session,
        sequence=row.sequence,
        room=RoomId(row.platform, row.room_id),
        account=row.account,
        kind=row.kind,
        question=row.question,
        created_at=row.created_at,
        attempted_at=row.attempted_at,
        message=row.message,
        room_number=row.room_number,
    )


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or the first of `name 2`, `name 3`, … that differs from those taken in more than its case."""
    folded = {other.casefold() for other in taken}
    free, number = name, 1
    while free.casefold() in folded:
        number += 1
        free = f"{name} {number}"
    return free


def anonymous_name(player: Any, rules: Rules) -> str:
    """What others see of a forgotten player: a pseudonym says nothing about a person, any other name does."""
    return player.name if rules.names == "pseudonym" else f"#{player.number}"


def rules_from(text: str) -> Rules:
    """The rules in their column."""
    fields = json.loads(text)
    return Rules(**{**fields, "languages": tuple(fields["languages"])})


def _question(fields: dict[str, Any]) -> Question:
    kept = {"type": ItemType(fields["type"]), "order": tuple(fields["order"]), "key": tuple(fields["key"])}
    return Question(**{**fields, **kept})


def to_json(value: Any) -> str:
    """As it stands in a column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
