"""Where content, catalogs and ready-made files are: beside the code in a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent
_DATA = _PACKAGE / "data"
_CHECKOUT = _PACKAGE.parent

CONTENT = _DATA / "content" if _DATA.is_dir() else _CHECKOUT / "content"
LOCALES = _DATA / "locales" if _DATA.is_dir() else _CHECKOUT / "locales"
READY_MADE = _DATA / "artifacts"
"""Files made when the wheel was built; may be missing."""


def cache_dir() -> Path:
    """The user's cache folder for files that can be made again."""
    return Path(platformdirs.user_cache_dir("kompas"))
