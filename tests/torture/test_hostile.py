"""Content that was made to break things, there and back: exact, or refused with its place; never a path."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from workbench import SOURCE, TARGET, Bench, bench, memory, tree

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


@pytest.fixture
def root() -> Iterator[Path]:
    with memory() as directory:
        yield directory


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
        stack.main.put_extension({"uid": "bltextension", "title": "Free", "type": "field", "data_type": "json",
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


def kept(one: Bench, name: str) -> dict[str, Any]:
    """The values in a snapshot, by the title of their entry."""
    lines = (one.root / name / "entries" / "thing" / "en-us.jsonl").read_bytes().splitlines()
    found: Any = map(exact_json.loads, lines)
    return {entry["title"]: entry["free"]["value"] for entry in found}


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_there_and_back(root: Path, value: str) -> None:
    """B8, D5, D6, I7: the value is in the snapshot exactly, reaches the target exactly, and comes back the same."""
    one = bench(root, with_values({value: VALUES[value]}))
    snapshot = one.export("first")
    assert exact(kept(one, "first")[value]) == exact(VALUES[value])
    assert one.replay(snapshot).gaps == []
    one.export("second", key=TARGET)
    assert exact(kept(one, "second")[value]) == exact(VALUES[value])
    assert one.emulator.defects == []


def exact(value: Any) -> Any:
    """A value in which -0.0 is not 0, 1 is not 1.0, and True is not 1."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value).__name__, str(value)


@pytest.fixture
def little_room() -> Iterator[None]:
    """What the interpreter gives a program by itself."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(max(before, sys.getrecursionlimit()))


@pytest.mark.usefixtures("little_room")
@pytest.mark.parametrize("depth", [200, 254, 255, 500, 1000])
def test_a_deep_document_there_and_back(root: Path, depth: int) -> None:
    """B8, I7: as deep as an answer may be, deeper than the library that writes JSON goes, for any caller of ours."""
    one = bench(root, with_values({"deep": nested(depth)}))
    assert one.replay(one.export("first")).gaps == []
    one.export("second", key=TARGET)
    first, second = kept(one, "first")["deep"], kept(one, "second")["deep"]
    for _ in range(depth):
        (first,), (second,) = first, second
    assert (first, second) == ("deep", "deep")


@pytest.mark.parametrize("depth", [1025, 100_000])
def test_a_document_that_is_too_deep_is_refused(root: Path, depth: int) -> None:
    """B8, I7: an error that names the request; no snapshot."""
    one = bench(root, with_values({"plain": 1}))
    body = b'{"count": 1, "entries": [{"uid": "bltdeep", "x": ' + b"[" * depth + b"]" * depth + b"}]}"
    json = (("content-type", "application/json"),)
    one.emulator.faults.add(Fault(path="/thing/entries", times=99, status=200, body=body, headers=json))
    with pytest.raises(BadAnswer, match=r"/content_types/thing/entries.*nesting"):
        one.export("first")
    assert not (root / "first" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("body", "told"),
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
def test_what_cannot_be_kept_exactly_is_refused(root: Path, body: bytes, told: str) -> None:
    """B8, D5, D6, I7: an error that names the request and the place; no snapshot."""
    one = bench(root, with_values({"plain": 1}))
    json = (("content-type", "application/json"),)
    one.emulator.faults.add(Fault(path=r"/locales\?", times=99, status=200, body=body, headers=json))
    with pytest.raises(BadAnswer) as refused:
        one.export("first")
    assert "/locales" in str(refused.value)
    assert told in str(refused.value)
    assert not (root / "first" / "manifest.json").exists()


def test_hostile_names_never_become_paths(root: Path) -> None:
    """D1, D4: every asset name survives in its row; every path in the snapshot is a digest's."""

    def fill(stack: Stack) -> None:
        for number, name in enumerate(NAMES):
            row: JsonObject = {"uid": f"bltasset{number:04}", "filename": name, "title": name or "?", "_version": 1,
                               "content_type": "text/plain", "tags": [], "is_dir": False}  # fmt: skip
            content = f"file {number}".encode()
            stack.main.put_asset({**row, "file_size": str(len(content))}, content)

    one = bench(root, fill)
    snapshot = one.export("first")
    names: Any = map(exact_json.loads, (root / "first" / "assets.jsonl").read_bytes().splitlines())
    assert [row["filename"] for row in names] == list(NAMES)
    found = [path for path in tree(snapshot.root) if path.startswith("files/")]
    assert len(found) == len(NAMES)
    assert all(set(path) <= set("files/0123456789abcdef") for path in found)
    assert sorted(os.listdir(root)) == ["first"]  # noqa: PTH208 - names as the system has them
    imported = one.replay(snapshot)
    assert imported.gaps == []
    assert compare(one.dump(SOURCE), one.dump(TARGET)) == []


def test_twins_that_differ_in_case_only(root: Path) -> None:
    """D4, D7: content types `Page` and `page` have files that no file system takes for one."""

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

    one = bench(root, fill)
    snapshot = one.export("first")
    paths = [path for path in tree(snapshot.root) if path.startswith("entries/")]
    assert len({path.casefold() for path in paths}) == len(paths) == 3
    one.replay(snapshot)
    assert compare(one.dump(SOURCE), one.dump(TARGET)) == []


@pytest.mark.parametrize("planted", ["a file", "a directory", "the bytes", "the manifest"])
def test_links_planted_in_a_snapshot(root: Path, planted: str) -> None:
    """D3: an import from a snapshot with a link in it is refused by name, and nothing behind the link is read."""
    one = bench(root, with_values({"plain": 1}))
    one.source.main.put_asset({"uid": "bltasset1", "filename": "a", "title": "a", "_version": 1}, b"bytes")
    snapshot, outside = one.export("first"), root / "outside"
    name = {
        "a file": "locales.jsonl",
        "a directory": "entries",
        "the bytes": next(path for path in tree(snapshot.root) if path.startswith("files/")),
        "the manifest": "manifest.json",
    }[planted]
    (snapshot.root / name).rename(outside)
    (snapshot.root / name).symlink_to(outside)
    with pytest.raises(CorruptError, match=name.partition("/")[0]) as refused:
        one.replay(type(snapshot)(snapshot.root))
    assert isinstance(refused.value, SnapshotCorrupt)
    assert one.writes() == 0


def test_a_link_in_place_of_the_directory_of_an_export(root: Path) -> None:
    """D3: an export that is taken up again does not write through a link that somebody planted meanwhile."""
    one = bench(root, with_values({"plain": 1}))
    victim = root / "victim"
    victim.mkdir()
    (root / "first" / ".work").mkdir(parents=True)
    (root / "first" / "entries").symlink_to(victim)
    with pytest.raises(SnapshotCorrupt, match="entries"):
        one.export("first")
    assert not list(victim.iterdir())
