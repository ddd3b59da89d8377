"""What stands in deploy/ names settings that exist and files that are there."""

import re
from pathlib import Path

import yaml

from bot.settings import PREFIX, SECRETS, Settings

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
KNOWN = {PREFIX + name.upper() for name in Settings.model_fields} | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}


def test_every_setting_named_there_exists():
    for file in DEPLOY.iterdir():
        assert set(re.findall(r"KOMPAS_[A-Z_]+", file.read_text("utf-8"))) <= KNOWN, file.name


def test_the_compose_file_is_sound():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    kompas = compose["services"]["kompas"]
    assert kompas["read_only"]
    assert (DEPLOY / kompas["build"]["context"] / kompas["build"]["dockerfile"]).resolve().exists()
    for service in compose["services"].values():
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(compose["volumes"])
        assert not any("PASSWORD" in name and not name.endswith("_FILE") for name in service["environment"])


def test_the_container_does_not_run_as_root():
    assert re.search(r"^USER [1-9]", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
