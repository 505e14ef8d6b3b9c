"""An export from a space that is a dict: what is asked for, and what lies in the snapshot afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from workbench import InstantClock, file_digests, memory_directory, no_wait, run_async

from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.io.http.session import open_session
from stackferry.model import Place, Secret, Stream
from stackferry.providers.contentful.system import Contentful
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot

PLACE = Place(system="contentful", key="harbour", host="api.invented", name="master")
ROOT = "/spaces/harbour/environments/master"


def link(kind: str, uid: str) -> dict[str, Any]:
    return {"sys": {"type": "Link", "linkType": kind, "id": uid}}


def entry(uid: str, version: int, published: int, title: str, **status: str) -> dict[str, Any]:
    sys: dict[str, Any] = {
        "type": "Entry",
        "id": uid,
        "version": version,
        "contentType": link("ContentType", "page"),
    }
    sys |= {"publishedVersion": published} if published else {}
    sys |= {"fieldStatus": {"*": status}} if status else {}
    return {"sys": sys, "fields": {"title": {"en-US": title}}}


class DictSpace(httpx.AsyncBaseTransport):
    """Answers what `lists` holds at a path; `files` by their address."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.log: list[str] = []
        self.told: list[str] = []  # hosts that were told the credential

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        self.log.append(f"{request.method} {url.path}")
        if "authorization" in request.headers:
            self.told.append(url.host)
        if (found := self.files.get(f"//{url.host}{url.path}")) is not None:
            return httpx.Response(200, content=found)
        if url.path == ROOT:
            return httpx.Response(200, json={"sys": {"type": "Environment", "id": "master"}})
        if url.path not in self.lists:
            return httpx.Response(
                404, json={"sys": {"type": "Error", "id": "NotFound"}, "message": "not found"}
            )
        rows = self.lists[url.path]
        skip, limit = int(url.params.get("skip", 0)), int(url.params.get("limit", 100))
        body = {
            "sys": {"type": "Array"},
            "total": len(rows),
            "skip": skip,
            "items": rows[skip : skip + limit],
        }
        return httpx.Response(200, content=json.dumps(body), headers={"content-type": "application/json"})


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


def space() -> DictSpace:
    made = DictSpace()
    file = {
        "url": "//images.invented/a.png",
        "fileName": "a.png",
        "contentType": "image/png",
        "details": {"size": 3},
    }
    image: dict[str, Any] = {"sys": {"type": "Asset", "id": "a", "version": 2, "publishedVersion": 1}}
    image["fields"] = {"file": {"en-US": file, "de": file}}
    made.files["//images.invented/a.png"] = b"png"
    made.lists = {
        f"{ROOT}/content_types": [
            {"sys": {"type": "ContentType", "id": "page", "version": 2, "publishedVersion": 1}}
        ],
        f"{ROOT}/entries": [
            entry("draft", 1, 0, "a draft"),
            entry("live", 2, 1, "live"),
            entry("changed", 5, 2, "new words"),
            entry("partly", 4, 3, "en is live", **{"en-US": "published", "de": "draft"}),
        ],
        f"{ROOT}/public/entries": [
            entry("live", 2, 1, "live"),
            entry("changed", 3, 2, "old words"),
            entry("partly", 4, 3, "en is live"),
        ],
        f"{ROOT}/assets": [image],
        f"{ROOT}/locales": [{"sys": {"type": "Locale", "id": "1"}, "code": "en-US", "default": True}],
        f"{ROOT}/tags": [],
        f"{ROOT}/editor_interfaces": [],
    }
    return made


def read(source: DictSpace, directory: Path, **options: Any) -> Snapshot:
    async def run() -> Snapshot:
        system = Contentful()
        opened = open_session(
            PLACE.origin,
            system.headers(PLACE, ("token", Secret("cf-invented-token"))),
            origins=system.origins(PLACE),
            transport=source,
            clock=InstantClock(),
        )
        async with opened as session:
            asked = system.read_options(ReadOptions(**options))
            return await export(Run(system, session, PLACE, sleep=no_wait), directory, asked)

    return run_async(run)


def ids(snapshot: Snapshot, *stream: str) -> list[str]:
    found: list[Any] = [*snapshot.objects(Stream(*stream))]
    return [row["sys"]["id"] for row in found]


def test_a_live_body_is_kept_where_it_is_not_the_current_one(root: Path) -> None:
    snapshot = read(space(), root / "snapshot")
    assert ids(snapshot, "entries", "page") == ["changed", "draft", "live", "partly"]
    assert ids(snapshot, "published_entries", "page") == ["changed", "partly"]
    assert snapshot.gaps() == []
    assert snapshot.manifest["master_locale"] == "en-US"
    snapshot.check()


def test_a_file_that_two_locales_share_is_read_once_and_without_the_credential(root: Path) -> None:
    source = space()
    (row,) = read(source, root / "snapshot").objects(Stream("files"))
    assert (row["uid"], row["size"]) == ("//images.invented/a.png", 3)
    assert source.log.count("GET /a.png") == 1
    assert {*source.told} == {"api.invented"}


def test_only_the_latest_bodies_are_read_where_these_are_asked_for(root: Path) -> None:
    source = space()
    read(source, root / "snapshot", versions="latest")
    assert f"GET {ROOT}/public/entries" not in source.log


def test_the_same_space_gives_the_same_bytes(root: Path) -> None:
    one, two = (read(space(), root / name) for name in ("one", "two"))
    assert file_digests(one.root) == file_digests(two.root)
