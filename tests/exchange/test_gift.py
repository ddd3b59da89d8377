"""GIFT as Moodle writes it and as people type it."""

import pytest

from bot.exchange.gift_write import write_gift
from bot.exchange.read import read_quiz

TAGS = ("en", "sq", "mk")

MOODLE = r"""// question: 0  name: Switch category to $course$/top/Default for Cyber
$CATEGORY: $course$/top/Default for Cyber


// question: 31  name: DDoS
// [id:c-1] [tag:basics]
::DDoS\: what is it?::[html]<p dir\="ltr">What is a <b>DDoS</b> attack\: pick one \{1\}<br></p>{
	=<p>A flood of visits \= overload</p>#<p>Yes!</p>
	~<p>A stolen password</p>#<p>That is <i>phishing</i>.</p>
	~%50%<p>A virus \~ a worm</p>
	####<p>Too many visits at once.\n\nNobody gets in.</p>
}


// question: 32  name: Norms
::Norms::[html]<p>Which are norms?</p><p><img src\="@@PLUGINFILE@@/a.png" alt\="x"></p>{
	~%33.33333%<p>One</p>
	~%33.33333%<p>Two</p>
	~%33.33333%<p>Three</p>
	~%-50%<p>Four</p>#<p>No norm</p>
	~%-50%<p>Five</p>
}


// question: 33  name: TF
::TF::[moodle]ENISA is an agency of the EU.{TRUE#It is one.#Right, since 2004.####It sits in Athens.}


// question: 34  name: Match
::Match::[html]<p>Match</p>{
	=<p>ENISA</p> -> Athens
	=<p>Europol</p> -> The Hague
	=<p></p> -> Paris
}


// question: 35  name: Short
::Short::Who runs CERT-EU\\EU?{
	=%100%The EU#Good.
	=%100%European Union#
	=%50%Brussels#Nearly.
	=%0%*#Read again.
}


// question: 36  name: Number
::Number::[html]<p>In which year?</p>{#
	=%100%2004:0#Yes
}
"""


def read(text, name="quiz.txt", lang="en"):
    return read_quiz(name, text if isinstance(text, bytes) else text.encode(), "x", lang, TAGS)


def one(text):
    found = read(text)
    assert not found.skipped
    (item,) = found.items
    return item, item.texts["en"], [remark.cause for remark in found.notes]


def cause(text):
    found = read(text)
    assert not found.items
    (skipped,) = found.skipped
    return skipped.line, skipped.cause


def test_a_file_in_the_exact_syntax_that_moodle_writes_is_read():
    found = read(MOODLE)
    assert found.skipped == ()
    single, several, true, match, short, number = found.items
    text = single.texts["en"]
    assert text.stem == "What is a DDoS attack: pick one {1}"
    assert dict(text.options) == {
        "a": "A flood of visits = overload",
        "b": "A stolen password",
        "c": "A virus ~ a worm",
    }
    assert single.key == ("a",)
    assert dict(text.feedback) == {"b": "That is phishing."}
    assert text.explanation == "Too many visits at once. Nobody gets in. Yes!"
    assert (several.type, several.key) == ("multiple", ("a", "b", "c"))
    assert several.texts["en"].feedback == {"d": "No norm"}
    assert (true.type, true.key, true.texts["en"].feedback) == ("truefalse", ("true",), {"false": "It is one."})
    assert true.texts["en"].explanation == "It sits in Athens. Right, since 2004."
    assert match.texts["en"].left == ("ENISA", "Europol")
    assert [match.texts["en"].options[key] for key in match.key] == ["Athens", "The Hague"]
    assert len(match.options) == 3
    assert short.texts["en"].stem == "Who runs CERT-EU\\EU?"
    assert short.texts["en"].accept == ("The EU", "European Union")
    assert number.texts["en"].accept == ("2004",)
    assert [item.id for item in found.items] == ["x.1", "x.2", "x.3", "x.4", "x.5", "x.6"]
    notes = [(remark.line, remark.cause) for remark in found.notes]
    assert (16, "an image was left out") in [(line, said) for line, said in notes]
    assert any("worth 50 %" in said for _, said in notes)


@pytest.mark.parametrize("typed", ["{T}", "{TRUE}", "{true}", "{ T }"])
def test_true_and_false_are_read_in_every_spelling(typed):
    assert one(f"Sky{typed}")[0].key == ("true",)


def test_feedback_of_true_and_false_is_first_for_the_wrong_answer():
    item, text, _ = one("The sun is cold{F#It is hot.#Well done.}")
    assert (item.key, dict(text.feedback), text.explanation) == (("false",), {"true": "It is hot."}, "Well done.")


def test_a_missing_word_becomes_a_gap():
    assert one("ENISA sits in {=Athens =Athina} today.")[1].stem == "ENISA sits in _____ today."
    assert one("ENISA sits in {~Rome =Athens}.")[1].stem == "ENISA sits in _____."


def test_line_breaks_may_be_escaped_and_answers_stand_on_one_line():
    item, text, _ = one(r"Which?\nChoose.{=a b#yes ~c\=d#no ####All said.}")
    assert text.stem == "Which? Choose."
    assert dict(text.options) == {"a": "a b", "b": "c=d"}
    assert text.explanation == "All said. yes"
    assert item.key == ("a",)


def test_an_ordering_question_of_moodle_is_read_and_never_stored_in_the_right_order():
    item, text, _ = one("::O::Put in order {>4 ALL VERTICAL ABSOLUTE_POSITION SHOW\nAlpha\nBeta\nGamma\nDelta\n}")
    assert [text.options[key] for key in item.key] == ["Alpha", "Beta", "Gamma", "Delta"]
    item, text, _ = one("::O::Put in order {>3 ALL VERTICAL\n1\n2\n3\n}")
    assert [text.options[key] for key in item.key] == ["1", "2", "3"]
    assert item.options != item.key


def test_a_blank_line_inside_a_question_is_named_as_the_cause_and_the_next_question_is_read():
    found = read("Good?{T}\n\nWhich one?\n{\n=a\n\n~b\n}\n\nAlso good?{F}\n")
    assert [item.texts["en"].stem for item in found.items] == ["Good?", "Also good?"]
    (skipped,) = found.skipped
    assert skipped.line == 3
    assert skipped.cause.startswith("the blank line 6 inside the question ends it")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\n\nJust words.", 3, "a description"),
        ("Tell me all.{}", 1, "an essay"),
        ("Which?{=a ~b", 1, "never closed"),
        ("Which? =a ~b}", 1, "without “{”"),
        ("Which {=a} and {=b}?", 1, "more than one “{”"),
        ("How many?{#1..5}", 1, "a range of numbers (1..5)"),
        ("How many?{#1822:5}", 1, "a range of numbers"),
        ("How many?{#3.14}", 1, "decimals"),
        ("Which?{=a =b ~c}", 1, "2 right answers, but only one can be chosen"),
        ("Which?{=a ~b ~B}", 1, "stands twice"),
        ("Which?{~a ~b}", 1, "no right answer"),
        ("Which?{=a}{~b}", 1, "more than one"),
        ("Which?{~%100%a}", 1, "1 options; it must be 2 to 6"),
        ("Which?{=a ~b ~c ~d ~e ~f ~g}", 1, "7 options"),
        ("W" * 281 + "{T}", 1, "the question has 281 characters, at most 280"),
        ("Which?{=a ~" + "b" * 81 + "}", 1, "an option has 81 characters, at most 80"),
        ("Which?{=a ~}", 1, "an option has no text"),
        ('[html]<img src\\="x">{T}', 1, "only an image"),
        ("Match{=a -> b}", 1, "1 pairs to match"),
        ("Match{=a -> b =a -> c}", 1, "stands twice"),
    ],
)
def test_a_bad_question_is_skipped_with_its_line_and_reason(text, line, said):
    at, why = cause(text)
    assert at == line
    assert said in why


def test_one_bad_question_never_costs_another():
    found = read("One?{T}\n\nBad {\n\nTwo?{F}\n\n}\n\nThree?{T}")
    assert [item.texts["en"].stem for item in found.items] == ["One?", "Two?", "Three?"]
    assert len(found.skipped) == 2


def test_script_and_html_become_plain_text():
    _, text, notes = one('<script>alert(1)</script>Is <b onclick\\="x()">1 < 2</b>?{=<i>Yes</i> ~No &amp; never}')
    assert text.stem == "Is 1 < 2?"
    assert text.options["a"] == "Yes"
    assert "<script> was left out" in notes


def test_text_that_only_looks_like_html_stays():
    assert one("Is a < b and b > c?{T}")[1].stem == "Is a < b and b > c?"
    assert one("What is List<String>?{T}")[1].stem == "What is List<String>?"


def test_what_was_read_and_written_is_read_as_the_same():
    first = read(MOODLE)
    again = read(write_gift(first.items, "en", "Kompas"))
    assert list(again.items) == list(first.items)
    assert write_gift(again.items, "en") == write_gift(first.items, "en")
    assert again.skipped == again.notes == ()


def test_more_than_five_hundred_questions_are_cut_with_their_lines():
    found = read("\n\n".join(f"Question {n}?{{T}}" for n in range(502)))
    assert len(found.items) == 500
    assert [(one.line, one.cause) for one in found.skipped] == [
        (1001, "more than 500 questions"),
        (1003, "more than 500 questions"),
    ]


@pytest.mark.parametrize(
    "text", ["a\n\n" * 400_000, "{\n\n" * 400_000, "::" * 900_000, "{~" * 500_000, "<p " * 500_000 + "{T}"]
)
def test_a_file_made_to_be_slow_is_not(text):
    read(text)


def test_the_rest_of_a_file_with_too_many_blocks_is_left_out_with_its_line():
    found = read("Good?{T}\n\n" + "broken{\n\n" * 6_000)
    assert len(found.items) == 1
    assert found.skipped[-1].line == 10_001
    assert found.skipped[-1].cause == "more than 5000 blocks: the rest of the file was not read"
    assert len(found.skipped) == 5_000
