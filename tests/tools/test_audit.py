"""The part of the audit that needs no network."""

import pytest

from tools.audit import judged, lock_problems, reason_problems

GOOD = """
[[package]]
name = "regex"
version = "2024.11.6"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.example/regex.whl", hash = "sha256:00" }]
"""


def test_a_package_with_hashes_from_the_index_is_in_order():
    assert list(lock_problems(GOOD)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://pypi.org/simple", "https://elsewhere.example/simple", "does not come from"),
        (', hash = "sha256:00"', "", "without a hash"),
        ("sha256:00", "md5:00", "without a hash"),
        ("2024.11.6", "2025.1rc1", "is a pre-release"),
    ],
)
def test_what_cannot_be_trusted_is_named(old, new, said):
    (problem,) = lock_problems(GOOD.replace(old, new))
    assert "regex" in problem
    assert said in problem


def test_every_dependency_says_why():
    project = 'x\ndependencies = [\n  "regex>=1",  # letters\n  "numpy>=1",\n]\n'
    assert list(reason_problems(project)) == ['pyproject.toml: "numpy>=1" does not say why it is there']


@pytest.mark.parametrize(
    ("code", "words", "problem", "looked"),
    [
        (0, "No known vulnerabilities found", False, True),
        (0, "No known vulnerabilities found\nregex could not be audited: regex (1)", False, False),
        (1, "ConnectionError: Max retries exceeded", False, False),
        (1, "timed out", False, False),
        (1, "Found 1 known vulnerability in 1 package\nregex could not be audited", True, True),
        (1, "Found 2 known vulnerabilities in 1 package\nConnectionError", True, True),
        (2, "error: unrecognized arguments", True, True),
        (1, "", True, True),
    ],
)
def test_what_was_found_is_never_hidden_by_what_could_not_be_looked_at(code, words, problem, looked):
    said, could = judged(code, words)
    assert (bool(said), could) == (problem, looked)
