"""A space with an object of every kind: all of it is in the snapshot, also where the pages leave answers open."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_kind_space import OBJECTS, fill_every_kind
from space_bench import SOURCE, TOKEN, make_space_bench
from workbench import RecordingTransport, file_digests, run_async

from stackferry.emulators.contentful import Switches
from stackferry.json_values import as_list, objects
from stackferry.model import Stream
from stackferry.providers.contentful.kinds import BY_NAME, record_key

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot


def held(snapshot: Snapshot) -> dict[str, Counter[tuple[str, int]]]:
    """The keys of a snapshot's records, by kind."""
    found: dict[str, Counter[tuple[str, int]]] = {}
    for stream, _ in snapshot.stream_files():
        keys = Counter(record_key(stream.kind, row) for row in snapshot.objects(stream))
        found.setdefault(stream.kind, Counter()).update(keys)
    return found


def wanted() -> dict[str, Counter[tuple[str, int]]]:
    found = {kind: Counter(record_key(kind, row) for row in rows) for kind, rows in OBJECTS.items()}
    # The only snapshot of the type says what the type says: it is not asked for.
    del found["content_type_snapshots"]
    return found


SERVICES = {
    "as it is likely": Switches(),
    "releases of the first generation alone": Switches(release_list="v1"),
    "what a release has made is not listed": Switches(release_lists_own=False),
    "short pages": Switches(page_rows=2, locale_rows=1, snapshot_rows=100),
    "no state by locale": Switches(status_without_mode=False),
    "states by version": Switches(field_status="version"),
    "no cursors": Switches(cursors=False),
}


@pytest.mark.parametrize("switches", SERVICES.values(), ids=SERVICES)
def test_every_object_is_there_once(root: Path, switches: Switches) -> None:
    bench = make_space_bench(root, fill_every_kind, switches=switches)
    bench.source.master.entries["hen"].sys["publishedCounter"] = 2
    snapshot = bench.export(versions="all", editorial=True)
    snapshot.check()
    found, expected = held(snapshot), wanted()
    assert {kind: found.get(kind) for kind in expected} == expected
    assert snapshot.gaps() == []
    assert {kind for kind in found if kind not in expected} <= {"files", "content_type_snapshots"}
    limits = {str(row["kind"]) for row in objects(snapshot.manifest["limits"])}
    assert not limits & BY_NAME.keys(), "all kinds are offered"
    assert "type_history" in limits, "no import replays the versions of types"


def test_bodies_are_as_the_service_gives_them(root: Path) -> None:
    """Read one by one, past the code under test."""
    bench = make_space_bench(root, fill_every_kind)
    snapshot = bench.export()

    async def read(path: str) -> Any:
        transport = RecordingTransport(bench.emulator)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator.invented") as client:
            answer = await client.get(path, headers={"authorization": f"Bearer {TOKEN}"})
            return answer.json()

    place = f"/spaces/{SOURCE}/environments/master"
    for kind, path in {
        "entries": "entries/{}",
        "assets": "assets/{}",
        "content_types": "content_types/{}",
        "tags": "tags/{}",
        "extensions": "extensions/{}",
        "releases": "releases/{}",
    }.items():
        for stream, _ in snapshot.stream_files():
            for row in snapshot.objects(stream) if stream.kind == kind else ():
                address = f"{place}/{path.format(record_key('', row)[0])}"
                assert row == run_async(partial(read, address)), kind


def test_taxonomy_comes_as_far_as_it_is_used(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    organization = bench.source.organization
    organization.concepts["unused"] = {
        "sys": {"type": "TaxonomyConcept", "id": "unused", "version": 1},
        "prefLabel": {"en-US": "Unused"},
        "broader": [],
        "related": [],
    }
    part, whole = bench.export("part"), bench.export("whole", taxonomy=frozenset({"all"}))
    assert sorted(uid for uid, _ in held(part)["concepts"]) == ["animals", "birds"]
    assert sorted(uid for uid, _ in held(whole)["concepts"]) == ["animals", "birds", "unused"]


def test_no_taxonomy_is_asked_for_where_nothing_names_it(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    environment = bench.source.master
    for entry in (*environment.entries.values(), *environment.releases["campaign"].entries.values()):
        for body in (entry.body, entry.live or {}):
            metadata = body.get("metadata")
            assert isinstance(metadata, dict) or not body
            if isinstance(metadata, dict):
                metadata["concepts"] = []
    snapshot = bench.export()
    assert "concepts" not in held(snapshot)
    assert not [path for path in bench.paths() if "taxonomy" in path]


def test_an_organization_that_is_not_told_is_a_gap_of_the_taxonomy(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind, switches=Switches(space_shows_organization=False))
    gaps = {str(gap["kind"]) for gap in bench.export().gaps()}
    assert gaps == {"concepts", "concept_schemes"}


def test_entries_of_an_archived_release_that_are_not_given_are_a_gap(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind, switches=Switches(archived_release_entries=False))
    bench.source.master.releases["campaign"].raw["sys"]["status"] = "archived"  # type: ignore[index,call-overload]
    gaps = [str(gap["kind"]) for gap in bench.export().gaps()]
    assert sorted(gaps) == ["release_assets/campaign", "release_entries/campaign"]


def test_the_latest_alone_has_no_live_bodies_and_no_bodies_of_releases(root: Path) -> None:
    found = held(make_space_bench(root, fill_every_kind).export(versions="latest"))
    parts = {"published_entries", "published_assets", "release_entries", "release_assets", "entry_snapshots"}
    assert not parts & found.keys()
    assert found["releases"] == wanted()["releases"]


def test_the_same_space_gives_the_same_bytes(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    one, two = (bench.export(name, versions="all", editorial=True) for name in ("one", "two"))
    assert file_digests(one.root) == file_digests(two.root)


def test_an_alias_of_the_environment_may_hold_schedules_of_its_own(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    row = next(iter(bench.source.scheduled_actions.values()))
    alias: Any = {"sys": {"type": "Link", "linkType": "Environment", "id": "live"}}
    bench.source.scheduled_actions["by-alias"] = {
        **row,
        "sys": {**row["sys"], "id": "by-alias"},  # type: ignore[dict-item]
        "environment": alias,
    }
    assert ("by-alias", 0) in held(bench.export())["scheduled_actions"]


def test_a_token_of_a_key_is_never_kept(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    bench.source.api_keys["site"]["accessToken"] = "invented-delivery-token"
    for name, keep in (("without", False), ("with", True)):
        snapshot = bench.export(name, keep_secrets=keep)
        (key,) = snapshot.objects(Stream("api_keys"))
        assert key["accessToken"] == "REDACTED"
        assert "api_keys site /accessToken" in as_list(snapshot.manifest["redacted"])
