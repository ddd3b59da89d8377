"""Validation against Discord's OpenAPI description. It is stricter than Discord here and looser there, so it is
adjusted once: unknown fields are refused, "exactly one of" becomes "one of", snowflakes may be numbers, and the few
fields that discord.py sends beside it pass."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Problem = tuple[str, str]  # path in the payload, sentence
ALSO_SENT = {
    "ApplicationCommandUpdateRequest": "nsfw",
    "RichEmbed": "flags",
    "MessageEditRequestPartial": "tts",
    "IncomingWebhookUpdateRequestPartial": "tts",
    "IncomingWebhookInteractionRequest": "tts",
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": "tts",
}


def _adjust(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return [_adjust(part) for part in schema] if isinstance(schema, list) else schema
    out = {"anyOf" if key == "oneOf" else key: _adjust(value) for key, value in schema.items()}
    return {"additionalProperties": False, **out} if "properties" in out and out.get("type") == "object" else out


def _explain(error: Any) -> Iterator[Problem]:
    """Descend into the branch of a union that was meant: of the right kind, with the right `type`, else least wrong."""

    def misfit(branch: list[Any]) -> tuple[bool, bool, int]:
        return (
            any(e.instance_path == error.instance_path and e.kind.name == "type" for e in branch),
            any(e.instance_path[-1:] == ["type"] for e in branch),
            len(branch),
        )

    if branches := getattr(error.kind, "context", None):
        for inner in min(branches, key=misfit):
            yield from _explain(inner)
    else:
        yield ".".join(map(str, error.instance_path)), error.message


class OpenApi:
    def __init__(self, path: str) -> None:
        description = json.loads(Path(path).read_text(encoding="utf-8"))
        self.paths, self.components = description["paths"], _adjust(description["components"])
        schemas = self.components["schemas"]
        schemas["SnowflakeType"]["type"] = ["string", "integer"]
        for name, extra in ALSO_SENT.items():
            schemas[name]["properties"].setdefault(extra, True)
        self.validator = functools.cache(self._validator)  # compiling one takes 20 ms

    def knows(self, method: str, path: str) -> bool:
        """Whether Discord has such an operation at all."""
        return any(
            method.lower() in item and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
            for template, item in self.paths.items()
        )

    def _validator(self, method: str, template: str, answer: bool) -> Any:
        import jsonschema_rs  # only needed with the file

        operation = self.paths[template][method.lower()]
        holder = operation["responses"].get("200", {}) if answer else operation.get("requestBody", {})
        schema = _adjust(holder.get("content", {}).get("application/json", {}).get("schema", {}))
        return jsonschema_rs.validator_for({"allOf": [schema], "components": self.components})

    def problems(self, method: str, template: str, payload: Any, answer: bool = False) -> list[Problem]:
        """What is wrong with the body of a request, or with an answer."""
        validator = self.validator(method, template, answer)
        errors = [] if validator.is_valid(payload) else validator.iter_errors(payload)
        return [problem for error in errors for problem in _explain(error)]


load = functools.cache(OpenApi)
