"""Scheduled publications: exported, created by an import, compared by verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
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
from stackferry.drivers.import_run import dry_run
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import VerifyResult, verify_target
from stackferry.emulators.contentstack import Fault, Switches
from stackferry.errors import ServiceError
from stackferry.io.http.session import open_session
from stackferry.json_values import epoch_seconds
from stackferry.model import Secret, Stream
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.options import ContentstackWriteOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from random_fields import Row
    from workbench import Workbench

    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

NOW = epoch_seconds("2026-06-01T00:00:00Z") or 0.0
AFTER = epoch_seconds("2099-06-01T00:00:00Z") or 0.0
OTHER, LONE = "bltaaaaaaaaaaaaaa33", "bltaaaaaaaaaaaaaa34"


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """A source whose hen is to be published in French, and whose picture is to be taken down, at New Year."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def put(workbench: Workbench, uid: str, *, status: str = "scheduled", **facts: Any) -> None:
    """Add a row to the source's queue; by default for the latest English version of the hen."""
    entry: Row = {"uid": HEN, "locale": "en-us", "version": 2}
    row: Row = {"uid": uid, "type": "entry", "entry": entry, "content_type": {"uid": "page"}, "action": "publish",
                "environment": [LIVE], "locale": ["en-us"], "scheduled_at": NEW_YEAR, **STAMPS}  # fmt: skip
    workbench.source.main.put_queue_item({**row, "publish_status": status, **facts})


def exported_schedules(snapshot: Snapshot) -> list[JsonObject]:
    return list(snapshot.objects(Stream("schedules")))


def waiting_rows(workbench: Workbench) -> list[JsonObject]:
    """What waits in the target."""
    return [workbench.target.main.queue[uid] for uid in workbench.target.main.waiting]


def empty_target(workbench: Workbench) -> None:
    """The target holds nothing again."""
    workbench.target = workbench.emulator.add_stack(api_key=TARGET, management_token=TOKEN)


def schedule_gaps(gaps: list[JsonObject]) -> dict[str, str]:
    return {str(gap["uid"]): str(gap["reason"]) for gap in gaps if gap["kind"] == "schedules"}


def run_on_target(workbench: Workbench, work: Callable[[Session], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        place = workbench.place(TARGET)
        credential = ("token", Secret(TOKEN))
        rates = Rates()
        transport = RecordingTransport(workbench.emulator)
        async with open_session(
            workbench.origin, headers(place, credential), rates=rates, transport=transport
        ) as session:
            return await work(session)

    return run_async(run)


def verify(
    workbench: Workbench, snapshot: Snapshot, state: str | None = "state", **options: Any
) -> VerifyResult:
    where = workbench.root / state if state else None
    write_options = ContentstackWriteOptions(**options)
    found: VerifyResult = run_on_target(
        workbench,
        lambda session: verify_target(
            Run(SYSTEM, session, workbench.place(TARGET)),
            snapshot,
            where,
            options=write_options,
            assets=False,
        ),
    )
    return found


def test_an_export_holds_the_rows_that_still_wait_and_no_others(workbench: Workbench) -> None:
    """I6, I7: rows as the service gave them, whichever field holds their status; rows that are done leave no trace."""
    before = file_digests(workbench.export().root)
    put(workbench, OTHER, status="success")
    assert file_digests(workbench.export("later").root) == before
    put(workbench, LONE, status="", publish_details={"status": "scheduled"}, unknown={"kept": [1, None]})
    rows = exported_schedules(workbench.export("more"))
    assert [row["uid"] for row in rows] == [LATER, DOWN, LONE]
    assert rows[-1]["unknown"] == {"kept": [1, None]}


@pytest.mark.parametrize("counted", [True, False])
def test_a_long_queue_is_read_to_its_end(workbench: Workbench, *, counted: bool) -> None:
    """Waiting rows behind pages of finished ones are found, whether or not the service counts its rows."""
    for number in range(250):
        put(workbench, f"blt00000000000{number:05}", status="success")

    def uncounted(_: RecordingTransport, request: Any, done: bool) -> None:
        if not done and not counted and request.url.path.endswith("/publish-queue"):
            request.url = request.url.copy_remove_param("include_count")

    snapshot = workbench.export(transport=RecordingTransport(workbench.emulator, uncounted))
    assert [row["uid"] for row in exported_schedules(snapshot)] == [LATER, DOWN]
    assert snapshot.gaps() == []
    asked = [one for one in workbench.emulator.log if one.path == "/v3/publish-queue"]
    # Its pages, and a look at its newest rows; without a count only a page without rows is the end.
    assert len(asked) == 3 + 1 + (not counted)


@pytest.mark.parametrize(("status", "gaps"), [(422, 1), (404, 0)])
def test_a_refused_queue_is_a_gap_and_a_missing_one_is_empty(
    workbench: Workbench, status: int, gaps: int
) -> None:
    body = b'{"error_message": "Not for you.", "error_code": 141, "errors": {}}'
    workbench.emulator.faults.add(Fault(path="/publish-queue", status=status, body=body, times=9))
    snapshot = workbench.export()
    assert exported_schedules(snapshot) == []
    assert len([gap for gap in snapshot.gaps() if gap["kind"] == "schedules"]) == gaps


def test_the_version_of_a_schedule_is_exported_and_imported(workbench: Workbench) -> None:
    """An older version is scheduled under the number that it has in the target."""
    put(workbench, OTHER, entry={"uid": HEN, "locale": "en-us", "version": 1})
    assert workbench.import_snapshot(workbench.export()).gaps == []
    assert explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), []).unexplained == []


def test_an_export_of_selected_entries_holds_their_schedules_only(workbench: Workbench) -> None:
    put(workbench, OTHER, entry={"uid": EGG, "locale": "fr-fr", "version": 1}, locale=["fr-fr"])
    narrow = workbench.export(types={"page"}, limit=1, with_references=0)
    held = {row["uid"] for row in exported_schedules(narrow)}
    assert held == {LATER, DOWN}, "the hen is the first entry, and names the picture"


def test_without_the_option_each_schedule_is_a_gap(workbench: Workbench) -> None:
    """Nothing is scheduled. The same command with --schedules then creates what was missing."""
    snapshot = workbench.export()
    gaps = schedule_gaps(workbench.import_snapshot(snapshot, schedules=False).gaps)
    assert set(gaps) == {LATER, DOWN}
    assert all("--schedules" in reason and NEW_YEAR in reason for reason in gaps.values())
    assert waiting_rows(workbench) == []
    sent = workbench.writes()
    assert schedule_gaps(workbench.import_snapshot(snapshot, schedules=False).gaps) == gaps
    assert workbench.writes() == sent
    again = workbench.import_snapshot(snapshot)
    assert (again.gaps, again.resumed["in_doubt"]) == ([], 0)
    assert workbench.writes() == sent + 2
    assert len(waiting_rows(workbench)) == 2


def test_with_publish_none_schedules_are_neither_created_nor_gaps(workbench: Workbench) -> None:
    imported = workbench.import_snapshot(workbench.export(), publish="none")
    assert imported.gaps == []
    assert waiting_rows(workbench) == []
    assert "schedules" not in imported.identities


def test_an_imported_schedule_has_the_time_language_and_environment_of_the_source(
    workbench: Workbench,
) -> None:
    imported = workbench.import_snapshot(workbench.export())
    assert imported.identities["schedules"] == 2
    rows = {str(row["action"]): row for row in waiting_rows(workbench)}
    assert rows["publish"]["locale"] == ["fr-fr"]
    assert rows["publish"]["scheduled_at"] == NEW_YEAR
    names = {
        raw["name"]
        for uid, raw in workbench.target.environments.items()
        if [uid] == rows["publish"]["environment"]
    }
    assert names == {"live"}


def test_environment_and_locale_options_apply_to_schedules(workbench: Workbench) -> None:
    workbench.target.put("environments", {"uid": "blt_invented_place", "name": "shop", "urls": [], **STAMPS})
    workbench.target.main.put_locale(
        {"code": "fr", "uid": "blt_invented_code", "name": "F", "fallback_locale": "en-us"}
    )
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot, environments={"live": "shop"}, locales={"fr-fr": "fr"})
    assert [row["environment"] for row in waiting_rows(workbench)] == [["blt_invented_place"]] * 2
    assert {str(row["locale"]) for row in waiting_rows(workbench)} == {"['fr']", "['en-us']"}


def test_a_second_import_schedules_nothing_again(workbench: Workbench) -> None:
    """Neither with the checkpoint of the first import nor without it."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    sent = workbench.writes()
    workbench.import_snapshot(snapshot)
    workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert workbench.writes() == sent
    assert len(waiting_rows(workbench)) == 2


def test_equal_schedules_are_created_once(workbench: Workbench) -> None:
    put(workbench, OTHER)
    put(workbench, LONE)
    assert workbench.import_snapshot(workbench.export()).gaps == []
    assert len(waiting_rows(workbench)) == 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_schedule_of_unknown_outcome_is_looked_up_before_it_is_repeated(
    workbench: Workbench, number: int, *, after: bool
) -> None:
    """C1, I4: the process dies between the intent and the outcome of the write."""
    put(
        workbench,
        OTHER,
        environment=[LIVE],
        locale=["fr-fr"],
        entry={"uid": EGG, "locale": "fr-fr", "version": 1},
    )

    def hook(transport: RecordingTransport, request: Any, done: bool) -> None:
        if request.url.path.endswith("publish") and b"scheduled_at" in request.content:
            cut(transport, request, done)

    cut = cut_at(number, after=after)
    with serve_emulator(workbench):
        snapshot = workbench.export()
        with pytest.raises(Cut):
            workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, hook))
        assert workbench.import_snapshot(snapshot).gaps == []
        assert len(waiting_rows(workbench)) == 3
        assert explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), []).unexplained == []


def test_a_resume_without_the_option_keeps_the_write_in_doubt(workbench: Workbench) -> None:
    """I4: cut after the service acted, resumed without --schedules, then with it: nothing is scheduled twice."""

    def hook(transport: RecordingTransport, request: Any, done: bool) -> None:
        if request.url.path.endswith("publish") and b"scheduled_at" in request.content:
            cut(transport, request, done)

    cut = cut_at(1, after=True)
    snapshot = workbench.export()
    with pytest.raises(Cut):
        workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, hook))
    assert set(schedule_gaps(workbench.import_snapshot(snapshot, schedules=False).gaps)) <= {LATER, DOWN}
    imported = workbench.import_snapshot(snapshot)
    assert imported.gaps == []
    assert len(waiting_rows(workbench)) == 2


@pytest.mark.parametrize("status", [502, 0], ids=["error", "reset"])
@pytest.mark.parametrize("carried_out", [True, False], ids=["taken", "lost"])
def test_a_schedule_whose_answer_is_lost_is_probed(
    workbench: Workbench, status: int, *, carried_out: bool
) -> None:
    """C1: one that was created is found in the queue, one that never arrived is sent again."""
    path = "/assets/.*/unpublish"
    fault = Fault(method="POST", path=path, status=status, reset=not status, carried_out=carried_out)
    with serve_emulator(workbench):
        snapshot = workbench.export()
        workbench.emulator.faults.add(fault)
        assert workbench.import_snapshot(snapshot).gaps == []
        assert len(waiting_rows(workbench)) == 2


def test_two_candidates_for_a_lost_schedule_stop_the_import(workbench: Workbench) -> None:
    """C3: the error names both."""
    snapshot = workbench.export()

    def twice(_: RecordingTransport, request: Any, done: bool) -> None:
        if done and request.url.path.endswith("/unpublish"):
            (row,) = (row for row in waiting_rows(workbench) if row["action"] == "unpublish")
            workbench.target.main.put_queue_item({**row, "uid": "bltbbbbbbbbbbbbbbbb"})
            raise Cut

    with pytest.raises(Cut):
        workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, twice))
    with pytest.raises(
        ServiceError, match=r"2 objects in the target could be its result.*bltbbbbbbbbbbbbbbbb"
    ):
        workbench.import_snapshot(snapshot)


def test_a_refused_schedule_is_a_gap(workbench: Workbench) -> None:
    """C6: the others are created."""
    body = b'{"error_message": "Too far.", "error_code": 141, "errors": {}}'
    fault = Fault(method="POST", path="/assets/.*/unpublish", status=422, body=body, carried_out=False)
    workbench.emulator.faults.add(fault)
    gaps = schedule_gaps(workbench.import_snapshot(workbench.export()).gaps)
    assert set(gaps) == {DOWN}
    assert "Too far" in gaps[DOWN]
    assert len(waiting_rows(workbench)) == 1


def test_a_schedule_whose_time_is_past_is_a_gap(workbench: Workbench) -> None:
    """With the option and without. It is no gap where the snapshot already shows its effect."""
    put(
        workbench,
        OTHER,
        action="unpublish",
        entry={"uid": ABROAD, "locale": "fr-fr", "version": 1},
        locale=["fr-fr"],
    )
    put(workbench, LONE, entry={"uid": EGG, "locale": "fr-fr", "version": 1}, locale=["fr-fr"])
    snapshot = workbench.export()
    imported = workbench.import_snapshot(snapshot, now=AFTER)
    gaps = schedule_gaps(imported.gaps)
    assert set(gaps) == {DOWN}, "the hen is shown in French, the egg too, the one abroad is not"
    assert "is past" in gaps[DOWN]
    assert waiting_rows(workbench) == []
    assert imported.identities["schedules"] == 3
    assert schedule_gaps(workbench.import_snapshot(snapshot, now=AFTER, schedules=False).gaps) == gaps


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
    workbench: Workbench, facts: Row, reason: str
) -> None:
    """C6: the others are created."""
    put(workbench, OTHER, **facts)
    gaps = schedule_gaps(workbench.import_snapshot(workbench.export()).gaps)
    assert set(gaps) == {OTHER}
    assert reason in gaps[OTHER]
    assert len(waiting_rows(workbench)) == 2


def test_a_dry_run_counts_schedules(workbench: Workbench) -> None:
    """It also reports the gap of a schedule whose time is past."""
    snapshot = workbench.export()

    def plan(**options: Any) -> tuple[Any, dict[str, str]]:
        write_options, state = ContentstackWriteOptions(**options), workbench.root / "state"

        async def count(session: Session) -> Any:
            run = Run(SYSTEM, session, workbench.place(TARGET))
            async with dry_run(run, snapshot, state, write_options) as done:
                return done.writes, done.gaps

        found, gaps = run_on_target(workbench, count)
        return found.as_json().get("schedules"), schedule_gaps(gaps)

    assert plan(schedules=True) == ({"create": 2}, {})
    found, gaps = plan()
    assert (found, set(gaps)) == ({"skip": 2}, {LATER, DOWN})
    assert plan(schedules=True, publish="none") == (None, {})


def test_the_minimum_of_requests_counts_schedules(workbench: Workbench) -> None:
    """One write each, if schedules are imported."""
    snapshot = workbench.export()
    write_options = workbench.import_snapshot(snapshot).minimum["write"]
    for options in ({"schedules": False}, {"now": AFTER}):
        empty_target(workbench)
        assert (
            workbench.import_snapshot(snapshot, f"{options}", **options).minimum["write"] == write_options - 2
        )


def test_verify_compares_schedules(workbench: Workbench) -> None:
    """A lost or an extra one is a difference; one that the import did not create is a gap."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    verdict = verify(workbench, snapshot)
    assert (verdict.differences, verdict.gaps, verdict.compared["schedules"]) == ([], [], 2)
    (row,) = (row for row in waiting_rows(workbench) if row["action"] == "unpublish")
    workbench.target.main.put_queue_item({**row, "publish_status": "cancelled"})
    (lost,) = verify(workbench, snapshot).differences
    assert (lost["kind"], lost["uid"], "right" in lost) == ("schedules", DOWN, False)
    workbench.target.main.put_queue_item(
        {**row, "uid": "blt_new", "scheduled_at": "2099-02-01T00:00:00.000Z"}
    )
    assert ("schedules", "blt_new") in {
        (one["kind"], one["uid"]) for one in verify(workbench, snapshot).differences
    }
    assert verify(workbench, snapshot, publish="none").differences == []
    assert verify(workbench, snapshot, now=AFTER).differences == []


def test_verify_after_an_import_without_schedules_reports_gaps_not_differences(workbench: Workbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot, schedules=False)
    verdict = verify(workbench, snapshot)
    assert verdict.differences == []
    assert {gap["uid"] for gap in verdict.gaps} == {LATER, DOWN}


class Idle(RecordingTransport):
    """A service that takes schedules and does nothing."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and b"scheduled_at" in await request.aread():
            return httpx.Response(200, json={"notice": "The requested action has been performed."})
        return await super().handle_async_request(request)


def test_a_schedule_that_the_service_only_takes_is_a_gap(workbench: Workbench) -> None:
    """Publishing and unpublishing."""
    imported = workbench.import_snapshot(workbench.export(), transport=Idle(workbench.emulator))
    gaps = schedule_gaps(imported.gaps)
    assert set(gaps) == {LATER, DOWN}
    assert all("does not show it" in reason for reason in gaps.values())


BUSY: Row = {"type": "entry", "entry": {"uid": "bltbusy", "locale": "en-us", "version": 1}, "action": "publish",
             "content_type": {"uid": "page"}, "environment": [LIVE], "locale": ["en-us"],
             "publish_status": "success"}  # fmt: skip
LATEST, LONG_AGO = "2098-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"


class Busy(RecordingTransport):
    """A stack of which editors publish 250 times after each thing that the import schedules."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_schedule = request.method == "POST" and b"scheduled_at" in await request.aread()
        answer = await super().handle_async_request(request)
        if is_schedule:
            target: Any = self.app.stacks[TARGET].main
            for number in range(250):
                row = {**BUSY, "uid": f"bltbusy{self.sent:05}{number:05}", "created_at": LATEST}
                target.put_queue_item(row)
        return answer


def test_the_rows_of_a_busy_queue_are_followed(workbench: Workbench) -> None:
    """What was sent is not among the newest hundred any more."""
    transport = Busy(workbench.emulator)
    imported = workbench.import_snapshot(workbench.export(), transport=transport)
    assert imported.gaps == []


def test_rows_that_are_older_than_the_import_are_not_followed(workbench: Workbench) -> None:
    snapshot = workbench.export()
    for number in range(450):
        row = {**BUSY, "uid": f"bltold{number:010}", "created_at": LONG_AGO}
        workbench.target.main.put_queue_item(row)
    transport = Idle(workbench.emulator)
    imported = workbench.import_snapshot(snapshot, transport=transport, now=NOW)
    assert set(schedule_gaps(imported.gaps)) == {LATER, DOWN}
    looks = [call for call in transport.log if "/publish-queue" in call and "desc" in call]
    assert looks
    assert all("skip=0" in call for call in looks)


@pytest.mark.parametrize(("rows", "looks"), [(100, 1), (1, 2)])
def test_schedules_are_looked_for_in_one_listing_of_the_queue(
    workbench: Workbench, rows: int, looks: int
) -> None:
    """Its newest rows, however long the service makes a page."""
    snapshot = workbench.export()
    workbench.emulator.switches = Switches(page_rows=rows)
    transport = RecordingTransport(workbench.emulator)
    assert workbench.import_snapshot(snapshot, transport=transport).gaps == []
    first = max(place for place, call in enumerate(transport.log) if "publish" in call and "POST" in call)
    assert sum("/publish-queue" in call for call in transport.log[first:]) == looks
