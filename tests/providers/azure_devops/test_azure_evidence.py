"""Rows of evidence from records as old servers and other clients write them, and of what could not be read."""

from __future__ import annotations

import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from recorded import needs_recorded, recorded

from stackferry.errors import UsageError
from stackferry.io.storage.sqlite import TempTables
from stackferry.io.storage.stored_rows import StoredRows
from stackferry.model import HEAD, Stream
from stackferry.providers.azure_devops.evidence.several import evidence
from stackferry.providers.azure_devops.kinds import record_key
from stackferry.providers.evidence import COLUMNS, Evidence, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject

ANA: Any = {"id": "a", "uniqueName": "ana@fabrikam.example"}
BO: Any = {"id": "b", "uniqueName": "bo@fabrikam.example"}


class Store:
    """The records of a snapshot, in memory."""

    def __init__(self, watermark: str = "2026-02-01T00:00:00Z", manifest: Any = None, **kinds: Any) -> None:
        source = {"system": "azure-devops", "key": "fabrikam", "host": "services", "project": "Web"}
        self._manifest: Any = {"source": source, "watermark": watermark, **(manifest or {})}
        self._kinds: dict[str, list[Any]] = kinds

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return iter(self._kinds.get(stream.kind, []))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        if stream == HEAD:
            return self._manifest  # type: ignore[no-any-return]  # plain JSON
        found = (row for row in self.objects(stream) if record_key(stream.kind, row) == (uid, number))
        return next(found, None)

    def streams(self) -> list[Stream]:
        return [Stream(kind) for kind in self._kinds]


def release(*steps: Any, number: int = 7, **stage: Any) -> dict[str, Any]:
    one = {"id": 70 + number, "name": "Prod", "status": "succeeded", "deploySteps": [*steps], **stage}
    definition = {"id": 3, "name": "Shop"}
    return {"id": number, "name": f"Release-{number}", "environments": [one], "releaseDefinition": definition}


def step(attempt: int = 1, **more: Any) -> dict[str, Any]:
    at = f"2026-01-0{attempt}T00:00:00Z"
    made = {
        "attempt": attempt,
        "deploymentId": 100 + attempt,
        "status": "succeeded",
        "operationStatus": "Approved",
    }
    return {**made, "queuedOn": at, "requestedBy": ANA, "requestedFor": ANA, **more}


def asked(attempt: int | None = 1, **more: Any) -> dict[str, Any]:
    made = {
        "attempt": attempt,
        "approver": BO,
        "approvedBy": BO,
        "status": "approved",
        "approvalType": "preDeploy",
    }
    return {**made, "modifiedOn": "2026-01-01T01:00:00Z", "isAutomated": False, "comments": "ok", **more}


def rows(*stores: Store, wanted: Wanted | None = None) -> list[Any]:
    return [*_evidence(*stores, wanted=wanted).rows]


def _evidence(*stores: Store, wanted: Wanted | None = None) -> Evidence:
    with closing(TempTables()) as scratch:
        return evidence(stores, wanted or Wanted(), scratch)


def marks(release_: Any) -> list[list[str]]:
    return [row["marks"] for row in rows(Store(releases=[release_]))]


def test_enums_may_be_numbers_or_in_another_case() -> None:
    approval = asked(status=2, approvalType=1, approvedBy={"id": "A"})
    (row,) = rows(
        Store(releases=[release(step(status=4, operationStatus=8, reason=2), preDeployApprovals=[approval])])
    )
    assert (row["status"], row["operation_status"], row["reason"]) == ("succeeded", "Approved", "automated")
    assert (row["approvals"][0]["status"], row["approvals"][0]["type"]) == ("approved", "preDeploy")
    assert row["marks"] == ["approved by the requester"]


@pytest.mark.parametrize("status", ["rejected", "Rejected", 4])
def test_who_succeeds_after_a_rejection_is_marked(status: Any) -> None:
    approvals = [asked(1, status=status), asked(2)]
    one = step(1, status="notDeployed", operationStatus="Rejected")
    assert marks(release(one, step(2), preDeployApprovals=approvals)) == [[], ["succeeded after rejection"]]


def test_a_failure_is_no_rejection_and_an_intervention_can_be_one() -> None:
    failed = step(1, status="failed", operationStatus="PhaseFailed")
    approvals = [asked(1), asked(2)]
    assert marks(release(failed, step(2), preDeployApprovals=approvals)) == [[], []]
    stopped = failed | {
        "releaseDeployPhases": [{"manualInterventions": [{"status": "rejected", "approver": BO}]}]
    }
    found = marks(release(stopped, step(2), preDeployApprovals=approvals))
    assert found == [[], ["succeeded after rejection"]]


def test_who_was_not_asked_and_who_was_skipped() -> None:
    automated = asked(approvedBy=None, approver=None, isAutomated=True)
    assert marks(release(step(), preDeployApprovals=[automated])) == [["no approval at all"]]
    skipped = asked(status="skipped", approvedBy=None)
    assert marks(release(step(), preDeployApprovals=[automated, skipped])) == [["approval skipped"]]


def test_people_who_left_have_an_id() -> None:
    (row,) = rows(Store(releases=[release(step(requestedBy={"id": "gone"}, requestedFor=None))]))
    assert (row["requested_by"], row["requested_for"]) == ("gone", None)


def test_an_attempt_whose_release_could_not_be_read_is_a_row() -> None:
    listed = {
        "id": 101, "release": {"id": 7, "name": "Release-7"}, "releaseDefinition": {"id": 3, "name": "Shop"},
        "releaseEnvironment": {"id": 77, "name": "Prod"}, "attempt": 1, "deploymentStatus": "succeeded",
        "operationStatus": "Approved", "requestedBy": ANA, "requestedFor": ANA, "queuedOn": "0001-01-01T00:00:00",
        "startedOn": "2026-01-01T02:00:00Z", "preDeployApprovals": [asked(approvedBy=ANA)],
    }  # fmt: skip
    gap = {"kind": "releases", "uid": "7", "reason": "not to be had"}
    (row,) = rows(Store(deployments=[listed], manifest={"gaps": [gap]}))
    assert row.keys() == {*COLUMNS}
    assert (row["release"], row["definition"], row["stage"], row["status"]) == (
        "Release-7",
        "Shop",
        "Prod",
        "succeeded",
    )
    assert (row["queued_on"], row["started_on"], row["keep_forever"]) == (None, "2026-01-01T02:00:00Z", None)
    assert row["marks"] == ["approved by the requester"]


def test_a_gap_or_a_selection_is_no_disappearance() -> None:
    """A later archive that could not read a release, or left it out, says nothing of whether it is there."""
    old = Store("2026-01-02T00:00:00Z", releases=[release(step())])
    gap = {"gaps": [{"kind": "releases", "uid": "7", "reason": "not to be had"}]}
    later = [
        Store("2026-01-03T00:00:00Z", manifest=gap),
        Store("2026-01-04T00:00:00Z", manifest={"options": {"stages": ["QA"]}}),
    ]
    assert [row["vanished"] for row in rows(old, *later)] == [None]
    assert [row["vanished"] for row in rows(Store("2026-01-05T00:00:00Z"), old, *later)] == [
        "2026-01-05T00:00:00Z"
    ]


def test_the_newest_archive_has_the_last_word_in_whatever_order_they_come() -> None:
    old = Store("2026-01-02T00:00:00Z", releases=[release(step(status="inProgress"))])
    new = Store("2026-01-02T00:00:00.5Z", releases=[release(step())])
    for stores in ((old, new), (new, old)):
        assert [row["status"] for row in rows(*stores)] == ["succeeded"]


def test_a_definition_is_found_by_every_name_that_it_had() -> None:
    store = Store(
        releases=[release(step())], definitions=[{"id": 3, "name": "Shop, renamed"}, {"id": 4, "name": "Web"}]
    )
    for name, count in (("shop", 1), ("Shop, renamed", 1), ("3", 1), ("Web", 0)):
        assert len(rows(store, wanted=Wanted(definitions=frozenset({name})))) == count


def test_projects_are_told_apart() -> None:
    source = {"system": "azure-devops", "key": "fabrikam", "host": "services", "project": "Other"}
    one, other = (Store(releases=[release(step())], manifest=more) for more in ({}, {"source": source}))
    found = _evidence(one, other, one)
    assert found.sources == {
        "azure-devops://fabrikam@services/Web": 1,
        "azure-devops://fabrikam@services/Other": 1,
    }


def test_a_project_that_was_renamed_is_one() -> None:
    """Its id tells it, also for an archive that holds nothing any more."""
    renamed = {"system": "azure-devops", "key": "fabrikam", "host": "services", "project": "Renamed"}
    named: Any = {**release(step()), "projectReference": {"id": "F4A5"}}
    other: Any = {**release(step(), number=8), "projectReference": {"id": "f4a5"}}
    old = Store(releases=[named])
    new = Store("2026-02-02T00:00:00Z", {"source": renamed}, releases=[other])
    empty = Store("2026-02-03T00:00:00Z", {"source": renamed})
    found = _evidence(old, new, empty)
    assert found.sources == {"azure-devops://fabrikam@services/Web": 2}
    gone = {row["release_id"]: row["vanished"] for row in found.rows}
    assert gone == {7: "2026-02-02T00:00:00Z", 8: "2026-02-03T00:00:00Z"}


def test_rows_without_a_time_are_never_left_out() -> None:
    store = Store(releases=[release(step(queuedOn=None))])
    assert len(rows(store, wanted=Wanted(since="2030-01-01"))) == 1
    with pytest.raises(UsageError, match="no archive knows a stage 'QA'"):
        rows(store, wanted=Wanted(stages=frozenset({"QA"})))


@needs_recorded
def test_a_recorded_release_of_an_old_server_is_a_row() -> None:
    """Its attempts say nothing but their number; its stage says how it goes."""
    raw = recorded("vsts-docs/releases/GET__release_releases__releaseId_.json")
    (row,) = rows(Store(releases=[raw]))
    assert (row["release_id"], row["stage"], row["attempt"], row["status"]) == (116, "Dev", 1, "inProgress")
    assert row["artifacts"][0]["version_id"] == "90"
    assert row["artifacts"][0]["branch"] == "refs/heads/master"
    assert [one["automated"] for one in row["approvals"]] == [True]


@needs_recorded
def test_recorded_deployments_are_rows() -> None:
    listed = recorded("rest-api-specs-7.1/deployments/GET__ListDeployments.json")["value"]
    found = rows(Store(deployments=listed))
    assert {row["deployment_id"] for row in found} == {one["id"] for one in listed}
    assert sum("no approval at all" in row["marks"] for row in found) == 12


class ManyReleases(Store):
    """So many releases with a deployment and a log each, made when they are asked for."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        for number in range(1, self._count + 1):
            listed = {"release": {"id": number}, "releaseEnvironment": {"id": 70 + number}, "attempt": 1}
            yield {
                "releases": release(step(), number=number, preDeployApprovals=[asked()]),
                "deployments": {"id": 100 + number, "startedOn": "2026-01-01T00:00:00Z", **listed},
                "files": {"of": "logs", "uid": number, "version": 1, "sha256": f"{number:064}"},
            }.get(stream.kind, {})

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        if stream == HEAD:
            return super().get(stream, uid, number)
        return {"id": int(uid.lstrip("0")), "startedOn": "2026-01-01T00:00:00Z"}


def test_memory_does_not_grow_with_the_number_of_rows() -> None:
    """SQLite's own memory, which is limited, is not counted."""

    def peak(count: int) -> int:
        stores = [ManyReleases(count), ManyReleases(count)]
        with closing(TempTables()) as scratch:
            tracemalloc.start()
            found = evidence(stores, Wanted(), scratch, StoredRows)
            highest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert (len(found.rows), found.rows[-1]["log_sha256"]) == (count, f"{count:064}")
        return highest

    few, many = peak(100), peak(700)
    assert many - few < 100_000, (few, many)
