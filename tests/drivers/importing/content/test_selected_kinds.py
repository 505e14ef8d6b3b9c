"""Imports of selected kinds: the others are matched in the target and never written."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from linked_stack import ABOUT, LOGO, fill_linked
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
    make_workbench,
    memory_directory,
    serve_emulator,
)

from sampling import sampled
from stackferry.errors import UsageError
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.model import Place
from stackferry.providers.contentstack import kinds
from stackferry.providers.target import ImportContext, WaitFor, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot

SCHEMA_KINDS = ("locales", "environments", "taxonomies", "extensions", "global_fields", "content_types")
IN_ORDER = (SCHEMA_KINDS, ("assets",), ("entries",), ("releases", "webhooks", "labels", "roles", "workflows"))
NOWHERE = Place(system="contentstack", key="", host="", name="")


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_linked)


def only(workbench: Workbench, snapshot: Snapshot, *names: str, **options: Any) -> ImportResult:
    return workbench.import_snapshot(snapshot, "-".join(names), only=SYSTEM.parse_kinds(names), **options)


def target_counts(workbench: Workbench) -> tuple[int, int, int]:
    """How many content types, entries and assets the target holds."""
    branch = workbench.emulator.stacks[TARGET].main
    return len(branch.content_types), sum(map(len, branch.entries.values())), len(branch.assets)


def test_only_the_selected_kinds_are_imported(workbench: Workbench) -> None:
    """The others leave no gap."""
    done = only(workbench, workbench.export(), *SCHEMA_KINDS)
    assert target_counts(workbench) == (2, 0, 0)
    assert done.gaps == []
    assert {name: done.identities[name] for name in ("content_types", "locales")} == {
        "content_types": 2,
        "locales": 2,
    }
    assert done.identities.keys() & {"entries", "assets"} == set()


def test_entries_without_their_types_and_locales_are_refused(workbench: Workbench) -> None:
    """Before the first write; the message names what is missing."""
    snapshot = workbench.export()
    with pytest.raises(UsageError) as refused:
        only(workbench, snapshot, "entries")
    assert "content types that are needed: note, page; add --only content_types" in str(refused.value)
    assert "locales that are needed: fr-fr" in str(refused.value)
    assert workbench.writes() == 0


def test_a_reference_to_an_asset_that_is_not_selected_is_a_gap(workbench: Workbench) -> None:
    """References between entries are kept."""
    snapshot = workbench.export()
    only(workbench, snapshot, *SCHEMA_KINDS)
    gaps = only(workbench, snapshot, "entries").gaps
    assert target_counts(workbench) == (2, 8, 0)
    assert [gap["path"] for gap in gaps if LOGO in str(gap)] == ["/picture/uid"]
    assert not [gap for gap in gaps if ABOUT in str(gap.get("reason"))]


def test_objects_of_other_kinds_are_matched_in_the_target(workbench: Workbench) -> None:
    """Assets of an earlier import, with uids of their own, are what the entries of a later one refer to."""
    snapshot = workbench.export()
    for names in (SCHEMA_KINDS, ("assets",)):
        only(workbench, snapshot, *names)
    gaps = only(workbench, snapshot, "entries").gaps
    assert not [gap for gap in gaps if gap["path"] == "/picture/uid"]
    assert target_counts(workbench) == (2, 8, 4)


def test_kinds_that_are_not_selected_are_never_written(workbench: Workbench) -> None:
    """Even where conflicts are to be updated."""
    snapshot = workbench.export()
    only(workbench, snapshot, *SCHEMA_KINDS)
    branch = workbench.emulator.stacks[TARGET].main
    branch.content_types["page"]["description"] = "theirs"
    only(workbench, snapshot, "entries", on_conflict="update")
    assert branch.content_types["page"]["description"] == "theirs"


@pytest.mark.parametrize("number", sampled(range(6), 2))
def test_importing_kind_after_kind_makes_the_same_stack_as_one_import(number: int) -> None:
    """Four imports, each of some kinds, make the stack that one import makes: versions, publications, releases.

    An older version in a release that cannot be recognised in the target is a gap, one for each.
    """
    with memory_directory() as root:
        workbench = make_workbench(root, lambda stack: fill_random(stack, number))
        other = make_workbench(root / "second", lambda stack: fill_random(stack, number))
        snapshot = workbench.export()
        gaps = [gap for names in IN_ORDER for gap in only(workbench, snapshot, *names).gaps]
        other.import_snapshot(snapshot)
        with serve_emulator(workbench), serve_emulator(other):
            first_graph = Graph(workbench.dump(TARGET, versions=True).nodes)
            second_graph = Graph(other.dump(TARGET, versions=True).nodes)
        assert {gap["kind"] for gap in gaps} <= {"release_items"}
        assert len(differences(first_graph, second_graph)) == len(gaps)


def test_other_kinds_may_follow_with_the_same_checkpoint(workbench: Workbench) -> None:
    """With the same kinds again, nothing is written; with content over content, `--on-conflict` must say so."""
    snapshot = workbench.export()
    only(workbench, snapshot, *SCHEMA_KINDS)
    writes = workbench.writes()
    only(workbench, snapshot, *SCHEMA_KINDS)
    workbench.import_snapshot(snapshot, "-".join(SCHEMA_KINDS), only=SYSTEM.parse_kinds(["locales"]))
    with pytest.raises(UsageError, match="say what to do with it"):
        workbench.import_snapshot(snapshot, "-".join(SCHEMA_KINDS))
    assert workbench.writes() == writes
    workbench.import_snapshot(snapshot, "-".join(SCHEMA_KINDS), on_conflict="update")
    assert workbench.target.main.entries


def test_only_content_of_a_selected_kind_is_a_conflict(workbench: Workbench) -> None:
    snapshot = workbench.export()
    only(workbench, snapshot, *SCHEMA_KINDS)
    only(workbench, snapshot, "entries")
    with pytest.raises(UsageError, match=r"already holds content \(8 entries\)"):
        workbench.import_snapshot(snapshot, "second", only=SYSTEM.parse_kinds(["entries"]))


def test_an_import_of_entries_cut_at_every_write_creates_each_once(workbench: Workbench) -> None:
    snapshot = workbench.export()
    only(workbench, snapshot, *SCHEMA_KINDS)
    for number in count(1):
        transport = RecordingTransport(
            workbench.emulator, cut_at(number, after=number % 2 == 0, only="write")
        )
        try:
            only(workbench, snapshot, "entries", transport=transport)
            break
        except Cut:
            pass
    assert target_counts(workbench) == (2, 8, 0)
    titles = [
        one.documents["en-us"].latest["title"]
        for row in workbench.emulator.stacks[TARGET].main.entries.values()
        for one in row.values()
        if "en-us" in one.documents
    ]
    assert len(titles) == len(set(titles))


def test_an_unknown_kind_is_refused_with_the_list_of_kinds() -> None:
    """Kinds that belong to a kind are selected with it."""
    with pytest.raises(
        UsageError, match=r"--only entrys: there is no such kind; kinds are locales, .*, variants"
    ):
        SYSTEM.parse_kinds(["entrys"])
    assert SYSTEM.parse_kinds(["assets"]) == {"assets", "folders", "files", "asset_versions", "metadata"}
    assert SYSTEM.parse_kinds([]) == frozenset()


def test_the_stages_without_kinds_are_those_that_match_objects(workbench: Workbench) -> None:
    """Every other stage only writes, and names kinds that can be chosen."""
    snapshot = workbench.export()
    index = SnapshotIndex(snapshot, SYSTEM.record_key)
    options = WriteOptions()
    identity = SYSTEM.match(index, index, options, index.scratch)
    context = ImportContext(
        source=index,
        target=index,
        identity=identity,
        options=options,
        bytes_of=snapshot.bytes_of,
        scratch=index.scratch,
    )
    planned = [*SYSTEM.import_plan(NOWHERE).plan(context)]
    stages = [stage for stage in planned if not isinstance(stage, WaitFor)]
    index.close()
    assert {kind for stage in stages for kind in stage.kinds} <= kinds.BY_NAME.keys()
    assert {stage.name for stage in stages if not stage.kinds} == {
        *["locales", "environments", "taxonomies", "terms", "extensions", "types", "folders", "assets"],
        *["references between types", "field rules"],
        "entries",
        "plain entries",
        "versions and locales",
        "fields emptied",
        "fields of plain entries emptied",
        "variant groups",
        "roles",
        "workflows",
        "labels",
        "publish rules",
        "releases",
        "webhooks",
        # Whatever is published singly takes metadata along, of kinds that are not selected, too.
        *["metadata checked", "metadata put right", "metadata checked again"],
    }
