"""Moodle XML, as its export writes it."""

import pytest

from bot.exchange.found import Unusable
from bot.exchange.read import read_quiz

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'

QUESTIONS = """<!-- question: 0  -->
  <question type="category">
    <category><text>$course$/top/Cyber</text></category>
    <info format="html"><text></text></info>
  </question>
<!-- question: 41  -->
  <question type="multichoice">
    <name><text>Phishing</text></name>
    <questiontext format="html">
      <text><![CDATA[<p dir="ltr">What is <strong>phishing</strong>?&nbsp;<img src="@@PLUGINFILE@@/p.png"></p>]]></text>
<file name="p.png" path="/" encoding="base64">iVBORw0KGgo=</file>
    </questiontext>
    <generalfeedback format="html"><text><![CDATA[<p>It comes by e-mail.</p>]]></text></generalfeedback>
    <defaultgrade>1.0000000</defaultgrade>
    <single>true</single>
    <answer fraction="0" format="html">
      <text><![CDATA[<p>A sport</p>]]></text>
      <feedback format="html"><text><![CDATA[<p>With ph, no.</p>]]></text></feedback>
    </answer>
    <answer fraction="100" format="html">
      <text>&lt;p&gt;A false message &amp;amp; a trap&lt;/p&gt;</text>
      <feedback format="html"><text></text></feedback>
    </answer>
  </question>
  <question type="multichoice">
    <name><text>Several</text></name>
    <questiontext format="html"><text>Which?</text></questiontext>
    <single>false</single>
    <answer fraction="50"><text>a</text></answer>
    <answer fraction="50"><text>b</text></answer>
    <answer fraction="-100"><text>c</text><feedback><text>No.</text></feedback></answer>
  </question>
  <question type="truefalse">
    <questiontext format="html"><text>Sure?</text></questiontext>
    <answer fraction="0" format="moodle_auto_format"><text>true</text><feedback><text>Why?</text></feedback></answer>
    <answer fraction="100" format="moodle_auto_format"><text>false</text><feedback><text>Yes</text></feedback></answer>
  </question>
  <question type="matching">
    <questiontext format="html"><text>Match</text></questiontext>
    <subquestion format="html"><text><![CDATA[<p>ENISA</p>]]></text><answer><text>Athens</text></answer></subquestion>
    <subquestion format="html"><text>Europol</text><answer><text>The Hague</text></answer></subquestion>
    <subquestion format="html"><text></text><answer><text>Paris</text></answer></subquestion>
  </question>
  <question type="shortanswer">
    <questiontext format="html"><text>Who?</text></questiontext>
    <usecase>0</usecase>
    <answer fraction="100" format="moodle_auto_format"><text>ENISA</text></answer>
    <answer fraction="0" format="moodle_auto_format"><text>*</text></answer>
  </question>
  <question type="ordering">
    <questiontext format="html"><text>Order</text></questiontext>
    <answer fraction="2.0000000" format="html"><text>second</text></answer>
    <answer fraction="1.0000000" format="html"><text>first</text></answer>
    <answer fraction="3.0000000" format="html"><text>third</text></answer>
  </question>
  <question type="numerical">
    <questiontext format="html"><text>Year?</text></questiontext>
    <answer fraction="100"><text>2004</text><tolerance>0</tolerance></answer>
  </question>
"""


def read(text):
    return read_quiz("quiz.xml", text.encode(), "x", "en", ("en",))


def test_every_type_that_can_be_asked_is_read():
    found = read(HEAD + QUESTIONS + "</quiz>")
    assert found.skipped == ()
    single, several, true, match, short, order, number = found.items
    text = single.texts["en"]
    assert (text.stem, text.explanation) == ("What is phishing?", "It comes by e-mail.")
    assert dict(text.options) == {"a": "A sport", "b": "A false message & a trap"}
    assert (single.key, dict(text.feedback)) == (("b",), {"a": "With ph, no."})
    assert (several.type, several.key, several.texts["en"].feedback) == ("multiple", ("a", "b"), {"c": "No."})
    assert (true.key, true.texts["en"].feedback, true.texts["en"].explanation) == (("false",), {"true": "Why?"}, "Yes")
    assert [match.texts["en"].options[key] for key in match.key] == ["Athens", "The Hague"]
    assert short.texts["en"].accept == ("ENISA",)
    assert [order.texts["en"].options[key] for key in order.key] == ["first", "second", "third"]
    assert number.texts["en"].accept == ("2004",)
    assert [(note.line, note.cause) for note in found.notes] == [(9, "an image was left out")]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ('<question type="essay"><questiontext><text>Tell</text></questiontext></question>', "an essay"),
        ('<question type="cloze"><questiontext><text>{1:SA:=x}</text></questiontext></question>', "several gaps"),
        ('<question type="ddwtos"><questiontext><text>x</text></questiontext></question>', "“ddwtos” cannot be asked"),
        (
            '<question type="multichoice"><questiontext><text>x</text></questiontext><single>true</single>'
            '<answer fraction="100"><text>a</text></answer><answer fraction="100"><text>b</text></answer></question>',
            "2 right answers",
        ),
    ],
)
def test_a_question_that_cannot_be_asked_is_skipped_with_its_line(question, said):
    found = read(f"{HEAD}\n{question}\n{QUESTIONS}</quiz>")
    assert len(found.items) == 7
    (skipped,) = found.skipped
    assert skipped.line == 4
    assert said in skipped.cause


LAUGHS = '<!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><quiz><question>&b;</question></quiz>'
OUTSIDE = '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question>&x;</question></quiz>'


@pytest.mark.parametrize(
    "text", [LAUGHS, OUTSIDE, "<?xml version='1.0'?>\n" + LAUGHS, '<!DOCTYPE q SYSTEM "x"><quiz/>']
)
def test_entities_and_files_outside_are_refused(text):
    with pytest.raises(Unusable, match="can hide an attack"):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<quiz><question></quiz>", "not valid XML"),
        ("<?xml version='1.0'?><html/>", "not from Moodle"),
        ("<quiz>" + "<a>" * 100 + "</a>" * 100 + "</quiz>", "nested more than"),
        ("<quiz>" + "<a/>" * 100_001 + "</quiz>", "more than 100000 elements"),
    ],
)
def test_what_is_no_export_of_moodle_is_said_so(text, said):
    with pytest.raises(Unusable, match=said):
        read(text)


def test_a_wrong_declaration_of_the_encoding_does_no_harm():
    text = (HEAD + QUESTIONS + "</quiz>").replace("A sport", "Šport, ne žabljak")
    for declared in ("utf-8", "windows-1250"):
        data = text.replace("UTF-8", declared).encode("cp1250")
        found = read_quiz("quiz.xml", data, "x", "en", ("en",))
        assert found.items[0].texts["en"].options["a"] == "Šport, ne žabljak"
        assert found.encoding == "Windows-1250"
