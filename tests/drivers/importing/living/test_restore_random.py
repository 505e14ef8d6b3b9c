"""Any entry of a random stack, restored after random edits: it is as it was, and nothing else has changed."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from random_stack import fill_random
from workbench import SOURCE, SYSTEM, make_workbench, memory_directory

from sampling import sampled
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject, Stream

EDITS = 40
OWN = ("uid", "_version", "locale", "publish_details", "updated_at", "updated_by", "_in_progress", "ACL")


def documents(snapshot: Snapshot, uid: str) -> Iterator[tuple[Stream, JsonObject]]:
    for stream, _ in snapshot.stream_files():
        for row in snapshot.objects(stream) if stream.kind == "entries" else ():
            if row["uid"] == uid:
                yield stream, row


def plain(value: Any) -> Any:
    """Without what the service makes itself: uids of instances, and empty values."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "doc":
        return "rich text"
    if "filename" in value and "uid" in value:  # what is read of a file is the file, what is written its uid
        return value["uid"]
    kept = {name: plain(one) for name, one in value.items() if name not in ("_metadata", "_version")}
    return {name: one for name, one in kept.items() if one not in (None, [], {})}


def spied(bench: Workbench) -> list[tuple[str, str]]:
    """Path and body of each write from now on."""
    found: list[tuple[str, str]] = []
    handle = bench.emulator.handle

    def seen(request: Any) -> Any:
        if request.method != "GET":
            found.append((request.path, request.body.decode("utf-8", "replace")))
        return handle(request)

    bench.emulator.handle = seen  # type: ignore[method-assign] # the seam of the emulator's application
    return found


def others(bench: Workbench, uid: str) -> Any:
    """Everything of the branch but one entry."""
    main = bench.source.main
    entries = {
        kind: {one: held for one, held in table.items() if one != uid} for kind, table in main.entries.items()
    }
    return deepcopy(
        (entries, main.assets, main.content_types, main.global_fields, main.releases, main.locales)
    )


def wrong_fields(bench: Workbench, snapshot: Snapshot, uid: str, gaps: list[JsonObject]) -> list[str]:
    """The fields of an entry that are neither as in the snapshot nor told as a gap."""
    found: list[str] = []
    places = {(gap.get("locale"), str(gap.get("path"))) for gap in gaps}
    for stream, row in documents(snapshot, uid):
        schema: Any = bench.source.main.content_types[stream.type]["schema"]
        held = bench.source.main.entries[stream.type][uid].documents[stream.locale].latest
        for name in {field["uid"] for field in schema} & row.keys() - set(OWN):
            is_told = any(code == stream.locale and f"/{name}" in f"{path}/" for code, path in places)
            if not is_told and plain({"": held.get(name)}) != plain({"": row[name]}):
                found.append(f"{stream.locale} {name}: {held.get(name)!r} is not {row[name]!r}")
    return found


@pytest.mark.parametrize("seed", sampled(range(60), 6))
def test_any_entry_after_any_edits(seed: int) -> None:
    with memory_directory() as root:
        bench, random = make_workbench(root, lambda stack: fill_random(stack, seed)), Random(seed)
        main = bench.source.main
        snapshot = bench.export()
        uids = sorted({uid for table in main.entries.values() for uid, one in table.items() if one.documents})
        Editors(bench, seed).work(EDITS, naming=False)
        for uid in random.sample(uids, min(4, len(uids))):
            asked: dict[str, Any] = {
                "key": SOURCE,
                "on_conflict": "update",
                "selection": Selection(uids=frozenset({uid})),
                "only": SYSTEM.parse_kinds(["entries"]),
            }
            is_there = any(uid in table for table in main.entries.values())
            untouched, writes = others(bench, uid), spied(bench)
            done = bench.import_snapshot(snapshot, f"restore {uid}", **asked)
            assert [path for path, body in writes if uid not in path and uid not in body] == []
            if is_there:
                assert others(bench, uid) == untouched
                assert wrong_fields(bench, snapshot, uid, done.gaps) == []
            count = len(writes)
            again = bench.import_snapshot(snapshot, f"restore {uid}", **asked)
            assert writes[count:] == []
            assert again.gaps == done.gaps
