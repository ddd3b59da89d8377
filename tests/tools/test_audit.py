"""The part of the audit that needs no network."""

import pytest

from tools.audit import lock_problems, reason_problems

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
