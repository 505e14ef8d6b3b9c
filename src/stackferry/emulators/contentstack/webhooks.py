"""The events that webhooks are sent. Guide: Webhook Events.

Nothing is sent anywhere: what an enabled webhook would get is added to `Stack.webhook_events`. A channel names what an
event is about, each part with or without its uid: `content_types.page.entries.update` is met by the update of any entry
of that type. Many channels of a webhook may be met by one event: it is sent once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.values import text_items
from stackferry.json_values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject


class WebhookEvent(NamedTuple):
    """One event that a webhook was sent: its full name, and the uid of the object that it is about."""

    webhook: str
    event: str
    uid: str


class Part(NamedTuple):
    """A part of an event's name: a collection, and the thing in it by uid, or by any of several names."""

    collection: str
    uid: str = ""
    name: str = ""

    @property
    def pattern(self) -> str:
        names = "|".join(re.escape(one) for one in (self.uid, self.name) if one)
        return self.collection + (rf"(\.({names}))?" if names else "")


def entry_parts(content_type: str, uid: str, variant: str | None = None) -> list[Part]:
    """An entry, or a variant of one."""
    parts = [Part("content_types", content_type), Part("entries", uid)]
    return parts if variant is None else [*parts, Part("variants", variant)]


def environment_part(call: Call, uid: str) -> Part:
    """The pages name an environment by its uid or its name."""
    return Part("environments", uid, text(call.stack.environments.get(uid, {}).get("name")))


def fire(call: Call, parts: list[Part], action: str, *synonyms: str) -> None:
    """An event for all webhooks that listen to it. It is about the first part from behind that has a uid."""
    if not call.stack.webhooks:
        return
    actions = "|".join(re.escape(one) for one in (action, *synonyms))
    pattern = re.compile(r"\.".join(part.pattern for part in parts) + (rf"\.({actions})" if action else ""))
    names = [name for part in parts for name in (part.collection, part.uid) if name]
    event = ".".join([*names, action] if action else names)
    thing = _thing(parts)
    for webhook in call.stack.webhooks.values():
        if _listens(call, webhook, pattern):
            call.stack.webhook_events.append(WebhookEvent(text(webhook.get("uid")), event, thing))


def _thing(parts: list[Part]) -> str:
    """The uid that an event is about; empty where it is about none."""
    things = [part.uid for part in parts if part.uid and part.collection not in ("environments", "workflows")]
    return things[-1] if things else ""


def _listens(call: Call, webhook: JsonObject, pattern: re.Pattern[str]) -> bool:
    branches = text_items(webhook.get("branches")) or ["$all"]
    is_on = webhook.get("disabled") is not True and ("$all" in branches or call.branch.uid in branches)
    return is_on and any(pattern.fullmatch(channel) for channel in text_items(webhook.get("channels")))


def fire_published(call: Call, parts: list[Part], action: str, environment: str, *, failed: bool) -> None:
    """What one item in one environment gives when it is published or unpublished, or cannot be."""
    end = "fail" if failed else "success"
    if parts[-1].collection != "variants":
        fire(call, parts, f"{action}.fail" if failed else action)
    fire(call, [*parts, environment_part(call, environment)], f"{action}.{end}")
