"""The publish queue of a branch, and the jobs of bulk operations and deployments. Page: CMA | Publish Queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.contentstack.listing import long_list_answer, page_of
from stackferry.emulators.contentstack.lookup import not_found
from stackferry.emulators.contentstack.publishing import with_status
from stackferry.emulators.routing import Route

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Job
    from stackferry.model import JsonObject


def _list(call: Call) -> Answer:
    return long_list_answer(call, "queue", call.branch.queue.values, newest="created_at")


def _find(call: Call) -> JsonObject:
    row = call.branch.queue.get(call.args["uid"])
    if row is None:
        raise not_found(call, 141, "The publish queue item was not found.")
    return row


def _get(call: Call) -> Answer:
    return Answer({"queue": _find(call)})


def _cancel(call: Call) -> Answer:
    row = _find(call)
    if call.args["uid"] not in call.branch.waiting:
        raise invalid(141, "Only what is scheduled can be cancelled.", uid=NOT_VALID)
    call.branch.put_queue_item(with_status(row, "cancelled"))
    return Answer({"notice": "Publish request unscheduled successfully."})


def _find_job(call: Call) -> Job:
    job = call.stack.jobs.get(call.args["job"])
    if job is None:
        raise not_found(call, 141, "The job was not found.", "job_id")
    return job


def _get_job(call: Call) -> Answer:
    job = _find_job(call)
    items = job.items or []
    failed = sum(item.get("publish_status") == "failed" for item in items)
    summary: JsonObject = {"total_items": len(items), "success": len(items) - failed, "failed": failed}
    status = "in_progress" if job.items is None else "completed" if not failed else "completed_with_errors"
    return Answer(
        {"job_id": job.uid, "uid": job.uid, "action": job.kind, "status": status, "summary": summary}
    )


def _list_job_items(call: Call) -> Answer:
    items = _find_job(call).items or []
    return Answer({"items": list(page_of(call, items)), "count": len(items)})


ROUTES = (
    Route("GET", "/publish-queue", _list),
    Route("GET", "/publish-queue/{uid}", _get),
    Route("GET", "/publish-queue/{uid}/unschedule", _cancel),
    Route("GET", "/bulk/jobs/{job}", _get_job),
    Route("GET", "/bulk/jobs/{job}/items", _list_job_items),
    Route("GET", "/bulk/{job}", _get_job),
)
