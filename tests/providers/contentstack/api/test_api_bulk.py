"""Every endpoint of the page "Bulk Operations", and following jobs, driven over a socket to their effect."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, Literal

import anyio
import pytest
from api_clients import ApiClients, Row, Scenario, drive, named, rows, with_clients
from api_endpoints import BULK, VENDOR, Endpoint

from live_stack import DRAFTS, FIRST, LIVE, PICTURE, SECOND, SPRING, STAGES
from stackferry.emulators.contentstack import Switches
from stackferry.errors import AccessError, Refused, UsageError
from stackferry.model import Request, Response
from stackferry.providers.contentstack.api import BulkJobs
from stackferry.providers.contentstack.api.bulk_jobs import failed, is_ended

BOTH: list[Row] = [{"uid": uid, "content_type": "page", "locale": "en-us"} for uid in (FIRST, SECOND)]


async def made(clients: ApiClients, count: int) -> list[str]:
    answers = [
        await clients.entries.create(content_type_uid="page", entry={"title": f"T{n}"}) for n in range(count)
    ]
    return [str(answer["entry"]["uid"]) for answer in answers if isinstance(answer["entry"], dict)]


def rows_of(uids: list[str]) -> list[Row]:
    return [{"uid": uid, "content_type": "page", "locale": "en-us"} for uid in uids]


async def publish(clients: ApiClients) -> None:
    pinned: Row = {**BOTH[0], "version": 1}
    (answer,) = await clients.method(
        entries=[pinned, BOTH[1]],
        assets=[{"uid": PICTURE}],
        locales=["en-us"],
        environments=["live", "drafts"],
    )
    assert (await clients.jobs.wait(job_id=answer["job_id"]))["status"] == "completed"
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 1), (DRAFTS, "en-us", 1)}
    assert len(clients.live.branch.assets[PICTURE].live) == 2
    await clients.method(entries=[BOTH[1]], environments=["live"], publish_with_reference=True)
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 2), (DRAFTS, "en-us", 1)}


async def unpublish(clients: ApiClients) -> None:
    await clients.bulk.publish(entries=BOTH, locales=["en-us"], environments=["live", "drafts"])
    await clients.method(entries=BOTH[:1], locales=["en-us"], environments=["live"])
    assert (clients.live.live(FIRST), len(clients.live.live(SECOND))) == ({(DRAFTS, "en-us", 2)}, 2)


async def delete(clients: ApiClients) -> None:
    await clients.method(entries=[{**BOTH[0], "locale": "fr-fr"}, BOTH[1]], assets=[{"uid": PICTURE}])
    assert (clients.live.languages(FIRST), clients.live.languages(SECOND)) == ({"en-us"}, set())
    assert clients.live.branch.assets == {}


async def workflow(clients: ApiClients) -> None:
    stage = {"uid": STAGES[1], "comment": "look", "notify": False}
    await clients.method(entries=BOTH, workflow={"workflow_stage": stage})
    stages = [clients.live.branch.entries["page"][uid].documents["en-us"].workflow for uid in (FIRST, SECOND)]
    assert [(one["uid"], one["comment"]) for one in stages] == [(STAGES[1], "look")] * 2


async def add_to_release(clients: ApiClients) -> None:
    items: list[Row] = [
        {"uid": FIRST, "content_type_uid": "page", "version": 1, "title": "First", "action": "unpublish"},
        {"uid": PICTURE, "content_type_uid": "sys_assets", "title": "Picture"},
    ]
    answer = await clients.method(
        release=SPRING, items=items, action="publish", locale=["en-us"], reference=False
    )
    await clients.jobs.wait(job_id=answer["job_id"])
    first = (FIRST, "page", "en-us", 1, "unpublish")
    picture = (PICTURE, "built_io_upload", "en-us", 1, "publish")
    assert clients.live.items() == {first, picture}
    await clients.releases.delete_items(release_uid=SPRING, all=True)
    second: Row = {"uid": SECOND, "content_type_uid": "page", "title": "Second"}
    await clients.method(release=SPRING, items=[second], action="publish", locale=["en-us"], reference=True)
    assert {row[0] for row in clients.live.items()} == {FIRST, SECOND}


async def status(clients: ApiClients) -> None:
    (answer,) = await clients.bulk.publish(entries=BOTH, environments=["live"])
    found = await clients.method(job_id=answer["job_id"])
    assert (found["job_id"], found["status"]) == (answer["job_id"], "completed")
    assert (await clients.method(job_id="nothing"))["status"] == "unknown"


async def job_items(clients: ApiClients) -> None:
    gone: Row = {"uid": "blt_gone", "content_type": "page"}
    (answer,) = await clients.bulk.publish(entries=[*BOTH, gone], environments=["live"])
    found = await clients.method(job_id=answer["job_id"], skip=0, limit=10)
    assert {row["uid"]: row["publish_status"] for row in found["items"]} == {
        FIRST: "success",
        SECOND: "success",
        "blt_gone": "failed",
    }
    assert await clients.method(job_id="nothing") == {"items": []}


SCENARIOS: dict[str, Scenario] = {
    "Bulk Add to Release": add_to_release,
    "Publish entries and assets in bulk": publish,
    "Unpublish entries and assets in bulk": unpublish,
    "Delete entries and assets in bulk": delete,
    "Update workflow details in bulk": workflow,
    "Status of a bulk job": status,
    "Items of a bulk job": job_items,
}


@pytest.mark.parametrize("row", [*rows(BULK), *rows(VENDOR)], ids=named)
def test_bulk_endpoint_does_what_its_page_says(row: Endpoint) -> None:
    """The row's method sends the row's request, and the stack is then as the page says."""
    drive(row, SCENARIOS[row.name])


def test_more_than_ten_items_are_published_in_several_requests() -> None:
    """21 entries and 2 assets in 11 languages: 3 × 2 requests, every answer heard, everything published."""

    async def work(clients: ApiClients) -> None:
        uids = await made(clients, 21)
        for number in range(8):
            clients.live.branch.put_locale(
                {"uid": f"l{number}", "code": f"l{number}", "fallback_locale": "en-us"}
            )
        codes = list(clients.live.branch.locales)
        heard: list[Row] = []
        answers = await clients.bulk.publish(
            entries=rows_of(uids),
            assets=[{"uid": PICTURE}, {"uid": PICTURE}],
            locales=codes,
            environments=["live"],
            answered=heard.append,
        )
        assert (len(codes), len(answers)) == (11, 6)
        assert heard == answers
        assert all({code for _, code, _ in clients.live.live(uid)} == set(codes) for uid in uids)
        assert len(clients.live.branch.assets[PICTURE].live) == 11
        await clients.bulk.unpublish(entries=rows_of(uids), locales=codes, environments=["live"])
        assert not any(clients.live.live(uid) for uid in uids)

    with_clients(work)


def test_more_than_a_hundred_items_are_deleted_in_several_requests() -> None:
    """101 entries: 2 requests, and none is left."""

    async def work(clients: ApiClients) -> None:
        uids = [f"bltgone{number}" for number in range(101)]
        for uid in uids:
            clients.live.branch.put_entry_version("page", "en-us", {"uid": uid, "title": uid, "_version": 1})
        assert len(await clients.bulk.delete(entries=rows_of(uids))) == 2
        assert not any(clients.live.languages(uid) for uid in uids)

    with_clients(work)


def test_an_answer_that_came_is_heard_before_a_later_one_fails() -> None:
    """The second of three requests is refused: the first one's job is known all the same."""

    async def work(clients: ApiClients) -> None:
        uids = await made(clients, 20)
        broken: list[Row] = [{"uid": "", "content_type": ""}]
        heard: list[Row] = []
        with pytest.raises(Refused):
            await clients.bulk.publish(
                entries=[*rows_of(uids[:10]), *broken, *rows_of(uids[10:])],
                environments=["live"],
                answered=heard.append,
            )
        assert len(heard) == 1
        assert all(clients.live.live(uid) for uid in uids[:10])

    with_clients(work)


def test_what_cannot_be_split_or_meant_is_not_sent() -> None:
    """11 entries change their stage together or not at all; nothing to do is a mistake: UsageError, no request."""

    async def work(clients: ApiClients) -> None:
        stage: Row = {"workflow_stage": {"uid": STAGES[1]}}
        with pytest.raises(UsageError, match="10"):
            await clients.bulk.workflow(entries=rows_of(["blt1"] * 11), workflow=stage)
        with pytest.raises(UsageError):
            await clients.bulk.workflow(entries=[], workflow=stage)
        with pytest.raises(UsageError):
            await clients.bulk.publish(environments=["live"])
        with pytest.raises(UsageError):
            await clients.bulk.unpublish(entries=BOTH, environments=[])
        with pytest.raises(UsageError):
            await clients.bulk.delete()
        with pytest.raises(UsageError):
            await clients.bulk.add_to_release(release=SPRING, items=[])
        assert clients.live.emulator.log == []

    with_clients(work)


@pytest.mark.parametrize(("told", "end"), [("word", "completed"), ("number", 4)])
def test_a_job_is_followed_with_ever_longer_pauses(told: Literal["word", "number"], end: object) -> None:
    """The service takes five requests to do it: each pause is longer than the last, and the end is told."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def work(clients: ApiClients) -> None:
        (answer,) = await clients.bulk.publish(entries=BOTH, environments=["live"])
        found = await BulkJobs(clients.session.call, sleep).wait(job_id=str(answer["job_id"]))
        assert (found["status"], is_ended(found)) == (end, True)
        assert clients.live.live(FIRST) == {(LIVE, "en-us", 2)}

    with_clients(work, Switches(job_requests=5, job_status=told))
    assert len(pauses) == 4
    assert all(later > earlier for earlier, later in pairwise(pauses))


def stub(*answers: tuple[int, Any]) -> tuple[BulkJobs, list[float]]:
    """Jobs of a service that gives these answers, the last one for ever; and the pauses between them."""
    waiting, pauses = list(answers), []

    async def call(_: Request) -> Response:
        code, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return Response(code, {}, json.dumps(body).encode())

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    return BulkJobs(call, sleep), pauses


def test_patience_with_a_job_ends() -> None:
    """A job that never ends is given up after the longest time, with the service's last word on it."""
    jobs, pauses = stub((200, {"job_id": "cs-1", "status": "in_progress"}))

    async def work() -> None:
        found = await jobs.wait(job_id="cs-1", longest=60.0)
        assert (found["status"], is_ended(found)) == ("in_progress", False)

    anyio.run(work)
    assert 60 <= sum(pauses) <= 70


@pytest.mark.parametrize("code", [400, 404, 405, 422])
def test_a_service_without_the_call_leaves_the_end_unknown(code: int) -> None:
    """One question, no waiting: the status is "unknown", with the service's words."""
    jobs, pauses = stub((code, {"error_message": "no such thing", "error_code": 141}))

    async def work() -> None:
        found = await jobs.wait(job_id="cs-1")
        assert (found["job_id"], found["status"]) == ("cs-1", "unknown")
        assert "no such thing" in str(found["reason"])
        assert await jobs.items(job_id="cs-1") == {"items": []}

    anyio.run(work)
    assert pauses == []


def test_a_refused_credential_is_not_an_unknown_job() -> None:
    """401: AccessError, as everywhere."""
    jobs, _ = stub((401, {"error_message": "no"}))
    with pytest.raises(AccessError):
        anyio.run(lambda: jobs.wait(job_id="cs-1"))


def test_what_a_job_did_not_do_is_told() -> None:
    """Failed items; the job as a whole where it failed and names none; nothing for one that is complete."""
    job: Row = {"status": "completed_with_errors"}
    lost: Row = {"uid": "a", "publish_status": "failed"}
    assert failed(job, {"items": [lost, {"uid": "b", "publish_status": "success"}]}) == [lost]
    assert failed(job, {"items": []}) == [job]
    assert failed({"status": "completed"}, {"items": []}) == []
    assert failed({"status": "unknown"}, {"items": []}) == []


def test_the_numbers_of_the_bulk_task_queue_are_understood() -> None:
    """1 to 6: waiting, queued, running, done, done in part, failed."""
    jobs: list[Row] = [{"status": number} for number in range(1, 8)]
    assert [is_ended(job) for job in jobs] == [False, False, False, True, True, True, False]
    assert [failed(job, {}) for job in jobs] == [[], [], [], [], [jobs[4]], [jobs[5]], []]


def test_an_item_may_tell_its_end_under_status() -> None:
    """The vendor's JavaScript tests have items with `status` in the place of `publish_status`."""
    lost: Row = {"uid": "a", "status": "failed"}
    assert failed({"status": 4}, {"items": [lost, {"uid": "b", "status": "completed"}]}) == [lost]
