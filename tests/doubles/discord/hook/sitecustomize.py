"""On the PYTHONPATH of a bot: points its discord.py at the double as soon as a module was imported, imports nothing."""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder

HTTP, GATEWAY = os.environ.get("DISCORD_DOUBLE_HTTP"), os.environ.get("DISCORD_DOUBLE_GATEWAY")
POINT = {
    "discord.http": lambda m: (setattr(m.Route, "BASE", f"{HTTP}/api/v10"), setattr(m, "_set_api_version", str)),
    "discord.asset": lambda m: setattr(m.Asset, "BASE", HTTP),
    "discord.gateway": lambda m: setattr(m.DiscordWebSocket, "DEFAULT_GATEWAY", m.yarl.URL(GATEWAY)),
}


class Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        spec = PathFinder.find_spec(name, path) if name in POINT else None
        if spec:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (execute(module), POINT[name](module))
        return spec


if HTTP:
    sys.meta_path.insert(0, Finder())
