"""`drop-field`, `rename-field` and `prefix-title` from a place into another, and `anonymise` by type of field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sample_pairs import FAST, TOKEN, sample_pair

import stackferry
from stackferry.errors import UsageError
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

    from sample_pairs import SamplePair

    from stackferry.io.storage.snapshot import Snapshot

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def moved(pair: SamplePair, root: Path, transform: str) -> tuple[Snapshot, Snapshot]:
    """A place through a transform into another one; what arrived, and what the source has. Verified on the way."""
    plain = (await stackferry.export(pair.source, root / "plain", token=TOKEN, speed=FAST)).snapshot
    writing: Any = {"token": TOKEN, "speed": FAST, "state": root / "state", "transforms": [transform]}
    before = pair.writes
    plan = await stackferry.plan_import(plain, pair.target, **writing)
    assert pair.writes == before
    arrived = await stackferry.import_(plain, pair.target, **writing)
    assert sum(arrived.requests.values()) > plan.planned_requests["write"] > 0
    assert (await stackferry.verify(plain, pair.target, **writing)).differences == []
    there = (await stackferry.export(pair.target, root / "there", token=TOKEN, speed=FAST)).snapshot
    return there, plain


def rows(snapshot: Snapshot, kind: str, type_: str = "") -> list[Any]:
    streams = (
        one for one in snapshot.record_counts() if one.kind == kind and (not type_ or one.type == type_)
    )
    return [row for stream in streams for row in snapshot.objects(stream)]


async def test_a_field_of_a_stack_is_dropped(tmp_path: Path) -> None:
    with sample_pair("contentstack") as pair:
        there, plain = await moved(pair, tmp_path, "drop-field:fields=role;content-types=person")
    assert any(row["role"] for row in rows(plain, "entries", "person"))
    assert not any(row.get("role") for row in rows(there, "entries", "person"))
    fields = [
        one["uid"] for row in rows(there, "content_types") if row["uid"] == "person" for one in row["schema"]
    ]
    assert "role" in fields


async def test_a_field_of_a_stack_has_another_name_in_type_and_documents(tmp_path: Path) -> None:
    with sample_pair("contentstack") as pair:
        there, plain = await moved(pair, tmp_path, "rename-field:from=role;to=job;content-types=person")
    jobs = {row["title"]: row["job"] for row in rows(there, "entries", "person") if row["locale"] == "en-us"}
    assert jobs == {
        row["title"]: row["role"] for row in rows(plain, "entries", "person") if row["locale"] == "en-us"
    }
    assert not any("role" in row for row in rows(there, "entries", "person"))


async def test_a_field_of_a_space_is_dropped_and_renamed(tmp_path: Path) -> None:
    with sample_pair("contentful") as pair:
        there, plain = await moved(pair, tmp_path, "rename-field:from=role;to=job;content-types=person")
    assert {row["sys"]["id"]: row["fields"].get("job") for row in rows(there, "entries", "person")} == {
        row["sys"]["id"]: row["fields"].get("role") for row in rows(plain, "entries", "person")
    }
    with sample_pair("contentful") as pair:
        there, _ = await moved(pair, tmp_path / "2", "drop-field:fields=role")
    assert not any("role" in row["fields"] for row in rows(there, "entries", "person"))


@pytest.mark.parametrize(("system", "path"), [("contentstack", "title"), ("contentful", "name")])
async def test_titles_begin_with_a_prefix(system: str, path: str, tmp_path: Path) -> None:
    with sample_pair(system) as pair:
        there, _ = await moved(pair, tmp_path, "prefix-title:prefix=[test] ;content-types=person")
    found = [row.get("fields", row)[path] for row in rows(there, "entries", "person")]
    shown = [text for one in found for text in (one.values() if isinstance(one, dict) else [one])]
    assert shown
    assert all(one.startswith("[test] ") for one in shown)


async def test_releases_and_definitions_begin_with_a_prefix(tmp_path: Path) -> None:
    with sample_pair("azure-devops") as pair:
        there, plain = await moved(pair, tmp_path, "prefix-title:prefix=T-")
    assert {row["name"] for row in rows(there, "definitions")} == {
        f"T-{row['name']}" for row in rows(plain, "definitions")
    }
    assert all(row["name"].startswith("T-") for row in rows(there, "releases"))


async def test_fields_of_a_type_are_found_by_the_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "an invented key of a test")
    with sample_pair("contentful") as pair:
        asked = "anonymise:field-types=Symbol;content-types=person;key-env=A_KEY"
        found = await stackferry.export(
            pair.source, tmp_path / "a", token=TOKEN, transforms=[asked], speed=FAST
        )
        plain = await stackferry.export(pair.source, tmp_path / "b", token=TOKEN, speed=FAST)
    types = {row["id"]: row["type"] for one in rows(plain.snapshot, "content_types") if one["sys"]["id"] == "person"
             for row in one["fields"]}  # fmt: skip
    pairs = zip(
        rows(found.snapshot, "entries", "person"), rows(plain.snapshot, "entries", "person"), strict=True
    )
    changed = {
        name for one, other in pairs for name in one["fields"] if one["fields"][name] != other["fields"][name]
    }
    assert changed == {name for name, of in types.items() if of == "Symbol"}
    assert rows(found.snapshot, "entries", "place") == rows(plain.snapshot, "entries", "place")
    assert "an invented key" not in (tmp_path / "a" / "manifest.json").read_text()
    assert found.snapshot.manifest["transforms"][0]["options"] == {  # type: ignore[index, call-overload]
        "content-types": "person",
        "field-types": "Symbol",
    }


async def test_another_key_is_another_transform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests, titles = set(), set()
    with sample_pair("contentstack") as pair:
        for number, key in enumerate(
            ("an invented key, one", "an invented key, two", "an invented key, one")
        ):
            (tmp_path / "key").write_text(key + "\n")
            asked = f"anonymise:fields=title;key-file={tmp_path / 'key'}"
            report = await stackferry.export(
                pair.source, tmp_path / str(number), token=TOKEN, transforms=[asked], speed=FAST
            )
            digests.add(report.snapshot.manifest["transforms"][0]["digest"])  # type: ignore[index, call-overload]
            titles.add(
                str([row["title"] for row in report.snapshot.objects(Stream("entries", "person", "en-us"))])
            )
    assert (len(digests), len(titles)) == (2, 2)
    monkeypatch.setenv("STACKFERRY_TRANSFORM_KEY", "short")
    with pytest.raises(UsageError, match="5 bytes; it needs 16"):
        await stackferry.export("contentstack+http://k@127.0.0.1:9/m", tmp_path / "x", token=TOKEN,
                                transforms=["anonymise:fields=title"])  # fmt: skip


@pytest.mark.parametrize(
    ("system", "transform", "why"),
    [
        ("contentstack", "rename-field:from=title;to=name;content-types=person", "'title' cannot be renamed"),
        ("contentstack", "rename-field:from=role;to=portrait;content-types=person", "'portrait' already"),
        ("azure-devops", "rename-field:from=name;to=title;content-types=x", "azure-devops has none"),
        ("azure-devops", "anonymise:field-types=text;key-env=A_KEY", "the only type of fields"),
        ("contentful", "anonymise:fields=sys;key-env=A_KEY", "'sys' is no field"),
    ],
)
async def test_what_cannot_be_done_is_refused(
    system: str, transform: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "an invented key of a test")
    with sample_pair(system) as pair, pytest.raises(UsageError, match=why):
        await stackferry.export(pair.source, tmp_path / "a", token=TOKEN, transforms=[transform], speed=FAST)
