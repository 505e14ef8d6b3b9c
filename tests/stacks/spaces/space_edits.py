"""Edits of the space of every kind, past the API, and a transport that has one made while a run is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from every_kind_space import EGG, HEN, OBJECTS, link
from small_space import entry
from workbench import RecordingTransport

from stackferry.emulators.contentful.space import StoredFile

if TYPE_CHECKING:
    import httpx
    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space

LATER = "2030-05-05T08:00:00.000Z"
REQUESTS = 46  # of an export of that space, its files among them


def document_sys(environment: Environment, kind: str, uid: str) -> dict[str, Any]:
    """`sys` of a document, to be changed in place."""
    found: dict[str, Any] = getattr(environment, kind)[uid].sys
    return found


def save_entry(_: Space, environment: Environment) -> None:
    """A published entry is edited: from now on it has a live body of its own."""
    raw: Any = {**HEN, "fields": {"title": {"en-US": "Hen, by hand", "de": "Huhn"}}}
    raw["sys"] = {**HEN["sys"], "version": 7, "updatedAt": LATER}
    raw["sys"]["fieldStatus"] = {"*": {"en-US": "changed", "de": "published"}}
    environment.put_entry(raw, HEN, environment.entries["hen"].snapshots)


def publish_entry(_: Space, environment: Environment) -> None:
    """A changed entry is published: its live body is the current one from now on."""
    facts: Any = {"version": 6, "publishedVersion": 5, "publishedCounter": 2, "updatedAt": LATER}
    sys = {**EGG["sys"], **facts, "fieldStatus": {"*": {"en-US": "published"}}}
    environment.put_entry({**EGG, "sys": sys}, None, environment.entries["egg"].snapshots)


def make_entry(_: Space, environment: Environment) -> None:
    environment.put_entry(entry("new", {"title": "new"}, updatedAt=LATER))


def make_changed_entry(_: Space, environment: Environment) -> None:
    environment.put_entry(
        entry("new", {"title": "newer"}, 5, 2, updatedAt=LATER), entry("new", {"title": "new"}, 3, 2)
    )


def delete_entry(_: Space, environment: Environment) -> None:
    del environment.entries["egg"]
    environment.changed()


def replace_file(space: Space, environment: Environment) -> None:
    path = f"/{space.id}/of-picture.png/another-token/picture.png"
    space.files[path] = StoredFile(b"another picture", "image/png")
    body: Any = environment.assets["picture"].body
    file = {**body["fields"]["file"]["en-US"], "url": path, "details": {"size": 15}}
    fields = {**body["fields"], "file": {**body["fields"]["file"], "en-US": file}}
    environment.assets["picture"].body = {**body, "fields": fields}
    document_sys(environment, "assets", "picture").update(version=4, updatedAt=LATER)
    environment.changed()


def delete_asset(_: Space, environment: Environment) -> None:
    del environment.assets["sound"]
    environment.changed()


def edit_type(_: Space, environment: Environment) -> None:
    """A type becomes ahead of what is published of it, and its editor interface changes with it."""
    page = environment.content_types["page"]
    page.live, page.live_sys = page.body, dict(page.sys)
    page.body = {**page.body, "name": "Page, by hand"}
    page.sys = {**page.sys, "version": 4, "updatedAt": LATER}
    row: Any = environment.editor_interfaces["page"]
    environment.editor_interfaces["page"] = {**row, "sidebar": []}
    environment.changed()


def drop_field(_: Space, environment: Environment) -> None:
    """A field is taken out of a type: its values go from all entries, whose versions stay."""
    page = environment.content_types["page"]
    fields: Any = page.body["fields"]
    page.body = page.live = {**page.body, "fields": [one for one in fields if one["id"] != "slug"]}
    page.sys = {
        **page.sys,
        "version": page.version + 4,
        "publishedVersion": page.version + 3,
        "updatedAt": LATER,
    }
    page.live_sys = dict(page.sys)
    for one in environment.entries.values():
        one.body, one.live = _without_slug(one.body), one.live and _without_slug(one.live)
    environment.changed()


def _without_slug(body: Any) -> Any:
    return {**body, "fields": {name: value for name, value in body["fields"].items() if name != "slug"}}


def make_type(_: Space, environment: Environment) -> None:
    raw: Any = next(one for one in OBJECTS["content_types"] if one["sys"]["id"] == "sketch")
    environment.put_content_type({**raw, "sys": {**raw["sys"], "id": "another", "updatedAt": LATER}})
    interface: Any = environment.editor_interfaces["page"]
    of = {**interface["sys"], "contentType": link("ContentType", "another")}
    environment.put_editor_interface({**interface, "sys": of})


def edit_release(_: Space, environment: Environment) -> None:
    """An item more, with a body of its own."""
    release = environment.releases["campaign"]
    raw: Any = release.raw
    entities = {**raw["entities"], "items": raw["entities"]["items"][:-1]}
    release.raw = {**raw, "entities": entities, "sys": {**raw["sys"], "version": 2, "updatedAt": LATER}}
    release.entries.pop("chick")
    environment.changed()


def delete_release(_: Space, environment: Environment) -> None:
    del environment.releases["campaign"]
    environment.changed()


def make_release(_: Space, environment: Environment) -> None:
    raw: Any = OBJECTS["releases"][1]
    environment.put_release({**raw, "sys": {**raw["sys"], "id": "other", "updatedAt": LATER}})


EDITS = (
    *(save_entry, publish_entry, make_entry, make_changed_entry, delete_entry, replace_file, delete_asset),
    *(edit_type, drop_field, make_type, edit_release, delete_release, make_release),
)


def edit_after(bench: SpaceBench, number: int, edit: Any) -> RecordingTransport:
    """A transport that has the edit made after the `number`-th request."""

    def hook(transport: RecordingTransport, _: httpx.Request, done: bool) -> None:
        if done and transport.sent == number and edit is not None:
            edit(bench.source, bench.source.master)
            transport.hook = None

    return RecordingTransport(bench.emulator, hook)
