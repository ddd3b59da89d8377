"""The spelling check: what it reads, what rules settle, what it asks dictionaries, and that they find mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.spelling import __main__ as spelling
from tools.spelling.__main__ import NotHere, Verdicts, check, look_up
from tools.spelling.words import WordList, forms, parts, read_word_lists, tokens

NOTHING = WordList(frozenset(), ())


def words(text: str, lang: str = "en", known: WordList = NOTHING) -> list[str]:
    return [part for token in tokens(text, known) for part in parts(token, lang, known)]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("ENISA-e, NIS2 i EU-a", "hr", []),
        ("ДДоС напад на ЕУ-то во 2024-та", "mk", ["напад", "на", "во"]),
        ("DDoS and CSIRTs, but KnowCyber", "en", ["and", "but", "KnowCyber"]),
        ("Kosovo* has the EU’s own well-known rules", "en", ["Kosovo", "has", "the", "own", "well", "known", "rules"]),
        ("Ç’është kjo? S’ka, t’i", "sq", ["është", "kjo", "ka"]),
        ("See https://knowcyber.eu/xyz, coe.int/cybercrime or mail me@xyzzy.org", "en", ["See", "or", "mail"]),
        ("Type `kompas rnu`, /topiks or {plaec} now", "en", ["Type", "or", "now"]),
        ("3.5 % of 10,000", "en", ["of"]),
    ],
)
def test_rules_leave_only_words(text: str, lang: str, expected: list[str]) -> None:
    assert words(text, lang) == expected


def test_word_list(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# names\nBrčko\nphishing  # a term\nNew Yorku\nkiber-\nhack-and-leak\n\n", "utf-8")
    known = read_word_lists([file, tmp_path / "absent.txt"])
    assert words("Brčko BRČKO phishing Phishing u New Yorku, hack-and-leak", "hr", known) == []
    assert words("brčko New", "hr", known) == ["brčko", "New"]
    assert forms("Kibernapad", known) == ["Kibernapad", "napad"]


def root_with(folder: Path, text: str, words_txt: str = "") -> Path:
    (folder / "content" / "mk" / "threats").mkdir(parents=True)
    (folder / "content" / "mk" / "words.txt").write_text(words_txt, "utf-8")
    (folder / "content" / "mk" / "threats" / "one.yaml").write_text(
        f"key: one\ntext:\n  title: Добро\n  body: |-\n    Добро.\n\n    {text}\nphrases:\n  - лошо\n", "utf-8"
    )
    (folder / "locales").mkdir()
    (folder / "locales" / "mk.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgctxt "a.b"\nmsgid "Bad лошо"\nmsgstr ""\n"Добро "\n"лошо"\n',
        "utf-8",
    )
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, list[str]]]:
    """What dictionaries were asked. They know every word but `лошо` and `Cybr`."""
    calls: list[tuple[str, list[str]]] = []

    def look_up(dictionary: str, words: list[str]) -> set[str]:
        calls.append((dictionary, words))
        return {"лошо", "Cybr"} & set(words)

    monkeypatch.setattr(spelling, "look_up", look_up)
    monkeypatch.setenv("KOMPAS_TEST_CACHE", str(tmp_path / "cache"))
    return calls


def test_unknown_words_have_file_and_line(tmp_path: Path, asked: list[tuple[str, list[str]]]) -> None:
    lines, missing = check(root_with(tmp_path, "Многу лошо (Cybr)."), ["mk"], {"mk": "Cyrl"})
    assert lines == [
        "content/mk/threats/one.yaml:7: Cybr",
        "content/mk/threats/one.yaml:7: лошо",
        "locales/mk.po:8: лошо",
    ]
    assert not missing
    assert sorted(asked) == [("en_GB", ["Cybr"]), ("mk", ["Добро", "Многу", "лошо"])]


def test_the_word_list_makes_words_good(tmp_path: Path, asked: list[tuple[str, list[str]]]) -> None:
    lines, _ = check(root_with(tmp_path, "Лошо", "лошо\n"), ["mk"], {"mk": "Cyrl"})
    assert lines == []


def test_a_dictionary_is_asked_about_a_word_once(asked: list[tuple[str, list[str]]]) -> None:
    assert Verdicts("mk").unknown({"добро", "лошо"}) == {"лошо"}
    assert Verdicts("mk").unknown({"добро", "лошо", "ново"}) == {"лошо"}
    assert asked == [("mk", ["добро", "лошо"]), ("mk", ["ново"])]


def test_a_missing_dictionary_fails_only_on_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def look_up(dictionary: str, words: list[str]) -> set[str]:
        raise NotHere("no network")

    monkeypatch.setattr(spelling, "look_up", look_up)
    monkeypatch.setenv("KOMPAS_TEST_CACHE", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["spelling", "mk"])
    monkeypatch.delenv("CI", raising=False)
    assert spelling.main() == 0
    assert "NOT RUN: spelling with mk: no network" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert spelling.main() == 1


@pytest.mark.parametrize(
    ("dictionary", "right", "wrong"),
    [
        ("en_GB", "diplomacy", "diplomcay"),
        ("sq", "diplomacia", "diplomaica"),
        ("bs", "sigurnost", "sigrunost"),
        ("hr_HR", "tisuća", "tisuča"),
        ("mk", "безбедност", "безбендост"),
        ("sr_RS_cyr", "безбедност", "безбендост"),
    ],
)
def test_the_dictionaries_find_mistakes(dictionary: str, right: str, wrong: str) -> None:
    try:
        assert look_up(dictionary, [right, wrong]) == {wrong}
    except NotHere as error:
        pytest.skip(f"NOT RUN: {error}")


def test_an_unknown_dictionary_is_said() -> None:
    with pytest.raises(NotHere):
        look_up("xx", ["word"])
