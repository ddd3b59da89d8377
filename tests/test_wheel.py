"""The wheel works outside the checkout, with everything that it needs inside."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel, unpacked as an installer does."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [str(uv), "build", "--wheel", "--out-dir", str(folder), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_answers_from_what_it_brings_along(installed, tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
    env |= {"PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(tmp_path / "cache"), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bot", "ask", "Што е атрибуција?"],
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
    names = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    assert "bot/data/content/sq/global-rules/attribution.yaml" in names
    assert "bot/data/locales/mk.po" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/content/LICENSE.md") for name in names)
    assert not any(name.startswith(("tests/", "tools/")) for name in names)
