"""Which object of a space is which object of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from memory_records import MemoryTables
from space_records import SpaceRecords, link

from stackferry.model import Place
from stackferry.providers.contentful.matching.rule import Matches
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from stackferry.model import JsonObject

HERE = Place(system="contentful", key="one", host="localhost", name="master")
THERE = Place(system="contentful", key="two", host="localhost", name="master")


@pytest.fixture
def source() -> SpaceRecords:
    return SpaceRecords()


@pytest.fixture
def target() -> SpaceRecords:
    return SpaceRecords()


def matched(
    source: SpaceRecords,
    target: SpaceRecords,
    *,
    there: Place = THERE,
    earlier: Earlier | None = None,
    **locales: str,
) -> Matches:
    options = WriteOptions(locales={one.replace("_", "-"): other for one, other in locales.items()})
    more = (earlier,) if earlier else ()
    return Matches(source, target, options, MemoryTables(), (HERE, there), *more)


class Earlier:
    """What an earlier import between two places wrote."""

    def __init__(self, **targets: str) -> None:
        self._targets = targets

    def target(self, kind: str, source: str) -> str | None:
        del kind
        return self._targets.get(source)

    def source(self, kind: str, target: str) -> str | None:
        del kind
        return next((one for one, other in self._targets.items() if other == target), None)


def test_an_entry_is_the_one_of_its_id_whatever_its_type(source: SpaceRecords, target: SpaceRecords) -> None:
    source.document("hen")
    source.document("egg")
    target.document("hen", "article")
    found = matched(source, target)
    assert (found.target("entries", "hen"), found.target("entries", "egg")) == ("hen", None)
    assert (found.is_target("entries", "hen"), found.is_target("entries", "fox")) == (True, False)


@pytest.mark.parametrize("kind", ["assets", "content_types", "tags", "extensions", "webhooks"])
def test_other_objects_are_those_of_their_id(source: SpaceRecords, target: SpaceRecords, kind: str) -> None:
    for uid in ("a", "b"):
        source.named(kind, uid, uid)
    target.named(kind, "a", "another name")
    found = matched(source, target)
    assert (found.target(kind, "a"), found.target(kind, "b")) == ("a", None)


def test_locales_go_by_their_mapped_code(source: SpaceRecords, target: SpaceRecords) -> None:
    for code in ("en-US", "de"):
        source.add("locales", {"code": code, "sys": {"id": f"of {code}"}})
    for code in ("en-GB", "de"):
        target.add("locales", {"code": code, "sys": {"id": f"there {code}"}})
    found = matched(source, target, en_US="en-GB")
    assert [found.target("locales", code) for code in ("en-US", "de", "en-GB")] == ["en-GB", "de", "en-GB"]
    assert [found.is_target("locales", code) for code in ("en-GB", "de", "en-US")] == [True, True, False]


def test_a_role_is_that_of_its_id_or_else_of_its_name(source: SpaceRecords, target: SpaceRecords) -> None:
    source.named("roles", "editor", "Editor")
    source.named("roles", "author", "Author")
    target.named("roles", "editor", "Renamed")
    target.named("roles", "made by the service", "Author")
    found = matched(source, target)
    assert found.target("roles", "editor") == "editor"
    assert found.target("roles", "author") == "made by the service"


def test_a_release_is_found_by_generation_title_and_items(source: SpaceRecords, target: SpaceRecords) -> None:
    source.release("s1", "Spring", "hen", "egg")
    source.release("s2", "Spring", "hen", generation="Release.v2")
    target.release("t2", "Spring", "hen", generation="Release.v2")
    target.release("t1", "Spring", "egg", "hen")
    found = matched(source, target)
    assert [found.target("releases", uid) for uid in ("s1", "s2")] == ["t1", "t2"]
    assert found.is_target("releases", "t1")


def test_equal_releases_are_paired_in_the_order_they_were_made(
    source: SpaceRecords, target: SpaceRecords
) -> None:
    for uid, made in (("s1", "2030-02-01T00:00:00Z"), ("s2", "2030-01-01T00:00:00Z")):
        source.release(uid, "Untitled", "hen", made=made)
    target.release("t1", "Untitled", "hen")
    found = matched(source, target)
    assert [found.target("releases", uid) for uid in ("s1", "s2")] == [None, "t1"]


def test_a_title_that_two_releases_have_names_neither(source: SpaceRecords, target: SpaceRecords) -> None:
    source.release("s1", "Spring", "hen")
    target.release("t1", "Spring", "egg")
    target.release("t2", "Spring", "fox")
    found = matched(source, target)
    assert found.target("releases", "s1") is None
    unclear = found.ambiguity("releases", "s1")
    assert unclear is not None
    assert unclear.candidates == ("t1", "t2")


def test_a_release_whose_items_changed_is_found_by_its_title(
    source: SpaceRecords, target: SpaceRecords
) -> None:
    source.release("s1", "Spring", "hen")
    target.release("t1", "Spring", "egg")
    assert matched(source, target).target("releases", "s1") == "t1"


def test_what_an_earlier_import_made_goes_before_the_title(
    source: SpaceRecords, target: SpaceRecords
) -> None:
    source.release("s1", "Spring", "hen")
    target.release("t1", "Renamed since", "egg")
    target.release("t2", "Spring", "hen")
    assert matched(source, target, earlier=Earlier(s1="t1")).target("releases", "s1") == "t1"
    assert matched(source, target, earlier=Earlier(s1="gone")).target("releases", "s1") == "t2"


def test_a_clone_keeps_the_ids_of_the_service(source: SpaceRecords, target: SpaceRecords) -> None:
    source.release("s1", "Spring", "hen")
    target.release("s1", "Autumn", "egg")
    target.release("t2", "Spring", "hen")
    assert matched(source, target).target("releases", "s1") == "s1"


def test_bodies_in_a_release_follow_it(source: SpaceRecords, target: SpaceRecords) -> None:
    source.release("s1", "Spring", "hen", generation="Release.v2")
    target.release("t1", "Spring", "hen", generation="Release.v2")
    for store, release in ((source, "s1"), (target, "t1")):
        store.add("release_entries", {"sys": {"id": "hen", "release": link("Release", release)}})
    found = matched(source, target)
    assert found.target("release_entries", "s1\0hen") == "t1\0hen"
    assert found.target("release_entries", "s1\0egg") is None
    assert (found.is_target("release_entries", "t1\0hen"), found.is_target("release_entries", "t1\0egg")) == (
        True,
        False,
    )


def schedule(uid: str, entity: JsonObject, at: str) -> JsonObject:
    facts: JsonObject = {"id": uid, "type": "ScheduledAction", "status": "scheduled"}
    return {"sys": facts, "entity": entity, "action": "publish", "scheduledFor": {"datetime": at}}


def test_a_schedule_is_that_of_its_object_and_time(source: SpaceRecords, target: SpaceRecords) -> None:
    source.release("s1", "Spring", "hen")
    target.release("t1", "Spring", "hen")
    source.add("scheduled_actions", schedule("a", link("Release", "s1"), "2031-01-01T00:00:00.000Z"))
    source.add("scheduled_actions", schedule("b", link("Entry", "hen"), "2031-01-01T00:00:00.000Z"))
    target.add("scheduled_actions", schedule("c", link("Release", "t1"), "2031-01-01T01:00:00+01:00"))
    target.add("scheduled_actions", schedule("d", link("Entry", "hen"), "2032-01-01T00:00:00.000Z"))
    found = matched(source, target)
    assert [found.target("scheduled_actions", uid) for uid in ("a", "b")] == ["c", None]


def test_a_workflow_is_that_of_its_definition_and_entry(source: SpaceRecords, target: SpaceRecords) -> None:
    source.named("workflow_definitions", "s", "Review")
    target.named("workflow_definitions", "t", "Review")
    for store, definition, uid in ((source, "s", "one"), (target, "t", "two")):
        facts: JsonObject = {"id": uid, "entity": link("Entry", "hen")}
        store.add(
            "workflows", {"sys": {**facts, "workflowDefinition": link("WorkflowDefinition", definition)}}
        )
    assert matched(source, target).target("workflows", "one") == "two"


def test_the_counterpart_of_what_the_source_lacks(source: SpaceRecords, target: SpaceRecords) -> None:
    target.document("hen")
    target.release("t1", "Spring", "hen")
    found = matched(source, target, earlier=Earlier(s1="t1"))
    assert found.counterpart("entries", "hen") == "hen"
    assert found.counterpart("releases", "s1") == "t1"
    assert found.counterpart("releases", "s2") is None
