"""Exports and imports of selected entries with what they refer to; each reference that is cut is a gap."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from linked_stack import (
    ABOUT,
    ALONE,
    DOOR,
    FRONT,
    INLINE,
    LEVELS,
    LOGO,
    LOST,
    NOTES,
    PHOTO,
    TEAM,
    fill_linked,
)
from oracle_differences import differences
from oracle_graph import Graph
from random_stack import fill_random
from workbench import (
    SYSTEM,
    TARGET,
    Cut,
    RecordingTransport,
    Workbench,
    cut_at,
    file_digests,
    make_workbench,
    memory_directory,
    serve_emulator,
)

from sampling import rotated, sampled
from stackferry.errors import UsageError
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.model import Stream
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot

EARLY_QUERY = '{"title":{"$lt":"~"},"uid":{"$regex":"[0-9a-d]$"}}'
FRONT_ONLY = '{"title":"Front"}'
CutReferences = list[tuple[str, str, str, str]]


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_linked)


def front_page(**options: Any) -> dict[str, Any]:
    """Export options that select the front page alone, and further options."""
    return {"types": frozenset({"page"}), "query": FRONT_ONLY, **options}


def exported_uids(snapshot: Snapshot, *kinds: str) -> set[str]:
    """The uids in all streams of these kinds (entries by default)."""
    streams = [stream for stream, _ in snapshot.stream_files() if stream.kind in (kinds or ("entries",))]
    return {str(row["uid"]) for stream in streams for row in snapshot.objects(stream)}


def cut_references(gaps: list[Any]) -> CutReferences:
    """The references that gaps name: entry, locale, path, and the entry referred to."""
    found = [gap for gap in gaps if gap["kind"] == "references"]
    assert all(gap["content_type"] in ("page", "note") for gap in found)
    return sorted((gap["uid"], gap["locale"], gap["path"], _named_entry(gap["reason"])) for gap in found)


def _named_entry(reason: str) -> str:
    return reason.partition(" entry ")[2].partition(",")[0]


def target_titles(workbench: Workbench) -> dict[str, set[str]]:
    """The titles that the target holds in each language."""
    found: dict[str, set[str]] = {}
    for entries in workbench.emulator.stacks[TARGET].main.entries.values():
        for entry in entries.values():
            for code, document in entry.documents.items():
                found.setdefault(code, set()).add(str(document.latest["title"]))
    return found


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4, None])
def test_referenced_entries_are_exported_to_the_chosen_depth(workbench: Workbench, depth: int | None) -> None:
    """Entries of deeper levels are left out; each reference to them is a gap. A ring is followed once."""
    snapshot = workbench.export(**front_page(with_references=depth))
    levels = LEVELS if depth is None else LEVELS[: depth + 1]
    assert exported_uids(snapshot) == set().union(*levels)
    assert cut_references(snapshot.gaps()) == CUT_REFERENCES[depth]
    assert list(snapshot.verify()) == []


CUT_REFERENCES: dict[int | None, CutReferences] = {
    0: [
        (FRONT, "en-us", "/links/0/uid", ABOUT),
        (FRONT, "en-us", "/links/1/uid", LOST),
        (FRONT, "fr-fr", "/links/0/uid", ABOUT),
        (FRONT, "fr-fr", "/links/1/uid", LOST),
    ],
    1: [(ABOUT, "en-us", "/links/0/uid", TEAM), (ABOUT, "en-us", "/links/1/uid", NOTES[0])],
    2: [
        (TEAM, "en-us", "/links/0/uid", DOOR),
        (TEAM, "en-us", "/links/0/uid", NOTES[1]),
        (TEAM, "en-us", "/links/1/uid", DOOR),
        (NOTES[0], "en-us", "/links/0/uid", NOTES[2]),
    ],
    3: [],
    4: [],
    None: [],
}


def test_only_referenced_assets_are_exported(workbench: Workbench) -> None:
    """By a file field, by an address in a text, or by an older version; with their bytes."""
    snapshot = workbench.export(**front_page(with_references=None))
    assert exported_uids(snapshot, "assets") == exported_uids(snapshot, "files") == {LOGO, INLINE, PHOTO}
    assert exported_uids(workbench.export("near", **front_page()), "assets") == {LOGO}
    assert exported_uids(workbench.export("none", **front_page(assets=False)), "assets") == set()


def test_an_entry_is_selected_with_all_its_languages(workbench: Workbench) -> None:
    """A query that only the English document matches selects the French one too."""
    snapshot = workbench.export(**front_page())
    assert [row["title"] for row in snapshot.objects(Stream("entries", "page", "fr-fr"))] == ["Accueil"]


def test_a_limit_counts_entries_and_not_documents(workbench: Workbench) -> None:
    """The first uids of each type, whatever languages they are in."""
    snapshot = workbench.export(limit=2)
    assert exported_uids(snapshot) == {FRONT, ABOUT, *NOTES[:2]}
    assert [row["title"] for row in snapshot.objects(Stream("entries", "page", "fr-fr"))] == ["Accueil"]


def test_a_limit_of_more_than_a_page_asks_for_no_row_more(workbench: Workbench) -> None:
    for number in range(160):
        row: Any = {"uid": f"bltc{number:015}", "title": f"Row {number}", "links": [], "_version": 1}
        workbench.source.main.put_entry_version("note", "en-us", row)
    transport = RecordingTransport(workbench.emulator)
    snapshot = workbench.export(transport=transport, types=frozenset({"note"}), limit=150)
    assert sum(1 for _ in snapshot.objects(Stream("entries", "note", "en-us"))) == 150
    assert any("limit=50&skip=100" in request for request in transport.log)


def test_only_documents_of_the_selected_locale_are_exported(workbench: Workbench) -> None:
    """A reference to an entry that is not in this language is a gap at any depth."""
    snapshot = workbench.export(locales=frozenset({"fr-fr"}), with_references=None)
    assert exported_uids(snapshot) == {FRONT, ALONE}
    assert cut_references(snapshot.gaps()) == [
        (FRONT, "fr-fr", "/links/0/uid", ABOUT),
        (FRONT, "fr-fr", "/links/1/uid", LOST),
    ]


def test_schemas_and_settings_are_always_exported(workbench: Workbench) -> None:
    snapshot = workbench.export(types=frozenset({"note"}), limit=1)
    assert exported_uids(snapshot, "content_types") == {"page", "note"}
    assert sum(1 for _ in snapshot.objects(Stream("locales"))) == 2
    assert sum(1 for _ in snapshot.objects(Stream("environments"))) == 1


def test_an_unknown_content_type_or_locale_is_a_gap_on_export_and_refused_on_import(
    workbench: Workbench,
) -> None:
    snapshot = workbench.export(types=frozenset({"pgae"}), locales=frozenset({"xx"}))
    assert [(gap["kind"], gap["uid"]) for gap in snapshot.gaps()] == [
        ("content_types", "pgae"),
        ("locales", "xx"),
    ]
    with pytest.raises(UsageError, match="no content type 'pgae'"):
        workbench.import_snapshot(workbench.export("whole"), selection=Selection(types=frozenset({"pgae"})))
    assert workbench.writes() == 0


def test_a_whole_export_sends_no_selecting_requests(workbench: Workbench) -> None:
    """Neither by uid nor for a sample, whatever the depth."""
    transport = RecordingTransport(workbench.emulator)
    workbench.export(transport=transport, with_references=None)
    assert not [request for request in transport.log if "%24in" in request or "limit=1&" in request]
    plain = RecordingTransport(workbench.emulator)
    workbench.export("plain", transport=plain)
    assert sorted(transport.log) == sorted(plain.log)


@pytest.mark.parametrize("share", sampled(range(3), 1))
def test_a_selection_cut_at_any_request_resumes_to_the_same_bytes(workbench: Workbench, share: int) -> None:
    options = front_page(with_references=3, versions="all")
    transport = RecordingTransport(workbench.emulator)
    whole = file_digests(workbench.export("whole", transport=transport, **options).root)
    for number in range(1 + share, transport.sent + 1, 3):
        name = f"cut{number}"
        with pytest.raises(Cut):
            workbench.export(
                name,
                transport=RecordingTransport(workbench.emulator, cut_at(number, after=number % 2 == 0)),
                **options,
            )
        assert file_digests(workbench.export(name, **options).root) == whole


def test_an_unfinished_export_is_not_resumed_with_another_selection(workbench: Workbench) -> None:
    with pytest.raises(Cut):
        workbench.export(
            transport=RecordingTransport(workbench.emulator, cut_at(20, after=True)),
            **front_page(with_references=1),
        )
    with pytest.raises(UsageError, match="options"):
        workbench.export(**front_page(with_references=2))
    facts = workbench.export(**front_page(with_references=1)).manifest["options"]
    assert isinstance(facts, dict)
    assert (facts["query"], facts["with_references"]) == (FRONT_ONLY, 1)


@pytest.mark.parametrize("depth", [0, 1, 2, None])
def test_a_selection_is_imported_into_an_empty_stack(workbench: Workbench, depth: int | None) -> None:
    """Each reference that was cut is one gap, and nothing else is missing."""
    snapshot = workbench.export(**front_page(with_references=depth))
    done = workbench.import_snapshot(snapshot)
    dangling = [(FRONT, code, "/links/1/uid", LOST) for code in ("en-us", "fr-fr")]
    assert cut_references(done.gaps) == sorted({*CUT_REFERENCES[depth], *dangling})
    assert len(done.gaps) == len(cut_references(done.gaps))
    writes = workbench.writes()
    workbench.import_snapshot(snapshot)
    assert workbench.writes() == writes


@pytest.mark.parametrize("depth", [0, 1, 2, None])
def test_an_import_selects_the_same_entries_as_an_export(workbench: Workbench, depth: int | None) -> None:
    """From a snapshot of the whole stack; the same references are cut."""
    choice = Selection(types=frozenset({"page"}), limit=1, with_references=depth)
    narrow = workbench.export("narrow", types=choice.types, limit=1, with_references=depth)
    done = workbench.import_snapshot(workbench.export("whole"), selection=choice)
    dangling = [(FRONT, code, "/links/1/uid", LOST) for code in ("en-us", "fr-fr")]
    assert cut_references(done.gaps) == sorted({*CUT_REFERENCES[depth], *dangling})
    made = workbench.emulator.stacks[TARGET].main
    assert sum(map(len, made.entries.values())) == len(exported_uids(narrow))
    assert len(made.assets) == len(exported_uids(narrow, "assets"))


def test_only_documents_of_the_selected_locale_are_imported(workbench: Workbench) -> None:
    workbench.import_snapshot(workbench.export(), selection=Selection(locales=frozenset({"fr-fr"})))
    assert target_titles(workbench) == {"fr-fr": {"Accueil", "Seul"}}


def test_another_selection_may_follow_with_the_same_checkpoint(workbench: Workbench) -> None:
    """With the same selection again, nothing is written; over content that is there, `--on-conflict` must say so."""
    snapshot, choice = (
        workbench.export(),
        Selection(types=frozenset({"page"}), limit=1, with_references=1),
    )
    workbench.import_snapshot(snapshot, selection=choice)
    writes = workbench.writes()
    workbench.import_snapshot(snapshot, selection=choice)
    assert workbench.writes() == writes
    for other in (Selection(types=frozenset({"page"}), limit=2, with_references=1), Selection()):
        with pytest.raises(UsageError, match="say what to do with it"):
            workbench.import_snapshot(snapshot, selection=other)
    assert workbench.writes() == writes
    workbench.import_snapshot(snapshot, on_conflict="update")
    assert len(workbench.target.main.entries["page"]) == len(workbench.source.main.entries["page"])


def test_a_release_item_that_is_not_selected_is_a_gap(workbench: Workbench) -> None:
    """Releases are part of every selection."""
    item: Any = {"action": "publish", "content_type_uid": "page", "locale": "en-us", "version": 1}
    items = [{**item, "uid": uid, "title": uid} for uid in (FRONT, ALONE)]
    release: Any = {"uid": "bltbbbbbbbbbbbbb41", "name": "Spring", "description": "", "locked": False}
    workbench.source.main.put_release({**release, "status": [], "_deploy_latest": False}, items)
    snapshot = workbench.export(**front_page())
    assert [gap["kind"] for gap in snapshot.gaps()] == ["references"] * 4
    lost = [gap for gap in workbench.import_snapshot(snapshot).gaps if gap["kind"] == "release_items"]
    assert len(lost) == 1
    assert ALONE in f"{lost[0]}"


@pytest.mark.parametrize(("number", "depth"), rotated(range(6), [0, 1, None]))
def test_selecting_on_export_or_on_import_makes_the_same_stack(number: int, depth: int | None) -> None:
    with memory_directory() as root:
        one = make_workbench(root, lambda stack: fill_random(stack, number))
        choice = Selection(limit=2, query=EARLY_QUERY, with_references=depth)
        narrow = one.export("narrow", limit=2, query=EARLY_QUERY, with_references=depth)
        whole = one.export("whole")
        index = SnapshotIndex(whole, SYSTEM.record_key)
        view = SYSTEM.select(index, choice, "pinned", index.scratch)
        for kind in ("entries", "assets", "versions", "files"):
            streams = [stream for stream in view.streams() if stream.kind == kind]
            assert exported_uids(narrow, kind) == {
                str(row["uid"]) for one in streams for row in view.objects(one)
            }
        index.close()
        narrow_gaps = one.import_snapshot(narrow).gaps
        second = make_workbench(root / "second", lambda stack: fill_random(stack, number))
        whole_gaps = second.import_snapshot(whole, selection=choice).gaps
        assert sorted(map(str, narrow_gaps)) == sorted(map(str, whole_gaps))
        with serve_emulator(one), serve_emulator(second):
            first_graph, second_graph = Graph(one.dump(TARGET).nodes), Graph(second.dump(TARGET).nodes)
        assert differences(first_graph, second_graph) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no list of open files on this system")
def test_a_refused_selection_leaves_no_file_open(workbench: Workbench) -> None:
    snapshot, query = workbench.export(), '{"links": {"$in_query": {"title": "Door"}}}'
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208 - numbers, not paths
    with pytest.raises(UsageError, match="in_query"):
        workbench.import_snapshot(snapshot, selection=Selection(query=query))
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above
