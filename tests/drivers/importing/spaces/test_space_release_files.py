"""Files that a Timeline release holds of its own: another file of an asset, and an asset that exists only there."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import store_file
from space_bench import SYSTEM, make_space_bench
from workbench import Cut, RecordingTransport, memory_directory

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.emulators.contentful.environment import document_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


def fill(space: Space, environment: Environment) -> None:
    """In the campaign the picture gets new files in two locales, and a logo exists in it alone."""
    fill_every_kind(space, environment)
    campaign = environment.releases["campaign"]
    picture: Any = copy.deepcopy(campaign.assets["picture"].body)
    for code, name in (("en-US", "new.png"), ("de", "neu.png")):
        path = store_file(space, f"/{space.id}/new/token/{name}", f"bytes of {name}".encode())
        file: Any = {"fileName": name, "contentType": "image/png", "url": path}
        picture["fields"]["file"][code] = {**file, "details": {"size": len(f"bytes of {name}")}}
    campaign.assets["picture"].body = picture
    path = store_file(space, f"/{space.id}/logo/token/logo.png", b"a logo")
    logo: Any = {"fileName": "logo.png", "contentType": "image/png", "url": path, "details": {"size": 6}}
    sys: Any = {**campaign.assets["picture"].sys, "id": "logo"}
    body: Any = {"sys": sys, "fields": {"title": {"en-US": "Logo"}, "file": {"en-US": logo}}}
    campaign.assets["logo"] = document_from(body, None, environment.locale_codes)
    raw: Any = campaign.raw
    link = {"sys": {"type": "Link", "linkType": "Asset", "id": "logo"}}
    items = [*raw["entities"]["items"], {"entity": link, "action": "publish"}]
    campaign.raw = {**raw, "entities": {**raw["entities"], "items": items}}


def files(bench: SpaceBench) -> dict[tuple[str, str], Any]:
    """The bytes in the target's campaign, by asset and locale."""
    (campaign,) = (one for one in bench.target.master.releases.values() if one.raw["title"] == "Campaign")
    found = {}
    for uid, document in campaign.assets.items():
        body: Any = document.body
        for code, file in body["fields"]["file"].items():
            stored = bench.target.files.get(file.get("url", ""))
            found[uid, code] = stored.content if stored else None
    return found


WANTED = {
    ("picture", "en-US"): b"bytes of new.png",
    ("picture", "de"): b"bytes of neu.png",
    ("logo", "en-US"): b"a logo",
}


def test_they_arrive(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    done = bench.import_snapshot(snapshot)
    assert [gap for gap in done.gaps if gap["kind"] in ("releases", "assets", "files")] == []
    assert files(bench) == WANTED
    assert [one for one in bench.verify(snapshot).differences if "release" in str(one)] == []
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert not [one.path for one in bench.emulator.log if one.method != "GET" and "/assets/" in one.path]


@pytest.mark.parametrize("end", ["/assets/picture", "/assets/logo", "/process"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_kill_in_between_loses_none(root: Path, end: str, done: bool) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()

    def cut(_: RecordingTransport, request: Any, is_answered: bool) -> None:
        path = request.url.path
        if request.method == "PUT" and "/releases/" in path and end in path and is_answered is done:
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, cut))
    result = bench.import_snapshot(snapshot)
    assert [gap for gap in result.gaps if gap["kind"] in ("releases", "assets", "files")] == []
    assert files(bench) == WANTED


def test_a_file_that_fails_is_told(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    bench.emulator.unprocessable["logo"] = "failed"
    done = bench.import_snapshot(snapshot)
    gaps = [(gap["uid"], gap["path"], gap["reason"]) for gap in done.gaps if gap["kind"] == "releases"]
    reason = "the service could not process the file"
    assert gaps == [("campaign", "/assets/logo/fields/file/en-US", reason)]


def test_bodies_that_were_not_exported_are_told(root: Path) -> None:
    """The manifest says that they are left out, and every import which release has current bodies in their place."""
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export(versions="latest")
    assert {"live_bodies", "bodies_in_releases"} <= {str(row["kind"]) for row in snapshot.limits()}
    for state in ("state", "again"):
        gaps = bench.import_snapshot(snapshot, state, on_conflict="update").gaps
        told = [(gap["uid"], gap["reason"]) for gap in gaps if gap.get("path") == "/bodies"]
        assert [(uid, "made with --versions latest" in str(reason)) for uid, reason in told] == [
            ("campaign", True)
        ]
    assert [one for one in bench.verify(snapshot).differences if "release" in str(one)] == []
    whole = bench.export("whole")
    assert [one for one in diff_snapshots(SYSTEM, snapshot, whole).differences if "release" in str(one)] == []
    assert not {"live_bodies", "bodies_in_releases"} & {str(row["kind"]) for row in whole.limits()}
