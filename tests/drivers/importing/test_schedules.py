"""Scheduled publications: exported, created by an import, compared by verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS
from round_trip import explain_differences
from small_stack import ABROAD, DOWN, EGG, HEN, LATER, LIVE, NEW_YEAR, fill_small
from workbench import (
    SOURCE,
    SYSTEM,
    TARGET,
    TOKEN,
    Cut,
    RecordingTransport,
    cut_at,
    file_digests,
    make_workbench,
    memory_directory,
    run_async,
    serve_emulator,
)

from stackferry.core.rates import Rates
from stackferry.drivers.import_run import forecast
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import VerifyResult, verify_target
from stackferry.emulators.contentstack import Fault
from stackferry.errors import ServiceError
from stackferry.io.http.session import open_session
from stackferry.model import Secret, Stream
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.content.publish_queue import epoch_seconds
from stackferry.providers.contentstack.options import ContentstackWriteOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from random_fields import Row
    from workbench import Workbench

    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

AFTER = epoch_seconds("2099-06-01T00:00:00Z") or 0.0
OTHER, LONE = "bltaaaaaaaaaaaaaa33", "bltaaaaaaaaaaaaaa34"


@pytest.fixture
def small() -> Iterator[Workbench]:
    """A source whose hen is to be published in French, and whose picture is to be taken down, at New Year."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def put(one: Workbench, uid: str, *, status: str = "scheduled", **facts: Any) -> None:
    """One more row in the source's queue: the hen at her latest version, in English, if nothing else is said."""
    hen: Row = {"uid": HEN, "locale": "en-us", "version": 2}
    row: Row = {"uid": uid, "type": "entry", "entry": hen, "content_type": {"uid": "page"}, "action": "publish",
                "environment": [LIVE], "locale": ["en-us"], "scheduled_at": NEW_YEAR, **STAMPS}  # fmt: skip
    one.source.main.put_queue_item({**row, "publish_status": status, **facts})


def stream(snapshot: Snapshot) -> list[JsonObject]:
    return list(snapshot.objects(Stream("schedules")))


def waiting(one: Workbench) -> list[JsonObject]:
    """What waits in the target."""
    return [one.target.main.queue[uid] for uid in one.target.main.waiting]


def empty(one: Workbench) -> None:
    """The target holds nothing again."""
    one.target = one.emulator.add_stack(api_key=TARGET, management_token=TOKEN)


def told(gaps: list[JsonObject]) -> dict[str, str]:
    return {str(gap["uid"]): str(gap["reason"]) for gap in gaps if gap["kind"] == "schedules"}


def on_target(one: Workbench, work: Callable[[Session], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        place = one.place(TARGET)
        credential = ("token", Secret(TOKEN))
        rates = Rates()
        transport = RecordingTransport(one.emulator)
        async with open_session(
            one.origin, headers(place, credential), rates=rates, transport=transport
        ) as session:
            return await work(session)

    return run_async(run)


def verified(one: Workbench, snapshot: Snapshot, state: str | None = "state", **options: Any) -> VerifyResult:
    where = one.root / state if state else None
    wanted = ContentstackWriteOptions(**options)
    found: VerifyResult = on_target(
        one,
        lambda session: verify_target(
            Run(SYSTEM, session, one.place(TARGET)), snapshot, where, options=wanted, assets=False
        ),
    )
    return found


def test_an_export_holds_the_rows_that_still_wait_and_no_others(small: Workbench) -> None:
    """I6, I7: rows as the service gave them, whichever field holds their status; rows that are done leave no trace."""
    before = file_digests(small.export().root)
    put(small, OTHER, status="success")
    assert file_digests(small.export("later").root) == before
    put(small, LONE, status="", publish_details={"status": "scheduled"}, unknown={"kept": [1, None]})
    rows = stream(small.export("more"))
    assert [row["uid"] for row in rows] == [LATER, DOWN, LONE]
    assert rows[-1]["unknown"] == {"kept": [1, None]}


@pytest.mark.parametrize("counted", [True, False])
def test_a_long_queue_is_read_to_its_end(small: Workbench, *, counted: bool) -> None:
    """Waiting rows behind pages of finished ones are found, whether or not the service counts its rows."""
    for number in range(250):
        put(small, f"blt00000000000{number:05}", status="success")

    def uncounted(_: RecordingTransport, request: Any, done: bool) -> None:
        if not done and not counted and request.url.path.endswith("/publish-queue"):
            request.url = request.url.copy_remove_param("include_count")

    snapshot = small.export(transport=RecordingTransport(small.emulator, uncounted))
    assert [row["uid"] for row in stream(snapshot)] == [LATER, DOWN]
    assert snapshot.gaps() == []
    asked = [one for one in small.emulator.log if one.path == "/v3/publish-queue"]
    assert len(asked) == 3


@pytest.mark.parametrize(("status", "gaps"), [(422, 1), (404, 0)])
def test_a_refused_queue_is_a_gap_and_a_missing_one_is_empty(
    small: Workbench, status: int, gaps: int
) -> None:
    body = b'{"error_message": "Not for you.", "error_code": 141, "errors": {}}'
    small.emulator.faults.add(Fault(path="/publish-queue", status=status, body=body, times=9))
    snapshot = small.export()
    assert stream(snapshot) == []
    assert len([gap for gap in snapshot.gaps() if gap["kind"] == "schedules"]) == gaps


def test_the_version_of_a_schedule_is_exported_and_imported(small: Workbench) -> None:
    """An older version is scheduled under the number that it has in the target."""
    put(small, OTHER, entry={"uid": HEN, "locale": "en-us", "version": 1})
    assert small.import_snapshot(small.export()).gaps == []
    assert explain_differences(small.dump(SOURCE), small.dump(TARGET), []).unexplained == []


def test_an_export_of_selected_entries_holds_their_schedules_only(small: Workbench) -> None:
    put(small, OTHER, entry={"uid": EGG, "locale": "fr-fr", "version": 1}, locale=["fr-fr"])
    narrow = small.export(content_types={"page"}, limit=1, with_references=0)
    held = {row["uid"] for row in stream(narrow)}
    assert held == {LATER, DOWN}, "the hen is the first entry, and names the picture"


def test_without_the_option_each_schedule_is_a_gap(small: Workbench) -> None:
    """Nothing is scheduled. The same command with --schedules then creates what was missing."""
    snapshot = small.export()
    gaps = told(small.import_snapshot(snapshot, schedules=False).gaps)
    assert set(gaps) == {LATER, DOWN}
    assert all("--schedules" in reason and NEW_YEAR in reason for reason in gaps.values())
    assert waiting(small) == []
    sent = small.writes()
    assert told(small.import_snapshot(snapshot, schedules=False).gaps) == gaps
    assert small.writes() == sent
    again = small.import_snapshot(snapshot)
    assert (again.gaps, again.resumed["in_doubt"]) == ([], 0)
    assert small.writes() == sent + 2
    assert len(waiting(small)) == 2


def test_with_publish_none_schedules_are_neither_created_nor_gaps(small: Workbench) -> None:
    imported = small.import_snapshot(small.export(), publish="none")
    assert imported.gaps == []
    assert waiting(small) == []
    assert "schedules" not in imported.identities


def test_an_imported_schedule_has_the_time_language_and_environment_of_the_source(small: Workbench) -> None:
    imported = small.import_snapshot(small.export())
    assert imported.identities["schedules"] == 2
    rows = {str(row["action"]): row for row in waiting(small)}
    assert rows["publish"]["locale"] == ["fr-fr"]
    assert rows["publish"]["scheduled_at"] == NEW_YEAR
    names = {
        raw["name"]
        for uid, raw in small.target.environments.items()
        if [uid] == rows["publish"]["environment"]
    }
    assert names == {"live"}


def test_environment_and_locale_options_apply_to_schedules(small: Workbench) -> None:
    small.target.put("environments", {"uid": "blt_invented_place", "name": "shop", "urls": [], **STAMPS})
    small.target.main.put_locale(
        {"code": "fr", "uid": "blt_invented_code", "name": "F", "fallback_locale": "en-us"}
    )
    snapshot = small.export()
    small.import_snapshot(snapshot, environments={"live": "shop"}, locales={"fr-fr": "fr"})
    assert [row["environment"] for row in waiting(small)] == [["blt_invented_place"]] * 2
    assert {str(row["locale"]) for row in waiting(small)} == {"['fr']", "['en-us']"}


def test_a_second_import_schedules_nothing_again(small: Workbench) -> None:
    """Neither with the checkpoint of the first import nor without it."""
    snapshot = small.export()
    small.import_snapshot(snapshot)
    sent = small.writes()
    small.import_snapshot(snapshot)
    small.import_snapshot(snapshot, "another state", on_conflict="update")
    assert small.writes() == sent
    assert len(waiting(small)) == 2


def test_equal_schedules_are_created_once(small: Workbench) -> None:
    put(small, OTHER)
    put(small, LONE)
    assert small.import_snapshot(small.export()).gaps == []
    assert len(waiting(small)) == 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_schedule_of_unknown_outcome_is_looked_up_before_it_is_repeated(
    small: Workbench, number: int, *, after: bool
) -> None:
    """C1, I4: the process dies between the intent and the outcome of the write."""
    put(
        small,
        OTHER,
        environment=[LIVE],
        locale=["fr-fr"],
        entry={"uid": EGG, "locale": "fr-fr", "version": 1},
    )

    def hook(transport: RecordingTransport, request: Any, done: bool) -> None:
        if request.url.path.endswith("publish") and b"scheduled_at" in request.content:
            cut(transport, request, done)

    cut = cut_at(number, after=after)
    with serve_emulator(small):
        snapshot = small.export()
        with pytest.raises(Cut):
            small.import_snapshot(snapshot, transport=RecordingTransport(small.emulator, hook))
        assert small.import_snapshot(snapshot).gaps == []
        assert len(waiting(small)) == 3
        assert explain_differences(small.dump(SOURCE), small.dump(TARGET), []).unexplained == []


def test_a_resume_without_the_option_keeps_the_write_in_doubt(small: Workbench) -> None:
    """I4: cut after the service acted, resumed without --schedules, then with it: nothing is scheduled twice."""

    def hook(transport: RecordingTransport, request: Any, done: bool) -> None:
        if request.url.path.endswith("publish") and b"scheduled_at" in request.content:
            cut(transport, request, done)

    cut = cut_at(1, after=True)
    snapshot = small.export()
    with pytest.raises(Cut):
        small.import_snapshot(snapshot, transport=RecordingTransport(small.emulator, hook))
    assert set(told(small.import_snapshot(snapshot, schedules=False).gaps)) <= {LATER, DOWN}
    imported = small.import_snapshot(snapshot)
    assert imported.gaps == []
    assert len(waiting(small)) == 2


@pytest.mark.parametrize("status", [502, 0], ids=["error", "reset"])
@pytest.mark.parametrize("carried_out", [True, False], ids=["taken", "lost"])
def test_a_schedule_whose_answer_is_lost_is_probed(
    small: Workbench, status: int, *, carried_out: bool
) -> None:
    """C1: one that was created is found in the queue, one that never arrived is sent again."""
    path = "/assets/.*/unpublish"
    fault = Fault(method="POST", path=path, status=status, reset=not status, carried_out=carried_out)
    with serve_emulator(small):
        snapshot = small.export()
        small.emulator.faults.add(fault)
        assert small.import_snapshot(snapshot).gaps == []
        assert len(waiting(small)) == 2


def test_two_candidates_for_a_lost_schedule_stop_the_import(small: Workbench) -> None:
    """C3: the error names both."""
    snapshot = small.export()

    def twice(_: RecordingTransport, request: Any, done: bool) -> None:
        if done and request.url.path.endswith("/unpublish"):
            (row,) = (row for row in waiting(small) if row["action"] == "unpublish")
            small.target.main.put_queue_item({**row, "uid": "bltbbbbbbbbbbbbbbbb"})
            raise Cut

    with pytest.raises(Cut):
        small.import_snapshot(snapshot, transport=RecordingTransport(small.emulator, twice))
    with pytest.raises(
        ServiceError, match=r"2 objects in the target could be its result.*bltbbbbbbbbbbbbbbbb"
    ):
        small.import_snapshot(snapshot)


def test_a_refused_schedule_is_a_gap(small: Workbench) -> None:
    """C6: the others are created."""
    body = b'{"error_message": "Too far.", "error_code": 141, "errors": {}}'
    fault = Fault(method="POST", path="/assets/.*/unpublish", status=422, body=body, carried_out=False)
    small.emulator.faults.add(fault)
    gaps = told(small.import_snapshot(small.export()).gaps)
    assert set(gaps) == {DOWN}
    assert "Too far" in gaps[DOWN]
    assert len(waiting(small)) == 1


def test_a_schedule_whose_time_is_past_is_a_gap(small: Workbench) -> None:
    """With the option and without. It is no gap where the snapshot already shows its effect."""
    put(
        small,
        OTHER,
        action="unpublish",
        entry={"uid": ABROAD, "locale": "fr-fr", "version": 1},
        locale=["fr-fr"],
    )
    put(small, LONE, entry={"uid": EGG, "locale": "fr-fr", "version": 1}, locale=["fr-fr"])
    snapshot = small.export()
    imported = small.import_snapshot(snapshot, now=AFTER)
    gaps = told(imported.gaps)
    assert set(gaps) == {DOWN}, "the hen is shown in French, the egg too, the one abroad is not"
    assert "is past" in gaps[DOWN]
    assert waiting(small) == []
    assert imported.identities["schedules"] == 3
    assert told(small.import_snapshot(snapshot, now=AFTER, schedules=False).gaps) == gaps


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"entry": {"uid": "blt_gone", "version": 1}}, "could not be imported"),
        ({"environment": ["blt_gone"]}, "an environment that is not there"),
        ({"environment": []}, "an environment that is not there"),
        ({"scheduled_at": "soon"}, "its time cannot be read: 'soon'"),
        ({"entry": {"uid": HEN, "version": 1, "variant_uid": "cs_v"}}, "variants are not scheduled"),
        ({"type": "release", "action": "deploy"}, "only publishing and taking down"),
    ],
)
def test_a_schedule_that_cannot_be_created_is_a_gap_with_its_reason(
    small: Workbench, facts: Row, reason: str
) -> None:
    """C6: the others are created."""
    put(small, OTHER, **facts)
    gaps = told(small.import_snapshot(small.export()).gaps)
    assert set(gaps) == {OTHER}
    assert reason in gaps[OTHER]
    assert len(waiting(small)) == 2


def test_a_dry_run_counts_schedules(small: Workbench) -> None:
    """It also reports the gap of a schedule whose time is past."""
    snapshot = small.export()

    def plan(**options: Any) -> tuple[Any, dict[str, str]]:
        wanted, state = ContentstackWriteOptions(**options), small.root / "state"
        work = lambda session: forecast(Run(SYSTEM, session, small.place(TARGET)), snapshot, state, wanted)  # noqa: E731 - one call
        found, gaps = on_target(small, work)
        return found.as_json().get("schedules"), told(gaps)

    assert plan(schedules=True) == ({"create": 2}, {})
    found, gaps = plan()
    assert (found, set(gaps)) == ({"skip": 2}, {LATER, DOWN})
    assert plan(schedules=True, publish="none") == (None, {})


def test_the_minimum_of_requests_counts_schedules(small: Workbench) -> None:
    """One write each, if schedules are imported."""
    snapshot = small.export()
    wanted = small.import_snapshot(snapshot).minimum["write"]
    for options in ({"schedules": False}, {"now": AFTER}):
        empty(small)
        assert small.import_snapshot(snapshot, f"{options}", **options).minimum["write"] == wanted - 2


def test_verify_compares_schedules(small: Workbench) -> None:
    """A lost or an extra one is a difference; one that the import did not create is a gap."""
    snapshot = small.export()
    small.import_snapshot(snapshot)
    verdict = verified(small, snapshot)
    assert (verdict.differences, verdict.gaps, verdict.compared["schedules"]) == ([], [], 2)
    (row,) = (row for row in waiting(small) if row["action"] == "unpublish")
    small.target.main.put_queue_item({**row, "publish_status": "cancelled"})
    (lost,) = verified(small, snapshot).differences
    assert (lost["kind"], lost["uid"], "right" in lost) == ("schedules", DOWN, False)
    small.target.main.put_queue_item({**row, "uid": "blt_new", "scheduled_at": "2099-02-01T00:00:00.000Z"})
    assert ("schedules", "blt_new") in {
        (one["kind"], one["uid"]) for one in verified(small, snapshot).differences
    }
    assert verified(small, snapshot, publish="none").differences == []
    assert verified(small, snapshot, now=AFTER).differences == []


def test_verify_after_an_import_without_schedules_reports_gaps_not_differences(small: Workbench) -> None:
    snapshot = small.export()
    small.import_snapshot(snapshot, schedules=False)
    verdict = verified(small, snapshot)
    assert verdict.differences == []
    assert {gap["uid"] for gap in verdict.gaps} == {LATER, DOWN}
