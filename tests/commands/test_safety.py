"""Somebody in trouble is helped ahead of everything, with checked contacts only."""

import pytest

from adapters.memory.room import Room
from bot import paths
from bot.model.request import Role
from bot.topics.schema import RawPlace, read_mapping

PARTNERS = ("albania", "bosnia-and-herzegovina", "kosovo", "montenegro", "north-macedonia", "serbia")


@pytest.fixture
def chat(app) -> Room:
    return Room(app, private=True)


@pytest.mark.parametrize(
    ("lang", "text", "kind"),
    [
        ("en", "somebody hacked my instagram and changed the password", "hacked"),
        ("en", "he threatens to post my nude photos if I don't pay", "blackmail"),
        ("sq", "dikush po më kërcënon se do t'i nxjerrë fotot e mia", "blackmail"),
        ("mk", "ме малтретираат во вибер групата и ми се закануваат", "bullied"),
        ("sr-Cyrl", "уцењују ме сликама и траже паре", "blackmail"),
        ("sr-Latn", "ucenjuju me slikama i traze pare", "blackmail"),
        ("hr", "hakirali su mi profil i ne mogu uci", "hacked"),
        ("bs", "ukrali su mi pare sa kartice preko lažne stranice", "scammed"),
        ("cnr", "neko mi je provalio u instagram i promijenio lozinku", "hacked"),
    ],
)
async def test_trouble_is_answered_first_in_every_language(app, chat, lang, text, kind):
    ana = chat.person("ana")
    await ana.uses("language", tag=lang)
    answer = await ana.uses("ask", question=text)
    said = app.knowledge.library.safety(lang)["kinds"][kind]
    assert answer.startswith(said["title"] + "\n")
    assert all(step in answer for step in said["steps"])
    assert "12." in answer


async def test_the_place_shows_whom_to_call_and_is_not_kept(app, chat):
    ana = chat.person("ana")
    await ana.uses("language", tag="en")
    await ana.uses("ask", question="they bully me in the class chat and post pictures of me")
    answer = await ana.presses("Serbia")
    assert "116 111" in answer
    assert "19833" in answer
    assert "number" in answer
    assert sorted(await app.store.export(ana.user)) == ["choices", "people"]


async def test_where_no_helpline_is_known_none_is_made_up(chat):
    ana = chat.person("ana")
    await ana.uses("language", tag="en")
    answer = await ana.uses("help", trouble="bullied", place="kosovo")
    assert "116 111" not in answer
    assert "school" in answer
    assert "* This designation" in answer


@pytest.mark.parametrize(
    "question",
    [
        "what is phishing",
        "how do I protect myself online",
        "what is ransomware",
        "who attacked albania in 2022",
        "Kako da se zaštitim na internetu?",
        "Çfarë është phishing?",
        "Што е рансомвер?",
    ],
)
async def test_a_question_about_threats_is_no_trouble(app, question):
    assert app.knowledge.matcher.find(question).trouble == ""


async def test_a_wrong_button_is_an_old_button(chat):
    assert "older version" in await chat.person("ana").uses("help", trouble="zzz", place="serbia")
    assert "older version" in await chat.person("ana").uses("help", trouble="hacked", place="zzz")


def test_every_partner_is_offered_and_every_contact_was_checked():
    broken = []
    places = read_mapping(paths.CONTENT / "contacts.yaml", RawPlace, broken)
    assert broken == []
    assert tuple(places)[:6] == PARTNERS
    for place in places.values():
        assert all(contact.phone or contact.url for contact in place.root)


@pytest.mark.parametrize("languages", ["sq", "sq mk", "sq mk en"])
async def test_in_a_class_room_only_the_person_in_trouble_sees_the_answer_in_their_own_language(app, languages):
    room = Room(app)
    await room.person("mia", Role.TEACHER).says(f"!class language {languages}")
    ana = room.person("ana")
    await ana.uses("language", tag="en")
    await ana.uses("ask", question="he threatens to post my nude photos if I don't pay")
    assert room.seen[-1].only == ana.user
    assert room.seen[-1].reply.languages() == ("en",)


TROUBLE = "he threatens to post my nude photos if I don't pay"


@pytest.fixture
def safety(app, monkeypatch):
    """The safety answers of every language, to be taken away."""
    library = app.knowledge.library
    monkeypatch.setattr(library, "_safety", dict(library._safety))
    return library._safety


async def test_without_any_safety_answer_questions_get_their_ordinary_answer(chat, safety):
    ana = chat.person("ana")
    await ana.uses("language", tag="sq")
    await ana.uses("ask", question=TROUBLE)
    safety.clear()
    assert "went wrong" not in await ana.uses("ask", question=TROUBLE)
    assert chat.seen[-1].reply.choices()
    await ana.uses("language", tag="en")
    assert "What Kompas can do" in await ana.uses("help", trouble="blackmail", place="serbia")


async def test_a_broken_english_file_takes_the_help_of_no_other_language(chat, safety):
    said = safety["sq"]["kinds"]["blackmail"]["title"]
    del safety["en"]
    ana = chat.person("ana")
    await ana.uses("language", tag="sq")
    assert said in await ana.uses("ask", question=TROUBLE)
    await ana.uses("language", tag="en")
    assert said not in await ana.uses("ask", question=TROUBLE)


async def test_who_reads_help_in_english_for_want_of_their_own_is_told_so(app, chat, safety):
    del safety["mk"]
    ana = chat.person("ana")
    await ana.uses("language", tag="mk")
    note = app.knowledge.voices["mk"](
        "explain.not_yet", "This text does not exist in your language yet; here it is in English."
    )
    answer = await ana.uses("ask", question=TROUBLE)
    assert answer.startswith(safety["en"]["kinds"]["blackmail"]["title"])
    assert note in answer
    assert chat.seen[-1].reply.languages()[0] == "en"
    assert note in await ana.uses("help", trouble="blackmail", place="serbia")
    await ana.uses("language", tag="hr")
    assert note not in await ana.uses("ask", question=TROUBLE)


async def test_a_contact_without_a_label_is_shown_all_the_same(chat, safety):
    texts = safety["en"]["texts"]
    safety["en"] = {**safety["en"], "texts": {**texts, "kinds": {}}}
    ana = chat.person("ana")
    await ana.uses("language", tag="en")
    assert "116 111" in await ana.uses("help", trouble="bullied", place="serbia")
