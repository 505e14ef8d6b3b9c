"""What the request of a write is about: its path taken apart, and a row for each object that it touches. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import unquote

from stackferry.json_values import as_list, as_object, integer, objects, text, texts
from stackferry.providers.contentstack.requests.build import API, sent_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject, Request

ASSET_NAMES = ("built_io_upload", "sys_assets")


@dataclass(frozen=True)
class Sent:
    """A request taken apart."""

    request: Request
    path: list[str] = field(init=False)

    def __post_init__(self) -> None:
        segments = self.request.path.removeprefix(f"{API}/").split("/")
        object.__setattr__(self, "path", [unquote(one) for one in segments])

    @cached_property
    def body(self) -> JsonObject:
        return sent_body(self.request)

    @property
    def ends(self) -> str:
        return self.path[-1]

    @property
    def locale(self) -> str:
        return dict(self.request.params).get("locale", "")

    @property
    def version(self) -> int:
        """The version that a read asks for; 0: the latest."""
        return int(dict(self.request.params).get("version") or 0)

    def under(self, name: str) -> JsonObject:
        return as_object(self.body.get(name))

    @property
    def is_entry(self) -> bool:
        return self.path[0] == "content_types" and self.path[2:3] == ["entries"]

    @property
    def is_folder(self) -> bool:
        return self.path[:2] == ["assets", "folders"]

    @property
    def content_type(self) -> str:
        return self.path[1] if self.is_entry else ""

    @property
    def uid(self) -> str:
        """The target's uid of the entry, asset or other object in the path; empty where the request makes one."""
        at = 3 if self.is_entry else 2 if self.is_folder else 1
        return self.path[at] if len(self.path) > at and self.path[at] != "import" else ""


def published(sent: Sent) -> Iterator[JsonObject]:
    """A row for each object, language and environment that a publishing call names."""
    body, shared = sent.body, {}
    if at := text(body.get("scheduled_at")):
        shared = {"scheduled": sent.ends, "scheduled_at": at}
    where, members = _shown(sent, body)
    # A call for an asset may name no language: it is shown in all.
    locales = texts(as_list(where.get("locales"))) or [text(body.get("locale"))]
    for member, locale, environment in product(members, locales, texts(as_list(where.get("environments")))):
        yield {**member, "locale": locale, "environment": environment, **shared}


def _shown(sent: Sent, body: JsonObject) -> tuple[JsonObject, list[JsonObject]]:
    """What names the places of a publishing call, and a row for each object."""
    if sent.path[0] == "bulk":
        return body, [*_members(body, "entries"), *_members(body, "assets")]
    if sent.path[0] == "taxonomies":
        return body, [{"kind": "taxonomies", "target": one} for one in _uids(body.get("items"))]
    if sent.path[0] == "metadata":
        return sent.under("metadata"), [{"kind": "metadata", "target": sent.uid}]
    where = sent.under("entry" if sent.is_entry else "asset")
    single = _single(sent, body)
    if variants := objects(where.get("variants")):
        return where, [{**single, "variant": text(one.get("uid"))} for one in variants]
    return where, [single]


def _single(sent: Sent, body: JsonObject) -> JsonObject:
    kind = {"kind": "entries", "content_type": sent.content_type} if sent.is_entry else {"kind": "assets"}
    return {**kind, "target": sent.uid, **_version(body)}


def _members(body: JsonObject, kind: str) -> Iterator[JsonObject]:
    for one in objects(body.get(kind)):
        named = {"content_type": text(one["content_type"])} if "content_type" in one else {}
        yield {"kind": kind, **named, "target": text(one.get("uid")), **_version(one)}


def _version(row: JsonObject) -> JsonObject:
    version = integer(row.get("version"))
    return {"version": version} if version else {}


def _uids(rows: Json) -> list[str]:
    return [text(one.get("uid")) for one in objects(rows)]


def release_items(sent: Sent) -> Iterator[JsonObject]:
    """A row for each item of a release that a call adds or takes away."""
    for item in objects(sent.body.get("items")):
        content_type = text(item.get("content_type_uid"))
        row: JsonObject = {"kind": "release_items", "release": sent.uid, "target": text(item.get("uid"))}
        row |= {} if content_type in ASSET_NAMES else {"content_type": content_type}
        for name, key in (("locale", "locale"), ("variant", "variant_id"), ("when_deployed", "action")):
            if value := text(item.get(key)):
                row[name] = value
        yield {**row, **_version(item)}


def moved(sent: Sent) -> Iterator[JsonObject]:
    """A row for each entry that a bulk call moves into a stage."""
    workflow = sent.under("workflow") or sent.body
    stage = text(as_object(workflow.get("workflow_stage")).get("uid"))
    for one in objects(sent.body.get("entries")):
        yield {
            "kind": "workflow_stages",
            "content_type": text(one.get("content_type")),
            "target": text(one.get("uid")),
            "locale": text(one.get("locale")),
            "stage": stage,
        }
