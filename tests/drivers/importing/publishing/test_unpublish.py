"""An import with `--on-conflict update` takes down what the source does not publish, where the source publishes at all.

The judge is the emulator's own table of what is live.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_kind_stack import OF_HEN, fill_every_kind
from random_stack import STAMPS
from test_left_in_target import PICTURE
from test_published_before_localization import LIVE, call, fill, publish, write
from workbench import (
    SOURCE,
    TARGET,
    RecordingTransport,
    import_cut_at_every_write,
    make_workbench,
    memory_directory,
)

from stackferry.io.storage.snapshot import Snapshot
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

STAGING, ENTRIES = "bltaaaaaaaaaaaaaa02", "/content_types/page/entries"
COUNT = 12
ENGLISH: dict[str, Any] = {"environment": LIVE, "locale": "en-us", "version": 1, "time": "", "user": ""}


def fill_meadows(stack: Stack) -> None:
    """Twelve meadows and a picture that are live in English; a second environment shows nothing."""
    fill(stack)
    stack.put("environments", {"uid": STAGING, "name": "staging", "urls": [], **STAMPS})
    for number in range(COUNT):
        row: dict[str, Any] = {"uid": f"bltmeadow{number:02}", "title": f"Meadow {number}", "_version": 1}
        stack.main.put_entry_version("page", "en-us", {**row, "publish_details": [ENGLISH], **STAMPS})
    stack.main.put_asset({**PICTURE, **STAMPS, "publish_details": [ENGLISH]}, b"x")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """The same in source and target."""
    with memory_directory() as root:
        made = make_workbench(root, fill_meadows)
        made.import_snapshot(made.export("first"), "first state")
        yield made


def live(bench: Workbench, key: str = TARGET) -> dict[str, set[tuple[str, str]]]:
    """By title: where it is live, environment by name and language."""
    stack = bench.source if key == SOURCE else bench.target
    names = {uid: str(row["name"]) for uid, row in stack.environments.items()}
    entries = stack.main.entries["page"].values()
    found = {str(one.documents["en-us"].latest["title"]): one.live for one in entries}
    found |= {str(one.latest["title"]): one.live for one in stack.main.assets.values()}
    return {title: {(names[place], code) for place, code in shown} for title, shown in found.items() if shown}


def path_of(bench: Workbench, title: str) -> str:
    """The path of an entry of the target."""
    table = bench.target.main.entries["page"].values()
    (uid,) = (one.uid for one in table if one.documents["en-us"].latest["title"] == title)
    return f"{ENTRIES}/{uid}"


def update(bench: Workbench, name: str = "again", **options: Any) -> tuple[ImportResult, list[str]]:
    """Export the source and import that; what the import said, and its writes."""
    read = {one: options.pop(one) for one in ("locales", "types") if one in options}
    transport = options.pop("transport", None) or RecordingTransport(bench.emulator)
    snapshot = options.pop("snapshot", None) or bench.export(name, **read)
    options = {"on_conflict": "update", **options}
    imported = bench.import_snapshot(snapshot, f"{name} state", transport=transport, **options)
    return imported, [one.partition(" /v3")[2] for one in transport.log if not one.startswith("GET")]


def unpublish_in_source(bench: Workbench, *titles: str) -> None:
    for entry in bench.source.main.entries["page"].values():
        if entry.documents["en-us"].latest["title"] in titles:
            entry.live.clear()
    bench.source.main.changed()


def test_what_was_unpublished_in_the_source_is_taken_down(bench: Workbench) -> None:
    """Eleven entries in two calls, whatever the target published them from; nothing is left, and nothing done twice."""
    gone = [f"Meadow {number}" for number in range(1, COUNT)]
    write(bench, path_of(bench, gone[0]), gone[0], "en-us", TARGET)
    unpublish_in_source(bench, *gone)
    imported, writes = update(bench)
    assert writes == ["/bulk/unpublish"] * 2
    assert (imported.gaps, imported.left) == ([], [])
    assert live(bench) == live(bench, SOURCE) == {"Meadow 0": {("live", "en-us")}, "a": {("live", "en-us")}}
    assert bench.verify(Snapshot(bench.root / "again"), "again state").differences == []
    assert update(bench, "once more")[1] == []


def test_languages_and_files_are_taken_down_too(bench: Workbench) -> None:
    """A language of its own, and one that falls back to another."""
    own, fallback = path_of(bench, "Meadow 0"), path_of(bench, "Meadow 1")
    write(bench, own, "Wiese", "de-de", TARGET)
    publish(bench, own, "de-de", source="de-de", key=TARGET)
    publish(bench, fallback, "de-at", key=TARGET)
    for asset in bench.source.main.assets.values():
        asset.live.clear()
    bench.source.main.changed()
    imported, writes = update(bench)
    assert writes == ["/bulk/unpublish"] * 3
    assert imported.gaps == []
    assert [row["kind"] for row in imported.left] == ["localizations"]
    assert live(bench) == live(bench, SOURCE)


def test_where_the_source_publishes_nothing_the_target_is_on_its_own(bench: Workbench) -> None:
    """It is told; and taken down where that is asked for."""
    where = {"environments": ["staging"], "locales": ["en-us"]}
    (asset,) = bench.target.main.assets
    call(bench, "POST", f"{path_of(bench, 'Meadow 0')}/publish", {"entry": where}, TARGET)
    call(bench, "POST", f"/assets/{asset}/publish", {"asset": where}, TARGET)
    imported, writes = update(bench)
    assert writes == []
    assert [(row["kind"], row["environment"], row["count"]) for row in imported.left] == [
        ("asset_publications", "staging", 1),
        ("publications", "staging", 1),
    ]
    imported, writes = update(bench, "everywhere", unpublish_everywhere=True)
    assert writes == ["/bulk/unpublish"]
    assert imported.left == []
    assert live(bench) == live(bench, SOURCE)


def test_a_narrowed_run_takes_down_only_what_it_writes(bench: Workbench) -> None:
    """Also the last thing that is selected: the environment is in use by what is not."""
    unpublish_in_source(bench, "Meadow 1", "Meadow 2")
    (asset,) = bench.source.main.assets.values()
    asset.live.clear()
    bench.source.main.changed()
    before = live(bench)
    assert update(bench, "none", publish="none")[1] == []
    assert update(bench, "skip", on_conflict="skip")[1] == []
    assert live(bench) == before
    assert update(bench, "assets", only=frozenset({"assets"}))[1] == ["/bulk/unpublish"]
    assert before.keys() - live(bench).keys() == {"a"}
    assert update(bench, "one", selection=Selection(query='{"title": "Meadow 1"}'))[1] == ["/bulk/unpublish"]
    assert before.keys() - live(bench).keys() == {"a", "Meadow 1"}


class Deaf(RecordingTransport):
    """A service that refuses to take things down, or takes the call and does nothing."""

    status = 200

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if not path.endswith("/unpublish"):
            return await super().handle_async_request(request)
        self.log.append(f"POST {path}")
        notice = {"notice": "Done."}
        refusal = {"error_message": "not these", "error_code": 141, "errors": {}}
        return httpx.Response(self.status, json=notice if self.status == 200 else refusal)


class Refusing(Deaf):
    status = 422


@pytest.mark.parametrize(
    ("service", "reason"), [(Deaf, "still shows it"), (Refusing, "not these")], ids=["deaf", "refusing"]
)
def test_what_stays_is_sent_once_more_alone_and_then_a_gap(
    bench: Workbench, service: type[Deaf], reason: str
) -> None:
    """It names environment and language. What was refused is not waited for."""
    unpublish_in_source(bench, "Meadow 1", "Meadow 2")
    transport = service(bench.emulator)
    imported, writes = update(bench, transport=transport)
    assert len(writes) == 3
    assert writes[0] == "/bulk/unpublish"
    assert [(gap["kind"], gap["uid"]) for gap in imported.gaps] == [
        ("publications", "bltmeadow01"),
        ("publications", "bltmeadow02"),
    ]
    assert all(reason in str(gap["reason"]) and "live, en-us" in str(gap["reason"]) for gap in imported.gaps)


def test_publish_rules_are_met_one_by_one(bench: Workbench) -> None:
    """One rule refuses the whole request; only what it is about stays."""
    (place,) = (uid for uid, row in bench.target.environments.items() if row["name"] == "live")
    rule: dict[str, Any] = {
        "uid": "bltrule",
        "environment": place,
        "actions": ["unpublish"],
        "locales": ["de-de"],
        "content_types": ["page"],
        "workflow_stage": "bltnowhere",
        "approvers": {},
        "branches": ["main"],
    }
    bench.target.put("publish_rules", rule)
    publish(bench, path_of(bench, "Meadow 0"), "de-de", key=TARGET)
    unpublish_in_source(bench, "Meadow 1")
    imported, writes = update(bench)
    assert writes[:2] == ["/bulk/unpublish"] * 2
    assert [(gap["uid"], gap["locale"]) for gap in imported.gaps] == [("bltmeadow00", "de-de")]
    assert "Meadow 1" not in live(bench)


@pytest.mark.parametrize(
    "gap",
    [
        {"kind": "entries/page/en-us", "uid": "*", "reason": "not given"},
        {"kind": "entries", "uid": "*", "content_type": "page", "locale": "en-us", "reason": "not given"},
        {
            "kind": "entries",
            "uid": "bltmeadow01",
            "content_type": "page",
            "locale": "de-de",
            "reason": "lost",
        },
        {"kind": "locales", "uid": "en-us", "reason": "not listed"},
        {"kind": "environments", "uid": "*", "reason": "not given"},
    ],
    ids=["a listing", "a page", "an entry", "a language", "environments"],
)
def test_what_is_not_known_is_not_unpublished(bench: Workbench, gap: JsonObject) -> None:
    """A gap in the snapshot is no decision of an editor: it is told what the target goes on showing."""
    unpublish_in_source(bench, "Meadow 1")
    snapshot = bench.export("again")
    snapshot.manifest["gaps"] = [gap]
    imported, writes = update(bench, snapshot=snapshot)
    assert writes == []
    assert [(row["kind"], row["count"]) for row in imported.left] == [("publications", 1)]


def test_a_record_that_does_not_say_where_it_is_live_is_no_unpublished_one(bench: Workbench) -> None:
    """As in exports of other tools: there is no list at all, not an empty one."""
    unpublish_in_source(bench, "Meadow 1")
    snapshot = bench.export("again")
    path = snapshot.root / "entries" / "page" / "en-us.jsonl"
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    for row in rows:
        if row["title"] == "Meadow 1":
            del row["publish_details"]
    body = b"".join(
        json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for row in rows
    )
    path.write_bytes(body)
    for entry in snapshot.file_entries():
        if entry["path"] == "entries/page/en-us.jsonl":
            entry.update(size=len(body), sha256=hashlib.sha256(body).hexdigest())
    imported, writes = update(bench, snapshot=snapshot)
    assert writes == []
    assert [(row["kind"], row["count"]) for row in imported.left] == [("publications", 1)]


def test_a_run_that_dies_at_every_write_takes_everything_down(bench: Workbench) -> None:
    unpublish_in_source(bench, *(f"Meadow {number}" for number in range(1, COUNT)))
    snapshot = bench.export("again")
    options = {"on_conflict": "update", "state": "again state"}
    imported = import_cut_at_every_write(bench, snapshot, 6, **options)
    assert (imported.gaps, imported.left) == ([], [])
    assert live(bench) == live(bench, SOURCE)


@pytest.fixture
def every_kind() -> Iterator[Workbench]:
    """A stack with every kind, and a copy of it: taxonomies and what extensions keep are live, too."""
    with memory_directory() as root:
        made = make_workbench(root, fill_every_kind)
        made.import_snapshot(made.export("first"), "first state")
        yield made


def test_taxonomies_and_what_extensions_keep_are_taken_down(every_kind: Workbench) -> None:
    """Nothing else is written, and nothing the second time."""
    source, target = every_kind.source, every_kind.target
    source.taxonomies["places"].live.clear()
    source.main.metadata[OF_HEN] = {
        **source.main.metadata[OF_HEN],
        "publish_details": [],
        "is_published": False,
    }
    (record,) = (one for one in target.main.metadata.values() if one["type"] == "entry")
    assert target.taxonomies["places"].live
    imported, writes = update(every_kind)
    assert sorted(writes) == [
        f"/metadata/{record['uid']}/unpublish",
        *["/taxonomies/unpublish"] * 2,  # one for each language
    ]
    assert (imported.gaps, imported.left) == ([], [])
    assert not target.taxonomies["places"].live
    assert not target.main.metadata[str(record["uid"])]["publish_details"]
    assert update(every_kind, "once more")[1] == []


def test_where_a_taxonomy_stays_live_is_a_gap(every_kind: Workbench) -> None:
    every_kind.source.taxonomies["places"].live.clear()
    imported, writes = update(every_kind, transport=Deaf(every_kind.emulator))
    assert writes == ["/taxonomies/unpublish"] * 2
    assert [(gap["kind"], gap["uid"]) for gap in imported.gaps] == [("taxonomies", "places")] * 2
    assert all("still shows it" in str(gap["reason"]) for gap in imported.gaps)
