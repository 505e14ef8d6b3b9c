"""`restore`: what cannot be is refused before anything is written, with what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from restoring import restored
from small_stack import ABROAD, EGG, HEN, PICTURE, RELEASE, fill_small
from workbench import SOURCE, SYSTEM, served_bench

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.model import Json


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with served_bench(fill_small) as bench:
        yield bench


def latest(bench: Workbench, uid: str, locale: str = "en-us", kind: str = "page") -> Any:
    return bench.source.main.entries[kind][uid].documents[locale].latest


@pytest.mark.parametrize(
    ("names", "options", "said"),
    [
        (["nothing"], {}, "holds nothing with the uid, title, url or name 'nothing'"),
        (["Twice"], {}, f"'Twice' means several.*{ABROAD} of page.*{HEN} of page|{HEN} of page.*{ABROAD}"),
        ([], {}, "say what to restore"),
        ([HEN, EGG], {"version": 1}, "a version is one of a single object"),
        ([RELEASE], {"version": 1}, "has no versions"),
        ([PICTURE], {"locales": ["en-us"]}, "has no languages"),
        ([HEN], {"version": 1, "publish": "same"}, "nothing is published"),
        ([HEN], {"version": 9}, f"version 9 of entry {HEN}; it holds 1, 2 of en-us"),
        ([HEN], {"locales": ["fr-fr"]}, f"entry {HEN} in en-us, not in fr-fr"),
        ([HEN], {"publish": "some"}, "it must be one of"),
    ],
)
def test_what_cannot_be_is_refused_before_a_request(
    bench: Workbench, names: list[str], options: dict[str, Any], said: str
) -> None:
    """A sentence that names it; nothing is written."""
    if names == ["Twice"]:
        for uid, code in ((HEN, "en-us"), (ABROAD, "fr-fr")):
            row = latest(bench, uid, code)
            bench.source.main.put_entry_version("page", code, {**row, "title": "Twice", "_version": 3})
    snapshot = bench.export()
    with pytest.raises(UsageError, match=said):
        restored(bench, snapshot, *names, **options)
    assert bench.writes() == 0
    assert not (bench.root / "restore").exists()


def test_an_entry_of_a_type_that_is_gone_is_refused(bench: Workbench) -> None:
    """It says how the type is brought back."""
    main = bench.source.main
    fields: Any = main.content_types["page"]["schema"]
    free: list[Json] = [{**one, "mandatory": False} for one in fields]  # both entries refer to each other
    main.content_types["page"] = {**main.content_types["page"], "schema": free}
    snapshot = bench.export()
    del main.content_types["page"], main.entries["page"]
    with pytest.raises(UsageError, match=r"is of content type 'page'.*--only content_types"):
        restored(bench, snapshot, HEN)
    assert bench.writes() == 0
    # Done as it says, the type is back, and then the entry comes back, too.
    bench.import_snapshot(
        snapshot,
        "types",
        key=SOURCE,
        in_place=True,
        on_conflict="update",
        only=SYSTEM.parse_kinds(["content_types"]),
    )
    report, _ = restored(bench, snapshot, HEN, EGG)
    assert [gap for gap in report.gaps if gap["kind"] == "entries"] == []
    assert len(main.entries["page"]) == 2


def test_a_language_that_is_gone_is_refused(bench: Workbench) -> None:
    """It says that the others can be named."""
    snapshot, main = bench.export(), bench.source.main
    del main.locales["fr-fr"], main.entries["page"][EGG].documents["fr-fr"]
    with pytest.raises(UsageError, match=r"language 'fr-fr', which .* does not have any more.*--locale"):
        restored(bench, snapshot, EGG)
    assert restored(bench, snapshot, EGG, locales=["en-us"])[1] == []


def test_a_changed_snapshot_is_refused(bench: Workbench) -> None:
    snapshot = bench.export()
    snapshot.manifest["transforms"] = [{"name": "anonymize"}]
    with pytest.raises(UsageError, match="transforms"):
        restored(bench, snapshot, HEN)


def test_damage_is_found_in_what_is_restored(bench: Workbench) -> None:
    """The bytes of other assets are not looked through: of a large snapshot that takes minutes."""
    snapshot = bench.export()
    for file in (snapshot.root / "files").rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    restored(bench, snapshot, HEN)
    with pytest.raises(SnapshotCorrupt, match="files/"):
        restored(bench, snapshot, PICTURE)
    (pages,) = (
        name for stream, name in snapshot.stream_files() if stream == Stream("entries", "page", "en-us")
    )
    lines = (snapshot.root / pages).read_bytes()
    (snapshot.root / pages).write_bytes(lines.replace(b"Hen, revised", b"Hen, damaged"))
    with pytest.raises(SnapshotCorrupt, match="entries"):
        restored(bench, snapshot, EGG)
    assert bench.writes() == 0
