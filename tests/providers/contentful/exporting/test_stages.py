"""An export of a small space: what is asked for, and what lies in the snapshot afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_space import fill_small, ids
from space_bench import SpaceBench, make_space_bench
from workbench import RecordingTransport, file_digests, memory_directory

from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture
def bench() -> Iterator[SpaceBench]:
    with memory_directory() as path:
        yield make_space_bench(path, fill_small)


def test_a_live_body_is_kept_where_it_is_not_the_current_one(bench: SpaceBench) -> None:
    snapshot = bench.export()
    assert ids(snapshot.objects(Stream("entries", "page"))) == ["changed", "draft", "live", "partly"]
    assert ids(snapshot.objects(Stream("published_entries", "page"))) == ["changed", "partly"]
    assert [row["fields"] for row in snapshot.objects(Stream("published_entries", "page"))] == [
        {"title": {"en-US": "old words"}},
        {"title": {"en-US": "the tide"}},
    ]
    assert snapshot.gaps() == []
    assert snapshot.manifest["master_locale"] == "en-US"
    snapshot.check()


def test_a_file_that_two_locales_share_is_read_once_and_without_the_credential(bench: SpaceBench) -> None:
    told: list[str] = []

    def watch(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if not done and request.url.path.endswith("boat.png"):
            told.append(request.headers.get("authorization", "nothing"))

    bench.emulator.asset_host = "images.invented"
    snapshot = bench.export(transport=RecordingTransport(bench.emulator, watch))
    (row,) = snapshot.objects(Stream("files"))
    assert (row["uid"], row["size"]) == (f"//images.invented/{bench.source.id}/boat/token/boat.png", 3)
    assert told == ["nothing"]


def test_only_the_latest_bodies_are_read_where_these_are_asked_for(bench: SpaceBench) -> None:
    bench.export(versions="latest")
    assert not [path for path in bench.paths() if path.startswith("public/")]


def test_the_same_space_gives_the_same_bytes(bench: SpaceBench) -> None:
    one, two = bench.export("one"), bench.export("two")
    assert file_digests(one.root) == file_digests(two.root)
