"""The documentation knows every setting, command and make target."""

import re
from pathlib import Path

from bot.__main__ import COMMANDS
from bot.cli.run import NOTHING_SET
from bot.commands.spec import discover
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
GUIDES = "".join(file.read_text("utf-8") for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))


def test_every_setting_is_explained():
    names = [PREFIX + name.upper() for name in Settings.model_fields if name != "matrix"]
    assert [name for name in names if f"`{name}`" not in README] == []
    assert "[[matrix]]" in README


def test_every_chat_command_is_explained():
    assert [name for name, spec in discover().items() if spec.offered and f"`{name}" not in README] == []


def test_every_command_of_the_program_is_mentioned():
    assert [name for name in COMMANDS if f"kompas {name}" not in GUIDES and f"`{name}`" not in GUIDES] == []


def test_every_make_target_is_mentioned():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert [target for target in targets if f"make {target}" not in GUIDES and target not in ("setup", "clean")] == []


def test_every_part_of_the_program_is_named():
    """All modules and folders of `bot`, where the README says how it is built."""
    built = README.partition("## How it is built")[2]
    parts = {
        f"bot.{path.stem}"
        for path in (ROOT / "bot").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"bot.__init__"}
    assert [part for part in sorted(parts) if not re.search(rf"{re.escape(part)}\b", built)] == []


def test_the_sample_conversation_begins_as_the_program_does():
    assert "make run\n" + "\n".join(NOTHING_SET) + "\n\nJezik" in README


def test_every_local_link_leads_somewhere():
    for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", file.read_text("utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"
