"""`make install` makes a folder that works without the checkout, with everything that it needs inside."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The folder."""
    folder = tmp_path_factory.mktemp("opt") / "kompas"
    done = subprocess.run(
        ["make", "-C", str(ROOT), "install", f"PREFIX={folder}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_it_answers_from_what_it_brings_along(installed, tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
    env |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [str(installed / "bin" / "kompas"), "ask", "Што е атрибуција?"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Атрибуција")
    assert not (tmp_path / "cache").exists(), "nothing had to be made"


def test_it_carries_content_catalogs_licences_and_no_tests(installed):
    (site,) = installed.glob("lib/python*/site-packages")
    names = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert not any(site.glob("*kompas*.pth")), "the checkout is not needed"
    assert "bot/data/content/sq/global-rules/attribution.yaml" in names
    assert "bot/data/locales/mk.po" in names
    assert any("kompas" in name and name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/content/LICENSE.md") for name in names)
    assert not any(name.startswith(("tests/", "tools/", "pytest/")) for name in names)
