"""Quiz files: what is broken is named and left out, each check finds what it is for, and the bank carries the rest."""

import shutil
from itertools import chain

import pytest

from bot import paths
from bot.cli.check import describe
from bot.cli.new import quiz_translation
from bot.cli.preview import answered
from bot.i18n.languages import load_languages
from bot.making import make_quiz
from bot.quiz.bank import ItemBank
from bot.quiz.items import ItemType
from bot.topics.collect import collect, topic_files
from bot.topics.quiz_balance import lint_bank
from bot.topics.quiz_collect import collect_items
from bot.topics.quiz_lint import lint_items
from bot.topics.quiz_record import accept_items, item_changes

LANGUAGES = load_languages(paths.LOCALES)
FILE = "global-rules/attribution.quiz.yaml"
SERBIAN = """\
topic: attribution
items:
  attribution.q1:
    stem: "Шта значи „љубав”?"
    options:
      a: "Читање са `IP` адресе"
      b: "Њега и ENISA"
      c: "Поправка"
      d: "Лозинке"
    feedback:
      a: "Адреса."
      c: "Поправка."
      d: "Лозинке."
    explanation: "Џеп и https://example.org/џеп."
"""


@pytest.fixture
def content(tmp_path):
    """The content, English only: what translators have done so far does not matter here."""
    shutil.copytree(paths.CONTENT, tmp_path / "content")
    for file in (tmp_path / "content").glob("*/*/*.quiz.yaml"):
        if file.parts[-3] != "en":
            file.unlink()
    return tmp_path / "content"


def items_of(content):
    return collect_items(content, LANGUAGES, collect(content, LANGUAGES))


def findings(content, lang):
    found = collect(content, LANGUAGES)
    items = collect_items(content, LANGUAGES, found)
    return list(describe(chain(lint_items(items, found, LANGUAGES, lang), lint_bank(items, found, LANGUAGES, lang))))


def bank_of(content):
    return ItemBank(lambda: make_quiz(content, LANGUAGES))


def spoil(content, old, new, file=FILE, lang="en"):
    path = content / lang / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def translate(content, lang, text=SERBIAN):
    path = content / lang / FILE
    path.write_text(text, "utf-8")
    return path


def test_quiz_files_are_no_topics(content):
    assert not [file for file in topic_files(content, "en") if file.name.endswith(".quiz.yaml")]
    assert collect(content, LANGUAGES).broken == []


def test_a_broken_item_is_named_with_its_line_and_the_others_go_on(content):
    file = spoil(content, "key: [b]", "key: [e]")
    assert f"{file}:8: attribution.q1: key: e is no option" in findings(content, "en")
    bank = bank_of(content)
    assert "attribution.q1" not in bank.items
    assert {"attribution.q3", "attribution.q4"} <= bank.items.keys()
    assert any("attribution.q1: key: e is no option" in cause for _, _, cause in bank.broken)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("type: single", "type: essay", "attribution.q1: type: "),
        ("difficulty: 1", "difficulty: 4", "attribution.q1: difficulty: "),
        ("{a: M09}", "{a: M26}", "attribution.q1: misconceptions.a: 'M26' does not have the form"),
        ("{a: M09}", "{b: M09}", "attribution.q1: misconceptions: only for a, c, d"),
        ("key: [b]", "key: [a, b]", "attribution.q1: key: 2, single has 1"),
        ("key: [b]", 'key: {"1": b}', "attribution.q1: key: a list of option ids"),
        ("        b: ", "        e: ", "attribution.q1: text.options: the ids are a, b, c"),
        ("id: attribution.q4", "id: attribution.q3", "id: attribution.q3 stands twice"),
        ("id: attribution.q4", "id: un-norms.q4", "id: un-norms.q4 is not of the topic attribution"),
        ("topic: attribution", "topic: atribucija", "but the file is named 'attribution'"),
        ("    bloom: remember\n", "    bloom: remember\n    mood: good\n", "attribution.q1: mood: unknown field"),
        ("  - id: attribution.q1", "  id: attribution.q1", "attribution.quiz.yaml:"),
        ("bloom: remember", "bloom: apply", "bloom: apply, this slot has remember"),
        ("id: attribution.q4", "id: attribution.q5", "wanted q1, then q2 or q3, then q4"),
        ("facts: [", "facts: [nothing.1, ", "facts: nothing.1 is not in facts.yaml"),
        ("What does “attribution”", "What does Kosovo say, “attribution”", "needs its asterisk"),
        ("What does “attribution”", 'What does \\"attribution\\"', "typographic quotes"),
        ("cyberattack?", "cyberаttack?", "mixes Latin and Cyrillic"),
        ("Choose all that apply.", "Tick them.", "the others say 'Choose all that apply.' there"),
    ],
)
def test_each_mistake_in_an_english_item_is_found(content, old, new, cause):
    spoil(content, old, new)
    assert any(cause in line for line in findings(content, "en"))


@pytest.mark.parametrize(("field", "length", "most"), [("stem", 281, 280), ("a", 81, 80), ("explanation", 601, 600)])
def test_a_text_that_is_too_long_is_named_with_its_line_in_every_language(content, field, length, most):
    text = SERBIAN.splitlines()
    at = next(index for index, line in enumerate(text) if line.strip().startswith(f"{field}:"))
    text[at] = text[at].partition(":")[0] + ': "' + "ш" * length + '"'
    file = translate(content, "sr-Cyrl", "\n".join(text) + "\n")
    found = [line for line in findings(content, "sr-Cyrl") if f"{length} characters, at most {most}" in line]
    assert len(found) == 1
    assert found[0].startswith(f"{file}:{at + 1}: attribution.q1: ")


def test_a_text_that_is_too_long_only_in_the_derived_script_is_found(content):
    translate(content, "sr-Cyrl", SERBIAN.replace('c: "Поправка"', f'c: "{"њ" * 80}"'))
    assert any("options.c: 160 characters in sr-Latn, at most 80" in line for line in findings(content, "sr-Cyrl"))


def test_a_translation_has_the_ids_of_the_english_item(content):
    text = SERBIAN.replace('      d: "Лозинке"\n', "").replace('      a: "Адреса."\n', "")
    file = translate(content, "sr-Cyrl", text)
    found = findings(content, "sr-Cyrl")
    assert f"{file}:6: attribution.q1: options: d is missing" in found
    assert f"{file}:10: attribution.q1: feedback: a is missing" in found
    assert f"{file}:3: attribution.q3 is missing" in found
    assert any(line.endswith("ransomware.quiz.yaml:1: is missing") for line in found)
    translate(content, "sr-Cyrl", SERBIAN.replace("attribution.q1:", "attribution.q2:"))
    assert any("attribution.q2 does not exist in English" in line for line in findings(content, "sr-Cyrl"))


def test_serbian_latin_is_made_of_every_text_and_addresses_stay(content):
    translate(content, "sr-Cyrl", SERBIAN)
    latin = bank_of(content).items["attribution.q1"].texts["sr-Latn"]
    assert latin.stem == "Šta znači „ljubav”?"
    assert latin.options["b"] == "Njega i ENISA"
    assert latin.feedback["d"] == "Lozinke."
    assert latin.explanation == "Džep i https://example.org/џеп."


def test_accepted_answers_are_in_both_scripts_of_serbian(content):
    items = items_of(content)
    short = next(item for item in items.items.values() if item.type is ItemType.SHORT)
    topic = short.id.rpartition(".")[0]
    text = quiz_translation(topic, items).replace('["TODO"]', '["љубав", "ljubav", "ENISA"]')
    (content / "sr-Cyrl" / items.files["en", topic].relative_to(content / "en")).write_text(text, "utf-8")
    texts = bank_of(content).items[short.id].texts
    assert texts["sr-Cyrl"].accept == ("љубав", "ljubav", "ENISA")
    assert texts["sr-Latn"].accept == ("ljubav", "ENISA")


def test_a_stale_translation_is_found_recorded_and_found_again(content):
    file = translate(content, "sr-Cyrl", SERBIAN)
    assert f"{file}:4: attribution.q1: has no hash of its English text (kompas check --accept records it)" in findings(
        content, "sr-Cyrl"
    )
    assert accept_items(items_of(content), "sr-Cyrl") == 1
    assert not any("attribution.q1" in line for line in findings(content, "sr-Cyrl"))
    assert file.read_text("utf-8").replace(file.read_text("utf-8").splitlines()[3] + "\n", "") == SERBIAN
    spoil(content, "Answering the question of who is behind it", "Saying who is behind it")
    assert any("attribution.q1: was written from another English text" in line for line in findings(content, "sr-Cyrl"))
    assert list(item_changes(items_of(content), "sr-Cyrl")) == []  # no history, nothing is invented
    assert accept_items(items_of(content), "sr-Cyrl") == 1
    assert file.read_text("utf-8").count("source:") == 1
    assert accept_items(items_of(content), "sr-Cyrl") == 0


def test_another_accepted_answer_does_not_make_translations_stale(content):
    items = items_of(content)
    short = next(item for item in items.items.values() if item.type is ItemType.SHORT)
    topic = short.id.rpartition(".")[0]
    place = items.files["en", topic].relative_to(content / "en")
    (content / "sq" / place).write_text(quiz_translation(topic, items), "utf-8")
    accept_items(items_of(content), "sq")
    first = f'"{short.text.accept[0]}"'
    head, _, tail = (content / "en" / place).read_text("utf-8").partition("accept:")
    text = head + "accept:" + tail.replace(first, '"another"', 1)
    (content / "en" / place).write_text(text, "utf-8")
    items = items_of(content)
    assert "another" in items.items[short.id].text.accept
    assert not items.stale("sq", short.id)


def test_a_stem_that_says_the_answer_to_another_item_is_found(content):
    spoil(
        content,
        "Which statements about attribution are correct?",
        "Answering the question of WHO is behind it: what is correct?",
    )
    assert any("attribution.q3: stem: says the answer to attribution.q1" in line for line in findings(content, "en"))


def test_keys_that_can_be_guessed_by_form_are_found(content):
    for file in (content / "en").glob("*/*.quiz.yaml"):
        text = file.read_text("utf-8")
        if "type: single" in text:
            file.write_text(text.replace("key: [c]", "key: [b]").replace('key: ["false"]', 'key: ["true"]'), "utf-8")
    text = "\n".join(findings(content, "en"))
    assert "single items have the key b" in text
    assert "single items have the key c" in text


def test_true_and_false_are_balanced_and_misconceptions_used(content):
    for file in (content / "en").glob("*/*.quiz.yaml"):
        text = file.read_text("utf-8").replace("M02", "M01").replace('key: ["true"]', 'key: ["false"]')
        file.write_text(text.replace('        "false":', '        "true":'), "utf-8")
    text = "\n".join(findings(content, "en"))
    assert "the misconception M02 is behind 0 of them, wanted at least 2" in text
    assert "true/false items have the key false, wanted half" in text


def test_a_longest_option_that_is_right_more_often_than_chance_is_found(content):
    """A translation may put the key at length without meaning to: in no language may length give it away."""
    items = items_of(content)
    for topic in {name.rpartition(".")[0] for name in items.items}:
        text = quiz_translation(topic, items)
        for item in items.of_topic(topic):
            if item.type is ItemType.SINGLE:
                head, _, tail = text.partition(f"  {item.id}:")
                key = item.keys[0]
                text = head + f"  {item.id}:" + tail.replace(f'{key}: "TODO {key}"', f'{key}: "TODO and longer"', 1)
        (content / "mk" / items.files["en", topic].relative_to(content / "en")).write_text(text, "utf-8")
    assert any("the key is the longest option in" in line for line in findings(content, "mk"))


def test_the_board_of_the_three_longest_languages_must_fit(content, monkeypatch):
    monkeypatch.setattr("bot.topics.quiz_lint.FRAME", 3900)
    assert any("characters on a board in en, at most 6000 fit" in line for line in findings(content, None))


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("what-is-cyberspace.q1", "what-is-cyberspace.q5", "starter: what-is-cyberspace.q5 does not exist"),
        ("- wb-partners.q1", "- wb3c.q1", "western-balkans: wb3c.q1 stands twice"),
        ("- building-partnerships", "- building-bridges", "eu-priorities: the topic building-bridges does not exist"),
        ('"3": 5', '"3": 50', "topics have an item of difficulty 3, wanted 50"),
        ("  questions: 10", "  topics: [attribution]", "surprise: a set of the kind surprise has questions"),
        ("kind: exam", "kind: test", "exam: kind: "),
        ("case-room:", "court-room:", "case-room is no set"),
    ],
)
def test_a_wrong_set_is_named(content, old, new, cause):
    spoil(content, old, new, "sets.yaml", ".")
    assert any(cause in line for line in findings(content, "en"))


def test_every_language_names_the_sets_and_none_like_another(content):
    (content / "en" / "sets.yaml").unlink()
    assert f"{content / 'en' / 'sets.yaml'}:1: is missing" in findings(content, "en")
    shutil.copy(paths.CONTENT / "en" / "sets.yaml", content / "en")
    spoil(content, 'name: "Exam"', 'name: "Starter"', "sets.yaml")
    assert any("exam: has the name of starter" in line for line in findings(content, "en"))


def test_the_bank_has_every_item_and_the_sets_of_the_question_bank(content):
    bank = bank_of(content)
    assert bank.broken == ()
    assert len(bank.items) == 162
    assert list(bank.sets)[:6] == ["starter", "eu-priorities", "western-balkans", "case-room", "exam", "surprise"]
    assert bank.set_name("threats", "en") == "Threats and staying safe"
    assert bank.set_name("threats", "sq") != bank.set_name("threats", "en")
    assert bank.set_name("western-balkans-all", "en") == "The Western Balkans"
    assert {item.topic for item in bank.select(module="threats", difficulty=1)} <= {
        key for key in collect(content, LANGUAGES).topics if bank.module_of(key) == "threats"
    }
    assert "sr-Latn" in bank.pseudonyms or not (content / "sr-Cyrl" / "pseudonyms.yaml").exists()


def test_the_bank_is_read_when_it_is_first_looked_into():
    read = []
    bank = ItemBank(lambda: read.append(1) or make_quiz(paths.CONTENT, LANGUAGES))
    assert read == []
    assert len(bank.items) == len(bank.items) > 0
    assert bank.sets
    assert read == [1]


def test_a_preview_shows_the_answers(content):
    bank = bank_of(content)
    shown = list(answered(bank.items["attribution.q1"], "en"))
    assert "    + Answering the question of who is behind it" in shown
    assert any(line.strip().startswith("- ") and "(M09)" in line for line in shown)
    assert list(answered(bank.items["attribution.q1"], "sq"))[1] == "  is not written in sq"
    for item in bank.items.values():
        assert len(list(answered(item, "en"))) > 3
