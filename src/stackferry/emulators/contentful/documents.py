"""Entries, assets and content types: what is edited, what is live of it, and how one state becomes another.

A document's `sys` holds what the service stores there; what it derives (space, environment, urn, `fieldStatus`) is
added by `shown`. A stored body is never changed in place: clones of an environment share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackferry.emulators.contentful.api_errors import bad_request
from stackferry.emulators.values import integer_or
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import Json, JsonObject

State = Literal["draft", "published", "changed", "archived"]


@dataclass(slots=True)
class Stamp:
    """Who does something, and when."""

    user: str
    time: str

    def by(self) -> Json:
        return link("User", self.user)


@dataclass(slots=True)
class Document:
    """An entry, an asset or a content type. `body` is all of it but `sys`."""

    sys: JsonObject
    body: JsonObject
    live: JsonObject | None = None  # the body that is published, with the values of live locales only
    live_sys: JsonObject = field(default_factory=dict)  # `sys` right after that publish
    live_locales: frozenset[str] = frozenset()  # of entries and assets
    snapshots: list[JsonObject] = field(default_factory=list)  # oldest first

    @property
    def id(self) -> str:
        return str(self.sys["id"])

    @property
    def version(self) -> int:
        return integer_or(self.sys.get("version"), 1)

    @property
    def state(self) -> State:
        """The state of the whole document, as its version numbers tell it."""
        if "archivedVersion" in self.sys:
            return "archived"
        if "publishedVersion" not in self.sys:
            return "draft"
        published = integer_or(self.sys["publishedVersion"])
        return "changed" if self.version > published + 1 else "published"

    def fork(self) -> Document:
        """The same document in another environment."""
        sys, live_sys, snapshots = dict(self.sys), dict(self.live_sys), list(self.snapshots)
        return Document(sys, self.body, self.live, live_sys, self.live_locales, snapshots)


def link(kind: str, uid: str) -> JsonObject:
    return {"sys": {"type": "Link", "linkType": kind, "id": uid}}


def new_document(kind: str, uid: str, body: JsonObject, stamp: Stamp) -> Document:
    """A draft of version 1."""
    sys: JsonObject = {
        "type": kind,
        "id": uid,
        "version": 1,
        "createdAt": stamp.time,
        "createdBy": stamp.by(),
        "updatedAt": stamp.time,
        "updatedBy": stamp.by(),
        "publishedCounter": 0,
    }
    return Document(sys, body)


def write(document: Document, body: JsonObject, stamp: Stamp) -> None:
    """Replace the body. Raises 400 for an archived document."""
    if document.state == "archived":
        raise bad_request("Cannot edit archived")
    document.body = body
    _bump(document, stamp)


def _bump(document: Document, stamp: Stamp) -> None:
    document.sys["version"] = document.version + 1
    document.sys |= {"updatedAt": stamp.time, "updatedBy": stamp.by()}


def publish(document: Document, live: JsonObject, locales: Iterable[str], stamp: Stamp) -> None:
    """Make a body live, of these locales. Raises 400 for an archived document."""
    if document.state == "archived":
        raise bad_request("Cannot publish archived")
    before = document.version
    _bump(document, stamp)
    document.sys |= {
        "publishedVersion": before,
        "publishedAt": stamp.time,
        "publishedBy": stamp.by(),
        "publishedCounter": integer_or(document.sys.get("publishedCounter")) + 1,
    }
    document.sys.setdefault("firstPublishedAt", stamp.time)
    document.live, document.live_sys = live, dict(document.sys)
    document.live_locales = frozenset(locales)


def unpublish(document: Document, stamp: Stamp) -> None:
    """Take a document down as a whole. Raises 400 for one that is not live."""
    if document.state not in ("published", "changed"):
        raise bad_request("Not published")
    for name in ("publishedVersion", "publishedAt", "publishedBy"):
        document.sys.pop(name, None)
    _bump(document, stamp)
    document.live, document.live_sys, document.live_locales = None, {}, frozenset()


def archive(document: Document, stamp: Stamp) -> None:
    """Put a draft away. Raises 400 for what is live, or archived."""
    if document.state != "draft":
        raise bad_request(f"Cannot archive {'archived' if document.state == 'archived' else 'published'}")
    before = document.version
    _bump(document, stamp)
    document.sys |= {"archivedVersion": before, "archivedAt": stamp.time, "archivedBy": stamp.by()}


def unarchive(document: Document, stamp: Stamp) -> None:
    """Make a draft of an archived document. Raises 400 for another."""
    if document.state != "archived":
        raise bad_request("Not archived")
    for name in ("archivedVersion", "archivedAt", "archivedBy"):
        document.sys.pop(name, None)
    _bump(document, stamp)


def check_deletable(document: Document) -> None:
    """Raises 400 for what is live."""
    if document.state in ("published", "changed"):
        raise bad_request("Cannot delete published")


def live_fields(document: Document, locales: Iterable[str]) -> JsonObject:
    """The fields with the values of these locales from the document's body, of others from what is live."""
    chosen = set(locales)
    kept = document.live_locales - chosen
    fields: JsonObject = {}
    for source, codes in ((as_object(document.live), kept), (document.body, chosen)):
        for name, values in as_object(source.get("fields")).items():
            for code, value in as_object(values).items():
                if code in codes:
                    as_object(fields.setdefault(name, {}))[code] = value
    return _in_order_of(as_object(document.body.get("fields")), fields)


def _in_order_of(order: JsonObject, fields: JsonObject) -> JsonObject:
    """The fields in this order, then those that it does not have."""
    names = (*order, *(name for name in fields if name not in order))
    return {name: fields[name] for name in names if name in fields}


def values_of(body: JsonObject | None, code: str) -> JsonObject:
    """The value of each field that has one in a locale."""
    fields = as_object(as_object(body).get("fields"))
    return {name: as_object(values)[code] for name, values in fields.items() if code in as_object(values)}


def status_of(document: Document, code: str, *, by_version: bool) -> str:
    """draft, published or changed: the state of one locale."""
    if code not in document.live_locales:
        return "draft"
    if by_version:
        return document.state
    differs = values_of(document.body, code) != values_of(document.live, code)
    return "changed" if differs else "published"
