"""Which webhook events the requests of a plan cause, and how many of them the target's webhooks listen to. Pure.

Guide: "Webhook Events". It says nothing of locales, environments, extensions, labels, roles, workflows, metadata and
releases that are made, of names of versions, of publishing a taxonomy, and of terms that come with their taxonomy in
one file, nor of what comes back from the trash: these count as no event. What is scheduled has its event later.
"""

from __future__ import annotations

from collections import Counter
from itertools import product, repeat
from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_list, as_object, objects, text, texts
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.importing.held_webhooks import listening
from stackferry.providers.contentstack.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.contentstack.importing.described.requests import Sent
    from stackferry.providers.identities import Memory
    from stackferry.providers.target import ImportContext

_TYPES = ("content_types", "global_fields")
_VERBS = {"POST": "create", "PUT": "update", "DELETE": "delete"}


class Part(NamedTuple):
    """A part of an event's name: a collection, what is shown of the thing in it, and all names that a channel may have.

    A channel has each part with one of these names or without any.
    """

    collection: str
    shown: str = ""
    names: tuple[str, ...] = ()


class Event(NamedTuple):
    """One event, and the ends that its name may have in a channel; the first is the one that is shown."""

    parts: tuple[Part, ...]
    ends: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ".".join(name for part in self.parts for name in part[:2] if name) + (
            f".{self.ends[0]}" if self.ends else ""
        )

    def spellings(self) -> Iterator[str]:
        """Every channel that is met by it."""
        ways = [["", *(f".{name}" for name in part.names if name)] for part in self.parts]
        for names in product(*ways):
            start = ".".join(f"{part.collection}{name}" for part, name in zip(self.parts, names, strict=True))
            yield from (f"{start}.{end}" for end in self.ends) if self.ends else (start,)


class WebhookEvents:
    """The events of one import, counted for the webhooks that listen to them."""

    def __init__(self, context: ImportContext, memory: Memory) -> None:
        self._context, self._memory = context, memory
        hooks = () if write_options(context.options).hold_webhooks else listening(context)
        self._channels = [frozenset(texts(as_list(row.get("channels")))) for row in hooks]
        rows = context.target.objects(Stream("environments"))
        self._environments = {text(row.get("name")): text(row.get("uid")) for row in rows}
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, sent: Sent, rows: Iterable[JsonObject]) -> None:
        """Count what one request causes; `rows` are the objects that it is about."""
        for event in self._of(kind, sent, [*rows]) if self._channels else ():
            spellings = {*event.spellings()}
            heard = sum(not spellings.isdisjoint(channels) for channels in self._channels)
            if heard:
                self.counts[event.name] += heard

    def _of(self, kind: str, sent: Sent, rows: list[JsonObject]) -> Iterator[Event]:
        if any("scheduled_at" in row for row in rows) or sent.ends in ("restore", "name"):
            return
        if sent.ends in ("publish", "unpublish"):
            yield from self._published(sent, rows)
        elif kind == "workflow_stages":
            yield from (self._moved(row) for row in rows)
        elif sent.ends == "deploy":
            yield from self._deployed(sent)
        elif sent.is_entry:
            for row in rows:  # a deletion is told for each language
                yield from repeat(self._entry(sent, row), len(as_list(row.get("locales"))) or 1)
        else:
            yield from self._object(sent, rows)

    def _object(self, sent: Sent, rows: list[JsonObject]) -> Iterator[Event]:
        if sent.path[0] == "assets" and sent.path[1:2] != ["folders"]:
            yield Event((Part("assets", "", (sent.uid,)),), (_VERBS[sent.request.method],))
        elif sent.path[0] in _TYPES:
            (row,) = rows
            uid = text(row.get("uid")) or sent.uid
            yield Event((Part(sent.path[0], uid, (uid,)),), (_VERBS[sent.request.method],))
        elif sent.path[0] == "taxonomies":
            yield self._taxonomy(sent, rows[0])

    def _entry(self, sent: Sent, row: JsonObject) -> Event:
        parts = _entry_parts(sent.content_type, sent.uid)
        if sent.path[4:5] == ["variants"]:
            return Event(
                (*parts, Part("variants", "", (sent.ends,))), ("create" if row.get("is_new") else "update",)
            )
        is_new = sent.request.method == "POST" and not (sent.uid and sent.ends == "import")
        return Event(
            parts, ("create" if is_new else _VERBS.get(sent.request.method.replace("POST", "PUT"), ""),)
        )

    def _taxonomy(self, sent: Sent, row: JsonObject) -> Event:
        taxonomy = text(row.get("taxonomy")) or text(row.get("uid"))
        parts: tuple[Part, ...] = (Part("taxonomies", taxonomy, (taxonomy,)),)
        if sent.path[2:3] == ["terms"]:
            uid = sent.path[3] if len(sent.path) > 3 else text(sent.under("term").get("uid"))
            parts = (*parts, Part("terms", "", (uid,)))
        if sent.locale:
            return Event(parts, ("localize" if sent.request.method == "POST" else "update",))
        is_new_term = sent.request.method == "POST" and len(parts) > 1
        return Event(parts, ("create", "created") if is_new_term else (_VERBS[sent.request.method],))

    def _published(self, sent: Sent, rows: list[JsonObject]) -> Iterator[Event]:
        shown = [row for row in rows if row.get("of") in ("entries", "assets")]
        for row in shown:
            is_variant = bool(text(row.get("variant")))
            yield from self._shown(
                _shown_parts(row), sent.ends, text(row["environment"]), is_variant=is_variant
            )
        if sent.path[0] == "bulk":
            for name in dict.fromkeys(text(row["environment"]) for row in shown):
                yield Event((Part("jobs"), self._environment(name)), (f"{sent.ends}.completed",))

    def _shown(
        self, parts: tuple[Part, ...], action: str, environment: str, *, is_variant: bool = False
    ) -> Iterator[Event]:
        if not is_variant:
            yield Event(parts, (action,))
        yield Event((*parts, self._environment(environment)), (f"{action}.success",))

    def _moved(self, row: JsonObject) -> Event:
        stage = text(row.get("stage"))
        own = self._workflow_of(stage)
        parts = _entry_parts(text(row.get("content_type")), text(row.get("target")))
        return Event((*parts, Part("workflows", "", (own, f"{own}.{stage}") if own else ())))

    def _workflow_of(self, stage: str) -> str:
        for row in self._context.target.objects(Stream("workflows")):
            if stage and any(one.get("uid") == stage for one in objects(row.get("workflow_stages"))):
                return text(row.get("uid"))
        return ""

    def _deployed(self, sent: Sent) -> Iterator[Event]:
        """A release's own events, and those of its items."""
        source = self._memory.source("releases", sent.uid) or ""
        rows = self._context.source.objects(Stream("release_items"))
        items = [as_object(row.get("item")) for row in rows if row.get("release") == source]
        for name in texts(as_list(sent.under("release").get("environments"))):
            for item in items:
                yield from self._deployed_item(item, name)
            where = (Part("releases", "", (sent.uid,)), self._environment(name))
            yield Event(where, ("deploy",))
            yield Event(where, ("deploy.success",))

    def _deployed_item(self, item: JsonObject, environment: str) -> Iterator[Event]:
        kind, uid = text(item.get("content_type_uid")), text(item.get("uid"))
        is_asset = kind in ASSET_TYPES
        target = self._memory.target("assets" if is_asset else "entries", uid) or ""
        parts = (Part("assets", "", (target,)),) if is_asset else _entry_parts(kind, target)
        variant = self._memory.target("variants", text(item.get("variant_id"))) or ""
        parts = (*parts, Part("variants", "", (variant,))) if item.get("variant_id") else parts
        action = text(item.get("action")) or "publish"
        yield from self._shown(parts, action, environment, is_variant=bool(item.get("variant_id")))

    def _environment(self, name: str) -> Part:
        """The pages name an environment by its uid or its name."""
        return Part("environments", name, (name, self._environments.get(name, "")))


def _entry_parts(content_type: str, uid: str) -> tuple[Part, ...]:
    return Part("content_types", content_type, (content_type,)), Part("entries", "", (uid,))


def _shown_parts(row: JsonObject) -> tuple[Part, ...]:
    """What a row of a publish request is about: an entry or an asset, and a variant of the entry."""
    uid, variant = text(row.get("target")), text(row.get("variant"))
    is_entry = row["of"] == "entries"
    parts = _entry_parts(text(row.get("content_type")), uid) if is_entry else (Part("assets", "", (uid,)),)
    return (*parts, Part("variants", "", (variant,))) if variant else parts
