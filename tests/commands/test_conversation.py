"""Conversations with the real content on the recording platform: what people say and what they get."""

import json

import pytest

from adapters.memory.room import Room
from bot.app import App
from bot.limits import Limiter, Rate
from bot.model.ids import RoomId, ServerId
from bot.model.request import Role
from bot.ports import Place


@pytest.fixture
def chat(app: App) -> Room:
    return Room(app, private=True)


@pytest.fixture
def channel(app: App) -> Room:
    return Room(app, server=ServerId("memory", "school"))


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Шта је сајбер дипломатија?", "Шта је сајбер дипломатија"),
        ("Çfarë është diplomacia kibernetike?", "Ç’është diplomacia kibernetike"),
        ("What is cyber diplomacy?", "What cyber diplomacy is"),
    ],
)
async def test_a_question_is_answered_in_the_language_it_was_asked_in(chat, question, title):
    answer = await chat.person("ana").says(question)
    assert answer.startswith(title + "\n")
    assert "2026" in answer


async def test_a_latin_question_of_the_family_is_answered_after_the_choice_of_one_of_four(chat):
    ana = chat.person("ana")
    menu = await ana.says("sta je sajber diplomatija")
    assert menu == "Jezik\n\n1. bosanski\n2. hrvatski\n3. crnogorski\n4. srpski (latinica)\n5. 🌐 Jezik"
    assert (await ana.says("4")).startswith("Šta je sajber diplomatija\n")
    assert (await ana.says("sta je atribucija")).startswith("Atribucija")


async def test_the_choice_of_a_language_outlives_everything_but_another_choice(chat):
    ana = chat.person("ana")
    await ana.says("language mk")
    assert "Извори" in await ana.says("explain attribution") or "Sources" in await ana.says("explain attribution")
    assert (await ana.says("what is attribution")).startswith("Атрибуција")
    assert " ✓" in await ana.says("language")


async def test_every_part_of_a_topic_opens_and_offers_the_others(chat):
    ana = chat.person("ana")
    first = await ana.says("explain osce-cbms")
    for label in ("Read all", "Example", "What it means here", "Terms", "Sources", "Related"):
        assert label in first
        part = await ana.presses(label)
        assert part.startswith("OSCE confidence-building measures\n")
        assert "🌐" in part
        chat.seen.pop()


async def test_the_next_step_of_the_path_is_offered(chat):
    ana = chat.person("ana")
    assert "7. Next: What cyber diplomacy is" in await ana.says("explain what-is-cyberspace")
    assert (await ana.says("7")).startswith("What cyber diplomacy is")


async def test_a_number_means_the_choices_shown_last_to_this_person_here(chat, clock):
    ana, ben = chat.person("ana"), chat.person("ben")
    assert await ana.says("language")
    assert "no choice 99" in await ana.says("99")
    assert await ben.says("1") != ""  # a bare number is a question in a direct chat
    clock.move(minutes=11)
    assert not (await ana.says("2")).startswith("Gjuha")


async def test_in_a_room_a_number_that_belongs_to_nothing_is_ignored(channel):
    assert await channel.person("ana").says("42") == ""


async def test_suggestions_are_topics_by_title_with_a_way_out(chat):
    answer = await chat.person("ana").says("cyber")
    assert "1." in answer
    assert "None of these" in answer or "I do not know" in answer


async def test_what_is_not_ours_is_admitted(chat):
    answer = await chat.person("ana").says("what is the best recipe for burek with cheese")
    assert answer.startswith("I do not know")
    assert "1. Foundations" in answer


async def test_modules_and_topics_can_be_walked(chat):
    ana = chat.person("ana")
    assert "7. The Western Balkans" in await ana.says("topics")
    assert "Attribution" in await ana.says("6")
    assert "7. The Western Balkans" in await ana.presses("All modules")
    assert (await ana.says("topics threats")).startswith("Threats")


@pytest.mark.parametrize(
    "word",
    [
        "cyber diplomacy",
        "сајбер дипломатија",
        "diplomacia kibernetike",
        "kiberdiplomacija",
        "CYBERDIPLOMACY",
        "cyber-diplomacy",
    ],
)
async def test_a_term_is_found_in_any_script_and_spelling(chat, word):
    assert (await chat.person("ana").uses("term", word=word)).startswith("cyber diplomacy\n")


async def test_a_misspelt_term_is_asked_back(chat):
    ana = chat.person("ana")
    assert "Is it one of these?" in await ana.uses("term", word="ransomwear")
    assert (await ana.says("1")).startswith("ransomware")
    assert "I do not have that term" in await ana.uses("term", word="xyzzyplugh")


async def test_kosovo_is_always_followed_by_its_footnote(chat):
    answer = await chat.person("ana").says("explain kosovo-cyber")
    assert "Kosovo*" in answer
    assert "* This designation is without prejudice" in answer


async def test_a_class_is_spoken_to_in_its_languages(channel):
    teacher = channel.person("mia", Role.TEACHER)
    assert "shqip, македонски, srpski (latinica)" in await teacher.says("!class language sq mk sr-Latn")
    board = await channel.person("ana").uses("explain", topic="attribution")
    assert board.startswith("Atribuimi")
    assert "Атрибуција" in board
    assert "Atribucija" in board
    assert board.count("🌐") == 1
    assert channel.seen[-1].only is None


async def test_a_private_copy_is_in_the_persons_own_language(channel):
    await channel.person("mia", Role.TEACHER).says("!class language sq mk")
    ana = channel.person("ana")
    await ana.uses("language", tag="hr")
    await channel.person("ben").uses("explain", topic="attribution")
    copy = await ana.presses("Shembull" if "Shembull" in _labels(channel) else "Example")
    assert copy.startswith("Atribucija") or copy.startswith("Pripisivanje")
    assert channel.seen[-1].only == ana.user


def _labels(room):
    return [choice.label for choice in room.seen[-1].reply.choices()]


async def test_only_teachers_change_a_room_and_a_named_teacher_may(channel):
    ana, mia = channel.person("ana"), channel.person("mia", Role.ADMIN)
    assert "teachers only" in await ana.says("!class language sq")
    await mia.uses("class teacher add", who="ana")
    assert "administrators only" in await ana.uses("class server-language", tag="sq")
    assert "shqip" in await ana.says("!class language sq")
    await mia.uses("class teacher remove", who="ana")
    assert await channel.app.store.place(channel.id, channel.server, ana.user) == Place(("sq",))


async def test_a_room_setting_is_wrong_or_right(channel):
    mia = channel.person("mia", Role.ADMIN)
    assert "does not fit" in await mia.says("!class language sq mk hr bs")
    assert "does not fit" in await mia.says("!class language klingon")
    assert "Europe/Skopje" in await mia.says("!class timezone Europe/Skopje")
    assert "does not fit" in await mia.says("!class timezone Skopje/Europe")
    assert "made-up names" in await mia.says("!class names pseudonym")
    assert "македонски" in await mia.uses("class server-language", tag="mk")


async def test_someone_can_see_take_and_erase_what_is_stored_about_them(chat):
    ana = chat.person("ana")
    await ana.says("language en")
    assert "The language you chose: 1" in await ana.says("privacy show")
    exported = await ana.presses("Download a copy")
    data = json.loads(exported[exported.index("{") : exported.rindex("}") + 1])
    assert data["people"][0]["language"] == "en"
    assert "erased" in await ana.says("privacy forget")
    assert "Nothing is stored" in await ana.says("privacy show")


async def test_secret_answers_are_never_given_in_front_of_others(app):
    room = Room(app, whispers=False)
    answer = await room.person("ana").says("!privacy show")
    assert "for your eyes only" in answer


async def test_help_is_made_from_the_commands_this_person_may_use(channel):
    student = await channel.person("ana").uses("help")
    teacher = await channel.person("mia", Role.TEACHER).uses("help")
    assert "/explain topic" in student
    assert "class language" not in student
    assert "/class language [tags]" in teacher
    assert "One to three languages" in await channel.person("ana").uses("help", command="class")


async def test_about_tells_where_it_comes_from_and_how_far_it_was_read(chat):
    answer = await chat.person("ana").says("about")
    assert "knowcyber.eu" in answer
    assert "not a publication of the European Union" in answer
    assert "shqip" in answer


BAD_INPUT = {
    "unknown command": ("/exlpain attribution", "Did you mean /explain"),
    "no such command at all": ("/zzzzzz", "There is no command “zzzzzz”"),
    "missing option": ("/explain", "Something is missing"),
    "wrong option": ("/topics kitchen", "does not fit"),
    "ten thousand characters": ("a" * 10_000, "too long for me: 2000"),
    "only emoji": ("😀🎉", "I can only read words"),
    "zero width and bidi": ("\u200b\u202e\u2066", "I can only read words"),
    "mass mention": ("@everyone", "1."),
    "markup": ("<script>alert(1)</script> **bold** [x](http://y)", "1."),
    "mixed scripts": ("што e кибер diplomacy", "1."),
}


@pytest.mark.parametrize("case", BAD_INPUT)
async def test_bad_input_gets_one_clear_line_and_the_talk_goes_on(chat, case):
    text, said = BAD_INPUT[case]
    ana = chat.person("ana")
    answer = await ana.says(text)
    assert said in answer
    assert "Traceback" not in answer
    assert (await ana.says("explain attribution")).startswith("Attribution")


async def test_a_question_beginning_like_a_command_is_still_a_question(chat):
    answer = await chat.person("ana").says("help us understand what ransomware is please")
    assert "What Kompas can do" not in answer
    assert "There is no command" not in await chat.person("ana").says("help me")
    assert (await chat.person("ana").says("help class teacher")).startswith("What Kompas can do")


async def test_what_would_fit_is_named_in_the_readers_language(chat):
    ana = chat.person("ana")
    await ana.uses("language", tag="sq")
    answer = await ana.says("/explain diplom")
    assert "diplomacia kibernetike" in answer
    assert "cyber" not in answer


async def test_a_flood_is_told_once_and_then_met_with_silence(knowledge, clock, app):
    app._limiter = Limiter(person=Rate(2, 0.1))
    ana = Room(app, private=True).person("ana")
    answers = [await ana.says("help") for _ in range(5)]
    assert answers[2].startswith("Too many messages at once. Please try again in 10 seconds.")
    assert answers[3:] == ["", ""]


async def test_an_unexpected_error_shows_a_code_and_nothing_else(app, chat, monkeypatch, capsys):
    async def broken(*_args):
        raise RuntimeError("ana's secret message")

    monkeypatch.setattr(app.store, "person", broken)
    answer = await chat.person("ana").says("help")
    assert answer.startswith("Something went wrong on my side.")
    code = answer.rsplit(" ", 1)[1]
    assert len(code) == 6


async def test_choices_that_cannot_be_kept_are_an_error_like_any_other(app, chat, monkeypatch, capsys):
    async def full(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(app.store, "remember", full)
    assert (await chat.person("ana").says("help")).startswith("Something went wrong on my side.")


async def test_a_choice_of_an_older_version_is_said_to_be_old(app, chat):
    await app.store.remember(RoomId("memory", "room"), chat.person("ana").user, ["k0:gone"], app.clock.now())
    assert "older version" in await chat.person("ana").says("1")


async def test_a_language_that_is_gone_is_passed_over(app, channel, clock):
    mia = channel.person("mia", Role.TEACHER)
    await app.store.set_language(mia.user, "qaa", clock.now())
    await app.store.set_room(channel.id, languages=("qaa", "sq"))
    assert (await mia.uses("explain", topic="attribution")).startswith("Atribuimi")
    assert "shqip" in await mia.uses("class language")


async def test_a_teacher_alone_with_the_bot_sees_what_the_class_will_see(chat):
    mia = chat.person("mia", Role.TEACHER)
    await mia.says("class language sq mk")
    board = await mia.says("explain attribution")
    assert board.startswith("Atribuimi")
    assert "Атрибуција" in board


async def test_the_footnote_of_kosovo_stands_under_menus_too(chat):
    menu = await chat.person("ana").says("topics western-balkans")
    assert "Kosovo*" in menu
    assert menu.endswith("declaration of independence.")


async def test_help_says_that_numbers_can_be_typed_where_choices_are_numbers(app):
    assert "type the number" in await Room(app, private=True).person("ana").uses("help")
    assert "type the number" not in await Room(app, numbered=False).person("ana").uses("help")
