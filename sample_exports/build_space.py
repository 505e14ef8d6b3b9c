"""Makes `harbour-space/`, the sample snapshot of a Contentful space: the same bytes on every run.

    python sample_exports/build_space.py       # from the repository, with stackferry installed

An emulated space is filled through the API, call by call, as its editors would have done it over some weeks, and is
then exported with every version. Two things are fixed that a service chooses freely: its clock, which moves on with
every look at it, and its ids, which are digests of their numbers.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

sys.path.insert(0, str(Path(__file__).parent))
import space_content
import space_model
from replace_sample import replace_sample

from stackferry.core.rates import Rates
from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.emulators.contentful import Emulator
from stackferry.emulators.contentful.seed.api import Api
from stackferry.io.http.session import open_session
from stackferry.json_values import as_object, integer, objects
from stackferry.model import Place, Secret
from stackferry.providers.contentful.options import ContentfulReadOptions
from stackferry.providers.contentful.system import Contentful

if TYPE_CHECKING:
    from stackferry.model import JsonObject

NAME = "harbour-space"
HOST = "cms.harbour-guide.example"
FILES = "images.ctfassets.net"  # the host of a real space's files; no request goes there
TOKEN = "CFPAT-invented-token"  # noqa: S105 - invented, and valid only here
ORGANIZATION = "harbour-town"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass
class Clock:
    """A clock that moves on by eleven minutes whenever somebody looks at it."""

    now: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=11)
        return self.now


class SampleService(Emulator):
    """The emulator, with ids that are digests of their numbers."""

    drawn = 0

    def _digest(self) -> bytes:
        self.drawn += 1
        return hashlib.sha256(f"{NAME} {self.drawn}".encode()).digest()

    def new_id(self) -> str:
        return "".join(LETTERS[byte % len(LETTERS)] for byte in self._digest()[:22])

    def new_token(self) -> str:
        return self._digest().hex()[:32]


def save(api: Api, path: str, body: JsonObject, **headers: str) -> int:
    """Make an object or write it again; its version then."""
    held = api.service.spaces[NAME].master
    kind, uid = path.strip("/").split("/")
    known = uid in getattr(held, kind)
    made = api.put(path, body, api.version(path) if known else None, **({} if known else headers))
    return integer(as_object(made["sys"]).get("version")) or 0


def create_model(api: Api) -> None:
    """Locales, tags, the organization's taxonomy, content types."""
    for locale in space_model.LOCALES:
        api.post("/locales", {**locale})
    for uid, name, visibility in space_model.TAGS:
        sys_: JsonObject = {"id": uid, "type": "Tag", "visibility": visibility}
        api.put(f"/tags/{uid}", {"name": name, "sys": sys_}, x_contentful_tag_visibility=visibility)
    taxonomy = f"/organizations/{ORGANIZATION}/taxonomy"
    for uid, about in space_model.CONCEPTS:
        api.put(f"{taxonomy}/concepts/{uid}", {**about})
    uid, about = space_model.SCHEME
    api.put(f"{taxonomy}/concept-schemes/{uid}", {**about})
    for uid, one in space_model.TYPES.items():
        path = f"/content_types/{uid}"
        save(api, path, {**one})
        if uid != space_model.UNPUBLISHED:
            api.publish(path)
    _change_types(api)
    _editor_interface(api)


def _change_types(api: Api) -> None:
    """Events have a field for a while, and lose it in two publishes; notices get one that is not published."""
    path, event = "/content_types/event", space_model.TYPES["event"]
    with_sponsor = [*event["fields"], space_model.SPONSOR]
    without = [*event["fields"], {**space_model.SPONSOR, "omitted": True}]
    for fields in (with_sponsor, without, event["fields"]):
        save(api, path, {**event, "fields": fields})
        api.publish(path)
    notice = space_model.TYPES["notice"]
    save(api, "/content_types/notice", {**notice, "fields": [*notice["fields"], space_model.URGENT]})


def _editor_interface(api: Api) -> None:
    path = "/content_types/place/editor_interface"
    face = api.get(path)
    helped = [
        {
            **row,
            "widgetId": "singleLine",
            "widgetNamespace": "builtin",
            "settings": {"helpText": space_model.HELP},
        }
        if row["fieldId"] == "name"
        else row
        for row in objects(face["controls"])
    ]
    body: JsonObject = {**face, "controls": [*helped], "sidebar": [*space_model.SIDEBAR]}
    api.put(path, body, integer(as_object(face["sys"])["version"]))


def _upload(api: Api, file: space_content.File) -> JsonObject:
    upload: JsonObject = {"sys": {"type": "Link", "linkType": "Upload", "id": api.upload(file.data)}}
    return {"fileName": file.name, "contentType": file.kind, "uploadFrom": upload}


def _process(api: Api, path: str, codes: list[str]) -> None:
    for code in codes:
        api.send("PUT", f"{path}/files/{code}/process", None, api.version(path))


def upload_assets(api: Api) -> None:
    """Assets in every state; the file of one is replaced after it was published."""
    for uid, one in space_content.ASSETS.items():
        path = f"/assets/{uid}"
        files: JsonObject = {code: _upload(api, file) for code, file in one.files.items()}
        tags = [space_model.link("Tag", tag) for tag in one.tags]
        save(api, path, {"metadata": {"tags": [*tags]}, "fields": {"title": {**one.title}, "file": files}})
        _process(api, path, [*one.files])
    for uid in space_content.PUBLISHED_ASSETS:
        api.publish(f"/assets/{uid}")
    path = f"/assets/{space_content.ARCHIVED_ASSET}"
    api.put(f"{path}/archived", None, api.version(path))
    path, code = "/assets/lighthouse", space_model.DEFAULT
    held = api.get(path)
    fields: JsonObject = {
        **as_object(held["fields"]),
        "file": {code: _upload(api, space_content.NEW_LIGHTHOUSE)},
    }
    save(api, path, {"metadata": held["metadata"], "fields": fields})
    _process(api, path, [code])


def write(api: Api) -> None:
    """Every version of every entry, and what became of it."""
    for step in space_content.STEPS:
        path = f"/entries/{step.uid}"
        if step.fields is not None:
            save(api, path, step.body(), x_contentful_content_type=step.kind)
        if step.action == "publish":
            some: JsonObject = {"add": {"fields": {"*": [*(step.locales or ())]}}}
            api.publish(path, some if step.locales else None)
        elif step.action == "unpublish":
            api.send("DELETE", f"{path}/published", None, api.version(path))
        elif step.action == "archive":
            api.put(f"{path}/archived", None, api.version(path))


def release(api: Api) -> None:
    """Releases of both generations, and a schedule."""
    made = {
        title: _release(api, title, items, "Release.v2") for title, items in space_content.TIMELINE.items()
    }
    home = f"/releases/{made[space_content.ANNIVERSARY]}/entries"
    uid, field, value = space_content.EDITED_COPY
    copy = api.get(f"{home}/{uid}")
    fields: JsonObject = {**as_object(copy["fields"]), field: {**value}}
    body: JsonObject = {"metadata": copy["metadata"], "fields": fields}
    api.put(f"{home}/{uid}", body, integer(as_object(copy["sys"])["version"]))
    uid, kind, values = space_content.ONLY_THERE
    api.put(f"{home}/{uid}", {"fields": {**values}}, x_contentful_content_type=kind)
    old = f"/releases/{made[space_content.ARCHIVED_RELEASE]}"
    api.put(f"{old}/archived", None, api.version(old))
    for title, items in space_content.LAUNCH.items():
        api.post(f"/releases/{_release(api, title, items, '')}/validate", {"action": "publish"})
    when, zone = space_content.SCHEDULED
    schedule: JsonObject = {
        "entity": space_model.link("Release", made[space_content.ANNIVERSARY]),
        "environment": space_model.link("Environment", "master"),
        "action": "publish",
        "scheduledFor": {"datetime": when, "timezone": zone},
    }
    api.post(f"/spaces/{NAME}/scheduled_actions", schedule)


def _release(api: Api, title: str, items: list[space_content.Row], version: str) -> str:
    body: JsonObject = {"title": title, "entities": {"sys": {"type": "Array"}, "items": [*items]}}
    if version:
        body["sys"] = {"type": "Release", "schemaVersion": version}
    return str(as_object(api.post("/releases", body)["sys"])["id"])


def set_up(api: Api) -> None:
    """What belongs to the space and to the web app."""
    api.put(f"/spaces/{NAME}/webhook_definitions/noticeboard", {**space_model.WEBHOOK})
    api.post(f"/spaces/{NAME}/roles", {**space_model.ROLE})
    config = api.get("/ui_config")
    views: JsonObject = {**config, "entryListViews": [*space_model.VIEWS]}
    api.put("/ui_config", views, integer(as_object(config["sys"])["version"]))


def filled() -> Emulator:
    """An emulator that holds the space."""
    service = SampleService(clock=Clock(), asset_host=FILES)
    service.add_space(key=NAME, token=TOKEN, name="Harbour town", organization=ORGANIZATION)
    api = Api(service, NAME, TOKEN)
    for part in (create_model, upload_assets, write, release, set_up):
        part(api)
    return service


async def build(directory: Path) -> None:
    """Fill the space and export it into `directory`, which must be new."""
    system, place = Contentful(), Place(system="contentful", key=NAME, host=HOST, name="master")
    own = system.headers(place, ("token", Secret(TOKEN)))
    session = open_session(
        place.origin,
        own,
        origins=system.origins(place),
        rates=Rates(),
        rules=system.answer_rules,
        transport=httpx.ASGITransport(app=filled()),
    )
    async with session as opened:
        await export(Run(system, opened, place), directory, ContentfulReadOptions(versions="all"))


if __name__ == "__main__":
    replace_sample(NAME, build)
