"""The sets that were imported for a room: seen there, and by its teachers in a direct chat."""

from __future__ import annotations

import secrets

from bot.commands.options import Completion
from bot.commands.spec import Context
from bot.model.ids import RoomId
from bot.model.request import Request
from bot.ports import Store
from bot.quiz.draw import draw_items
from bot.quiz.items import Item


async def own_sets(store: Store, request: Request) -> tuple[Completion, ...]:
    """The sets that can be chosen here, the room's own first; of sets with one name the first."""
    found: dict[str, Completion] = {}
    for room in await _rooms(store, request):
        for listed in await store.sets_of(room):
            found.setdefault(listed.name, Completion(listed.name, listed.title[:100]))
    return tuple(found.values())


async def own_items(store: Store, request: Request, name: str) -> tuple[Item, ...]:
    """The questions of a set that can be chosen here; none when there is no such set."""
    for room in await _rooms(store, request):
        if items := await store.set_items(room, name):
            return tuple(map(Item.from_json, items))
    return ()


async def imported_items(context: Context, name: str, given: dict[str, object], seed: str) -> tuple[Item, ...]:
    """The questions of a set of this room, in whatever language they are written; drawn when fewer are wanted.
    Topic, module, difficulty and audience narrow it down as far as its questions have them.
    """
    topic, module = str(given.get("topic", "")), str(given.get("module", ""))
    difficulty, audience = int(str(given.get("difficulty", 0))), str(given.get("audience", ""))
    items = tuple(
        item
        for item in await own_items(context.store, context.request, name)
        if (not topic or item.topic == topic)
        and (not module or context.knowledge.items.module_of(item.topic) == module)
        and (not difficulty or item.difficulty == difficulty)
        and (not audience or not item.audience or audience in item.audience)
    )
    questions = int(str(given.get("questions", 0)))
    if 0 < questions < len(items):
        asked = {} if seed else await context.store.asked_in(context.request.room)
        items = draw_items(items, questions, seed=seed or secrets.token_hex(8), asked=asked)
    return items


async def _rooms(store: Store, request: Request) -> list[RoomId]:
    """This room. Where rooms cannot whisper, a set is previewed in a direct chat: there also the rooms whose teacher
    the person was made, but not those of a mere member, who would see the answers.
    """
    rooms = [request.room]
    for room in request.shared_rooms if request.private else ():
        if (await store.place(room, None, request.user)).teacher:
            rooms.append(room)
    return rooms
