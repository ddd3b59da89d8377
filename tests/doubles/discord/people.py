"""People: they type, click and choose as Discord's own client lets them, and wait for what the bot shows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .world import LOADING, Channel, Json, Message, User, blank, walk


class ClientRefused(AssertionError):
    """Discord's client would not let this person do that."""


class Interaction:
    """What a person started and what the bot made of it. `type`: 2 command, 3 component, 4 autocomplete, 5 modal;
    `response_type`: 4 message, 5 defer, 6 silent defer, 7 edit, 8 choices, 9 modal, None while there is no answer."""

    def __init__(self, double: Any, kind: int, user: Person, channel: Channel, message: Message | None) -> None:
        self.double, self.type, self.user, self.channel, self.message = double, kind, user, channel, message
        self.id: int = double.world.new_id()
        self.token, self.sent_at, self.edits = f"token-{self.id}", time.monotonic(), 0
        self.acked_at: float | None = None
        self.response_type: int | None = None
        self.original: Message | None = None
        self.modal: Modal | None = None
        self.followups, self.choices = list[Message](), list[Json]()

    deferred: bool = property(lambda self: self.response_type in (5, 6))
    ephemeral: bool = property(lambda self: self.original is not None and self.original.ephemeral)

    @property
    def latency_ms(self) -> float:
        """From the event to the first answer; fails if there is none."""
        assert self.acked_at, f"no answer to {self} within {self.double.answer_within} s"
        return (self.acked_at - self.sent_at) * 1000

    async def answer(self, timeout: float = 5.0) -> Message:
        """The message this person sees in the end: a defer is waited for until it was filled."""

        def answered() -> bool:
            filled = self.deferred and self.original is not None and len(self.original.history) > self.edits
            return filled or self.response_type in (4, 7, 8, 9)

        await self.double.wait_until(answered, timeout, f"an answer to {self}")
        assert self.original, f"{self} was answered, but not by a message"
        return self.original

    async def wait_followup(self, n: int = 1, timeout: float = 5.0) -> Message:
        """The n-th message after the answer."""
        await self.double.wait_until(lambda: len(self.followups) >= n, timeout, f"follow-up {n} to {self}")
        return self.followups[n - 1]

    def metadata(self) -> Json:
        guild = self.channel.guild
        common = {
            "id": str(self.id),
            "type": self.type,
            "user": self.user.json(),
            "authorizing_integration_owners": {"0": str(guild.id)} if guild else {"1": str(self.user.id)},
        }
        if self.type == 5:
            return common | {"triggering_interaction_metadata": common | {"type": 2}}
        return common | ({"interacted_message_id": str(self.message.id)} if self.message else {})

    def __repr__(self) -> str:
        return f"<Interaction type={self.type} of {self.user.name} response_type={self.response_type}>"


@dataclass(eq=False)
class Modal:
    """A form shown to one person; `fields` are its inputs, each with its `label`."""

    interaction: Interaction
    data: Json

    @property
    def fields(self) -> list[Json]:
        found, label = list[Json](), None
        for _, part in walk(self.data["components"]):
            label = part["label"] if part["type"] == 18 else label
            if "custom_id" in part:
                found.append({"required": True, **part, "label": part.get("label") or label})
        return found


class Person(User):
    """Somebody at a keyboard: every method is something done in the client. Where `wait` is not False, it returns after
    the first answer or its deadline. Options may be people and channels; `permissions[guild.id]` is per guild."""

    double: Any

    @property
    def dm_channel(self) -> Channel:
        return self.double.dm(self)

    def sees(self, channel: Channel | None = None) -> list[Message]:
        """The messages of a channel as this person sees them, ephemeral ones included."""
        return [m for m in (channel or self.double.channel).messages if m.only_for in (None, self)]

    async def say(self, channel: Channel, text: str, *, reply_to: Message | None = None) -> Message:
        message = self.double.world.message(channel, self, {"content": text}, reference=reply_to)
        self.double.announce("MESSAGE_CREATE", message)
        return message

    async def dm(self, text: str) -> Message:
        return await self.say(self.dm_channel, text)

    async def slash(
        self, command: str, options: Json | None = None, *, channel: Channel | None = None, wait: bool = True
    ) -> Interaction:
        """Run "explain" or, with a subcommand, "class language"."""
        return await self._run(2, command, options or {}, "", channel or self.double.channel, wait)

    async def autocomplete(
        self, command: str, option: str, text: str, options: Json | None = None, *, channel: Channel | None = None
    ) -> list[Json]:
        """Type into an option and return the choices offered; fails if none came in time."""
        values, where = {**(options or {}), option: text}, channel or self.double.channel
        i = await self._run(4, command, values, option, where, True)
        assert i.acked_at, f"no choices for {command} {option}"
        return i.choices

    async def _run(self, kind: int, text: str, values: Json, focused: str, channel: Channel, wait: bool) -> Interaction:
        guild, (name, *path), have = channel.guild, text.split(), self.may(channel.guild)
        known = self.double.commands
        node = command = next((c for c in known if c["name"] == name and c["type"] == 1), None)
        if command is None or (0 if guild else 1) not in (command.get("contexts") or (0, 1)):
            raise ClientRefused(f"/{name} is not offered here; there are {sorted({c['name'] for c in known})}")
        needed = int(command["default_member_permissions"] or 0)
        if guild and (not have & 8) and (have & needed != needed or command["default_member_permissions"] == "0"):
            raise ClientRefused(f"{self.name} may not use /{name}")
        chain = []
        for part in path:
            node = next((o for o in node.get("options") or [] if o["name"] == part and o["type"] in (1, 2)), None)
            if node is None:
                raise ClientRefused(f"/{text} does not exist")
            chain.append(node)
        resolved: Json = {}
        data = self._options(text, node.get("options") or [], dict(values), focused, resolved)
        for part in reversed(chain):
            data = [{"type": part["type"], "name": part["name"], "options": data}]
        body = {"id": command["id"], "name": name, "type": 1, "options": data, "resolved": resolved}
        return await self._interact(kind, channel, body, None, wait)

    def _options(self, text: str, specs: list[Json], values: Json, focused: str, resolved: Json) -> list[Json]:
        out, kinds = [], {3: str, 4: int, 5: bool, 6: User, 7: Channel, 9: User, 10: (int, float)}
        for spec in specs:
            name, kind, allowed = spec["name"], spec["type"], [c["value"] for c in spec.get("choices") or []]
            if kind in (1, 2) or (spec.get("required") and not focused and name not in values):
                raise ClientRefused(f"/{text} needs {name}")
            if name not in values:
                continue
            value = values.pop(name)
            size = len(value) if isinstance(value, str) else value if kind in (4, 10) else 0
            low, high = (spec.get(key + ("length" if kind == 3 else "value"), size) for key in ("min_", "max_"))
            fits = isinstance(value, kinds[kind]) and (not allowed or value in allowed) and low <= size <= high
            if not fits and name != focused:
                raise ClientRefused(f"/{text}: {value!r} is no value for {name}")
            if kind in (6, 7, 9):
                more = {"permissions": str(self.may(None))}
                resolved.setdefault("channels" if kind == 7 else "users", {})[str(value.id)] = value.json() | (
                    more if kind == 7 else {}
                )
                if kind != 7:
                    resolved.setdefault("members", {})[str(value.id)] = blank("member", **more)
                value = str(value.id)
            out.append({"type": kind, "name": name, "value": value} | ({"focused": True} if name == focused else {}))
        if values:
            raise ClientRefused(f"/{text} has no option {sorted(values)}")
        return out

    async def click(
        self,
        message: Message,
        label: str | None = None,
        *,
        custom_id: str | None = None,
        index: int | None = None,
        wait: bool = True,
    ) -> Interaction:
        """Press a button, named by its label (or emoji), custom id or position."""
        wanted = label or custom_id
        for n, b in enumerate(message.buttons):
            names = (b.get("custom_id") if custom_id else b.get("label"), (b.get("emoji") or {}).get("name"))
            if n == index or (wanted and wanted in names):
                return await self._use(message, b, {}, wait)
        raise ClientRefused(f"no button {label or custom_id or index!r} on {message}")

    async def select(
        self, message: Message, *wanted: str, custom_id: str | None = None, wait: bool = True
    ) -> Interaction:
        """Choose options, by label or value, in the first select (or that with the custom id)."""
        for menu in message.components:
            if menu["type"] == 3 and custom_id in (None, menu["custom_id"]):
                return await self._use(message, menu, {"values": _pick(menu, wanted)}, wait)
        raise ClientRefused(f"no select on {message}")

    async def submit(self, modal: Modal, values: Json, *, wait: bool = True) -> Interaction:
        """Send a form; `values` by custom id or label, a list where several may be chosen."""
        left, filled = dict(values), {}
        for f in modal.fields:
            value = left.pop(f["custom_id"], None) or left.pop(f["label"], None) or f.get("value") or ""
            if f["required"] and not value:
                raise ClientRefused(f"{f['label']} is required")
            if f["type"] == 4 and value and not f.get("min_length", 0) <= len(value) <= f.get("max_length", 4000):
                raise ClientRefused(f"{f['label']}: {len(value)} characters")
            if f["type"] not in (4, 23):
                picked = _pick(f, [value] if isinstance(value, str) and value else value)
                value = picked if f["type"] != 21 else picked[0] if picked else None
            filled[f["custom_id"]] = value
        if left:
            raise ClientRefused(f"no field {sorted(left)}")
        i = modal.interaction
        data = {"custom_id": modal.data["custom_id"], "components": _fill(modal.data["components"], filled)}
        return await self._interact(5, i.channel, data, i.message, wait)

    async def _use(self, message: Message, part: Json, extra: Json, wait: bool) -> Interaction:
        if message.deleted or message.only_for not in (None, self) or message.flags & LOADING:
            raise ClientRefused(f"{self.name} does not see {message}")
        if part.get("disabled") or "custom_id" not in part:
            raise ClientRefused(f"{part} cannot be used")
        data = {"component_type": part["type"], "custom_id": part["custom_id"], "id": part["id"], **extra}
        return await self._interact(3, message.channel, data, message, wait)

    async def _interact(
        self, kind: int, channel: Channel, data: Json, message: Message | None, wait: bool
    ) -> Interaction:
        d, guild, i = self.double, channel.guild, Interaction(self.double, kind, self, channel, message)
        d.interactions[i.token] = i
        payload: Json = {
            "id": str(i.id),
            "application_id": str(d.bot.id),
            "type": kind,
            "token": i.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": channel.json(),
            "locale": self.locale,
            "entitlements": [],
            "app_permissions": str(channel.lets(d.bot)),
            "context": 0 if guild else 1,
            "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": i.metadata()["authorizing_integration_owners"],
        }
        if guild:
            payload |= {
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "guild_id": str(guild.id),
                "guild_locale": guild.locale,
                "member": blank("member", user=self.json(), permissions=str(self.may(guild))),
            }
        payload |= {} if guild else {"user": self.json()}
        payload |= {"message": message.data} if message else {}
        i.sent_at = time.monotonic()
        d.gateway.dispatch("INTERACTION_CREATE", payload, guild.id if guild else 0)
        if wait:
            await d.wait_until(lambda: i.acked_at, d.answer_within, None)
        return i


def _pick(menu: Json, wanted: Sequence[str]) -> list[str]:
    values = [o["value"] for w in wanted for o in menu["options"] if w in (o["label"], o["value"])]
    least = menu.get("min_values", 1) if menu.get("required", True) else 0
    if len(values) != len(wanted) or not least <= len(values) <= menu.get("max_values", 1):
        raise ClientRefused(f"{wanted} cannot be chosen in {menu['custom_id']}")
    return values


def _fill(components: list[Json], filled: Json) -> list[Json]:
    """The same tree with what was entered, as it comes with a submitted form."""
    out = []
    for n, part in enumerate(components, 1):
        made = {"type": part["type"], "id": part.get("id", n)}
        if "custom_id" in part:
            value = filled[part["custom_id"]]
            made |= {"custom_id": part["custom_id"], "values" if isinstance(value, list) else "value": value}
        made |= {"components": _fill(part["components"], filled)} if "components" in part else {}
        made |= {"component": _fill([part["component"]], filled)[0]} if "component" in part else {}
        out.append(made)
    return out
