"""Somebody edits the space while an export runs: the snapshot is as it was before or after, and never a mixture."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import put_entries
from space_bench import make_space_bench
from space_edits import EDITS, REQUESTS, document_sys, edit_after, save_entry
from workbench import RecordingTransport, file_digests

from sampling import sampled
from stackferry.io.storage.snapshot import Snapshot, SnapshotIndex
from stackferry.model import Stream
from stackferry.providers.contentful.kinds import record_key

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from stackferry.emulators.contentful import Environment, Space


def fields_of(snapshot: Snapshot, uid: str) -> Any:
    with closing(SnapshotIndex(snapshot, record_key)) as index:
        return (index.get(Stream("entries", "page"), uid) or {}).get("fields")


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("number", sampled([*range(1, REQUESTS + 1)], 3))
def test_a_snapshot_is_never_a_mixture(root: Path, edit: Any, number: int) -> None:
    bench = make_space_bench(root, fill_every_kind)
    before = file_digests(bench.export("before", versions="all", editorial=True).root)
    snapshot = bench.export(
        "meanwhile", versions="all", editorial=True, transport=edit_after(bench, number, edit)
    )
    after = file_digests(bench.export("after", versions="all", editorial=True).root)
    assert snapshot.gaps() == []
    assert before != after
    assert file_digests(snapshot.root) in (before, after)


def test_what_is_looked_at_is_as_it_was_at_the_end(root: Path) -> None:
    """An edit before the second look is in the snapshot."""
    bench = make_space_bench(root, fill_every_kind)
    sent = edit_after(bench, 0, None)
    bench.export("count", transport=sent)
    looks = [line for line in sent.log if "select=sys" in line]
    assert len(looks) == 2
    before_looks = sent.log.index(looks[0]) - 3
    snapshot = bench.export(transport=edit_after(bench, before_looks, save_entry))
    assert fields_of(snapshot, "hen") == {"title": {"en-US": "Hen, by hand", "de": "Huhn"}}


def test_a_single_edit_of_many_entries_is_read_alone(root: Path) -> None:
    def fill(space: Space, environment: Environment) -> None:
        fill_every_kind(space, environment)
        put_entries(environment, 1_500)

    bench = make_space_bench(root, fill)
    transport = edit_after(bench, 20, save_entry)
    snapshot = bench.export(transport=transport)
    assert snapshot.gaps() == []
    listed = [line for line in transport.log if "/entries?" in line and "public" not in line]
    whole = [
        line for line in listed if "select" not in line and "[in]" not in line and "%5Bin%5D" not in line
    ]
    assert len([line for line in whole if "releases" not in line]) == 2, "both pages once"
    assert fields_of(snapshot, "hen") == {"title": {"en-US": "Hen, by hand", "de": "Huhn"}}


def test_a_space_that_never_rests_is_told(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.url.path.endswith("/entries"):
            sys = document_sys(bench.source.master, "entries", "fox")
            sys.update(
                version=sys["version"] + 1, updatedAt=f"2031-01-01T00:00:{sys['version'] % 60:02d}.000Z"
            )
            bench.source.master.changed()

    (gap,) = bench.export(transport=RecordingTransport(bench.emulator, hook)).gaps()
    assert gap["kind"] == "entries"
    assert "it was edited again and again while it was read" in str(gap["reason"])
