"""Each check finds what it is for, and names the place."""

import re
import shutil

import pytest

from bot import paths
from bot.cli.check import describe
from bot.i18n.languages import load_languages
from bot.topics.bundle import make_bundle
from bot.topics.collect import collect
from bot.topics.library import Library
from bot.topics.lint import lint, text_findings

LANGUAGES = load_languages(paths.LOCALES)
TOPIC = "global-rules/attribution.yaml"


@pytest.fixture
def content(tmp_path):
    shutil.copytree(paths.CONTENT, tmp_path / "content")
    return tmp_path / "content"


def findings(content, lang, matcher=None):
    return list(describe(lint(collect(content, LANGUAGES), LANGUAGES, matcher, lang)))


def spoil(content, lang, old, new, topic=TOPIC):
    file = content / lang / topic
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "lang", "cause"),
    [
        ("Kosovo is here", "en", "asterisk"),
        ("на Косову", "sr-Cyrl", "asterisk"),
        ("siguria në Kosovë", "sq", "asterisk"),
        ("Bosnia is here", "en", "Bosnia and Herzegovina"),
        ("Macedonia", "en", "North Macedonia"),
        ("u Bosni", "bs", "Bosna i Hercegovina"),
        ("sаjber", "cnr", "mixes Latin and Cyrillic"),
        ("kibernetička sigurnost", "cnr", "sajber"),
        ("sajber prostor", "hr", "kiber-"),
        ("evropski", "hr", "europski"),
        ("bezbednost", "cnr", "bezbjednost"),
        ("безбједност", "sr-Cyrl", "безбедност"),
        ("soft\u00adhyphen", "en", "U+00AD"),
        ("zero\u200bwidth", "sq", "U+200B"),
        ("e\u0308", "sq", "NFC"),
        ('"straight"', "en", "typographic"),
    ],
)
def test_a_text_that_breaks_a_rule_is_found(text, lang, cause):
    assert any(cause in found for found in text_findings(text, lang))


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Kosovo* and then Kosovo again", "en"),
        ("Bosnia and Herzegovina", "en"),
        ("North Macedonia", "en"),
        ("u Bosni i Hercegovini i Sjevernoj Makedoniji", "bs"),
        ("Bosnjës dhe Hercegovinës, Maqedonisë së Veriut", "sq"),
        ("zakon „o informacionoj bezbjednosti“", "bs"),
        ("сајбер безбедност, ENISA", "sr-Cyrl"),
        ("кај Косово*", "mk"),
    ],
)
def test_a_text_that_keeps_the_rules_is_left_alone(text, lang):
    assert list(text_findings(text, lang)) == []


def test_a_field_that_is_too_long_is_named_with_file_and_line(content):
    file = spoil(content, "en", 'title: "Attribution"', f'title: "{"x" * 50}"')
    assert f"{file}:10: text.title: 50 characters, at most 45" in findings(content, "en")


def test_unknown_facts_sources_and_terms_are_found(content):
    spoil(content, "en", "facts: [", "facts: [nothing.1, ")
    spoil(content, "en", "sources: [", "sources: [NOWHERE, ")
    spoil(content, "en", "terms: [", "terms: [no-term, ")
    text = "\n".join(findings(content, "en"))
    causes = ("nothing.1 is not in facts.yaml", "NOWHERE is not in sources.yaml", "no-term is not in glossary.yaml")
    for cause in causes:
        assert cause in text


def test_a_stale_translation_is_found_by_section(content):
    spoil(content, "en", "Who is behind a cyberattack", "Who stands behind a cyberattack")
    stale = [line for line in findings(content, "sq") if "another English text" in line]
    assert len(stale) == 1
    assert "one_line" in stale[0]


def test_a_link_to_an_unwritten_topic_is_planned_and_no_mistake(content):
    (content / "en" / "western-balkans" / "case-albania-2022.yaml").unlink()
    planned = [finding for finding in lint(collect(content, LANGUAGES), LANGUAGES, None, "en") if finding.planned]
    assert any("case-albania-2022 is not written yet" in finding.cause for finding in planned)


def test_a_phrase_under_two_topics_is_found(content):
    phrase = collect(content, LANGUAGES).topics["attribution"].phrases[0]
    other = content / "en" / "threats" / "ransomware.yaml"
    other.write_text(other.read_text("utf-8").rstrip() + f'\n  - "{phrase.upper()}"\n', "utf-8")
    assert any(
        "stands under attribution (en) too" in line or "stands under ransomware (en) too" in line
        for line in findings(content, "en")
    )


def test_a_phrase_that_leads_elsewhere_is_found(content, knowledge):
    spoil(content, "en", "phrases:\n", 'phrases:\n  - "how do I stay safe online every day with passwords"\n')
    assert any("leads to everyday-cyber-hygiene" in line for line in findings(content, "en", knowledge.matcher))


def test_a_topic_in_the_wrong_folder_or_with_the_wrong_key_is_found(content):
    (content / "en" / "threats" / "attribution.yaml").write_text((content / "en" / TOPIC).read_text("utf-8"), "utf-8")
    spoil(content, "sq", "key: attribution", "key: attribucion")
    text = "\n".join(findings(content, None))
    assert "but the folder is named 'threats'" in text
    assert "'attribucion', but the file is named 'attribution'" in text


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("a: [1, 2", "did not find expected"),
        ("- a\n- b\n", "must be a mapping"),
        ("a: 1\na: 2\n", "stands twice"),
    ],
)
def test_broken_yaml_is_named_with_its_line(content, text, cause):
    (content / "sq" / TOPIC).write_text(text, "utf-8")
    assert any(cause in line and "attribution.yaml:" in line for line in findings(content, "sq"))


def test_a_term_that_contradicts_the_glossary_is_found_and_an_inflected_one_is_not(content):
    assert not [line for line in findings(content, "hr") if "does not say" in line]
    file = content / "hr" / TOPIC
    text, phrases = file.read_text("utf-8").split("phrases:")
    file.write_text(re.sub(r"(?i)(pripis|atribuc)\w*", "dodjela", text) + "phrases:" + phrases, "utf-8")
    assert any("attribution: the text does not say" in line for line in findings(content, "hr"))


def test_a_module_without_title_and_a_title_without_module_are_found(content):
    spoil(content, "sq", "  threats:", "  treats:", "names.yaml")
    file = spoil(content, "en", "  global-rules:", "  no-rules:", "names.yaml")
    found = findings(content, None)
    assert f"{content / 'sq' / 'names.yaml'}:2: modules: threats has no title" in found
    assert f"{content / 'sq' / 'names.yaml'}:3: modules: treats has no topic in English" in found
    assert any(line.startswith(f"{file}:") and "global-rules has no title" in line for line in found)


@pytest.mark.parametrize("lang", ["en", "sq", "cnr"])
@pytest.mark.parametrize("name", ["names.yaml", "safety.yaml"])
def test_a_missing_file_of_a_language_is_found(content, lang, name):
    (content / lang / name).unlink()
    assert f"{content / lang / name}:1: is missing" in findings(content, lang)


def test_one_language_of_each_family_has_questions_that_are_none_of_ours(content):
    (content / "bs" / "none.yaml").unlink()
    assert not [line for line in findings(content, None) if "none.yaml" in line]
    (content / "sr-Cyrl" / "none.yaml").unlink()
    (content / "mk" / "none.yaml").unlink()
    lines = [line for line in findings(content, None) if "none.yaml" in line]
    assert lines == [f"{content / lang / 'none.yaml'}:1: is missing" for lang in ("bs", "mk")]
    assert f"{content / 'hr' / 'none.yaml'}:1: is missing" in findings(content, "hr")


def test_trouble_and_contacts_that_a_safety_file_leaves_out_are_found(content):
    spoil(content, "hr", "  scammed:", "  robbed:", "safety.yaml")
    spoil(content, "hr", "    police_cyber:", "    police:", "safety.yaml")
    text = "\n".join(findings(content, "hr"))
    for cause in (
        "kinds: scammed is missing",
        "kinds: robbed does not exist in English",
        "texts.kinds: no label for the contact police_cyber",
    ):
        assert cause in text


def test_the_terms_of_a_language_without_topics_are_checked(content):
    for file in (content / "mk").glob("*/*.yaml"):
        file.unlink()
    (content / "mk" / "glossary.yaml").unlink()
    file = content / "mk" / "glossary.yaml"
    assert f"{file}:1: attribution is missing" in findings(content, "mk")


def test_a_module_without_an_english_title_is_called_by_its_key(content):
    spoil(content, "en", "  global-rules:", "  no-rules:", "names.yaml")
    spoil(content, "sq", "  global-rules:", "  no-rules:", "names.yaml")
    library = Library(make_bundle(collect(content, LANGUAGES), LANGUAGES), LANGUAGES)
    assert library.module_title("global-rules", "sq") == "global-rules"
    assert library.next_step("attribution")


def test_a_missing_translation_is_a_mistake(content):
    (content / "mk" / TOPIC).unlink()
    assert any(line.endswith("attribution.yaml:1: is missing") for line in findings(content, "mk"))
