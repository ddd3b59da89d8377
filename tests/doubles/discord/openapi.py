"""Validation against Discord's OpenAPI description, when KOMPAS_TEST_DISCORD_OPENAPI names the file.

The file is strict where Discord is not and the other way round, so it is adjusted once: unknown fields are refused,
"exactly one of" becomes "one of", snowflakes may be numbers, and the few fields that discord.py sends beside it pass.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .world import Json

Problem = tuple[str, str]  # path in the payload, sentence
_ALSO_SENT = {
    "ApplicationCommandUpdateRequest": "nsfw", "RichEmbed": "flags", "MessageEditRequestPartial": "tts",
    "IncomingWebhookUpdateRequestPartial": "tts", "IncomingWebhookInteractionRequest": "tts",
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": "tts",
}  # fmt: skip


def _adjust(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_adjust(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {"anyOf" if key == "oneOf" else key: _adjust(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        out.setdefault("additionalProperties", False)
    return out


def _explain(error: Any) -> Iterator[Problem]:
    """Descend into the branch of a union that was meant: not null, and with the right `type`."""

    def misfit(branch: list[Any]) -> tuple[bool, bool, int]:
        same_place = any(e.instance_path == error.instance_path and e.kind.name == "type" for e in branch)
        return same_place, any(e.instance_path[-1:] == ["type"] for e in branch), len(branch)

    if branches := getattr(error.kind, "context", None):
        for inner in min(branches, key=misfit):
            yield from _explain(inner)
    else:
        yield ".".join(map(str, error.instance_path)), error.message


class OpenApi:
    def __init__(self, path: str) -> None:
        description = json.loads(Path(path).read_text(encoding="utf-8"))
        self.paths: Json = description["paths"]
        self.components: Json = _adjust(description["components"])
        schemas = self.components["schemas"]
        schemas["SnowflakeType"]["type"] = ["string", "integer"]
        for name, extra in _ALSO_SENT.items():
            schemas[name]["properties"].setdefault(extra, True)
        by_parameters = sorted(self.paths, key=lambda template: template.count("{"))
        self.templates = [(re.compile(re.sub(r"\\{\w*_id\\}", r"\\d+", re.sub(r"\\{(?!\w*_id)\w+\\}", "[^/]+", re.escape(t)))), t)
                          for t in by_parameters]  # fmt: skip

    def knows(self, method: str, path: str) -> bool:
        """Whether Discord has such an operation at all."""
        return any(p.fullmatch(path) and method.lower() in self.paths[t] for p, t in self.templates)

    @functools.cache  # noqa: B019  (one instance per file and process; compiling takes 20 ms)
    def _validator(self, method: str, template: str, answer: int | None) -> Any:
        import jsonschema_rs  # only needed with the file; under a name of its own, so imported late

        operation = self.paths[template][method.lower()]
        holder = operation["responses"].get(str(answer), {}) if answer else operation.get("requestBody", {})
        if "application/json" not in holder.get("content", {}):
            return None
        schema = _adjust(holder["content"]["application/json"]["schema"])
        return jsonschema_rs.validator_for({"allOf": [schema], "components": self.components})

    def problems(self, method: str, template: str, payload: Any, answer: int | None = None) -> list[Problem]:
        """What is wrong with a request body, or with the answer of that status."""
        validator = self._validator(method, template, answer)
        if validator is None or validator.is_valid(payload):
            return []
        return [problem for error in validator.iter_errors(payload) for problem in _explain(error)]


@functools.cache
def load(path: str) -> OpenApi:
    return OpenApi(path)
