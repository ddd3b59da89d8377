"""On the PYTHONPATH of a bot: points its discord.py at the double as its modules are imported, and imports nothing early."""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder

HTTP, GATEWAY = os.environ.get("DISCORD_DOUBLE_HTTP"), os.environ.get("DISCORD_DOUBLE_GATEWAY")


def _patch(module):
    if module.__name__ == "discord.http":
        module.Route.BASE, module._set_api_version = f"{HTTP}/api/v10", lambda value: None
    elif module.__name__ == "discord.asset":
        module.Asset.BASE = HTTP
    else:
        module.DiscordWebSocket.DEFAULT_GATEWAY = module.yarl.URL(GATEWAY)


class Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        spec = PathFinder.find_spec(name, path) if name in ("discord.http", "discord.asset", "discord.gateway") else None
        if spec:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (execute(module), _patch(module))
        return spec


if HTTP:
    sys.meta_path.insert(0, Finder())
