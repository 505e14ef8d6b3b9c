"""Taxonomies are published where they were. The emulator's state is the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from fewest_requests import fewest_writes
from workbench import (
    TARGET,
    RecordingTransport,
    Workbench,
    import_cut_at_every_write,
    make_workbench,
    memory_directory,
)

from stackferry.emulators.contentstack import Stack, Switches
from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE, STAGING = "bltlive0000000001", "bltstaging0000001"
PUBLISH = "POST /v3/taxonomies/publish"


def fill(stack: Stack) -> None:
    """`places` and `winds` are live in the same places, `tides` elsewhere, `plain` nowhere."""
    stack.main.put_locale({"code": "fr-fr", "uid": "bltlocale1", "name": "fr", "fallback_locale": "en-us"})
    for uid, name in ((LIVE, "live"), (STAGING, "staging")):
        stack.put("environments", {"uid": uid, "name": name, "urls": []})
    for uid in ("places", "winds", "tides", "plain"):
        stack.put_taxonomy({"uid": uid, "name": uid.title(), "description": ""})
        stack.put_term(uid, {"uid": f"{uid}_term", "name": "Term", "parent_uid": None})
    for uid in ("places", "winds"):
        stack.put_taxonomy({"uid": uid, "name": f"{uid} fr"}, "fr-fr")
        put_live(stack, uid, (LIVE, "en-us"), (LIVE, "fr-fr"), (STAGING, "en-us"))
    put_live(stack, "tides", (STAGING, "en-us"))


def put_live(stack: Stack, uid: str, *places: tuple[str, str]) -> None:
    for environment, code in places:
        stack.taxonomies[uid].live[environment, code] = {"environment": environment, "locale": code}


def live(stack: Stack) -> dict[str, set[tuple[str, str]]]:
    """By the names of environments, which every stack gives uids of its own."""
    names = {uid: str(row["name"]) for uid, row in stack.environments.items()}
    return {uid: {(names[where], code) for where, code in one.live} for uid, one in stack.taxonomies.items()}


@pytest.mark.parametrize("details", ["own", "all"])
def test_taxonomies_are_live_where_they_were(details: Literal["own", "all"]) -> None:
    """With one call for each set of environments and languages; imported again, nothing is sent."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(taxonomy_details=details))
        snapshot, transport = bench.export(), RecordingTransport(bench.emulator)
        fewest = fewest_writes(bench.source, bench.target)
        assert bench.import_snapshot(snapshot, transport=transport).gaps == []
        assert live(bench.target) == live(bench.source)
        assert transport.log.count(PUBLISH) == 3
        assert bench.writes() == fewest
        assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
        assert bench.writes() == fewest


def test_what_is_slow_is_waited_for() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(job_requests=5))
        assert bench.import_snapshot(bench.export()).gaps == []
        assert live(bench.target) == live(bench.source)


def test_a_target_without_taxonomy_publishing_leaves_a_gap_for_each_place(workbench: Workbench) -> None:
    snapshot = workbench.export()
    workbench.emulator.switches = Switches(taxonomy_publishing=False)
    transport = RecordingTransport(workbench.emulator)
    gaps = workbench.import_snapshot(snapshot, transport=transport).gaps
    assert transport.log.count(PUBLISH) == 3
    assert len(gaps) == 7
    assert gaps[0] == {
        "kind": "taxonomies",
        "uid": "places",
        "locale": "en-us",
        "reason": "it was published to live in en-us; this target has no taxonomy publishing, or refused it: "
        "publish it by hand",
    }


def test_a_call_that_is_refused_for_one_is_sent_for_each(workbench: Workbench) -> None:
    """One of several calls; what they were to publish is live in the end."""
    snapshot = workbench.export()
    workbench.emulator.faults.add(
        Fault(path="/taxonomies/publish", status=422, body=b"{}", carried_out=False)
    )
    assert workbench.import_snapshot(snapshot).gaps == []
    assert live(workbench.target) == live(workbench.source)


def test_a_language_in_which_a_taxonomy_has_no_name_there_is_a_gap(workbench: Workbench) -> None:
    """The service takes the call, and fails later without a word."""
    snapshot = workbench.export()
    localize = Fault(
        path="locale=fr-fr", method="POST", status=422, body=b"{}", carried_out=False, times=ALWAYS
    )
    workbench.emulator.faults.add(localize)
    gaps: list[Any] = workbench.import_snapshot(snapshot).gaps
    assert {(gap["uid"], gap["locale"]) for gap in gaps if gap["kind"] == "taxonomies"} == {
        ("places", "fr-fr"),
        ("winds", "fr-fr"),
    }
    assert live(workbench.target)["places"] == {("live", "en-us"), ("staging", "en-us")}


def test_what_is_live_in_the_target_is_published_again_only_where_the_import_changes_it(
    workbench: Workbench,
) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    workbench.target.taxonomies["tides"].terms["tides_term"]["name"] = "Another"
    leaving = RecordingTransport(workbench.emulator)
    workbench.import_snapshot(snapshot, "leaving", transport=leaving)
    assert leaving.log.count(PUBLISH) == 0
    updating = RecordingTransport(workbench.emulator)
    workbench.import_snapshot(snapshot, "updating", transport=updating, on_conflict="update")
    assert updating.log.count(PUBLISH) == 1


def test_without_publishing_no_taxonomy_is_published(workbench: Workbench) -> None:
    workbench.import_snapshot(workbench.export(), publish="none")
    assert not any(live(workbench.target).values())


def test_an_import_cut_at_every_write_publishes_all(workbench: Workbench) -> None:
    snapshot = workbench.export()
    assert import_cut_at_every_write(workbench, snapshot).gaps == []
    assert live(workbench.target) == live(workbench.source)


def test_a_snapshot_of_the_target_shows_the_same(workbench: Workbench) -> None:
    """Environments and languages follow their options."""
    workbench.import_snapshot(workbench.export(), locales={"fr-fr": "fr-ca"})
    assert live(workbench.target)["winds"] == {("live", "en-us"), ("live", "fr-ca"), ("staging", "en-us")}
    assert workbench.export("there", key=TARGET).gaps() == []


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill)
