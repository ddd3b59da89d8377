"""No secret is printed, whatever goes wrong."""

from __future__ import annotations

import pytest

from bot.errors import BadSetting
from bot.settings import load_settings
from bot.store.sql import SqlStore

SECRET = "s3cr3t-0123456789"
GIVEN = {
    "KOMPAS_DISCORD_TOKEN": SECRET,
    "KOMPAS_MATRIX_HOMESERVER": "https://matrix.example.org",
    "KOMPAS_MATRIX_USER": "@kompas:example.org",
    "KOMPAS_MATRIX_PASSWORD": SECRET,
    "KOMPAS_MATRIX_PICKLE_KEY": SECRET,
    "KOMPAS_DATABASE_URL": f"postgresql://kompas:{SECRET}@127.0.0.1:1/kompas",
}


@pytest.fixture
def settings(monkeypatch, tmp_path):
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    return load_settings(tmp_path)


def test_settings_that_are_shown_are_masked(settings):
    for shown in (repr(settings), str(settings), repr(settings.accounts), str(settings.model_dump())):
        assert SECRET not in shown


@pytest.mark.parametrize("wrong", ["KOMPAS_WEB_PORT", "KOMPAS_TIMEZONE", "KOMPAS_MATRIX_USER"])
def test_a_wrong_setting_is_named_without_the_secrets_beside_it(settings, monkeypatch, tmp_path, wrong):
    monkeypatch.setenv(wrong, "not valid")
    with pytest.raises(BadSetting) as error:
        load_settings(tmp_path)
    assert wrong in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("address", [GIVEN["KOMPAS_DATABASE_URL"], f"mysql://kompas:{SECRET}@host/kompas"])
async def test_a_database_that_cannot_be_used_is_named_without_its_password(address):
    with pytest.raises(BadSetting) as error:
        await SqlStore.open(address.replace("postgresql://", "postgresql+asyncpg://"))
    assert SECRET not in str(error.value)
