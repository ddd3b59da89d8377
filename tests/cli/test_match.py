"""`kompas match`: JSON Lines in and out, as evaluation tools use it."""

import json
import subprocess
import sys
from pathlib import Path

KOMPAS = Path(sys.executable).with_name("kompas")


def match(*lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(KOMPAS), "match"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_question_gets_its_topics_and_zone_under_its_id():
    done = match(
        '{"id": "a", "lang": "en", "text": "attribution"}',
        '{"id": 7, "lang": "mk", "text": "кој ги одлучува сајбер санкциите на ЕУ"}',
        '{"id": null, "lang": "sq", "text": "😀"}',
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0] == {"id": "a", "matches": [["attribution", 1.0]], "zone": "answer"}
    assert rows[1]["matches"][0][0] == "cyber-sanctions"
    assert rows[2] == {"id": None, "matches": [], "zone": "refuse"}
    assert all(len(row["matches"]) <= 5 for row in rows)
    assert done.returncode == 0


def test_a_bad_line_is_named_and_the_others_are_answered():
    done = match(
        "not json",
        '{"id": 1}',
        "",
        '{"id": 3, "lang": "en", "text": ["attribution"]}',
        '{"id": 2, "lang": "en", "text": "attribution"}',
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [2]
    assert "line 1:" in done.stderr
    assert "line 2:" in done.stderr
    assert "line 4:" in done.stderr
    assert done.returncode == 1
