"""Logs: the zip of each release that was ever deployed, single logs of tasks and attachments where asked for. Pure.

API pages: "Releases: Get logs, Get task log", "Attachments". A zip is streamed under its SHA-256 and checked as one. It
is asked for after its release was read, so that the log of a finished attempt is whole; where an attempt still runs,
the release is read once more after its log, and the log again if the release has moved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import integer, objects, text
from stackferry.model import Gap, Record, Stream
from stackferry.providers.azure_devops.content.releases import (
    Attempt,
    attempt_count,
    attempts,
    attempts_digest,
    has_log,
    has_logs,
    has_started,
    release_id,
    runs,
)
from stackferry.providers.azure_devops.content.zips import check_zip
from stackferry.providers.azure_devops.exporting.lists import here, shown_uid
from stackferry.providers.azure_devops.exporting.releases import release
from stackferry.providers.azure_devops.kinds import DELETED_RELEASES, FILES, RELEASES, file_key
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.source import CursorListing, Download, LocalRecords, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from stackferry.model import JsonObject, Request
    from stackferry.providers.azure_devops.exporting.base import BaseRecords
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.reading.logs import Rows
    from stackferry.providers.source import GrowingStore, Job

_AFTER: Final = Stream(".after")  # releases as they were after their log was read
_STALE: Final = Stream(".stale")  # releases whose log was read before an attempt ended
_ATTACHED: Final = Stream(".attached")  # rows of the lists of attachments
# What a release without any log answers is not said anywhere: no content, not found, or a zip without members.
_NO_LOG: Final = frozenset({204, 404})
LOGS: Final = "logs"


def logs(
    root: Root, staged: GrowingStore, options: AzureReadOptions, base: BaseRecords | None
) -> Iterator[Job]:
    """The zip of every release that was ever deployed, but for those that a base knows to have none."""
    for row in here(staged, RELEASES) if options.has_logs else ():
        uid, count = RELEASES.key(release_id(row))[0], attempt_count(row)
        if not has_started(row):
            continue
        is_known = base is not None and base.has_log_of(row)
        if base is not None and is_known and base.store.get(Stream(FILES.name), uid, count) is None:
            continue
        yield _log(root, row)
    yield from _deleted_logs(root, staged, options)


def _deleted_logs(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """Of what is deleted and still given whole; no page says whether its log is. What a base holds is there."""
    for row in staged.objects(Stream(DELETED_RELEASES.name)) if options.has_logs else ():
        uid, _ = RELEASES.key(release_id(row))
        if has_started(row) and next(iter(staged.of(Stream(FILES.name), uid)), None) is None:
            yield replace(_log(root, row, suffix="/deleted"), absent=_NO_LOG)


def _log(root: Root, row: JsonObject, *, suffix: str = "") -> Download:
    number = release_id(row)
    facts: JsonObject = {"uid": number, "version": attempt_count(row), "of": LOGS}
    # A task that has run left a log: where the service then has none, it is a gap.
    absent = frozenset[int]() if has_logs(row) else _NO_LOG
    request = read.get_logs(root, number)
    return _download(f"{LOGS}/{number}{suffix}", request, facts, check=check_zip, absent=absent)


def _download(
    name: str,
    request: Request,
    facts: JsonObject,
    *,
    check: Callable[[BinaryIO], None] | None = None,
    absent: frozenset[int] = frozenset(),
) -> Download:
    uid = file_key(facts)
    return Download(
        name=name,
        request=request,
        uid=uid,
        version=integer(facts.get("version")) or 0,
        gap=Gap(kind=FILES.name, uid=shown_uid(uid), reason=""),
        may_be_empty=check is None,
        facts=facts,
        absent=absent,
        check=check,
    )


# --- releases that run ---


def after_logs(
    root: Root, staged: GrowingStore, options: AzureReadOptions, base: BaseRecords | None
) -> Iterator[Job]:
    """Once more the releases of which an attempt still ran when their log was read."""
    for row in here(staged, RELEASES) if options.has_logs else ():
        uid = RELEASES.key(release_id(row))[0]
        has_log = staged.get(Stream(FILES.name), uid, attempt_count(row)) is not None
        if runs(row) and has_log and not (base and base.has_log_of(row)):
            yield release(root, options, release_id(row), suffix="/after", into=_AFTER)


def settled(staged: GrowingStore) -> Iterator[Job]:
    """Releases that have moved since their log was read; a log of which an attempt has ended since is outdated."""
    for now in staged.objects(_AFTER):
        uid = RELEASES.key(release_id(now))[0]
        then = staged.get(Stream(RELEASES.name), uid)
        if then is None or then == now:
            continue
        is_stale = attempts_digest(then) != attempts_digest(now) and not runs(now)
        notes = [(_STALE, Record(uid, {"id": release_id(now)}))] if is_stale else []
        yield LocalRecords(
            name=f"{RELEASES.name}/{release_id(now)}/settled",
            records=[(Stream(RELEASES.name), Record(uid, now)), *notes],
            dropped=[(Stream(FILES.name), uid)] if is_stale else [],
        )


def logs_again(root: Root, staged: GrowingStore) -> Iterator[Job]:
    """The logs that are outdated."""
    for row in staged.objects(_STALE):
        uid = RELEASES.key(release_id(row))[0]
        held = staged.get(Stream(RELEASES.name), uid) or {}
        yield _log(root, {"id": row.get("id"), **held}, suffix="/again")


# --- single tasks ---


def task_logs(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """The log of each task that has one, as a file of its own."""
    for row in here(staged, RELEASES) if options.task_logs and options.has_logs else ():
        for attempt in attempts(row):
            for phase in objects(attempt.step.get("releaseDeployPhases")):
                yield from _logs_of_phase(root, row, attempt, phase)


def _logs_of_phase(root: Root, row: JsonObject, attempt: Attempt, phase: JsonObject) -> Iterator[Job]:
    stage, number = attempt.key
    of_phase = integer(phase.get("id")) or 0
    for task in _tasks(phase):
        of_task = integer(task.get("id")) or 0
        facts: JsonObject = {
            "uid": release_id(row), "version": number, "of": "task_log", "stage": stage, "attempt": number,
            "phase": of_phase, "task": of_task,
        }  # fmt: skip
        request = read.get_task_log(root, release_id(row), stage, of_phase, of_task)
        yield _download(f"task_logs/{release_id(row)}/{stage}/{number}/{of_phase}/{of_task}", request, facts)


def _tasks(phase: JsonObject) -> Iterator[JsonObject]:
    for job in objects(phase.get("deploymentJobs")):
        for task in objects(job.get("tasks")):
            if has_log(task):
                yield task


# --- attachments ---


def attachment_lists(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """What tasks have attached, of the types that are asked for: no list tells which there are."""
    for row in here(staged, RELEASES) if options.attachments else ():
        for attempt in attempts(row):
            for plan in dict.fromkeys(_plans(attempt.step)):
                for type_ in sorted(options.attachments):
                    yield _attachment_list(root, row, attempt, plan, type_)


def _plans(step: JsonObject) -> Iterator[str]:
    for phase in objects(step.get("releaseDeployPhases")):
        plan = text(phase.get("runPlanId"))
        if plan.strip("0-"):
            yield plan


def _attachment_list(root: Root, row: JsonObject, attempt: Attempt, plan: str, type_: str) -> CursorListing:
    stage, number = attempt.key
    of: JsonObject = {
        "uid": release_id(row), "version": number, "of": "attachment", "stage": stage, "attempt": number, "plan": plan,
        "type": type_,
    }  # fmt: skip
    name = f"attachments/{release_id(row)}/{stage}/{number}/{plan}/{type_}"

    def page(answer: JsonObject, _: Mapping[str, str]) -> Page:
        found = objects(answer.get("value"))
        if len(found) != (integer(answer.get("count")) or len(found)):
            raise BadAnswer(f"{name}: the answer does not hold as many rows as it says")
        rows = [{**of, **_names(one), "listed": one} for one in found]
        return Page([(_ATTACHED, Record(file_key(facts), facts, number)) for facts in rows], len(rows))

    return CursorListing(
        name=name,
        request=lambda _cursor, _rows: read.list_attachments(
            root, release_id(row), stage, number, plan, type_
        ),
        read=page,
        optional=True,
        of_one_object=True,
        cell=Stream(FILES.name),
    )


def _names(row: JsonObject) -> JsonObject:
    return {"timeline": row.get("timelineId"), "record": row.get("recordId"), "name": row.get("name")}


def attachments(root: Root, staged: GrowingStore) -> Iterator[Job]:
    """The bytes of what is attached."""
    for facts in staged.objects(_ATTACHED):
        number, stage, attempt = (integer(facts.get(name)) or 0 for name in ("uid", "stage", "attempt"))
        names = [text(facts.get(name)) for name in ("plan", "timeline", "record", "type", "name")]
        if all(names):
            request = read.get_attachment(root, (number, stage, attempt), *names)
            yield _download(f"attachment/{file_key(facts)}", request, facts)


def log_of(store: Rows, stream: Stream, body: JsonObject) -> str:
    """The SHA-256 of the zip with the logs of a release, of its latest attempt; empty where there is none."""
    if stream.kind not in (RELEASES.name, DELETED_RELEASES.name):
        return ""
    rows = (row for row in store.objects(Stream(FILES.name)) if row.get("of") == LOGS)
    mine = [row for row in rows if integer(row.get("uid")) == integer(body.get("id"))]
    return text(max(mine, key=lambda row: integer(row.get("version")) or 0, default={}).get("sha256"))
