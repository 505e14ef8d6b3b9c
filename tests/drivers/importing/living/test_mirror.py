"""A mirror: what the source has is written, and what only the target has is deleted. Nothing else is."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import fill_every_kind
from mirrored_stack import add_surplus, differences, fill_target, mirror, twin
from small_stack import HEN, fill_small
from workbench import make_workbench, memory_directory

from stackferry.emulators.contentstack import Fault
from stackferry.errors import BadAnswer, UsageError
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirrored_stack import Filled
    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.fixture
def filled(bench: Workbench) -> Filled:
    return twin(bench)


@pytest.fixture
def every_kind() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def test_what_only_the_target_has_is_deleted(every_kind: Workbench) -> None:
    """Languages first, then items of releases, releases, entries, assets; a second time nothing is sent."""
    bench, snapshot, surplus, before = fill_target(every_kind)
    done, writes = mirror(bench, snapshot)
    assert (done.gaps, done.left) == ([], [])
    assert differences(bench) == before
    page = "/v3/content_types/page/entries"
    assert [call for call in writes if call.startswith("DELETE")] == [
        f"DELETE {page}/{surplus['hen']}?locale=fr-fr",
        f"DELETE /v3/releases/{surplus['spring']}/items",
        f"DELETE /v3/releases/{surplus['releases']}",
        f"DELETE {page}/{surplus['entries']}?delete_all_localized=true",
        f"DELETE /v3/assets/{surplus['assets']}",
    ]
    assert bench.target.main.releases[surplus["spring"]].raw["locked"] is True
    assert bench.emulator.defects == []
    assert mirror(bench, snapshot)[1] == []
    assert mirror(bench, snapshot, "another")[1] == []
    assert bench.verify(snapshot).differences == []


def test_the_report_names_what_was_deleted(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    done, _ = mirror(bench, snapshot)
    told = {(row["kind"], row["uid"], row["title"], row.get("locale")) for row in done.remarks["removed"]}
    assert told == {
        ("release_items", surplus["entries"], "Surplus", "en-us"),
        ("releases", surplus["releases"], "Surplus", None),
        ("localizations", surplus["hen"], "Poule", "fr-fr"),
        ("entries", surplus["entries"], "Surplus", None),
        ("assets", surplus["assets"], "surplus.txt", None),
    }


def test_a_dry_run_names_every_deletion(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    written = bench.writes()
    lines = bench.plan(snapshot, "dry", mirror=True, on_conflict="update")
    deleted = [row for row in lines if row["line"] == "write" and row["action"] == "delete"]
    assert [(row["kind"], row["target"], row.get("title")) for row in deleted] == [
        ("localizations", surplus["hen"], "Poule"),
        ("release_items", surplus["entries"], "Surplus"),
        ("releases", surplus["releases"], "Surplus"),
        ("entries", surplus["entries"], "Surplus"),
        ("assets", surplus["assets"], "surplus.txt"),
    ]
    assert bench.writes() == written


def test_types_and_what_belongs_to_the_stack_stay(filled: Filled) -> None:
    """Also where all entries of such a type go; it is told as left."""
    bench, snapshot, _, _ = filled
    target = bench.target
    title: Any = {"uid": "title", "display_name": "Title", "data_type": "text", "mandatory": True}
    target.main.put_content_type({"uid": "own", "title": "Own", "schema": [title]})
    target.main.put_entry_version("own", "en-us", {"uid": "blt_own", "title": "Own", "_version": 1})
    target.main.put_locale({"code": "de-de", "uid": "blt_de", "name": "German", "fallback_locale": "en-us"})
    target.put("environments", {"uid": "blt_env", "name": "own", "urls": []})
    target.main.put_asset({"uid": "blt_folder", "name": "Own", "is_dir": True, "_version": 1})
    target.put("webhooks", {"uid": "blt_hook", "name": "own", "destinations": [], "disabled": True})
    done, _ = mirror(bench, snapshot)
    assert done.gaps == []
    assert target.main.entries.get("own", {}) == {}
    assert "own" in target.main.content_types
    assert "de-de" in target.main.locales
    assert "blt_env" in target.environments
    assert "blt_hook" in target.webhooks
    assert "blt_folder" in target.main.assets
    assert [(row["kind"], row["uids"]) for row in done.left] == [
        ("content_types", ["own"]),
        ("environments", ["blt_env"]),
        ("folders", ["blt_folder"]),
        ("locales", ["de-de"]),
        ("webhooks", ["blt_hook"]),
    ]


def test_without_mirror_everything_stays_and_is_told(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    done = bench.import_snapshot(snapshot, on_conflict="update")
    assert [(row["kind"], row.get("content_type"), row["uids"]) for row in done.left] == [
        ("assets", None, [surplus["assets"]]),
        ("entries", "page", [surplus["entries"]]),
        ("localizations", "page", [surplus["hen"]]),
        ("release_items", "page", [surplus["entries"]]),
        ("releases", None, [surplus["releases"]]),
    ]
    assert surplus["entries"] in bench.target.main.entries["page"]


def test_an_item_without_a_language_goes_where_the_source_has_none_of_its_object(filled: Filled) -> None:
    """Items of older releases name no language: those may be the source's in any."""
    bench, snapshot, surplus, _ = filled
    items = bench.target.main.releases[surplus["spring"]].items
    (own,) = [item for item in items if item["uid"] == surplus["entries"]]
    del own["locale"]
    done, _ = mirror(bench, snapshot)
    assert done.gaps == []
    assert [item["uid"] for item in bench.target.main.releases[surplus["spring"]].items] == [HEN]


def test_only_what_was_asked_for_is_deleted(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    done, _ = mirror(bench, snapshot, only=frozenset({"assets"}))
    main = bench.target.main
    assert {row["kind"] for row in done.remarks["removed"]} == {"assets"}
    assert surplus["assets"] not in main.assets
    assert surplus["entries"] in main.entries["page"]
    assert surplus["releases"] in main.releases


def test_a_copy_mirrors_its_source(bench: Workbench) -> None:
    """The source is read as a whole first; into an empty target, too."""
    asked: Any = {"mirror": True, "on_conflict": "update"}
    _, done = bench.copy(**asked)
    assert (done.gaps, differences(bench)) == ([], [])
    add_surplus(bench)
    _, done = bench.copy("again", "again", **asked)
    assert (done.gaps, differences(bench)) == ([], [])
    assert len(done.remarks["removed"]) == 5


# --- what is refused ---


def refused(bench: Workbench, snapshot: Snapshot, match: str, **options: Any) -> None:
    written = bench.writes()
    with pytest.raises(UsageError, match=match):
        mirror(bench, snapshot, **options)
    assert bench.writes() == written


def test_a_narrowed_snapshot_or_a_selection_is_refused(filled: Filled) -> None:
    bench, snapshot, _, _ = filled
    for name, options in (
        ("types", {"types": frozenset({"page"})}),
        ("locales", {"locales": frozenset({"en-us"})}),
        ("assets", {"assets": False}),
    ):
        refused(bench, bench.export(name, **options), "narrowed")
    refused(bench, snapshot, "selected", selection=Selection(types=frozenset({"page"})))


def test_a_gap_that_leaves_something_out_is_refused(filled: Filled) -> None:
    """It is named; one of a kind that is not deleted is no obstacle."""
    bench, _, _, _ = filled
    for kind, path in (
        ("entries", "^/v3/content_types/page/entries[?]locale=fr-fr"),
        ("release_items", "^/v3/releases/[^/?]+/items"),
    ):
        bench.emulator.faults.add(Fault(path=path, status=200, body=b"{}", times=99))
        for _ in range(2):  # a listing that fails ends the first run
            with suppress(BadAnswer, UsageError):
                snapshot = bench.export(f"without {kind}")
        bench.emulator.faults.clear()
        refused(bench, snapshot, f"could not be given .*{kind}")
        assert mirror(bench, snapshot, only=frozenset({"assets"}))[0].gaps == snapshot.gaps()


def test_deletions_must_be_agreed_to(filled: Filled) -> None:
    """The question names how many of each kind."""
    bench, snapshot, _, _ = filled
    asked: list[Any] = []

    def no(counts: Any) -> bool:
        asked.append(dict(counts))
        return False

    refused(bench, snapshot, "nothing was written", agree=no)
    assert asked == [{"release_items": 1, "releases": 1, "localizations": 1, "entries": 1, "assets": 1}]
