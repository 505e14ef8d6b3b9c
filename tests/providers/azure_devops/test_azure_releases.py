"""What releases, logs and variables tell, on recorded answers and on what other versions of the service send."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from recorded import needs_recorded, recorded, recorded_releases

from stackferry.errors import BadAnswer, UsageError
from stackferry.providers.azure_devops.content.limits import limits
from stackferry.providers.azure_devops.content.releases import (
    attempt_count,
    attempts_digest,
    has_started,
    is_unfinished,
    latest,
    runs,
    shows,
)
from stackferry.providers.azure_devops.content.zips import check_zip
from stackferry.providers.azure_devops.credentials import redact
from stackferry.providers.azure_devops.exporting.deployments import before
from stackferry.providers.azure_devops.exporting.selection import (
    is_wanted_definition,
    is_wanted_release,
    is_wanted_row,
)
from stackferry.providers.azure_devops.kinds import KINDS, record_key
from stackferry.providers.azure_devops.options import AzureReadOptions, read_options
from stackferry.providers.azure_devops.words import view
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def a_release(
    status: Any = "active", stage: Any = "succeeded", approval: Any = "approved", **step: Any
) -> JsonObject:
    steps: Any = [{"attempt": 1, "hasStarted": True, **step}] if step else []
    return {
        "id": 7,
        "status": status,
        "environments": [
            {
                "id": 3,
                "name": "Prod",
                "status": stage,
                "deploySteps": steps,
                "preDeployApprovals": [{"status": approval}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (a_release(), False),
        (a_release(status="Draft"), True),
        (a_release(status=1), True),
        (a_release(stage="InProgress"), True),
        (a_release(stage=32), True),
        (a_release(stage="notStarted"), False),
        (a_release(approval="Pending"), True),
        (a_release(status="succeeded", operationStatus="Approved"), False),
        (a_release(operationStatus="ManualInterventionPending"), True),
        (a_release(operationStatus=131072), False),
    ],
)
def test_a_release_is_unfinished_while_anything_of_it_may_move(release: JsonObject, expected: bool) -> None:
    assert is_unfinished(release) is expected


def test_an_attempt_that_waits_for_an_approval_has_no_log() -> None:
    waits: JsonObject = a_release(hasStarted=False, operationStatus="Pending")
    assert (is_unfinished(waits), runs(waits), has_started(waits)) == (True, False, False)


@needs_recorded
def test_recorded_releases_are_read() -> None:
    (_, old), (_, new) = recorded_releases()
    # The old one is in progress, and its `modifiedOn` says nothing of that.
    assert old["modifiedOn"] == old["createdOn"]
    assert (is_unfinished(old), attempt_count(old), has_started(old)) == (True, 1, True)
    assert attempt_count(new) >= 0
    assert view("releases", old).names == ("116", "Release-14", "Fabrikam-Website/Release-14")


@needs_recorded
def test_recorded_rows_have_keys() -> None:
    for kind, name in (
        ("releases", "vsts-docs/releases/GET__release_releases.json"),
        ("definitions", "rest-api-specs-7.1/definitions/GET__ListAllReleaseDefinitions.json"),
        ("definition_history", "rest-api-specs-7.1/definitions/GET__GetReleaseDefinitionRevisions.json"),
        ("deployments", "rest-api-specs-7.1/deployments/GET__ListDeployments.json"),
    ):
        keys = [record_key(kind, row) for row in recorded(name)["value"]]
        assert len({*keys}) == len(keys) > 0
        assert all(uid.isdecimal() for uid, _ in keys)


def test_a_deployment_shows_whether_its_release_has_moved() -> None:
    row: JsonObject = {
        "releaseEnvironment": {"id": 3},
        "attempt": 1,
        "lastModifiedOn": "2026-01-01T10:00:00.1Z",
    }
    done = a_release(operationStatus="Approved", lastModifiedOn="2026-01-01T09:00:00Z")
    under_way = a_release(operationStatus="PhaseInProgress", lastModifiedOn="2026-01-01T09:00:00Z")
    assert shows(done, row), "an attempt that has ended stays as it is"
    assert not shows(under_way, row)
    assert not shows(a_release(), row), "an attempt that the release lacks"
    same = a_release(operationStatus="PhaseInProgress", lastModifiedOn="2026-01-01T10:00:00.1000000Z")
    assert shows(same, row)
    assert attempts_digest(done) != attempts_digest(under_way)


def test_times_come_with_any_number_of_decimals_and_may_be_none() -> None:
    times = ["0001-01-01T00:00:00", None, "2026-01-01T10:00:00.69Z", "2026-01-01T10:00:00.7Z", "soon"]
    assert latest(times) == "2026-01-01T10:00:00.7Z"
    assert before("2026-01-01T10:03:00.1234567Z") == "2026-01-01T09:58:00Z"
    assert before("") == ""


def a_zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"../{name}", content)
    return made.getvalue()


def test_a_zip_is_whole_or_refused() -> None:
    whole = a_zip(one=b"1" * 5000, two=b"2" * 10)
    check_zip(io.BytesIO(whole))
    check_zip(io.BytesIO(a_zip()))
    damaged = bytearray(a_zip(one=bytes(range(256)) * 20))
    damaged[60] ^= 255
    for broken in (b"", b"no zip", whole[:-30], whole[: len(whole) // 2], bytes(damaged)):
        with pytest.raises(BadAnswer, match="no whole zip"):
            check_zip(io.BytesIO(broken))


def test_credentials_in_plain_variables_and_inputs_are_redacted() -> None:
    record: JsonObject = {
        "id": 7,
        "variables": {
            "dbPassword": {"value": "hunter2"},
            "apiKey": {"value": "abc", "isSecret": False},
            "token": {"value": None, "isSecret": True},
            "site": {"value": "harbour"},
        },
        "environments": [
            {
                "workflowTasks": [
                    {"inputs": {"password": "$(dbPassword)", "adminPassword": "x1", "tokens": "true"}}
                ]
            }
        ],
    }
    clean, found = redact("releases", record)
    text = str(clean)
    assert "hunter2" not in text
    assert "'abc'" not in text
    assert "$(dbPassword)" in text, "a reference is no credential"
    assert "harbour" in text
    assert "releases 7 /variables/dbPassword/value" in found
    assert redact("releases", record, keep_secrets=True) == (record, [])


def test_secret_variables_are_one_limit_for_each_definition() -> None:
    secret: JsonObject = {"value": None, "isSecret": True}
    definition: JsonObject = {
        "id": 4,
        "variables": {"a": secret, "b": secret, "c": {"value": "1"}},
        "environments": [{"name": "Prod", "variables": {"a": secret}}],
    }
    rows: Any = [row for row in limits([definition], [], []) if isinstance(row, dict) and "uid" in row]
    assert [(row["kind"], row["uid"]) for row in rows] == [("definitions", "4")]
    assert "(a, b, Prod: a)" in rows[0]["reason"]


def test_a_selection_holds_where_the_service_does_not_select() -> None:
    row: JsonObject = {
        "id": 7,
        "name": "Web",
        "path": "\\Team\\Inner",
        "createdOn": "2026-02-01T00:00:00Z",
        "status": 2,
    }
    options = AzureReadOptions
    assert is_wanted_row(options(since="2026-02-01", until="2026-02-02"), row)
    assert not is_wanted_row(options(until="2026-02-01"), row)
    assert is_wanted_row(options(statuses=frozenset({"active"})), row)
    assert not is_wanted_row(options(statuses=frozenset({"draft"})), row)
    for path, expected in (
        ("/team", True),
        ("\\Team\\Inner", True),
        ("\\", True),
        ("Tea", False),
        ("\\Team\\Other", False),
    ):
        assert is_wanted_definition(options(path=path), row) is expected, path
    assert is_wanted_definition(options(definitions=frozenset({"7"})), row)
    assert is_wanted_definition(options(definitions=frozenset({"web"})), row)
    assert not is_wanted_definition(options(definitions=frozenset({"we"})), row)
    deployed = a_release(operationStatus="Approved")
    assert is_wanted_release(options(stages=frozenset({"prod"})), deployed)
    assert not is_wanted_release(options(stages=frozenset({"prod"})), a_release())
    assert not is_wanted_release(options(tags=frozenset({"hotfix"})), deployed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ReadOptions(types=frozenset({"page"})), "no content types"),
        (AzureReadOptions(statuses=frozenset({"done"})), "--status done"),
        (AzureReadOptions(since="yesterday"), "--since 'yesterday'"),
    ],
)
def test_what_the_system_does_not_have_is_refused(options: ReadOptions, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_options(options)


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
