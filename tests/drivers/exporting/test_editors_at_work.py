"""Editors who never stop: they publish, schedule, localize, create and delete between the requests of an export.

A snapshot without a gap holds each listing as it was at one moment during the export, and what an entry refers to. The
pages are short, so that listings have several.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from random_stack import STAMPS
from small_stack import HEN, LIVE, fill_small, page
from workbench import SOURCE, RecordingTransport, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Switches
from stackferry.exact_json import loads
from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

Row = dict[str, Any]
ENTRIES = "/content_types/page/entries"
SWITCHES = Switches(page_rows=4)


def fill(stack: Stack) -> None:
    """Some pages of entries, assets and rows of the queue more than the small stack has, and a release to deploy."""
    fill_small(stack)
    put = stack.main
    for number in range(9):
        put.put_entry_version("page", "en-us", page(f"bltchick{number:08}", 1, f"Chick {number}", HEN))
        asset: Row = {"uid": f"bltasset{number:08}", "filename": "a.png", "title": f"A {number}", "tags": []}
        asset |= {"is_dir": False, "content_type": "image/png", "_version": 1, "file_size": "5"}
        asset["url"] = f"https://images.invented.example/v3/assets/blt_old/{asset['uid']}/1/a.png"
        put.put_asset({**asset, "parent_uid": None, **STAMPS}, b"chick")
        row: Row = {"uid": f"bltrow{number:08}", "type": "entry", "action": "publish", **STAMPS}
        row |= {"entry": {"uid": HEN, "locale": "en-us", "version": 1}, "publish_status": "success"}
        put.put_queue_item(
            {**row, "content_type": {"uid": "page"}, "environment": [LIVE], "locale": ["en-us"]}
        )
    release: Row = {"uid": "bltopen", "name": "Open", "description": "", "locked": False, "status": []}
    item: Row = {"action": "publish", "content_type_uid": "page", "locale": "en-us", "version": 1}
    items = [{**item, "uid": f"bltchick{number:08}", "title": "Chick"} for number in range(3)]
    put.put_release({**release, **STAMPS}, items)


@dataclass
class Newsroom:
    """Edits at random, through the API."""

    editors: Editors
    random: Random
    done: dict[str, int] = field(default_factory=dict)

    def edit(self) -> None:
        edits: list[Callable[[], Any]] = [
            self.create_linked, self.schedule, self.cancel, self.deploy, self.bulk, self.link_new_asset,
            self.new_place,
        ]  # fmt: skip
        if self.random.random() < 0.4:
            one = self.random.choice(edits)
            self.done[one.__name__] = self.done.get(one.__name__, 0) + 1
            one()
            return
        known = [
            self.editors.edit, self.editors.localize, self.editors.create, self.editors.delete,
            self.editors.publish, self.editors.publish, self.editors.publish, self.editors.unpublish,
            self.editors.new_file, self.editors.other_file, self.editors.rename_asset,
            self.editors.publish_asset, self.editors.publish_asset, self.editors.delete_asset,
        ]  # fmt: skip
        self.random.choice(known)()

    def _entry(self) -> str:
        return self.random.choice(sorted(self.editors.content.entries["page"]))

    def create_linked(self) -> None:
        """An entry, and another one that is made to refer to it."""
        link = [{"uid": HEN, "_content_type_uid": "page"}]
        sent = {"entry": {"title": f"new {self.random.random()}", "partner": link}}
        made = self.editors.call("POST", ENTRIES, json=sent).json()["entry"]["uid"]
        there = [{"uid": made, "_content_type_uid": "page"}]
        code = self.random.choice(["en-us", "fr-fr"])
        body = {"entry": {"title": f"linked {self.random.random()}", "partner": there}}
        self.editors.call("PUT", f"{ENTRIES}/{self._entry()}", params={"locale": code}, json=body)

    def link_new_asset(self) -> None:
        file = {"asset[upload]": ("new.png", self.random.randbytes(9), "image/png")}
        made = self.editors.call("POST", "/assets", files=file).json()["asset"]["uid"]
        body = {"entry": {"title": f"pictured {self.random.random()}", "picture": made}}
        self.editors.call("PUT", f"{ENTRIES}/{self._entry()}", json=body)

    def new_place(self) -> None:
        """A new environment, in which something is published."""
        name = f"place-{self.random.randrange(10**9)}"
        self.editors.call("POST", "/environments", json={"environment": {"name": name, "urls": []}})
        where = {"entry": {"environments": [name], "locales": ["en-us"]}, "locale": "en-us"}
        self.editors.call("POST", f"{ENTRIES}/{self._entry()}/publish", json=where)

    def schedule(self) -> None:
        where = {"entry": {"environments": [LIVE], "locales": ["en-us"]}, "locale": "en-us"}
        later = {**where, "scheduled_at": "2098-01-01T00:00:00.000Z"}
        self.editors.call("POST", f"{ENTRIES}/{self._entry()}/publish", json=later)

    def cancel(self) -> None:
        if waiting := sorted(self.editors.content.waiting):
            self.editors.call("GET", f"/publish-queue/{self.random.choice(waiting)}/unschedule")

    def deploy(self) -> None:
        body = {"release": {"environments": [LIVE]}}
        self.editors.call("POST", "/releases/bltopen/deploy", json=body)

    def bulk(self) -> None:
        uids = {self._entry() for _ in range(3)}
        entries = [
            {"uid": uid, "content_type": "page", "locale": "en-us", "version": 1} for uid in sorted(uids)
        ]
        where = {"environments": [LIVE], "locales": ["en-us"]}
        action = self.random.choice(["publish", "unpublish"])
        self.editors.call("POST", f"/bulk/{action}", json={"entries": entries, **where})


def files(root: Path) -> dict[str, list[Row]]:
    """The records of a snapshot, by the name of their file.

    Of an asset inside of an entry only that it has one: the service shows it as it is when the entry is read.
    """
    found = {str(one.relative_to(root)): one.read_bytes() for one in sorted(root.rglob("*.jsonl"))}
    return {name: [_plain(loads(line)) for line in lines.splitlines()] for name, lines in found.items()}


def _plain(row: Any) -> Row:
    return {**row, "picture": "picture" in row}


def dangling(snapshot: Snapshot) -> set[str]:
    """The entries and assets that entries of a snapshot refer to, and that it does not hold."""
    held, named = set[str](), set[str]()
    for stream in snapshot.record_counts():
        if stream.kind in ("entries", "assets"):
            rows = [*snapshot.objects(stream)]
            held |= {text(row["uid"]) for row in rows}
            named |= {text(link["uid"]) for row in rows for link in objects(row.get("partner"))}
            named |= {text(one["uid"]) for row in rows if isinstance(one := row.get("picture"), dict)}
    return named - held


def exported(stack: Stack, versions: str) -> dict[str, list[Row]]:
    """What an export of a stack holds while nobody works in it."""
    with memory_directory() as root:
        bench = make_workbench(root, lambda _: None, switches=SWITCHES)
        bench.emulator.stacks[SOURCE] = stack
        return files(bench.export(versions=versions).root)


def work(bench: Workbench, seed: int, edits: int, versions: str) -> tuple[Snapshot, list[Stack], Newsroom]:
    """A snapshot that was made while people edited, and the stack as it was at each moment."""
    random = Random(seed)
    newsroom = Newsroom(Editors(bench, seed), random)
    quiet = RecordingTransport(bench.emulator)
    bench.export("quiet", transport=quiet, versions=versions)
    moments = [deepcopy(bench.source)]
    at = {random.randrange(1, len(quiet.log) + 6) for _ in range(edits)}
    answered = 0

    def hook(_: RecordingTransport, __: httpx.Request, done: bool) -> None:
        nonlocal answered
        answered += done
        if done and answered in at:
            newsroom.edit()
            moments.append(deepcopy(bench.source))

    made = bench.export("made", transport=RecordingTransport(bench.emulator, hook), versions=versions)
    return made, moments, newsroom


@pytest.mark.parametrize("seed", sampled(range(80), 3))
def test_each_listing_is_of_one_moment_and_nothing_is_cut_off(seed: int) -> None:
    versions = ("pinned", "all")[seed % 2]
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=SWITCHES)
        made, moments, _ = work(bench, seed, 8 + seed % 9, versions)
        there = {uid for of in bench.source.main.entries.values() for uid in of} | {*bench.source.main.assets}
        for gap in made.gaps():
            # What was deleted after the last look at its listing may have been read again, in vain.
            is_deleted = str(gap["kind"]).rpartition("/")[2] not in there and "not given" in str(
                gap["reason"]
            )
            assert is_deleted or "edited again" in str(gap["reason"]), gap
        if [*made.gaps()]:
            return
        truths = [exported(one, versions) for one in moments]
        for name, found in files(made.root).items():
            fits = [at for at, truth in enumerate(truths) if truth.get(name, []) == found]
            assert fits, name
        assert dangling(made) & there == set()
