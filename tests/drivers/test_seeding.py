"""Narrowed exports and imports on the emulator: the closure comes along, the rest stays out, every cut is told."""

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

from stackferry.errors import UsageError
from stackferry.io.storage.snapshot_index import SnapshotIndex
from stackferry.model import Stream
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot

EARLY = '{"title":{"$lt":"~"},"uid":{"$regex":"[0-9a-d]$"}}'
FRONT_ONLY = '{"title":"Front"}'
Cuts = list[tuple[str, str, str, str]]


@pytest.fixture
def web() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_linked)


def seed(**options: Any) -> dict[str, Any]:
    """Options that choose the front page alone, and what else is asked for."""
    return {"content_types": frozenset({"page"}), "query": FRONT_ONLY, **options}


def held(snapshot: Snapshot, *kinds: str) -> set[str]:
    """The uids on all streams of these kinds (entries, unless others are named)."""
    streams = [stream for stream, _ in snapshot.stream_files() if stream.kind in (kinds or ("entries",))]
    return {str(row["uid"]) for stream in streams for row in snapshot.objects(stream)}


def cuts(gaps: list[Any]) -> Cuts:
    """What gaps of references name: entry, locale, path, and whom the reason names."""
    found = [gap for gap in gaps if gap["kind"] == "references"]
    assert all(gap["content_type"] in ("page", "note") for gap in found)
    return sorted((gap["uid"], gap["locale"], gap["path"], _whom(gap["reason"])) for gap in found)


def _whom(reason: str) -> str:
    return reason.partition(" entry ")[2].partition(",")[0]


def arrived(web: Workbench) -> dict[str, set[str]]:
    """The titles that the target holds in each language."""
    found: dict[str, set[str]] = {}
    for entries in web.emulator.stacks[TARGET].main.entries.values():
        for entry in entries.values():
            for code, document in entry.documents.items():
                found.setdefault(code, set()).add(str(document.latest["title"]))
    return found


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4, None])
def test_so_many_levels_come_along(web: Workbench, depth: int | None) -> None:
    """The entries of each level are fetched, no others; a ring is gone round once; every cut is a gap."""
    snapshot = web.export(**seed(with_references=depth))
    levels = LEVELS if depth is None else LEVELS[: depth + 1]
    assert held(snapshot) == set().union(*levels)
    assert cuts(snapshot.gaps()) == CUTS[depth]
    assert list(snapshot.verify()) == []


CUTS: dict[int | None, Cuts] = {
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


def test_assets_that_are_named_and_no_others(web: Workbench) -> None:
    """By file field, by address in a text, from an older version; bytes and all. What nobody names stays out."""
    snapshot = web.export(**seed(with_references=None))
    assert held(snapshot, "assets") == held(snapshot, "files") == {LOGO, INLINE, PHOTO}
    assert held(web.export("near", **seed()), "assets") == {LOGO}
    assert held(web.export("none", **seed(assets=False)), "assets") == set()


def test_an_entry_is_chosen_with_all_its_languages(web: Workbench) -> None:
    """A query that only the English document meets brings the French one too."""
    snapshot = web.export(**seed())
    assert [row["title"] for row in snapshot.objects(Stream("entries", "page", "fr-fr"))] == ["Accueil"]


def test_a_limit_counts_entries_and_not_documents(web: Workbench) -> None:
    """The first so many uids of each type, whatever languages they are in; later ones leave no document behind."""
    snapshot = web.export(limit=2)
    assert held(snapshot) == {FRONT, ABOUT, *NOTES[:2]}
    assert [row["title"] for row in snapshot.objects(Stream("entries", "page", "fr-fr"))] == ["Accueil"]


def test_a_limit_of_more_than_a_page(web: Workbench) -> None:
    """A limit of a page and a half asks for no row more."""
    for number in range(160):
        row: Any = {"uid": f"bltc{number:015}", "title": f"Row {number}", "links": [], "_version": 1}
        web.source.main.put_entry_version("note", "en-us", row)
    transport = RecordingTransport(web.emulator)
    snapshot = web.export(transport=transport, content_types=frozenset({"note"}), limit=150)
    assert sum(1 for _ in snapshot.objects(Stream("entries", "note", "en-us"))) == 150
    assert any("limit=50&skip=100" in request for request in transport.log)


def test_a_locale_that_is_chosen(web: Workbench) -> None:
    """Only its documents come; a reference to an entry that is not in this language is cut, however deep one goes."""
    snapshot = web.export(locales=frozenset({"fr-fr"}), with_references=None)
    assert held(snapshot) == {FRONT, ALONE}
    assert cuts(snapshot.gaps()) == [
        (FRONT, "fr-fr", "/links/0/uid", ABOUT),
        (FRONT, "fr-fr", "/links/1/uid", LOST),
    ]


def test_schemas_and_settings_always_come(web: Workbench) -> None:
    """All content types, locales and environments are in the smallest of seeds."""
    snapshot = web.export(content_types=frozenset({"note"}), limit=1)
    assert held(snapshot, "content_types") == {"page", "note"}
    assert sum(1 for _ in snapshot.objects(Stream("locales"))) == 2
    assert sum(1 for _ in snapshot.objects(Stream("environments"))) == 1


def test_a_name_that_nothing_has_is_told(web: Workbench) -> None:
    """A content type or a locale that does not exist is a gap on export, and refused on import."""
    snapshot = web.export(content_types=frozenset({"pgae"}), locales=frozenset({"xx"}))
    assert [(gap["kind"], gap["uid"]) for gap in snapshot.gaps()] == [
        ("content_types", "pgae"),
        ("locales", "xx"),
    ]
    with pytest.raises(UsageError, match="no content type 'pgae'"):
        web.import_snapshot(web.export("whole"), choice=Selection(content_types=frozenset({"pgae"})))
    assert web.writes() == 0


def test_without_narrowing_nothing_else_is_asked(web: Workbench) -> None:
    """A whole export asks neither for uids nor for a sample, whatever the depth."""
    transport = RecordingTransport(web.emulator)
    web.export(transport=transport, with_references=None)
    assert not [request for request in transport.log if "%24in" in request or "limit=1&" in request]
    plain = RecordingTransport(web.emulator)
    web.export("plain", transport=plain)
    assert sorted(transport.log) == sorted(plain.log)


def test_stopped_anywhere_the_bytes_are_the_same(web: Workbench) -> None:
    """Cut at every request and run again: the levels are the ones of an export that never stopped."""
    options = seed(with_references=3, versions="all")
    transport = RecordingTransport(web.emulator)
    whole = file_digests(web.export("whole", transport=transport, **options).root)
    for number in range(1, transport.sent + 1):
        name = f"cut{number}"
        with pytest.raises(Cut):
            web.export(
                name,
                transport=RecordingTransport(web.emulator, cut_at(number, after=number % 2 == 0)),
                **options,
            )
        assert file_digests(web.export(name, **options).root) == whole


def test_taken_up_with_another_choice_is_refused(web: Workbench) -> None:
    """The options stand in the manifest; an unfinished export goes on only with the same ones."""
    with pytest.raises(Cut):
        web.export(
            transport=RecordingTransport(web.emulator, cut_at(20, after=True)), **seed(with_references=1)
        )
    with pytest.raises(UsageError, match="options"):
        web.export(**seed(with_references=2))
    facts = web.export(**seed(with_references=1)).manifest["options"]
    assert isinstance(facts, dict)
    assert (facts["query"], facts["with_references"]) == (FRONT_ONLY, 1)


@pytest.mark.parametrize("depth", [0, 1, 2, None])
def test_a_seed_goes_into_an_empty_stack(web: Workbench, depth: int | None) -> None:
    """A narrowed snapshot is imported whole; its cuts are told once each, and nothing else is missing."""
    snapshot = web.export(**seed(with_references=depth))
    done = web.import_snapshot(snapshot)
    dangling = [(FRONT, code, "/links/1/uid", LOST) for code in ("en-us", "fr-fr")]
    assert cuts(done.gaps) == sorted({*CUTS[depth], *dangling})
    assert len(done.gaps) == len(cuts(done.gaps))
    writes = web.writes()
    web.import_snapshot(snapshot)
    assert web.writes() == writes


@pytest.mark.parametrize("depth", [0, 1, 2, None])
def test_an_import_chooses_as_an_export_does(web: Workbench, depth: int | None) -> None:
    """The first page of a whole snapshot with its closure: the same entries, and the same cuts."""
    choice = Selection(content_types=frozenset({"page"}), limit=1, with_references=depth)
    narrow = web.export("narrow", content_types=choice.content_types, limit=1, with_references=depth)
    done = web.import_snapshot(web.export("whole"), choice=choice)
    dangling = [(FRONT, code, "/links/1/uid", LOST) for code in ("en-us", "fr-fr")]
    assert cuts(done.gaps) == sorted({*CUTS[depth], *dangling})
    made = web.emulator.stacks[TARGET].main
    assert sum(map(len, made.entries.values())) == len(held(narrow))
    assert len(made.assets) == len(held(narrow, "assets"))


def test_an_import_of_some_locales(web: Workbench) -> None:
    """Only the chosen language's documents arrive."""
    web.import_snapshot(web.export(), choice=Selection(locales=frozenset({"fr-fr"})))
    assert arrived(web) == {"fr-fr": {"Accueil", "Seul"}}


def test_a_narrowed_import_belongs_to_its_choice(web: Workbench) -> None:
    """Done again it writes nothing; with another choice, or whole, its checkpoint is refused."""
    snapshot, choice = web.export(), Selection(content_types=frozenset({"page"}), limit=1, with_references=1)
    web.import_snapshot(snapshot, choice=choice)
    writes = web.writes()
    web.import_snapshot(snapshot, choice=choice)
    assert web.writes() == writes
    for other in (Selection(content_types=frozenset({"page"}), limit=2, with_references=1), Selection()):
        with pytest.raises(UsageError, match="other entries or kinds are selected"):
            web.import_snapshot(snapshot, choice=other)


def test_a_release_without_its_items(web: Workbench) -> None:
    """Releases come with every seed; an item that was left out is a gap."""
    item: Any = {"action": "publish", "content_type_uid": "page", "locale": "en-us", "version": 1}
    items = [{**item, "uid": uid, "title": uid} for uid in (FRONT, ALONE)]
    release: Any = {"uid": "bltbbbbbbbbbbbbb41", "name": "Spring", "description": "", "locked": False}
    web.source.main.put_release({**release, "status": [], "_deploy_latest": False}, items)
    snapshot = web.export(**seed())
    assert [gap["kind"] for gap in snapshot.gaps()] == ["references"] * 4
    lost = [gap for gap in web.import_snapshot(snapshot).gaps if gap["kind"] == "release_items"]
    assert len(lost) == 1
    assert ALONE in f"{lost[0]}"


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("depth", [0, 1, None])
def test_random_stacks_give_the_same_seed_either_way(number: int, depth: int | None) -> None:
    """A narrowed export holds what a narrowed import takes from a whole snapshot, and both come to the same stack."""
    with memory_directory() as root:
        one = make_workbench(root, lambda stack: fill_random(stack, number))
        choice = Selection(limit=2, query=EARLY, with_references=depth)
        narrow = one.export("narrow", limit=2, query=EARLY, with_references=depth)
        whole = one.export("whole")
        index = SnapshotIndex(whole, SYSTEM.record_key)
        view = SYSTEM.choose(index, choice, "pinned")
        for kind in ("entries", "assets", "versions", "files"):
            streams = [stream for stream in view.streams() if stream.kind == kind]
            assert held(narrow, kind) == {str(row["uid"]) for one in streams for row in view.objects(one)}
        index.close()
        told = one.import_snapshot(narrow).gaps
        second = make_workbench(root / "second", lambda stack: fill_random(stack, number))
        again = second.import_snapshot(whole, choice=choice).gaps
        assert sorted(map(str, told)) == sorted(map(str, again))
        with serve_emulator(one), serve_emulator(second):
            ours, theirs = Graph(one.dump(TARGET).nodes), Graph(second.dump(TARGET).nodes)
        assert differences(ours, theirs) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing tells what a process has open")
def test_a_choice_that_is_refused_leaves_nothing_open(web: Workbench) -> None:
    """The snapshot's files and the import's databases are closed when a query turns out to be unanswerable."""
    snapshot, query = web.export(), '{"links": {"$in_query": {"title": "Door"}}}'
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208 - numbers, not paths
    with pytest.raises(UsageError, match="in_query"):
        web.import_snapshot(snapshot, choice=Selection(query=query))
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above
