"""A listing that answers no more, run after run, never stops an export for good, and is never taken for empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import EGG, HEN, RELEASE, fill_small_with_owners
from workbench import RecordingTransport, make_workbench, memory_directory

from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import BadAnswer, Refused, ServiceError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot

# Listings of what one object has, each with the kind of its gap.
OF_ONE = {
    f"release_items/{RELEASE}": "^/v3/releases/[^/?]+/items",
    f"variants/page/en-us/{HEN}": f"^/v3/content_types/page/entries/{HEN}/variants[?]locale=en",
    f"history/page/en-us/{HEN}": f"^/v3/content_types/page/entries/{HEN}/versions[?].*locale=en",
    "terms/tags": "^/v3/taxonomies/tags/terms[?](?!.*locale)",
}
# Listings of a whole kind, or of a type in a language.
OF_MUCH = {
    "entries/page/fr-fr": "^/v3/content_types/page/entries[?].*fr-fr",
    "assets": "^/v3/assets[?]include",
    "labels": "^/v3/labels",
    "webhooks": "^/v3/webhooks",
    "schedules": "^/v3/publish-queue",
    "taxonomies/fr-fr": "^/v3/taxonomies[?]locale=fr-fr",
}
ENTRIES = "entries/page/fr-fr"


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """A source with something to list for every kind that is listed per object of another kind."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small_with_owners)


def fail(workbench: Workbench, path: str, status: int = 500, **facts: object) -> None:
    fault = {"status": status, "body": b"{}", "times": ALWAYS, "carried_out": False, **facts}
    workbench.emulator.faults.add(Fault(path=path, **fault))  # type: ignore[arg-type]  # any field of a fault


def gap_kinds(snapshot: Snapshot) -> list[str]:
    return sorted({str(gap["kind"]) for gap in snapshot.gaps() if gap["uid"] == "*"})


@pytest.mark.parametrize("status", [500, 200])
@pytest.mark.parametrize(("name", "path"), OF_ONE.items(), ids=OF_ONE.keys())
def test_what_one_object_has_is_a_gap_at_once(
    workbench: Workbench, name: str, path: str, status: int
) -> None:
    fail(workbench, path, status)
    assert gap_kinds(workbench.export(versions="all")) == [name]


@pytest.mark.parametrize("status", [500, 200])
@pytest.mark.parametrize(("name", "path"), OF_MUCH.items(), ids=OF_MUCH.keys())
def test_a_listing_of_much_ends_the_first_run_and_is_a_gap_in_the_next(
    workbench: Workbench, name: str, path: str, status: int
) -> None:
    fail(workbench, path, status)
    with pytest.raises(BadAnswer, match=f"run the same command again later; if {name} does not come"):
        workbench.export()
    snapshot = workbench.export()
    assert gap_kinds(snapshot) == [name]
    assert all("could not be listed" in str(gap["reason"]) for gap in snapshot.gaps())


@pytest.mark.parametrize("name", ["entries/page/fr-fr", "assets"])
def test_one_that_is_refused_for_ever_is_a_gap_in_the_next_run_too(workbench: Workbench, name: str) -> None:
    """Not because of the token: of a type or a language that the service cannot list."""
    fail(workbench, OF_MUCH[name], 422, body=b'{"error_message": "Not today.", "error_code": 141}')
    with pytest.raises(
        Refused, match=f"Not today.*run the same command again later; if {name} does not come"
    ):
        workbench.export()
    snapshot = workbench.export()
    assert gap_kinds(snapshot) == [name]
    assert any("Not today" in str(gap["reason"]) for gap in snapshot.gaps())


def test_all_listings_of_a_stage_that_fail_cost_one_run(workbench: Workbench) -> None:
    fail(workbench, "^/v3/(labels|webhooks|roles)")
    with pytest.raises(BadAnswer):
        workbench.export()
    assert gap_kinds(workbench.export()) == ["labels", "roles", "webhooks"]


def test_a_gap_of_entries_names_the_type_and_the_language(workbench: Workbench) -> None:
    fail(workbench, OF_MUCH[ENTRIES])
    with pytest.raises(BadAnswer):
        workbench.export()
    (gap,) = workbench.export().gaps()
    assert (gap["content_type"], gap["locale"]) == ("page", "fr-fr")


@pytest.mark.parametrize("path", ["^/v3/locales", "^/v3/content_types[?]", "^/v3/global_fields"])
def test_without_what_all_else_needs_every_run_ends(workbench: Workbench, path: str) -> None:
    fail(workbench, path)
    for _ in range(3):
        with pytest.raises(ServiceError, match=r"the service answered 500|nothing can be done without"):
            workbench.export()


def test_a_service_that_answers_nothing_makes_no_gap(workbench: Workbench) -> None:
    """It comes back, and then the same command reads all."""
    fail(workbench, OF_MUCH[ENTRIES])
    with pytest.raises(BadAnswer):
        workbench.export()
    workbench.emulator.faults.clear()
    for status in (500, 200):
        fail(workbench, "^/v3/", status)
        with pytest.raises(ServiceError):
            workbench.export()
        workbench.emulator.faults.clear()
    assert not workbench.export().gaps()


def test_a_later_page_that_fails_leaves_the_other_pages(workbench: Workbench) -> None:
    for number in range(250):
        workbench.source.main.put("labels", {"uid": f"bltlabel{number:03}", "name": f"L{number}"})
    fail(workbench, "^/v3/labels.*skip=100")
    with pytest.raises(BadAnswer):
        workbench.export()
    snapshot = workbench.export()
    assert gap_kinds(snapshot) == ["labels"]
    assert len(list(snapshot.objects(Stream("labels")))) == 150


def test_many_that_fail_at_once_are_not_taken_for_a_service_that_is_down(workbench: Workbench) -> None:
    fail(workbench, "^/v3/content_types/page/entries/[^/?]+/versions")
    kinds = gap_kinds(workbench.export(versions="all"))
    assert {f"history/page/en-us/{HEN}", f"history/page/en-us/{EGG}"} <= {*kinds}


def test_a_second_look_that_fails_is_told(workbench: Workbench) -> None:
    fail(workbench, OF_MUCH[ENTRIES], after=1)
    with pytest.raises(BadAnswer):
        workbench.export()
    (gap,) = workbench.export().gaps()
    assert gap["kind"] == ENTRIES
    assert "could not be looked at again" in str(gap["reason"])


def test_an_import_tells_the_gap_and_a_target_is_never_taken_for_empty(workbench: Workbench) -> None:
    fail(workbench, OF_MUCH["labels"])
    with pytest.raises(BadAnswer):
        workbench.export()
    snapshot = workbench.export()
    for _ in range(2):
        with pytest.raises(BadAnswer):
            workbench.import_snapshot(snapshot)
    workbench.emulator.faults.clear()
    assert "labels" in {gap["kind"] for gap in workbench.import_snapshot(snapshot).gaps}
    assert "labels" in {gap["kind"] for gap in workbench.verify(snapshot).gaps}


def test_no_version_is_taken_from_a_base_that_lacks_its_assets(workbench: Workbench) -> None:
    """Nothing shows then whether an asset has changed which the version is answered with."""
    fail(workbench, OF_MUCH["assets"])
    with pytest.raises(BadAnswer):
        workbench.export("base", versions="all")
    base = workbench.export("base", versions="all")
    for name in ("again", "again", "whole"):
        transport = RecordingTransport(workbench.emulator)
        if name == "whole":
            workbench.emulator.faults.clear()
        try:
            workbench.export(name, versions="all", base=BaseSnapshot(base.root), transport=transport)
        except BadAnswer:
            continue
        assert any("version=1" in line for line in transport.log)


@pytest.mark.parametrize("path", [OF_ONE[f"release_items/{RELEASE}"], *OF_MUCH.values()])
def test_a_second_look_that_fails_once_is_made_again(workbench: Workbench, path: str) -> None:
    fail(workbench, path, 302, after=1, times=1, headers=(("location", "http://203.0.113.9/"),))
    assert not workbench.export().gaps()
    assert workbench.emulator.faults.taken == 1
