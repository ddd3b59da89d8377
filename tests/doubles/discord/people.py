"""People: they type, click and choose as Discord's own client lets them, and wait for what the bot shows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .world import EPHEMERAL, LOADING, Channel, Guild, Json, Message, User, walk

if TYPE_CHECKING:
    from .server import DiscordDouble


class ClientRefused(AssertionError):
    """Discord's client would not let this person do that."""


@dataclass(eq=False)
class Interaction:
    """What a person started, and what the bot made of it."""

    double: DiscordDouble
    id: int
    token: str
    type: int  # 2 command, 3 component, 4 autocomplete, 5 modal
    user: Person
    channel: Channel
    message: Message | None  # that was clicked
    sent_at: float = field(default_factory=time.monotonic)
    acked_at: float | None = None
    response_type: int | None = None  # 4 message, 5 defer, 6 silent defer, 7 edit, 8 choices, 9 modal
    original: Message | None = None
    filled: bool = False
    followups: list[Message] = field(default_factory=list)
    modal: Modal | None = None
    choices: list[Json] = field(default_factory=list)

    @property
    def latency_ms(self) -> float:
        """From the event to the first answer; fails if there is none."""
        assert self.acked_at is not None, f"no answer within {self.double.answer_within} s"
        return (self.acked_at - self.sent_at) * 1000

    @property
    def deferred(self) -> bool:
        return self.response_type in (5, 6)

    @property
    def ephemeral(self) -> bool:
        return self.original is not None and self.original.ephemeral

    def metadata(self) -> Json:
        clicked = {"interacted_message_id": str(self.message.id)} if self.type == 3 and self.message else {}
        owners = {"0": str(self.channel.guild.id)} if self.channel.guild else {"1": str(self.user.id)}
        if self.type == 5:
            clicked = {"triggering_interaction_metadata": {"id": str(self.id), "type": 2, "user": self.user.json(),
                                                           "authorizing_integration_owners": owners}}  # fmt: skip
        return {"id": str(self.id), "type": self.type, "user": self.user.json(), "authorizing_integration_owners": owners,
                **clicked}  # fmt: skip

    async def answer(self, timeout: float = 5.0) -> Message:
        """The message this person sees in the end: a defer is waited for until it was filled."""
        await self.double.wait_until(lambda: self.filled or self.response_type in (8, 9), timeout, f"an answer to {self}")
        assert self.original, f"answered by callback {self.response_type}, not by a message"
        return self.original

    async def followup(self, n: int = 1, timeout: float = 5.0) -> Message:
        """The n-th message after the answer."""
        await self.double.wait_until(lambda: len(self.followups) >= n, timeout, f"follow-up {n} to {self}")
        return self.followups[n - 1]

    def __repr__(self) -> str:
        return f"<Interaction type={self.type} of {self.user.name} response_type={self.response_type}>"


@dataclass(eq=False)
class Modal:
    """A form shown to one person; `fields` are its inputs, each with its `label`."""

    interaction: Interaction
    data: Json

    @property
    def title(self) -> str:
        return self.data["title"]

    @property
    def fields(self) -> list[Json]:
        found, label = [], None
        for _, part in walk(self.data["components"]):
            if part["type"] == 18:
                label = part["label"]
            elif part.get("custom_id"):
                found.append({"label": label, "required": True, **part})
        return found


class Person(User):
    """Somebody at a keyboard; every method is one thing done in the client."""

    double: DiscordDouble

    @property
    def dm_channel(self) -> Channel:
        return self.double.dm(self)

    def may(self, guild: Guild | None) -> int:
        return self.permissions.get(guild.id, self.everywhere) if guild else MEMBER_IN_DM

    def sees(self, channel: Channel | None = None) -> list[Message]:
        """The messages of a channel as this person sees them, ephemeral ones included."""
        channel = channel or self.double.channel
        return [m for m in channel.messages if m.only_for in (None, self)]

    async def say(self, channel: Channel, text: str, *, reply_to: Message | None = None) -> Message:
        message = self.double.world.message(channel, self, {"content": text}, reference=reply_to)
        self.double.announce("MESSAGE_CREATE", message)
        return message

    async def dm(self, text: str) -> Message:
        return await self.say(self.dm_channel, text)

    async def slash(self, command: str, options: Json | None = None, *, channel: Channel | None = None,
                    wait: bool = True) -> Interaction:  # fmt: skip
        """Run "explain" or "class language"; returns after the first answer or its deadline (at once if not `wait`)."""
        return await self._command(2, command, options or {}, None, channel, wait)

    async def autocomplete(self, command: str, option: str, text: str, options: Json | None = None, *,
                           channel: Channel | None = None) -> list[Json]:  # fmt: skip
        """Type into an option and return the choices offered."""
        i = await self._command(4, command, {**(options or {}), option: text}, option, channel, True)
        assert i.acked_at, f"no choices for {command} {option}"
        return i.choices

    async def _command(self, kind: int, text: str, values: Json, focused: str | None, channel: Channel | None,
                       wait: bool) -> Interaction:  # fmt: skip
        channel = channel or self.double.channel
        name, *path = text.split()
        scopes = [self.double.commands.get(channel.guild.id, [])] if channel.guild else []
        known = [c for scope in [*scopes, self.double.commands.get(None, [])] for c in scope if c["type"] == 1]
        command = next((c for c in known if c["name"] == name), None)
        if command is None:
            raise ClientRefused(f"there is no /{name} among {[c['name'] for c in known]}")
        needed = int(command["default_member_permissions"] or 0)
        if channel.guild and not self.may(channel.guild) & 8 and self.may(channel.guild) & needed != needed:
            raise ClientRefused(f"{self.name} may not use /{name}")
        if (0 if channel.guild else 1) not in (command.get("contexts") or (0, 1)):
            raise ClientRefused(f"/{name} is not offered here")
        node, chain = command, []
        for part in path:
            node = next((o for o in node.get("options") or [] if o["name"] == part and o["type"] in (1, 2)), None)
            if node is None:
                raise ClientRefused(f"/{text}: no subcommand {part}")
            chain.append(node)
        if any(o["type"] in (1, 2) for o in node.get("options") or []):
            raise ClientRefused(f"/{text} needs a subcommand")
        resolved: Json = {}
        data = self._options(node.get("options") or [], dict(values), focused, resolved, text)
        for part in reversed(chain):
            data = [{"type": part["type"], "name": part["name"], "options": data}]
        body = {"id": command["id"], "name": command["name"], "type": 1, "options": data}
        return await self._interact(kind, channel, body | ({"resolved": resolved} if resolved else {}), None, wait)

    def _options(self, specs: list[Json], values: Json, focused: str | None, resolved: Json, text: str) -> list[Json]:
        out = []
        for spec in specs:
            if spec["name"] not in values:
                if spec.get("required") and not focused:
                    raise ClientRefused(f"/{text}: {spec['name']} is required")
                continue
            value = values.pop(spec["name"])
            if isinstance(value, User):
                resolved.setdefault("users", {})[str(value.id)] = value.json()
                resolved.setdefault("members", {})[str(value.id)] = value.member(permissions=str(value.everywhere))
                value = str(value.id)
            elif isinstance(value, Channel):
                resolved.setdefault("channels", {})[str(value.id)] = {**value.json(), "permissions": "0"}
                value = str(value.id)
            kinds = {3: str, 4: int, 5: bool, 10: (int, float)}
            choices = spec.get("choices") or []
            size = len(value) if isinstance(value, str) else value
            low, high = ("min_length", "max_length") if spec["type"] == 3 else ("min_value", "max_value")
            if spec["name"] != focused and (
                not isinstance(value, kinds.get(spec["type"], str)) or (choices and value not in [c["value"] for c in choices])
                or not spec.get(low, size) <= size <= spec.get(high, 6000 if spec["type"] == 3 else size)
            ):  # fmt: skip
                raise ClientRefused(f"/{text}: {value!r} is no value for {spec['name']}")
            out.append({"type": spec["type"], "name": spec["name"], "value": value}
                       | ({"focused": True} if spec["name"] == focused else {}))  # fmt: skip
        if values:
            raise ClientRefused(f"/{text} has no option {sorted(values)}")
        return out

    async def click(self, message: Message, label: str | None = None, *, custom_id: str | None = None,
                    index: int | None = None, wait: bool = True) -> Interaction:  # fmt: skip
        """Press a button, named by its label (or emoji), custom id or position."""
        self._must_see(message)
        names = (label, custom_id)
        found = [b for n, b in enumerate(message.buttons) if n == index or (custom_id and b.get("custom_id") == custom_id)
                 or (label and label in (b.get("label"), (b.get("emoji") or {}).get("name")))]  # fmt: skip
        if not found:
            raise ClientRefused(f"no button {names} on {message}")
        return await self._use(message, found[0], {}, wait)

    async def select(self, message: Message, *wanted: str, custom_id: str | None = None, wait: bool = True) -> Interaction:
        """Choose options, by label or value, in the first select (or that with the custom id)."""
        self._must_see(message)
        menus = [c for c in message.components if c["type"] == 3 and custom_id in (None, c["custom_id"])]
        if not menus:
            raise ClientRefused(f"no select on {message}")
        return await self._use(message, menus[0], {"values": _pick(menus[0], wanted)}, wait)

    async def submit(self, modal: Modal, values: Json, *, wait: bool = True) -> Interaction:
        """Send a form; `values` by custom id or label, a list for selects."""
        left, filled = dict(values), {}
        for f in modal.fields:
            value = left.pop(f["custom_id"], None) or left.pop(f["label"], None) or f.get("value") or ""
            if f["required"] and value in ("", []):
                raise ClientRefused(f"{f['label']} is required")
            if f["type"] == 4 and value and not (f.get("min_length") or 0) <= len(value) <= (f.get("max_length") or 4000):
                raise ClientRefused(f"{f['label']}: {len(value)} characters")
            filled[f["custom_id"]] = value if f["type"] in (4, 21, 23) else _pick(f, [value] if isinstance(value, str) else value)
        if left:
            raise ClientRefused(f"no field {sorted(left)}")
        i = modal.interaction
        data = {"custom_id": modal.data["custom_id"], "components": _fill(modal.data["components"], filled)}
        return await self._interact(5, i.channel, data, i.message, wait)

    def _must_see(self, message: Message) -> None:
        if message.deleted or message.only_for not in (None, self) or message.flags & LOADING:
            raise ClientRefused(f"{self.name} does not see {message}")

    async def _use(self, message: Message, part: Json, extra: Json, wait: bool) -> Interaction:
        if part.get("disabled") or not part.get("custom_id"):
            raise ClientRefused(f"{part.get('label') or part.get('custom_id')} cannot be used")
        data = {"component_type": part["type"], "custom_id": part["custom_id"], "id": part["id"], **extra}
        return await self._interact(3, message.channel, data, message, wait)

    async def _interact(self, kind: int, channel: Channel, data: Json, message: Message | None, wait: bool) -> Interaction:
        d, guild, new = self.double, channel.guild, self.double.world.new_id()
        i = Interaction(d, new, f"token-{new}", kind, self, channel, message)
        d.interactions[i.token] = i
        payload: Json = {
            "id": str(new), "application_id": str(d.bot.id), "type": kind, "token": i.token, "version": 1, "data": data,
            "channel_id": str(channel.id), "channel": channel.json(), "locale": self.locale, "entitlements": [],
            "app_permissions": str(d.bot.everywhere), "authorizing_integration_owners": i.metadata()["authorizing_integration_owners"],
            "context": 0 if guild else 1, "attachment_size_limit": 10_485_760}  # fmt: skip
        if guild:
            payload |= {"guild_id": str(guild.id), "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                        "guild_locale": guild.locale,
                        "member": self.member(user=self.json(), permissions=str(self.may(guild)))}  # fmt: skip
        else:
            payload["user"] = self.json()
        if message:
            payload["message"] = message.data
        i.sent_at = time.monotonic()
        d.gateway.dispatch("INTERACTION_CREATE", payload, guild_id=guild.id if guild else None)
        if wait:
            await d.wait_until(lambda: i.acked_at is not None, d.answer_within, None)
        return i


def _pick(menu: Json, wanted: Any) -> list[str]:
    values = [o["value"] for w in wanted for o in menu["options"] if w in (o["label"], o["value"])]
    least = menu.get("min_values", 1)
    if len(values) != len(list(wanted)) or not least <= len(values) <= menu.get("max_values", 1):
        raise ClientRefused(f"{wanted} cannot be chosen in {menu['custom_id']}")
    return values


def _fill(components: list[Json], filled: Json) -> list[Json]:
    out = []
    for c in components:
        made = {"type": c["type"], "id": c.get("id", len(out) + 1)}
        if c.get("custom_id"):
            value = filled[c["custom_id"]]
            made |= {"custom_id": c["custom_id"], "values" if isinstance(value, list) else "value": value}
        if c.get("components"):
            made["components"] = _fill(c["components"], filled)
        if c.get("component"):
            made["component"] = _fill([c["component"]], filled)[0]
        out.append(made)
    return out


MEMBER_IN_DM = 0x7FFF_FFFF_FFFF & ~(0x8 | 0x20)
__all__ = ["EPHEMERAL", "ClientRefused", "Interaction", "Modal", "Person"]
