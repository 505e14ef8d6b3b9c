"""What extensions keep beside entries and assets arrives, once, under the target's uids, and live where it was.

The judge is the emulator's own table of records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import EXTENSION, OF_HEN, OF_PICTURE, fill_every_kind
from small_stack import HEN, LIVE, PICTURE
from workbench import SOURCE, TARGET, Cut, RecordingTransport, Workbench, make_workbench

from stackferry.emulators.contentstack import Fault, Switches
from stackferry.emulators.contentstack.state import ForkTerms
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject


def bench_of(root: Path, fill: Any = fill_every_kind, **switches: Any) -> Workbench:
    return make_workbench(root, fill, switches=Switches(**switches))


def held(bench: Workbench) -> dict[str, JsonObject]:
    """The target's records by the kind of their object: there may be one of each."""
    rows = [*bench.target.main.metadata.values()]
    found = {str(row["type"]): row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("in_body", [False, True])
def test_metadata_of_entries_and_assets_arrives_published_as_it_was(tmp_path: Path, *, in_body: bool) -> None:
    """Also where a service would take it in the body of an entry: it is sent by its own call alone."""
    bench = bench_of(tmp_path, metadata_in_body=in_body)
    transport = RecordingTransport(bench.emulator)
    snapshot = bench.export()
    result = bench.import_snapshot(snapshot, transport=transport)
    assert [gap for gap in result.gaps if gap["kind"] == "metadata"] == []
    found, target = held(bench), bench.target.main
    (extension,) = target.extensions
    hen = next(uid for uid in target.entries["page"] if uid == found["entry"]["entity_uid"])
    assert found["entry"]["seen"] == {"by": ["all", 3]}
    assert found["entry"]["extension_uid"] == found["asset"]["extension_uid"] == extension
    referred: Any = found["entry"]["refers_to"]
    assert (referred[0]["entry_uid"], referred[0]["api_key"]) == (hen, TARGET)
    assert found["asset"]["rights"] == "ours"
    assert found["asset"]["entity_uid"] in target.assets
    (live,) = bench.target.environments
    details: Any = found["entry"]["publish_details"]
    assert [(one["environment"], one["locale"]) for one in details] == [(live, "en-us")]
    assert not found["asset"].get("publish_details")
    assert sum(one.startswith("POST /v3/metadata") for one in transport.log) == 3
    bench.import_snapshot(snapshot)
    assert held(bench) == found


def places(stack: Stack) -> dict[str, set[tuple[str, str]]]:
    """Where each record of a stack is live, by the kind of its object: names of environments, and languages."""
    names = {uid: str(row["name"]) for uid, row in stack.environments.items()}
    rows: Any = [*stack.main.metadata.values()]
    return {
        row["type"]: {(names[one["environment"]], one["locale"]) for one in row.get("publish_details") or ()}
        for row in rows
    }


@pytest.mark.parametrize("shown", [[], [{"environment": LIVE, "locale": "fr-fr", "version": 1}]])
def test_what_a_single_call_takes_along_is_taken_down_again(tmp_path: Path, shown: list[JsonObject]) -> None:
    """Where bulk publishing is refused, each object is published alone, and its records with it."""
    bench = bench_of(tmp_path)
    branch = bench.source.main
    branch.put(
        "metadata", {**branch.metadata[OF_HEN], "publish_details": [*shown], "is_published": bool(shown)}
    )
    snapshot = bench.export()
    body = b'{"error_code":141,"error_message":"Bulk publishing is not part of your plan."}'
    bench.emulator.faults.add(Fault(path="^/v3/bulk/publish", status=422, body=body))
    assert bench.import_snapshot(snapshot).gaps == []
    assert places(bench.target) == places(bench.source)
    assert bench.verify(snapshot).differences == []


def test_metadata_of_a_missing_extension_is_a_gap_and_no_request(tmp_path: Path) -> None:
    def fill(stack: Stack) -> None:
        fill_every_kind(stack)
        stack.main.extensions.clear()

    bench = bench_of(tmp_path, fill)
    transport = RecordingTransport(bench.emulator)
    gaps = bench.import_snapshot(bench.export(), transport=transport).gaps
    reasons = {gap["uid"]: str(gap["reason"]) for gap in gaps if gap["kind"] == "metadata"}
    assert reasons.keys() == {OF_HEN, OF_PICTURE}
    assert reasons[OF_HEN].startswith(
        f"metadata of entry {HEN} by extension {EXTENSION}: not installed in the target"
    )
    assert held(bench) == {}
    assert not any(one.startswith("POST /v3/metadata") for one in transport.log)


def test_an_extension_of_the_target_stands_for_that_of_the_source(tmp_path: Path) -> None:
    def fill(stack: Stack) -> None:
        fill_every_kind(stack)
        stack.main.extensions.clear()

    bench = bench_of(tmp_path, fill)
    theirs = "blt00000000target1"
    bench.target.main.put(
        "extensions", {"uid": theirs, "title": "Theirs", "type": "widget", "src": "https://x.test"}
    )
    gaps = bench.import_snapshot(bench.export(), extensions={EXTENSION: theirs}).gaps
    assert [gap for gap in gaps if gap["kind"] == "metadata"] == []
    assert {row["extension_uid"] for row in held(bench).values()} == {theirs}


@pytest.mark.parametrize("number", [1, 2])
def test_a_lost_answer_makes_no_second_record(tmp_path: Path, number: int) -> None:
    """Cut after a write of metadata was carried out: the next run finds its record and goes on."""
    bench = bench_of(tmp_path)
    snapshot, seen = bench.export(), 0

    def hook(_: RecordingTransport, request: Any, done: bool) -> None:
        nonlocal seen
        seen += request.method == "POST" and request.url.path == "/v3/metadata" and done
        if seen == number:
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, hook))
    bench.import_snapshot(snapshot)
    assert held(bench).keys() == {"entry", "asset"}


@pytest.mark.parametrize("policy", ["update", "skip"])
def test_a_record_that_the_target_holds_is_updated_or_left(tmp_path: Path, policy: str) -> None:
    bench = bench_of(tmp_path)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = held(bench)
    bench.target.main.put("metadata", {**before["asset"], "rights": "theirs"})
    bench.import_snapshot(snapshot, "again", on_conflict=policy)
    after = held(bench)
    assert after["asset"]["uid"] == before["asset"]["uid"]
    assert after["asset"]["rights"] == ("ours" if policy == "update" else "theirs")


def test_a_service_without_metadata_is_no_gap_and_a_refusal_is_one(tmp_path: Path) -> None:
    """Without the call, what the entries show is taken from them."""
    bench = bench_of(tmp_path)
    bench.emulator.faults.add(Fault(path="^/v3/metadata", status=404, body=b"{}"))
    snapshot = bench.export()
    assert [gap for gap in snapshot.gaps() if gap["kind"] == "metadata"] == []
    bench.import_snapshot(snapshot)
    assert held(bench)["entry"]["seen"] == {"by": ["all", 3]}
    bench.emulator.faults.add(Fault(path="^/v3/metadata", status=403, body=b"{}"))
    (gap,) = [one for one in bench.export("refused").gaps() if one["kind"] == "metadata"]
    assert "not given by the service" in str(gap["reason"])


def test_a_selection_brings_the_metadata_of_its_objects(tmp_path: Path) -> None:
    """On export and on import; `--no-assets` and `--only` as well."""
    bench = bench_of(tmp_path)
    whole = bench.export()
    stream = Stream("metadata")

    def uids(name: str, **options: Any) -> set[str]:
        return {str(row["uid"]) for row in bench.export(name, **options).objects(stream)}

    assert uids("no-assets", assets=False) == {OF_HEN}
    assert uids("carts", types=frozenset({"cart"})) == set()
    assert OF_HEN in uids("pages", types=frozenset({"page"}))
    bench.import_snapshot(
        whole, only=frozenset({"assets", "folders", "files", "asset_versions", "metadata", "extensions"})
    )
    assert held(bench).keys() == {"asset"}


def test_metadata_of_an_object_that_did_not_arrive_is_a_gap(tmp_path: Path) -> None:
    def fill(stack: Stack) -> None:
        fill_every_kind(stack)
        row = stack.main.metadata[OF_HEN]
        stack.main.put("metadata", {**row, "uid": "csaaaaaaaaaaaaaa45", "entity_uid": "blt000000000000gone"})

    bench = bench_of(tmp_path, fill)
    gaps = bench.import_snapshot(bench.export()).gaps
    (gap,) = [one for one in gaps if one["kind"] == "metadata"]
    assert str(gap["reason"]).endswith("its object is not in the snapshot")


def test_metadata_of_an_asset_that_only_the_target_has_is_not_said_to_lack_it(tmp_path: Path) -> None:
    """The service may list metadata of what is deleted; the branch that is written to has the asset still."""
    bench = bench_of(tmp_path)
    bench.source.branches["dev"] = bench.source.main.fork(
        "dev", {"uid": "dev", "source": "main"}, ForkTerms()
    )
    del bench.source.branches["dev"].assets[PICTURE]
    snapshot = bench.export(branch="dev")
    gaps = bench.import_snapshot(snapshot, key=SOURCE, on_conflict="update").gaps
    told = [str(one["reason"]) for one in gaps if one["kind"] == "metadata"]
    assert [one.rpartition(": ")[2] for one in told] == ["its object is not in the snapshot"]


@pytest.mark.parametrize(("body", "status"), [(b'{"notice":"sent"}', 200), (b"{}", 422)])
def test_metadata_that_is_not_published_is_a_gap(tmp_path: Path, body: bytes, status: int) -> None:
    """Refused, or taken and never done: a notice does not say that it was done."""

    def fill(stack: Stack) -> None:
        """Of an entry that is not live itself, so that no publication takes it along."""
        fill_every_kind(stack)
        row = stack.main.metadata[OF_HEN]
        stack.main.put("metadata", {**row, "entity_uid": "bltcart", "_content_type_uid": "cart"})

    bench = bench_of(tmp_path, fill)
    snapshot = bench.export()
    path = "^/v3/metadata/.*/publish"
    bench.emulator.faults.add(Fault(path=path, status=status, body=body, carried_out=False, times=9))
    (gap,) = [one for one in bench.import_snapshot(snapshot).gaps if one["kind"] == "metadata"]
    assert gap["uid"] == OF_HEN
    assert "is in place but not published" in str(gap["reason"])


def test_what_is_kept_of_an_entry_that_is_made_anew_is_made_anew(tmp_path: Path) -> None:
    """The record of the deleted entry is still listed, and cannot be given to another one."""
    bench = bench_of(tmp_path, trash=False)
    snapshot = bench.export()
    bench.source.main.entries["page"].pop(HEN)
    options: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
    gaps = bench.import_snapshot(snapshot, **options).gaps
    assert [gap for gap in gaps if gap["kind"] == "metadata"] == []
    rows = [row for row in bench.source.main.metadata.values() if row["type"] == "entry"]
    about = {str(row["entity_uid"]): row for row in rows}
    (new,) = about.keys() - {HEN}
    assert new in bench.source.main.entries["page"]
    assert about[new]["seen"] == {"by": ["all", 3]}
