"""`class …`: what a teacher sets for a room, and an admin for a server."""

from __future__ import annotations

from bot.commands.spec import Audience, Context, Kind, Option, command
from bot.errors import BadOption
from bot.i18n.catalog import mark
from bot.model.ids import RoomId, ServerId, UserId
from bot.model.reply import Paragraph, Reply
from bot.model.request import Role

NAMES = ("pseudonym", "display", "own")


@command(
    "class language",
    mark("about.class_language", "The room's languages, one to three"),
    role=Role.TEACHER,
    order=60,
    audience=Audience.PERSON,
    options=(
        Option("tags", Kind.LANGUAGES, mark("option.tags", "One to three languages, for example: sq mk sr-Latn")),
    ),
)
async def class_language(context: Context, tags: tuple[str, ...] = ()) -> Reply:
    """Set the languages in which the room is spoken to; without any, say which they are."""
    if tags:
        await context.store.set_room(context.request.room, languages=tags)
    now = tags or context.place.languages
    if not now:
        return _say(
            context,
            context.voice(
                "class.no_language", "No language is set for this room: each answer is in the language of whoever asks."
            ),
        )
    names = ", ".join(context.languages[tag].autonym for tag in now)
    # Translators: {languages} is a list of language names in those languages
    return _say(context, context.voice("class.languages", "Languages of this room: {languages}", languages=names))


@command(
    "class server-language",
    mark("about.class_server_language", "The server's language, where no room or person has one"),
    role=Role.ADMIN,
    order=61,
    audience=Audience.PERSON,
    options=(Option("tag", Kind.LANGUAGE, mark("option.server_tag", "The language"), required=True),),
)
async def class_server_language(context: Context, tag: str) -> Reply:
    """Set the server's language; a place without servers sets the room's."""
    if context.request.server:
        await context.store.set_server_language(context.request.server, tag)
    else:
        await context.store.set_room(context.request.room, languages=(tag,))
    return _say(
        context,
        context.voice(
            "class.server_language", "Language of this server: {language}", language=context.languages[tag].autonym
        ),
    )


_WHO = (Option("who", Kind.PERSON, mark("option.who", "The person: a mention or the full id"), required=True),)


@command(
    "class teacher add",
    mark("about.class_teacher_add", "Make somebody a teacher here"),
    role=Role.TEACHER,
    order=62,
    audience=Audience.PERSON,
    options=_WHO,
)
async def class_teacher_add(context: Context, who: str) -> Reply:
    """The person may do here what teachers may."""
    await context.store.set_teacher(_place(context), person_id(context, who, "class teacher add"), teacher=True)
    return _say(context, context.voice("class.teacher_added", "Teacher here from now on: {who}", who=who))


@command(
    "class teacher remove",
    mark("about.class_teacher_remove", "Remove a teacher's rights"),
    role=Role.TEACHER,
    order=63,
    audience=Audience.PERSON,
    options=_WHO,
)
async def class_teacher_remove(context: Context, who: str) -> Reply:
    """The person is no longer a teacher by name; rights from the platform stay."""
    await context.store.set_teacher(_place(context), person_id(context, who, "class teacher remove"), teacher=False)
    return _say(context, context.voice("class.teacher_removed", "No longer a teacher here: {who}", who=who))


@command(
    "class timezone",
    mark("about.class_timezone", "The room's time zone"),
    role=Role.TEACHER,
    order=64,
    audience=Audience.PERSON,
    options=(Option("zone", Kind.TIMEZONE, mark("option.zone", "For example Europe/Sarajevo"), required=True),),
)
async def class_timezone(context: Context, zone: str) -> Reply:
    """Set the zone in which times are shown in the room."""
    await context.store.set_room(context.request.room, timezone=zone)
    return _say(context, context.voice("class.timezone", "Time zone of this room: {zone}", zone=zone))


@command(
    "class names",
    mark("about.class_names", "How players are shown in this room"),
    role=Role.TEACHER,
    order=65,
    audience=Audience.PERSON,
    options=(
        Option("names", Kind.ENUM, mark("option.names", "pseudonym, display or own"), required=True, values=NAMES),
    ),
)
async def class_names(context: Context, names: str) -> Reply:
    """Set what the scoreboard calls people."""
    await context.store.set_room(context.request.room, names=names)
    said = {
        # Translators: how players are shown on the scoreboard
        "pseudonym": context.voice("class.names_pseudonym", "Players are shown under made-up names."),
        "display": context.voice(
            "class.names_display", "Players are shown under the names they have on this platform."
        ),
        "own": context.voice("class.names_own", "Players are shown under a name that they choose."),
    }
    return _say(context, said[names])


def _say(context: Context, text: str) -> Reply:
    return context.reply(Paragraph(text, context.lang), context.menu())


def _place(context: Context) -> RoomId | ServerId:
    """Teachers are named for a whole server where there is one."""
    return context.request.server or context.request.room


def person_id(context: Context, who: str, name: str) -> UserId:
    """The id in a mention (<@42>) or written out. Raises BadOption when there is none."""
    platform = context.request.user.platform
    text = who.strip().removeprefix("<@").removeprefix("!").removesuffix(">").strip()
    wrong = (
        not text.isdecimal()
        if platform == "discord"
        else not (text.startswith("@") and ":" in text)
        if platform == "matrix"
        else not text
    )
    if wrong or " " in text:
        raise BadOption(name, "who", who[:60])
    return UserId(platform, text)
