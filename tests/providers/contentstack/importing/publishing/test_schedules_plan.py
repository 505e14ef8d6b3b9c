"""Rows of the publish queue, read leniently, and the plan that schedules them again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_records import MemoryRecords, MemoryTables, details

from stackferry import exact_json
from stackferry.json_values import epoch_seconds
from stackferry.model import Gap
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersions
from stackferry.providers.contentstack.content.publish_queue import (
    Schedule,
    ScheduledAction,
    ScheduledActions,
    is_waiting,
    read_queue,
    schedules,
)
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.target import ImportContext, WriteOptions

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.target import Write

AT = "2099-01-01T00:00:00.000Z"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["uid", "entry", "asset", "locale", "environment", "release", "version"]), inner
        )
    ),
    max_leaves=12,
)


def row(uid: str = "q1", **facts: Any) -> JsonObject:
    thing: JsonObject = {"uid": "a", "title": "A", "locale": "en-us", "version": 2}
    plain: JsonObject = {"uid": uid, "type": "entry", "action": "publish", "environment": ["e1"]}
    kind: JsonObject = {"entry": thing, "content_type": {"uid": "page"}, "locale": ["en-us"]}
    return {**plain, **kind, "scheduled_at": AT, "publish_details": {"status": "scheduled"}, **facts}


class Known:
    """Who became whom, in a dict."""

    def __init__(self, *pairs: tuple[str, str, str]) -> None:
        self._pairs = {(kind, source): target for kind, source, target in pairs}

    def target(self, kind: str, source: str) -> str | None:
        return self._pairs.get((kind, source))

    def is_target(self, kind: str, target: str) -> bool:
        return any(name == kind and found == target for (name, _), found in self._pairs.items())


@pytest.mark.parametrize(
    ("facts", "waits"),
    [
        ({"publish_details": {"status": "scheduled"}}, True),
        ({"publish_details": {"status": "success"}}, False),
        ({"publish_status": "Scheduled"}, True),
        ({"publish_status": "cancelled", "scheduled": True}, False),
        ({"scheduled": True}, True),
        ({"scheduled": "yes"}, False),
        ({}, False),
        ({"publish_details": "scheduled"}, False),
    ],
)
def test_a_row_waits_by_its_own_word(facts: JsonObject, waits: bool) -> None:
    """Whichever field says how it stands; no clock is asked."""
    assert is_waiting({"uid": "q", "scheduled_at": AT, **facts}) is waits


def test_a_page_keeps_what_waits_and_notes_the_rest() -> None:
    """All come as they are; those that do not wait for the run alone, which may meet them changed at its end."""
    waits, done = row("q1", unknown=[1]), row("q2", publish_details={"status": "success"})
    page = read_queue({"queue": [waits, done, {"no": "uid"}, 3], "count": 3})
    assert [(stream.kind, line.uid, line.body) for stream, line in page.records] == [
        ("schedules", "q1", waits),
        (".done", "q2", done),
    ]
    assert (page.seen, page.total) == (3, 3)


PLAIN = Schedule("q1", "publish", "page", "a", "en-us", 2, ("e1",), AT)
DEPLOYED: JsonObject = {"uid": "x", "release": {"uid": "r"}}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, PLAIN),
        ({"content_type": None, "content_type_uid": "page"}, PLAIN),
        ({"locale": None}, PLAIN),
        ({"locale": "fr-fr", "environment": "e2"}, replace(PLAIN, locale="fr-fr", environments=("e2",))),
        ({"scheduled_at": None, "published_at": "t"}, replace(PLAIN, at="t")),
        ({"asset": {"uid": "b"}, "entry": None}, replace(PLAIN, content_type="", uid="b", version=0)),
        (
            {"type": "release", "action": "deploy", "content_type": None, "entry": DEPLOYED},
            replace(PLAIN, action="deploy", content_type="", uid="r", version=0),
        ),
    ],
)
def test_what_a_row_says(facts: dict[str, Any], said: Schedule) -> None:
    """Lists or single names, the content type here or there, an entry, an asset or a release."""
    assert list(schedules(row(**facts))) == [said]


def test_a_row_of_several_languages() -> None:
    """It asks for each of them."""
    assert [one.locale for one in schedules(row(locale=["en-us", "fr-fr"]))] == ["en-us", "fr-fr"]


@given(st.dictionaries(st.sampled_from([*row(), "asset", "publish_status"]), JSON))
def test_no_row_is_too_strange(strange: JsonObject) -> None:
    """Whatever a service sends is read without a word."""
    for one in schedules(strange):
        assert isinstance(one.uid, str)
    is_waiting(strange)
    read_queue({"queue": [strange]})


@given(st.text())
def test_a_time_or_none(written: str) -> None:
    """What is no time is None."""
    assert epoch_seconds(written) is None or isinstance(epoch_seconds(written), float)


def test_times_in_several_spellings() -> None:
    """The same instant is the same moment; without a zone it is in UTC."""
    spellings = ("2099-01-01T00:00:00.000Z", "2099-01-01T01:00:00+01:00", "2099-01-01T00:00:00")
    assert len({epoch_seconds(one) for one in spellings}) == 1


def stack(**facts: Any) -> MemoryRecords:
    """An entry in two languages, shown at its first version, that waits for what `facts` say."""
    rows = MemoryRecords()
    rows.locale("en-us")
    rows.locale("fr-fr", "en-us")
    rows.put("environments", {"uid": "e1", "name": "live"})
    rows.put("environments", {"uid": "e2", "name": "test"})
    rows.entry("a", "en-us", 3, ("e1", "en-us", 1))
    rows.put("assets", {"uid": "b", "_version": 1, "publish_details": [*details(("e1", "en-us", 1))]})
    rows.put("schedules", row(**facts))
    return rows


def planned(source: MemoryRecords, target: MemoryRecords | None = None, **options: Any) -> ImportContext:
    identity = Known(
        ("entries", "a", "A"),
        ("assets", "b", "B"),
        ("environments", "e1", "E1"),
        ("environments", "e2", "E2"),
        ("versions", "page\0a\0en-us\0002", "7"),
    )
    return ImportContext(
        source=source,
        target=target or MemoryRecords(),
        identity=identity,
        options=ContentstackWriteOptions(**{"schedules": True, **options}),
        bytes_of=Path,
        scratch=MemoryTables(),
    )


def only(context: ImportContext) -> Write:
    (write,) = SchedulePlan(context).schedule()
    return write


def test_what_is_sent() -> None:
    """The mapped uid and version, the environment's name there, the language of the document, the time as it was."""
    source = stack(environment=["e2", "live"], locale=["fr-fr"])
    request = only(planned(source, environments={"live": "shop"}, locales={"fr-fr": "fr"})).build().request
    assert request is not None
    assert (request.method, request.path) == ("POST", "/v3/content_types/page/entries/A/publish")
    assert exact_json.loads(request.body or b"") == {
        "entry": {"environments": ["shop", "test"], "locales": ["fr"]},
        "locale": "en-us",
        "version": 7,
        "scheduled_at": AT,
    }
    assert not request.repeatable


def test_an_asset_is_taken_down_at_any_version() -> None:
    """A version that was not imported is no reason to leave it up."""
    source = stack(action="unpublish", asset={"uid": "b", "version": 9}, entry=None, content_type=None)
    request = only(planned(source)).build().request
    assert request is not None
    assert request.path == "/v3/assets/B/unpublish"
    assert exact_json.loads(request.body or b"") == {
        "asset": {"environments": ["live"], "locales": ["en-us"]},
        "scheduled_at": AT,
    }


def test_what_the_target_has_is_not_sent() -> None:
    """Of two environments only the one that the target does not wait for; of none nothing."""
    there = MemoryRecords()
    there.put("environments", {"uid": "E1", "name": "live"})
    waits = {"uid": "A", "version": 7}
    there.put("schedules", row(environment=["live"], entry=waits, scheduled_at="2099-01-01T01:00:00+01:00"))
    both = only(planned(stack(environment=["e1", "e2"]), there)).build().request
    assert both is not None
    assert b'"environments":["test"]' in (both.body or b"")
    built = only(planned(stack(), there)).build()
    assert (built.request, len(built.gaps), len(built.identities)) == (None, 0, 1)


def test_the_probe_finds_what_was_sent_and_nothing_like_it() -> None:
    """Whatever became of it since, unless it was cancelled; another version, place or time is another schedule."""
    write = only(planned(stack(environment=["e1", "e2"])))
    assert write.probe is not None
    probe = write.probe(write.build().note)
    assert dict(probe.request.params)["desc"] == "created_at"
    sent = {"uid": "A", "version": 7}
    first, second = row("r1", environment=["E1"], entry=sent), row("r2", environment=["test"], entry=sent)

    def found(*rows: JsonObject) -> list[str]:
        return [str(one["queue"]["uid"]) for one in probe.found({"queue": [*rows]})]  # type: ignore[index,call-overload]  # the shape that a probe answers

    assert len(found(first, second)) == 1
    assert len(found(first, {**second, "publish_details": {"status": "success"}})) == 1
    assert found(first) == found(first, {**second, "publish_details": {"status": "cancelled"}}) == []
    assert found(first, {**second, "entry": {"uid": "A", "version": 6}}) == []
    assert found(first, {**second, "scheduled_at": "2098-01-01T00:00:00.000Z"}) == []
    assert len(found(first, second, {**first, "uid": "r3"}, {**second, "uid": "r4"})) == 2


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"entry": {"uid": "a", "version": 1}}, 0),
        ({"entry": {"uid": "a"}}, 0),
        ({"entry": {"uid": "a", "version": 2}}, 1),
        ({"environment": ["live", "e2"], "entry": {"uid": "a", "version": 1}}, 1),
        ({"action": "unpublish", "environment": ["e2"]}, 0),
        ({"action": "unpublish", "environment": ["live"]}, 1),
        ({"action": "deploy"}, 1),
    ],
)
def test_what_is_past(facts: JsonObject, missing: int) -> None:
    """Never sent; a gap, unless the snapshot shows already what it would have brought about."""
    for asked in (True, False):
        built = only(planned(stack(**facts), schedules=asked, now=epoch_seconds(AT))).build()
        assert built.request is None
        assert len(built.gaps) == missing
        assert len(built.identities) == 1 - missing
        assert built.final


def test_without_the_option_it_is_decided_again() -> None:
    """What was not asked for may be asked for by a later run; what cannot be had at all, not."""
    built = only(planned(stack(), schedules=False)).build()
    assert (built.request, built.final, len(built.gaps)) == (None, False, 1)
    assert only(planned(stack(environment=["gone"]), schedules=False)).build().final


@pytest.mark.parametrize(
    ("only_kinds", "count"), [({"entries"}, 1), ({"assets"}, 0), ({"labels"}, 0), (set(), 1)]
)
def test_only_some_kinds(only_kinds: set[str], count: int) -> None:
    """What waits comes with the kind of the object that waits."""
    plan = SchedulePlan(planned(stack(), only=frozenset(only_kinds)))
    assert len(list(plan.schedule())) == plan.requests() == count


def test_what_should_wait() -> None:
    """What is past should not; what cannot be brought over is a gap."""
    assert list(SchedulePlan(planned(stack(), now=epoch_seconds(AT))).expected()) == []
    (gap,) = SchedulePlan(planned(stack(entry={"uid": "gone", "version": 1}))).expected()
    assert isinstance(gap, Gap)


def test_a_scheduled_version_is_pinned() -> None:
    """It is fetched as one that is published is: in the language of the document that is meant."""
    source = stack(locale=["fr-fr"])
    pins = [
        (pin.kind, pin.uid, pin.locale, pin.version, pin.reason) for pin in PinnedVersions(source, "pinned")
    ]
    assert ("entries", "a", "en-us", 2, "scheduled") in pins


def test_facts_are_found_by_what_they_say() -> None:
    """Whichever spelling the language has; no version stands for any."""
    held = ScheduledActions(stack(locale=["EN-us"]), WriteOptions())
    fact = ScheduledAction("publish", "page", "a", "en-us", "e1", 2, epoch_seconds(AT))
    assert len(held.covering(fact)) == 1
    assert held.covering(ScheduledAction("publish", "page", "a", "en-us", "e1", 3, epoch_seconds(AT))) == []
    assert (
        len(held.covering(ScheduledAction("publish", "page", "a", "en-us", "e1", 0, epoch_seconds(AT)))) == 1
    )
