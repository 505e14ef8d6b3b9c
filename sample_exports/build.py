"""Makes `harbour-guide/`, the sample snapshot: the same bytes on every run.

    python sample_exports/build.py             # from the repository, with stackferry installed

An emulated stack is filled through the API, call by call, as a site's editors would have done it over some weeks, and
is then exported with every version. Two things are fixed that a service chooses freely: its clock, which moves on with
every call, and its uids, which are digests of the names that the calls have below.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

sys.path.insert(0, str(Path(__file__).parent))
import guide_content
import guide_files
import guide_model
from replace_sample import replace_sample

from stackferry.core.rates import Rates
from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.emulators.contentstack import Emulator, Switches
from stackferry.io.http.session import open_session
from stackferry.model import Place, Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.system import Contentstack
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NAME = "harbour-guide"
KEY = "blt_harbour_guide"
HOST = "cms.harbour-guide.example"
TOKEN = "cs-invented-token"  # noqa: S105 - invented, and valid only here
ASSETS = "https://images.contentstack.io"  # the host of a real stack's files; no request goes there
Row = dict[str, Any]
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=47)


class SampleWorld(Emulator):
    """The emulator, with uids that are digests of `call_name`, the name of the current call."""

    call_name: str
    uid_counts: Counter[str]

    def uid(self, prefix: str = "blt") -> str:
        self.uid_counts[prefix] += 1
        return uid_of(self.call_name, prefix, self.uid_counts[prefix])


def uid_of(name: str, prefix: str = "blt", number: int = 1) -> str:
    """The uid that the call `name` gets as its `number`th one with this prefix."""
    return prefix + hashlib.sha256(f"{NAME} {name} {prefix} {number}".encode()).hexdigest()[:16]


@dataclass
class Clock:
    """A clock that only moves when `now` is set."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Editors:
    """Sends calls as the site's editors, and keeps what was created in `made`."""

    http: httpx.AsyncClient
    town: SampleWorld
    clock: Clock
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def ask(self, method: str, path: str, name: str, **request: Any) -> dict[str, Any]:
        """One call, 47 minutes after the one before. `name` decides the uids that the call creates."""
        self.clock.now += STEP
        self.town.call_name, self.town.uid_counts = name, Counter()
        answer = await self.http.request(method, f"/v3{path}", **request)
        if answer.is_error:
            raise SystemExit(f"{method} {path} ({name}): {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    async def post(
        self, path: str, section: str, body: dict[str, Any], name: str, **params: str
    ) -> dict[str, Any]:
        answer = await self.ask("POST", path, name, json={section: body}, params=params)
        made: dict[str, Any] = answer[section]
        return made

    def ids(self) -> guide_content.ContentIds:
        return guide_content.ContentIds(
            entry=uid_of,
            asset=lambda key: str(self.made[f"asset/{key}"]["uid"]),
            url=lambda key: str(self.made[f"asset/{key}"]["url"]),
            name=lambda key: str(self.made[f"asset/{key}"]["filename"]),
        )


async def create_structure(editors: Editors) -> None:
    """Languages, environments, taxonomies, the content model, labels, a workflow and a webhook."""
    for code, name, fallback in guide_model.LOCALES:
        await editors.post(
            "/locales", "locale", {"code": code, "name": name, "fallback_locale": fallback}, code
        )
    codes = ("en-us", "de-de", "de-at")
    for name in ("preview", "production"):
        urls = [{"locale": code, "url": f"https://{name}.harbour-guide.example/{code}"} for code in codes]
        await editors.post("/environments", "environment", {"name": name, "urls": urls}, name)
    for uid, (name, terms) in guide_model.TAXONOMIES.items():
        await editors.post("/taxonomies", "taxonomy", {"uid": uid, "name": name, "description": ""}, uid)
        for term, words, parent in terms:
            made = {"uid": term, "name": words, "parent_uid": parent}
            await editors.post(f"/taxonomies/{uid}/terms", "term", made, term)
    colours = await editors.post("/extensions", "extension", guide_model.COLOURS, "colour picker")
    switches = await editors.post("/extensions", "extension", guide_model.SWITCHES, "switches")
    for one in guide_model.GLOBAL_FIELDS:
        await editors.post("/global_fields", "global_field", one, one["uid"])
    model = guide_model.content_types(colours["uid"], switches["uid"])
    for one in model:  # places refer to events and events to places: first the bare types, then their fields
        bare = {**one, "schema": [guide_model.TITLE, guide_model.URL][: 1 + one["options"]["is_page"]]}
        await editors.post("/content_types", "content_type", bare, one["uid"])
    for one in model:
        body = {"content_type": one}
        await editors.ask("PUT", f"/content_types/{one['uid']}", f"fields of {one['uid']}", json=body)
    town = await editors.post(
        "/labels", "label", {"name": "Town", "parent": [], "content_types": ["place"]}, "town"
    )
    happening = {"name": "What happens", "parent": [town["uid"]], "content_types": ["event", "walk"]}
    await editors.post("/labels", "label", happening, "happening")
    flow = await editors.post("/workflows", "workflow", guide_model.workflow(), "four eyes")
    editors.made |= {f"stage/{stage['name']}": stage for stage in flow["workflow_stages"]}
    await editors.post("/webhooks", "webhook", guide_model.WEBHOOK, "noticeboard")


async def upload_assets(editors: Editors) -> None:
    """Folders and files; then a new version of one file."""
    for name, parent in guide_files.FOLDERS:
        body = {"name": name, "parent_uid": editors.made[f"folder/{parent}"]["uid"] if parent else None}
        editors.made[f"folder/{name}"] = await editors.post(
            "/assets/folders", "asset", body, f"folder {name}"
        )
    for one in guide_files.FILES:
        form = {"asset[title]": one.title, "asset[description]": one.description, "asset[tags]": one.tags}
        if one.folder:
            form["asset[parent_uid]"] = editors.made[f"folder/{one.folder}"]["uid"]
        files = {"asset[upload]": (one.name, one.data, one.kind)}
        answer = await editors.ask("POST", "/assets", f"asset {one.key}", data=form, files=files)
        editors.made[f"asset/{one.key}"] = answer["asset"]
    uid = editors.made["asset/lighthouse"]["uid"]
    files = {"asset[upload]": ("lighthouse.svg", guide_files.NEW_LIGHTHOUSE, "image/svg+xml")}
    answer = await editors.ask("PUT", f"/assets/{uid}", "asset lighthouse again", files=files)
    editors.made["asset/lighthouse"] = answer["asset"]


async def write(editors: Editors) -> None:
    """Every version of every entry, and names of some versions."""
    for one in guide_content.writes(editors.ids()):
        kind, uid = one.key.partition("/")[0], uid_of(one.key)
        place = f"/content_types/{kind}/entries"
        is_new = not any(key == one.key for key, _ in editors.versions)
        method, path = ("POST", place) if is_new else ("PUT", f"{place}/{uid}")
        name = one.key if is_new else f"{one.key} {one.locale} {editors.versions[one.key, one.locale]}"
        answer = await editors.ask(
            method, path, name, json={"entry": one.fields}, params={"locale": one.locale}
        )
        editors.versions[one.key, one.locale] += 1
        number = editors.versions[one.key, one.locale]
        if (answer["entry"]["uid"], answer["entry"]["_version"]) != (uid, number):
            raise SystemExit(f"{one.key}: not the uid or the version that the content counts on")
        if one.named:
            body = {"entry": {"_version_name": one.named, "locale": one.locale}}
            await editors.ask("POST", f"{place}/{uid}/versions/{number}/name", one.named, json=body)


async def publish(editors: Editors) -> None:
    """Workflow stages, publications and releases."""
    for key, locale, stage in guide_content.STAGES:
        body: Row = {
            "workflow": {"workflow_stage": {"uid": editors.made[f"stage/{stage}"]["uid"], "comment": ""}}
        }
        path = f"/content_types/{key.partition('/')[0]}/entries/{uid_of(key)}/workflow"
        await editors.ask("POST", path, f"stage {key}", json=body, params={"locale": locale})
    for one in guide_content.PUBLISHED:
        where: Row = {"environments": [*one.environments], "locales": [*(one.shown_in or (one.locale,))]}
        body = {"entry": where, "locale": one.locale, "version": one.version}
        path = f"/content_types/{one.key.partition('/')[0]}/entries/{uid_of(one.key)}/publish"
        await editors.ask("POST", path, f"publish {one}", json=body)
    for key, version, environments, locales in guide_content.PUBLISHED_FILES:
        body = {"asset": {"environments": [*environments], "locales": [*locales]}, "version": version}
        await editors.ask(
            "POST", f"/assets/{editors.made[f'asset/{key}']['uid']}/publish", f"publish {key}", json=body
        )
    for name, description, locked, items in guide_content.RELEASES:
        await release(editors, {"name": name, "description": description, "locked": False}, locked, items)


async def release(
    editors: Editors, about: dict[str, Any], locked: bool, items: tuple[guide_content.Pinned, ...]
) -> None:
    made = await editors.post("/releases", "release", about, about["name"])
    rows = [
        {
            "uid": editors.made[one.key]["uid"] if one.key.startswith("asset/") else uid_of(one.key),
            "content_type_uid": "built_io_upload"
            if one.key.startswith("asset/")
            else one.key.partition("/")[0],
            "version": one.version,
            "locale": one.locale,
            "action": one.action,
        }
        for one in items
    ]
    if rows:
        await editors.ask(
            "POST", f"/releases/{made['uid']}/items", f"items {about['name']}", json={"items": rows}
        )
    if locked:
        body = {"release": {"name": about["name"], "locked": True}}
        await editors.ask("PUT", f"/releases/{made['uid']}", f"lock {about['name']}", json=body)


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[SampleWorld, Editors]]:
    """An emulator with an empty stack, and editors of it. Calls are HTTP, but not through a socket."""
    clock = Clock()
    # Names of files as they are uploaded: readers of the sample meet hostile ones.
    switches = Switches(other_locale_creates_master=False, file_names="kept")
    town = SampleWorld(clock=clock, switches=switches, asset_origin=ASSETS)
    town.call_name, town.uid_counts = "stack", Counter()
    town.add_stack(api_key=KEY, name="Harbour guide", management_token=TOKEN)
    transport = httpx.ASGITransport(app=town)
    credential = {"api_key": KEY, "authorization": TOKEN}
    async with httpx.AsyncClient(transport=transport, base_url=f"https://{HOST}", headers=credential) as http:
        yield town, Editors(http, town, clock)


async def build(directory: Path) -> None:
    """Fill the stack and export it into `directory`, which must be new."""
    async with opened() as (town, editors):
        for step in (create_structure, upload_assets, write, publish):
            await step(editors)
        place = Place(system="contentstack", key=KEY, host=HOST, name="main")
        transport = httpx.ASGITransport(app=town)
        own = headers(place, ("token", Secret(TOKEN)))
        rates = Rates()
        async with open_session(place.origin, own, rates=rates, transport=transport) as session:
            await export(Run(Contentstack(), session, place), directory, ReadOptions(versions="all"))


if __name__ == "__main__":
    replace_sample(NAME, build)
