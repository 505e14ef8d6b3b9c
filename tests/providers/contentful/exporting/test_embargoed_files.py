"""Files that only a signed address opens, and files that do not come as they should."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from small_space import asset, content_type, store_file
from space_bench import SpaceBench, make_space_bench
from workbench import RecordingTransport, memory_directory

from stackferry.emulators.contentful import Access
from stackferry.emulators.contentful.space import StoredFile
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from stackferry.emulators.contentful import Environment, Space

HOST = "images.secure.ctfassets.net"
COUNT = 5


def fill(space: Space, environment: Environment) -> None:
    environment.put_content_type(content_type("page"))
    space.embargoed = True
    for number in range(COUNT):
        path = store_file(space, f"/{space.id}/a{number}/token/a.png", secure=True)
        environment.put_asset(asset(f"a{number}", {"en-US": path}))


@pytest.fixture
def bench() -> Iterator[SpaceBench]:
    with memory_directory() as path:
        yield make_space_bench(path, fill)


@pytest.mark.parametrize("host", [HOST, None], ids=["known by its name", "known by its refusal"])
def test_embargoed_files_come_with_one_key(bench: SpaceBench, host: str | None) -> None:
    bench.emulator.asset_host = host
    snapshot = bench.export()
    assert len([*snapshot.objects(Stream("files"))]) == COUNT
    assert snapshot.gaps() == []
    assert bench.paths("POST") == ["asset_keys"]


def test_key_and_signature_reach_no_disk_log_or_message(
    bench: SpaceBench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    bench.emulator.asset_host, asked = HOST, list[str]()

    def watch(transport: RecordingTransport, request: httpx.Request, done: bool) -> None:
        transport.log.clear()
        if not done and request.url.host == HOST:
            asked.append(str(request.url))

    bench.source.files[f"/{bench.source.id}/a0/token/a.png"].content = None  # one that answers 404
    snapshot = bench.export(transport=RecordingTransport(bench.emulator, watch))
    ((policy, secret),) = bench.source.asset_keys.items()
    tokens = [address.partition("token=")[2].partition("&")[0] for address in asked]
    assert len(tokens) == COUNT
    assert all(tokens)
    kept = [path.read_bytes().decode("latin-1") for path in snapshot.root.rglob("*") if path.is_file()]
    told = [*kept, *(record.getMessage() for record in caplog.records), *map(str, snapshot.gaps())]
    for credential in (policy, secret, *tokens):
        assert not [text for text in told if credential in text]
    assert len(snapshot.gaps()) == 1


def test_files_are_gaps_where_no_key_is_given(bench: SpaceBench) -> None:
    bench.emulator.asset_host, bench.source.embargoed = HOST, False
    gaps = bench.export().gaps()
    assert [gap["kind"] for gap in gaps] == ["files"] * COUNT
    assert all("no key is given for that" in str(gap["reason"]) for gap in gaps)
    assert bench.paths("POST") == ["asset_keys"], "a refusal is not asked for again"


def test_a_file_without_bytes_never_passes(bench: SpaceBench) -> None:
    """A proxy that answers 200 with nothing: not kept, and told; what is announced as empty is kept."""
    bench.source.embargoed = False
    for number in range(COUNT):
        path = f"/{bench.source.id}/a{number}/token/a.png"
        bench.source.files[path] = StoredFile(b"" if number < 2 else b"png", "image/png")
    document = bench.source.master.assets["a1"]
    file: Any = document.body["fields"]
    file["file"]["en-US"]["details"]["size"] = 0
    snapshot = bench.export()
    assert [gap["kind"] for gap in snapshot.gaps()] == ["files"]
    sizes = [row["size"] for row in snapshot.objects(Stream("files"))]
    assert sorted(map(str, sizes)) == ["0", "3", "3", "3"]


def test_a_file_of_another_size_is_told(bench: SpaceBench) -> None:
    bench.source.embargoed = False
    for path in [*bench.source.files]:
        bench.source.files[path] = StoredFile(b"a longer one", "image/png")
    gaps = bench.export().gaps()
    assert len(gaps) == COUNT
    assert all("12 came: kept as they came" in str(gap["reason"]) for gap in gaps)


def test_files_that_are_not_there_are_gaps_and_the_rest_comes(bench: SpaceBench) -> None:
    bench.source.embargoed = False
    for number, path in enumerate([*bench.source.files]):
        bench.source.files[path] = StoredFile(b"png" if number else None, "image/png")
    snapshot = bench.export()
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["uid"]) == ("files", f"//{bench.host}/{bench.source.id}/a0/token/a.png")
    assert "404" in str(gap["reason"])
    assert len([*snapshot.objects(Stream("files"))]) == COUNT - 1


def test_without_assets_no_file_and_no_key_is_asked_for(bench: SpaceBench) -> None:
    bench.source.tokens["cf-invented-token"] = Access("invented-user", refused={"assets": 403})
    snapshot = bench.export(assets=False)
    assert snapshot.gaps() == []
    assert bench.paths("POST") == []
    assert not [path for path in bench.paths() if "assets" in path]


def test_a_second_export_asks_for_a_key_of_its_own(bench: SpaceBench) -> None:
    bench.emulator.asset_host = HOST
    bench.export("one")
    bench.export("two")
    assert len(bench.source.asset_keys) == 2
