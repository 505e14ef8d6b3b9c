"""A test environment is seeded from production, and no original value of the chosen fields arrives there.

The search goes through every file of the snapshot and through everything that the target answers and shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sample_pairs import FAST, TOKEN, sample_pair

import stackferry
from stackferry import exact_json
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot

KEY = "an invented key of a test, long enough"
# What is replaced, and how it is asked for.
ASKED = {
    "contentstack": (
        "anonymise:fields=title,role,meta_title",
        {"title", "role", "meta_title"},
        {"entries", "assets"},
    ),
    "contentful": (
        "anonymise:fields=name,role,title,fileName",
        {"name", "role", "title", "fileName"},
        {"entries", "assets"},
    ),
    "azure-devops": (
        "anonymise:field-types=identity",
        {"displayName", "uniqueName"},
        {"releases", "definitions"},
    ),
}
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKFERRY_TRANSFORM_KEY", KEY)


def values_in(value: Any, names: set[str], *, chosen: bool = False) -> Iterator[str]:
    """Every text below a field of one of these names."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from values_in(inner, names, chosen=chosen or name in names)
    elif isinstance(value, list):
        for inner in value:
            yield from values_in(inner, names, chosen=chosen)
    elif chosen and isinstance(value, str) and len(value) > 3:
        yield value


def originals(snapshot: Snapshot, names: set[str], kinds: set[str]) -> set[str]:
    """Every original value: of the documents, in each version."""
    mine = (stream for stream in dict(snapshot.stream_files()) if stream.kind in kinds)
    found = (one for stream in mine for row in snapshot.objects(stream) for one in values_in(row, names))
    labels = (one for row in snapshot.objects(Stream("content_types")) for one in every_text(row))
    return {*found} - {*labels}  # what a field is called may be what an entry is called, too


def found_in(root: Path, values: set[str]) -> dict[str, str]:
    """Which of these values stand in which file, whole; not those of files that people uploaded."""
    found = {}
    for file in root.rglob("*"):
        if file.is_file() and "files" not in file.relative_to(root).parts:
            lines = [exact_json.loads(line) for line in file.read_bytes().splitlines()]
            texts = set(every_text(lines))
            found.update(dict.fromkeys(values & texts, file.name))
    return found


def every_text(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from every_text(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_text(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("system", ["contentstack", "contentful"])
@pytest.mark.parametrize("when", ["export", "import", "copy"])
async def test_no_original_value_arrives(system: str, when: str, tmp_path: Path) -> None:
    asked, names, kinds = ASKED[system]
    options, writing = stackferry.ReadOptions(versions="all"), stackferry.WriteOptions(versions="all")
    with sample_pair(system) as pair:
        plain = await exported(pair.source, tmp_path / "plain", [], options)
        values = originals(plain, names, kinds)
        assert len(values) > 3
        state: Any = {"token": TOKEN, "state": tmp_path / "state", "speed": FAST}
        if when == "copy":
            arrived = await stackferry.copy(
                *(pair.source, pair.target),
                source_token=TOKEN,
                target_token=TOKEN,
                speed=FAST,
                state=tmp_path / "state",
                reading=options,
                writing=writing,
                transforms=[asked],
            )
        else:
            on_export, on_import = ([asked], []) if when == "export" else ([], [asked])
            snapshot = await exported(pair.source, tmp_path / "snapshot", on_export, options)
            assert bool(found_in(tmp_path / "snapshot", values)) is (when == "import")
            arrived = await stackferry.import_(
                snapshot, pair.target, options=writing, transforms=on_import, **state
            )
            compared = await stackferry.verify(snapshot, pair.target, transforms=on_import, **state)
            assert compared.differences == []
        assert arrived.objects["entries"] == len({*uids(plain)})
        await exported(pair.target, tmp_path / "target", [], options)
        assert found_in(tmp_path / "target", values) == {}


async def test_the_next_night_writes_what_was_edited(tmp_path: Path) -> None:
    """A new snapshot, a new checkpoint: what did not change has the same pseudonyms."""
    asked, _, _ = ASKED["contentstack"]
    into: Any = {"token": TOKEN, "speed": FAST, "transforms": [asked]}
    with sample_pair("contentstack") as pair:
        writing = stackferry.WriteOptions(on_conflict="update")
        for night, writes in (("first", True), ("second", False)):
            snapshot = await exported(pair.source, tmp_path / night, [], stackferry.ReadOptions())
            report = await stackferry.import_(
                snapshot, pair.target, options=writing, state=tmp_path / f"{night} state", **into
            )
            assert bool(report.requests["write"] + report.requests["bulk"]) is writes


async def test_an_archive_of_releases_names_nobody(tmp_path: Path) -> None:
    """The people of approvals and deployments; logs are not searched, they are what tasks printed."""
    asked, names, kinds = ASKED["azure-devops"]
    with sample_pair("azure-devops") as pair:
        options = stackferry.ReadOptions()
        values = originals(await exported(pair.source, tmp_path / "plain", [], options), names, kinds)
        snapshot = await exported(pair.source, tmp_path / "snapshot", [asked], options)
    assert "bo.lindqvist@fabrikam.example" in values
    assert found_in(tmp_path / "snapshot", values) == {}
    assert [*snapshot.verify()] == []
    rows = stackferry.evidence(snapshot).rows
    assert rows
    assert values & {*every_text([*rows])} == set()


async def exported(
    place: str, directory: Path, transforms: list[str], options: stackferry.ReadOptions
) -> Snapshot:
    report = await stackferry.export(
        place, directory, token=TOKEN, options=options, transforms=transforms, speed=FAST
    )
    return report.snapshot


def uids(snapshot: Snapshot) -> Iterator[str]:
    streams = (stream for stream in dict(snapshot.stream_files()) if stream.kind == "entries")
    for row in (row for stream in streams for row in snapshot.objects(stream)):
        yield str(row.get("uid") or row["sys"]["id"])  # type: ignore[index, call-overload]
