"""Requests about releases of both generations, their actions, and the bodies that a Timeline release holds.

API page: "Timeline releases". Paths that it does not name, and the take-down of a release, as the vendor's own client
sends them. What is given goes out unchanged; nothing is checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful.requests.build import PATCH_TYPE, get, segment, write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.contentful.requests.build import Pairs, Root

TIMELINE: Final = "Release.v2"  # without this schema version the service makes a Launch release
RELEASE_ITEMS: Final = 200  # "a release cannot contain more than 200 entities in total"
CONTENT_TYPE: Final = "x-contentful-content-type"


def is_timeline(release: JsonObject) -> bool:
    """Whether it is a Timeline release; else it is a Launch release."""
    sys = release.get("sys")
    return isinstance(sys, dict) and sys.get("schemaVersion") == TIMELINE


def link(link_type: str, uid: str) -> JsonObject:
    """A link to an "Entry" or an "Asset". An item of a Launch release is one."""
    return {"sys": {"type": "Link", "linkType": link_type, "id": uid}}


def timeline_item(entity: JsonObject, action: str) -> JsonObject:
    """An item of a Timeline release: "publish" or "unpublish" an entity in all its locales."""
    return {"entity": entity, "action": action}


def locale_item(entity: JsonObject, add: Iterable[str], remove: Iterable[str]) -> JsonObject:
    """An item of a Timeline release: publish these locales and take those down.

    Every locale of the environment must be in exactly one of the two.
    """
    published: list[Json] = [*add]
    taken_down: list[Json] = [*remove]
    return {
        "entity": entity,
        "add": {"fields": {"*": published}},
        "remove": {"fields": {"*": taken_down}},
    }


def split_locales(
    add: Collection[str], remove: Collection[str], codes: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Which of today's locales an item publishes and which it takes down, that was made with others.

    An item that publishes all of its locales means the whole entity, also in a locale that came later. One that
    publishes some of them says nothing of a later one: that is not published.
    """
    known = [*codes]
    published = known if add and not remove else [code for code in known if code in add]
    return published, [code for code in known if code not in published]


def release_body(
    title: str, items: Iterable[JsonObject], *, timeline: bool, more: JsonObject | None = None
) -> JsonObject:
    """The whole of a release as it is written; `more`: what else it holds, such as its `metadata`."""
    rows: list[Json] = [*items]
    schema: JsonObject = {"sys": {"type": "Release", "schemaVersion": TIMELINE}} if timeline else {}
    return {**schema, "title": title, "entities": {"sys": {"type": "Array"}, "items": rows}, **(more or {})}


def release_path(root: Root, uid: str, *parts: str) -> str:
    """The path of a release, or of what lies below it."""
    return root.in_environment("/".join(["/releases", segment(uid), *parts]))


def list_releases(root: Root, params: Pairs = ()) -> Request:
    """A page of the releases. The next one is at `pages.next` of the answer."""
    return get(root.in_environment("/releases"), *params)


def get_release(root: Root, uid: str) -> Request:
    return get(release_path(root, uid))


def create_release(root: Root, body: JsonObject) -> Request:
    """A new release, whose id the service chooses."""
    return write("POST", root.in_environment("/releases"), body)


def update_release(root: Root, uid: str, body: JsonObject, version: int | None) -> Request:
    """A release's whole content: what the body leaves out is gone."""
    return write("PUT", release_path(root, uid), body, version=version)


def delete_release(root: Root, uid: str) -> Request:
    """Delete a release and its actions. The answer is empty."""
    return write("DELETE", release_path(root, uid))


def validate_release(root: Root, uid: str, action: str | None = None) -> Request:
    """Begin an action that validates a release, as for this action ("publish" or "unpublish")."""
    body: JsonObject | None = {"action": action} if action is not None else None
    return write("POST", release_path(root, uid, "validate"), body)


def publish_release(root: Root, uid: str, version: int | None) -> Request:
    """Begin an action that carries a release out."""
    return write("PUT", release_path(root, uid, "published"), version=version)


def unpublish_release(root: Root, uid: str, version: int | None) -> Request:
    """Begin an action that takes down what a Launch release holds."""
    return write("DELETE", release_path(root, uid, "published"), version=version)


def archive_release(root: Root, uid: str, version: int | None) -> Request:
    return write("PUT", release_path(root, uid, "archived"), version=version)


def unarchive_release(root: Root, uid: str, version: int | None) -> Request:
    return write("DELETE", release_path(root, uid, "archived"), version=version)


def list_actions(root: Root, params: Pairs = ()) -> Request:
    """A page of the actions of all releases, or of those that a filter names."""
    return get(root.in_environment("/release_actions"), *params)


def get_action(root: Root, release: str, action: str) -> Request:
    return get(release_path(root, release, "actions", segment(action)))


def list_scoped(root: Root, release: str, kind: str, params: Pairs = ()) -> Request:
    """A page of the `kind` ("entries" or "assets") as a Timeline release holds them."""
    return get(release_path(root, release, kind), *params)


def get_scoped(root: Root, release: str, kind: str, uid: str) -> Request:
    return get(release_path(root, release, kind, segment(uid)))


def put_scoped(
    root: Root,
    release: str,
    kind: str,
    uid: str,
    body: JsonObject,
    *,
    version: int | None,
    content_type: str = "",
) -> Request:
    """The whole body of an entity in a Timeline release.

    `version` is that of the release's own copy. Without one the entity is new: it exists in the release alone, and an
    entry names its content type.
    """
    headers = ((CONTENT_TYPE, content_type),) if content_type else ()
    return write(
        "PUT", release_path(root, release, kind, segment(uid)), body, version=version, headers=headers
    )


def process_scoped(root: Root, release: str, asset: str, locale: str, version: int) -> Request:
    """Ask for the upload of one locale to become the file of an asset in a release. The answer is empty."""
    path = release_path(root, release, "assets", segment(asset), "files", segment(locale), "process")
    return write("PUT", path, version=version)


def create_scoped(
    root: Root, release: str, kind: str, body: JsonObject, *, content_type: str = ""
) -> Request:
    """A new entity in a Timeline release alone, whose id the service chooses."""
    headers = ((CONTENT_TYPE, content_type),) if content_type else ()
    return write("POST", release_path(root, release, kind), body, headers=headers)


def patch_scoped(
    root: Root, release: str, kind: str, uid: str, operations: Sequence[JsonObject], *, version: int | None
) -> Request:
    """A JSON Patch of an entity in a Timeline release. It cannot add below a field that is not set."""
    return write(
        "PATCH",
        release_path(root, release, kind, segment(uid)),
        [*operations],
        version=version,
        media_type=PATCH_TYPE,
    )
