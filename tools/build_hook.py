"""What the wheel carries ready-made: compiled catalogs, the content bundle and the trained matcher.

In a checkout the same files are made on first use in the user's cache folder; a wheel brings them along so that an
installed Kompas needs neither a compiler of catalogs nor training.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildHook(BuildHookInterface[Any]):
    """Called by hatchling while it builds; an editable install is left alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from bot.artifacts import build_all

        target = Path(self.root) / "build" / "artifacts"
        shutil.rmtree(target, ignore_errors=True)
        build_all(Path(self.root) / "content", Path(self.root) / "locales", target)
        build_data["force_include"][str(target)] = "bot/data/artifacts"
