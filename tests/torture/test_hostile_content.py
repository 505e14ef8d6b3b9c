"""Hostile content: it survives export and import exactly, or is refused with its place, and never becomes a path."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from workbench import SOURCE, TARGET, Workbench, file_digests, make_workbench

from oracle import compare
from stackferry import exact_json
from stackferry.emulators.faults import Fault
from stackferry.errors import BadAnswer, CorruptError, SnapshotCorrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

NAMES = (
    "../../etc/passwd", "/etc/passwd", "C:\\windows\\x", "..\\x", "a/../../b", "CON", "nul.txt", "dot.", "space ",
    "a:b", "new\nline", "\u202egpj.exe", "x" * 300, "\U0001f6a2" * 255, "..", "-rf", "caf\u00e9", "cafe\u0301",
    "Page", "page", "\u0130stanbul", "istanbul", "stra\u00dfe", "STRASSE", "a\u200db", "%2e%2e%2f", "~", "$HOME", "*",
)  # fmt: skip
VALUES: dict[str, Any] = {
    "integers": [2**53 - 1, 2**53 + 1, 2**63, 2**64, 10**30 + 7, -(2**64)],
    "floats": [1e-320, -0.0, 0.1, 1.7976931348623157e308, 1.5],
    "separators": "a\u2028b\u2029c\u0085d",
    "nul": "a\u0000b",
    "replacement": "\ufffd is not an error",
    "forms": ["caf\u00e9", "cafe\u0301"],
    "direction": "\u202eabc\u202c",
    "surrogate": "\ud800 alone",
    "large": "harbour " * 131_072,
    "wide": {f"field {number}": number for number in range(100_000)},
    "markup": "</script><!-- ]]> & \" ' \\",
    "beyond floats": exact_json.loads(b"[1e400, -1e400, 1.00000000000000000001, 1E2, 0.1000]"),
    "empty": ["", [], {}, None, False, 0],
}  # fmt: skip


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value


def with_values(values: dict[str, Any]) -> Callable[[Stack], None]:
    """A stack with an entry for each value, in a custom field that may hold any JSON."""

    def fill(stack: Stack) -> None:
        title = {
            "uid": "title",
            "display_name": "Title",
            "data_type": "text",
            "mandatory": True,
            "unique": True,
        }
        free = {"uid": "free", "display_name": "Free", "data_type": "json", "extension_uid": "bltextension",
                "field_metadata": {"extension": True}}  # fmt: skip
        stack.main.put("extensions", {"uid": "bltextension", "title": "Free", "type": "field", "data_type": "json",
                                  "src": "https://example.org/e", "config": ""})  # fmt: skip
        schema: list[Any] = [title, free]
        facts: JsonObject = {
            "uid": "thing",
            "title": "Thing",
            "schema": schema,
            "options": {"title": "title"},
        }
        stack.main.put_content_type(facts)
        for number, (name, value) in enumerate(values.items()):
            entry: JsonObject = {"uid": f"bltthing{number:04}", "title": name, "free": {"value": value}}
            stack.main.put_entry_version("thing", "en-us", {**entry, "_version": 1, "locale": "en-us"})

    return fill


def kept(workbench: Workbench, name: str) -> dict[str, Any]:
    """The values in a snapshot, by the title of their entry."""
    lines = (workbench.root / name / "entries" / "thing" / "en-us.jsonl").read_bytes().splitlines()
    found: Any = map(exact_json.loads, lines)
    return {entry["title"]: entry["free"]["value"] for entry in found}


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_survives_export_and_import(root: Path, value: str) -> None:
    """B8, D5, D6, I7: exactly, in the snapshot and in a snapshot of the target."""
    workbench = make_workbench(root, with_values({value: VALUES[value]}))
    snapshot = workbench.export("first")
    assert exact(kept(workbench, "first")[value]) == exact(VALUES[value])
    assert workbench.import_snapshot(snapshot).gaps == []
    workbench.export("second", key=TARGET)
    assert exact(kept(workbench, "second")[value]) == exact(VALUES[value])
    assert workbench.emulator.defects == []


def exact(value: Any) -> Any:
    """A value in which -0.0 is not 0, 1 is not 1.0, and True is not 1."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value).__name__, str(value)


@pytest.fixture
def default_recursion_limit() -> Iterator[None]:
    """The limit with which the interpreter starts."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(max(before, sys.getrecursionlimit()))


@pytest.mark.usefixtures("default_recursion_limit")
@pytest.mark.parametrize("depth", [200, 254, 255, 500, 1000])
def test_a_deep_document_survives_export_and_import(root: Path, depth: int) -> None:
    """B8, I7: up to the depth that is allowed, which is deeper than orjson writes."""
    workbench = make_workbench(root, with_values({"deep": nested(depth)}))
    assert workbench.import_snapshot(workbench.export("first")).gaps == []
    workbench.export("second", key=TARGET)
    first, second = kept(workbench, "first")["deep"], kept(workbench, "second")["deep"]
    for _ in range(depth):
        (first,), (second,) = first, second
    assert (first, second) == ("deep", "deep")


@pytest.mark.parametrize("depth", [1025, 100_000])
def test_a_document_that_is_too_deep_is_refused(root: Path, depth: int) -> None:
    """B8, I7: the error names the request; there is no snapshot."""
    workbench = make_workbench(root, with_values({"plain": 1}))
    body = b'{"count": 1, "entries": [{"uid": "bltdeep", "x": ' + b"[" * depth + b"]" * depth + b"}]}"
    json = (("content-type", "application/json"),)
    workbench.emulator.faults.add(Fault(path="/thing/entries", times=99, status=200, body=body, headers=json))
    with pytest.raises(BadAnswer, match=r"/content_types/thing/entries.*nesting"):
        workbench.export("first")
    assert not (root / "first" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"locales": [{"code": "en-us", "x": 1, "x": 2}], "count": 1}', "x"),
        (b'{"locales": [{"code": "en-us", "x": NaN}], "count": 1}', ""),
        (b'{"locales": [{"code": "\xff\xfe"}], "count": 1}', ""),
        (b'{"locales": ' + b"[" * 100_000, ""),
        (b'[{"code": "en-us"}]', "not a JSON object"),
        (b"", ""),
    ],
    ids=["duplicate keys", "NaN", "invalid UTF-8", "endless depth", "a list", "nothing"],
)
def test_what_cannot_be_kept_exactly_is_refused(root: Path, body: bytes, message: str) -> None:
    """B8, D5, D6, I7: the error names the request and the place; there is no snapshot."""
    workbench = make_workbench(root, with_values({"plain": 1}))
    json = (("content-type", "application/json"),)
    workbench.emulator.faults.add(Fault(path=r"/locales\?", times=99, status=200, body=body, headers=json))
    with pytest.raises(BadAnswer) as refused:
        workbench.export("first")
    assert "/locales" in str(refused.value)
    assert message in str(refused.value)
    assert not (root / "first" / "manifest.json").exists()


def test_hostile_names_never_become_paths(root: Path) -> None:
    """D1, D4: every file name survives in its row; the snapshot's files are named by digests."""

    def fill(stack: Stack) -> None:
        for number, name in enumerate(NAMES):
            row: JsonObject = {"uid": f"bltasset{number:04}", "filename": name, "title": name or "?", "_version": 1,
                               "content_type": "text/plain", "tags": [], "is_dir": False}  # fmt: skip
            content = f"file {number}".encode()
            stack.main.put_asset({**row, "file_size": str(len(content))}, content)

    workbench = make_workbench(root, fill)
    snapshot = workbench.export("first")
    names: Any = map(exact_json.loads, (root / "first" / "assets.jsonl").read_bytes().splitlines())
    assert [row["filename"] for row in names] == list(NAMES)
    found = [path for path in file_digests(snapshot.root) if path.startswith("files/")]
    assert len(found) == len(NAMES)
    assert all(set(path) <= set("files/0123456789abcdef") for path in found)
    assert sorted(os.listdir(root)) == ["first"]  # noqa: PTH208 - names as the system has them
    imported = workbench.import_snapshot(snapshot)
    assert imported.gaps == []
    assert compare(workbench.dump(SOURCE), workbench.dump(TARGET)) == []


def test_content_types_that_differ_only_in_case_have_separate_files(root: Path) -> None:
    """D4, D7: `Page` and `page`, also on a file system that ignores case."""

    def fill(stack: Stack) -> None:
        title = {
            "uid": "title",
            "display_name": "Title",
            "data_type": "text",
            "mandatory": True,
            "unique": True,
        }
        for uid in ("page", "Page", "PAGE"):
            schema: list[Any] = [title]
            stack.main.put_content_type(
                {"uid": uid, "title": uid, "description": "", "schema": schema, "options": {"title": "title"}}
            )
            entry: JsonObject = {"uid": f"blt{uid}", "title": uid, "_version": 1, "locale": "en-us"}
            stack.main.put_entry_version(uid, "en-us", entry)

    workbench = make_workbench(root, fill)
    snapshot = workbench.export("first")
    paths = [path for path in file_digests(snapshot.root) if path.startswith("entries/")]
    assert len({path.casefold() for path in paths}) == len(paths) == 3
    workbench.import_snapshot(snapshot)
    assert compare(workbench.dump(SOURCE), workbench.dump(TARGET)) == []


@pytest.mark.parametrize("planted", ["a file", "a directory", "the bytes", "the manifest"])
def test_an_import_refuses_links_in_a_snapshot(root: Path, planted: str) -> None:
    """D3: the error names the link; nothing behind it is read."""
    workbench = make_workbench(root, with_values({"plain": 1}))
    workbench.source.main.put_asset(
        {"uid": "bltasset1", "filename": "a", "title": "a", "_version": 1}, b"bytes"
    )
    snapshot, outside = workbench.export("first"), root / "outside"
    name = {
        "a file": "locales.jsonl",
        "a directory": "entries",
        "the bytes": next(path for path in file_digests(snapshot.root) if path.startswith("files/")),
        "the manifest": "manifest.json",
    }[planted]
    (snapshot.root / name).rename(outside)
    (snapshot.root / name).symlink_to(outside)
    with pytest.raises(CorruptError, match=name.partition("/")[0]) as refused:
        workbench.import_snapshot(type(snapshot)(snapshot.root))
    assert isinstance(refused.value, SnapshotCorrupt)
    assert workbench.writes() == 0


def test_a_resumed_export_refuses_a_link_in_place_of_its_directory(root: Path) -> None:
    """D3: nothing is written through the link."""
    workbench = make_workbench(root, with_values({"plain": 1}))
    victim = root / "victim"
    victim.mkdir()
    (root / "first" / ".work").mkdir(parents=True)
    (root / "first" / "entries").symlink_to(victim)
    with pytest.raises(SnapshotCorrupt, match="entries"):
        workbench.export("first")
    assert not list(victim.iterdir())
