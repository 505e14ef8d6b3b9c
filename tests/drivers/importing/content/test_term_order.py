"""The order among siblings of a taxonomy: exported, imported, mended, compared. The emulator's state is the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fewest_requests import fewest_writes
from workbench import (
    SYSTEM,
    TARGET,
    TOKEN,
    RecordingTransport,
    Workbench,
    import_cut_at_every_write,
    make_workbench,
    memory_directory,
    run_async,
)

from stackferry.core.rates import Rates
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import VerifyResult, verify_target
from stackferry.emulators.contentstack import Stack, Switches
from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.io.http.session import open_session
from stackferry.model import Secret, Stream
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.options import ContentstackWriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot

# Parents, and their children in their order: neither the uids nor the order of creation say it.
TREE = {None: ("sea", "air", "land"), "sea": ("quay", "bay", "cape"), "cape": ("rock",)}
MADE = ("rock", "air", "cape", "bay", "land", "quay", "sea")


def fill(stack: Stack) -> None:
    """Numbers with gaps, for only their order means anything."""
    stack.put_taxonomy({"uid": "places", "name": "Places", "description": "All of them"})
    stack.put_taxonomy({"uid": "empty", "name": "Empty", "description": ""})
    places = {
        uid: (parent, 3 * number) for parent, uids in TREE.items() for number, uid in enumerate(uids, 1)
    }
    for uid in MADE:
        parent, order = places[uid]
        stack.put_term("places", {"uid": uid, "name": uid.title(), "parent_uid": parent, "order": order})


def tree(stack: Stack) -> dict[str | None, tuple[str, ...]]:
    """The children of every parent in their order; two with the same number are shown as one, so they fit nothing."""
    found: dict[str | None, dict[int, str]] = {}
    for term in stack.taxonomies["places"].terms.values():
        numbers = found.setdefault(term["parent_uid"], {})  # type: ignore[arg-type]
        number = int(str(term["order"]))
        numbers[number] = numbers.get(number, "") + str(term["uid"])
    return {parent: tuple(numbers[one] for one in sorted(numbers)) for parent, numbers in found.items()}


def arrange(stack: Stack, children: dict[str | None, tuple[str, ...]]) -> None:
    """Put a stack's terms elsewhere."""
    for parent, uids in children.items():
        for number, uid in enumerate(uids, 1):
            stack.taxonomies["places"].terms[uid] |= {"parent_uid": parent, "order": number}


SERVICES = [
    pytest.param(
        Switches(order_inserts=inserts, tree_order=order, tree_terms=most), id=f"{inserts}-{order}-{most}"
    )
    for inserts in (True, False)
    for order in ("file", "uid")
    for most in (10_000, 3, 0)
]


@pytest.mark.parametrize("switches", SERVICES)
def test_siblings_arrive_in_their_order(switches: Switches) -> None:
    """Whatever the service does with the order of a file, with a number that is taken, and with a large file."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=switches)
        snapshot = bench.export()
        assert bench.import_snapshot(snapshot).gaps == []
        assert tree(bench.target) == TREE
        assert differences(bench, snapshot) == []
        # With what the import has written down, too: which terms of the file are there.
        assert bench.verify(snapshot).differences == []


@pytest.mark.parametrize("inserts", [True, False])
def test_a_refused_file_is_followed_by_single_terms_in_their_order(inserts: bool) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(order_inserts=inserts))
        snapshot = bench.export()
        bench.emulator.faults.add(
            Fault(path="/taxonomies/import", status=422, body=b"{}", carried_out=False, times=ALWAYS)
        )
        assert bench.import_snapshot(snapshot).gaps == []
        assert tree(bench.target) == TREE


def differences(bench: Workbench, snapshot: Snapshot) -> list[str]:
    """What a comparison of both stacks finds in terms: "PATH of UID: expected, found"."""
    place = bench.place(TARGET)

    async def run() -> VerifyResult:
        async with open_session(
            bench.origin,
            headers(place, ("token", Secret(TOKEN))),
            rates=Rates(),
            transport=RecordingTransport(bench.emulator),
        ) as session:
            options = ContentstackWriteOptions()
            return await verify_target(Run(SYSTEM, session, place), snapshot, None, options=options)

    found = [row for row in run_async(run).differences if row["kind"] == "terms"]
    return [f"{row['path']} of {row['uid']}: {row.get('left')}, {row.get('right')}" for row in found]


def test_a_tree_is_one_write_and_one_listing(workbench: Workbench) -> None:
    """Of an empty taxonomy nothing is listed; another import of the same snapshot sends nothing."""
    snapshot, transport = workbench.export(), RecordingTransport(workbench.emulator)
    fewest = fewest_writes(workbench.source, workbench.target)
    assert workbench.import_snapshot(snapshot, transport=transport).gaps == []
    assert workbench.writes() == fewest
    sent = [line.partition("?")[0] for line in transport.log if "taxonomies" in line]
    assert sorted(line for line in sent if line.startswith("POST")) == [
        "POST /v3/taxonomies",  # the empty one
        "POST /v3/taxonomies/import",
    ]
    assert sent.count("GET /v3/taxonomies/places/terms") == 1
    workbench.import_snapshot(snapshot)
    assert workbench.writes() == fewest


def test_the_order_takes_no_read_more(workbench: Workbench) -> None:
    transport = RecordingTransport(workbench.emulator)
    snapshot = workbench.export(transport=transport)
    assert sum("/terms?" in line for line in transport.log) == 2 * 2  # for each taxonomy, and looked at again
    rows: list[Any] = [row["term"] for row in snapshot.objects(Stream("terms"))]
    orders = {row["uid"]: row["order"] for row in rows}
    assert (orders["sea"], orders["air"], orders["cape"]) == (3, 6, 9)


# What an editor may do to the target: the children that then stand elsewhere.
EDITS: dict[str, dict[str | None, tuple[str, ...]]] = {
    "reversed": {None: ("land", "air", "sea")},
    "last first": {"sea": ("cape", "quay", "bay")},
    "first last": {None: ("air", "land", "sea")},
    "under another term": {"air": ("cape",)},
    "a child on top": {None: ("quay", "sea", "air", "land")},
    "deeper": {"cape": ("rock", "bay"), "bay": ("quay",)},
    "upside down": {None: ("sea", "air", "land", "rock"), "rock": ("cape",)},
}


# A service that keeps the numbers as they are sent does not count them anew either.
SERVICES_THAT_MOVE = [
    pytest.param(Switches(), id="inserts"),
    pytest.param(Switches(order_closes=True), id="inserts and closes"),
    pytest.param(Switches(order_inserts=False), id="keeps the number"),
]


@pytest.mark.parametrize("switches", SERVICES_THAT_MOVE)
@pytest.mark.parametrize("name", EDITS)
def test_update_moves_terms_back(name: str, switches: Switches) -> None:
    """With their children, by force. Verify sees what was moved, and nothing afterwards."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=switches)
        snapshot = bench.export()
        bench.import_snapshot(snapshot)
        arrange(bench.target, EDITS[name])
        assert differences(bench, snapshot) != []
        before = tree(bench.target)
        assert bench.import_snapshot(snapshot, "skipping", on_conflict="skip").gaps == []
        gaps = bench.import_snapshot(snapshot, "leaving").gaps
        assert {gap["reason"] for gap in gaps} == {
            "it stands at another place in the target and was left there (--on-conflict update moves it)"
        }
        assert {gap["uid"] for gap in gaps} <= {uid for uids in TREE.values() for uid in uids}
        assert tree(bench.target) == before
        assert bench.import_snapshot(snapshot, "updating", on_conflict="update").gaps == []
        assert tree(bench.target) == TREE
        assert differences(bench, snapshot) == []


@pytest.mark.parametrize(
    ("name", "moved"),
    [("last first", "sea"), ("first last", "cape"), ("one on top", "quay")],
)
def test_update_moves_no_more_terms_than_stand_elsewhere(workbench: Workbench, name: str, moved: str) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    edits: dict[str, dict[str | None, tuple[str, ...]]] = {
        "last first": {None: ("air", "land", "sea")},
        "first last": {"sea": ("cape", "quay", "bay")},
        "one on top": {None: ("sea", "quay", "air", "land")},
    }
    arrange(workbench.target, edits[name])
    transport = RecordingTransport(workbench.emulator)
    workbench.import_snapshot(snapshot, "again", transport=transport, on_conflict="update")
    force = "?force=true" if moved in TREE else ""
    assert [line for line in transport.log if not line.startswith("GET")] == [
        f"PUT /v3/taxonomies/places/terms/{moved}/move{force}"
    ]


def test_other_numbers_in_the_same_order_are_no_difference(workbench: Workbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    for term in workbench.target.taxonomies["places"].terms.values():
        term["order"] = 10 * int(str(term["order"])) + 4
    writes = workbench.writes()
    assert differences(workbench, snapshot) == []
    assert workbench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
    assert workbench.writes() == writes


@pytest.mark.parametrize("inserts", [True, False])
@pytest.mark.parametrize("missing", ["sea", "air", "land", "bay", "cape", "rock"])
def test_a_term_that_is_missing_is_put_between_its_siblings(missing: str, inserts: bool) -> None:
    """A term of the target's own stands among them."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(order_inserts=inserts))
        snapshot = bench.export()
        bench.import_snapshot(snapshot)
        terms = bench.target.taxonomies["places"].terms
        for uid in {missing, *TREE.get(missing, ()), "rock"}:
            del terms[uid]
        own = {"uid": "own", "name": "Own", "parent_uid": None, "order": 0}
        terms["own"] = own  # type: ignore[assignment]
        assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
        found = tree(bench.target)
        assert found.pop(None) == ("own", "sea", "air", "land")
        assert found == {parent: uids for parent, uids in TREE.items() if parent}


@pytest.mark.parametrize(
    "switches", [Switches(), Switches(order_inserts=False, tree_order="uid", tree_terms=3)]
)
def test_an_import_cut_at_every_write_ends_in_the_right_order(switches: Switches) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=switches)
        snapshot = bench.export()
        assert import_cut_at_every_write(bench, snapshot).gaps == []
        assert tree(bench.target) == TREE


def test_a_snapshot_without_an_order_leaves_a_gap(workbench: Workbench) -> None:
    """Such as one of an earlier version. The terms themselves arrive."""
    for term in workbench.source.taxonomies["places"].terms.values():
        term["order"] = None
    snapshot = workbench.export()
    gaps = workbench.import_snapshot(snapshot).gaps
    for found in (gaps, snapshot.gaps()):
        assert {(gap["kind"], gap["uid"], gap["path"]) for gap in found} == {("terms", "*", "places")}
    assert len(workbench.target.taxonomies["places"].terms) == len(MADE)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill)
