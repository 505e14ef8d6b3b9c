"""What an archive does where the service refuses: tokens that are none, expire or lack a right; wrong places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from project_bench import PROJECT, SYSTEM, TOKEN, ProjectBench, ids, project_bench

from stackferry.emulators.azure_devops import Access, Fault
from stackferry.errors import AccessError, NoSuchPlace, NotSignedIn, StackferryError
from stackferry.providers.azure_devops.kinds import POINTED_AT

if TYPE_CHECKING:
    import httpx
    from workbench import RecordingTransport

REASON = "The Personal Access Token used has expired"


def tokens(bench: ProjectBench) -> dict[str, Access]:
    organization: Any = next(iter(bench.emulator.organizations.values()))
    found: dict[str, Access] = organization.tokens
    return found


@pytest.mark.parametrize("auth_failure", [203, 302, 401])
def test_a_token_that_expires_in_the_middle_ends_the_run_at_once(auth_failure: Any) -> None:
    with project_bench(16, auth_failure=auth_failure, zip_bytes_stable=True) as bench:
        whole = bench.export("whole")
        good = tokens(bench)[TOKEN]

        def expire(transport: RecordingTransport, _: httpx.Request, done: bool) -> None:
            if not done and transport.sent == 40:
                tokens(bench)[TOKEN] = replace(good, refusal=REASON)

        with pytest.raises(NotSignedIn, match=REASON) as caught:
            bench.export(hook=expire)
        assert caught.value.exit_code == 4
        assert len(bench.log) < 40 + 20, "nothing is tried again; what was under way had left before"
        for file in (bench.root / "archive").rglob("*"):
            assert not file.is_file() or b"<html" not in file.read_bytes().lower()
        tokens(bench)[TOKEN] = good
        again = bench.export()
        assert ids(again, "releases") == ids(whole, "releases")
        assert again.manifest["files"] == whole.manifest["files"]


@pytest.mark.parametrize("auth_failure", [203, 302, 401])
def test_a_token_that_is_none_costs_one_request(auth_failure: Any) -> None:
    with project_bench(4, auth_failure=auth_failure) as bench:
        with pytest.raises(AccessError, match="asks to sign in"):
            bench.export(token="pat-invented-another")
        assert len(bench.log) == 1
        assert not (bench.root / "archive").exists()


@pytest.mark.parametrize("missing_scope", [401, 403])
def test_a_token_that_may_not_read_one_area_leaves_one_gap(missing_scope: Any) -> None:
    with project_bench(6, missing_scope=missing_scope) as bench:
        bench.emulator.faults.add(
            Fault(
                path="/distributedtask/variablegroups",
                status=missing_scope,
                body=b"{}",
                times=9,
                carried_out=False,
            )
        )
        snapshot = bench.export()
        assert [gap["kind"] for gap in snapshot.gaps()] == ["variable_groups"]
        assert ids(snapshot, "releases") == sorted(bench.project.releases)


def test_a_project_that_is_not_there_is_named() -> None:
    with project_bench(2) as bench:
        nowhere = SYSTEM.parse_place("fabrikam", "emulator.invented", "Nowhere", secure=False)
        with pytest.raises(NoSuchPlace, match="Nowhere") as caught:
            bench.export(place=nowhere)
        assert caught.value.exit_code == 2
        assert not (bench.root / "archive").exists()


def test_a_project_that_is_renamed_in_the_middle_is_resumed() -> None:
    with project_bench(8) as bench:
        fault = Fault(
            path="/releases/", after=3, times=50, status=404, carried_out=False,
            body=b'{"typeKey": "ProjectDoesNotExistWithNameException", "message": "TF200016: no such project"}',
        )  # fmt: skip
        bench.emulator.faults.add(fault)
        with pytest.raises(NoSuchPlace, match="TF200016"):
            bench.export()
        bench.emulator.faults.clear()
        assert ids(bench.export(), "releases") == sorted(bench.project.releases)


def test_a_release_that_goes_between_list_and_turn_is_named_and_no_gap() -> None:
    with project_bench(8) as bench:
        lost = max(bench.project.releases)
        later = bench.emulator.time()

        def delete(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
            if done and request.url.path.endswith("/releases") and lost in bench.project.releases:
                bench.project.delete_release(lost, later)

        snapshot = bench.export(hook=delete)
        assert snapshot.gaps() == []
        assert lost not in ids(snapshot, "releases")
        rows: Any = snapshot.manifest["vanished"]
        assert [(row["kind"], row["uid"]) for row in rows] == [("releases", str(lost))]


def test_the_wrong_host_is_told() -> None:
    with project_bench(2) as bench:
        body = b'{"typeKey": "HttpException", "message": "The controller was not found."}'
        bench.emulator.faults.add(
            Fault(path="/_apis/release/", status=404, body=body, times=99, carried_out=False)
        )
        with pytest.raises(StackferryError, match="did you mean the release host"):
            bench.export()


def test_both_spellings_of_a_project_are_the_same_place() -> None:
    with project_bench(2) as bench:
        by_id = SYSTEM.parse_place("fabrikam", "emulator.invented", bench.project.id, secure=False)
        assert ids(bench.export(place=by_id), "releases") == sorted(bench.project.releases)
        assert bench.place.name == PROJECT


@pytest.mark.parametrize("missing_scope", [401, 403])
def test_a_token_for_releases_alone_leaves_a_gap_for_each_other_area(missing_scope: Any) -> None:
    with project_bench(6, missing_scope=missing_scope) as bench:
        tokens(bench)[TOKEN] = replace(tokens(bench)[TOKEN], scopes=frozenset({"vso.release"}))
        snapshot = bench.export()
        kinds = {kind.name for kind in POINTED_AT}
        assert {gap["kind"] for gap in snapshot.gaps()} <= kinds
        assert len(snapshot.gaps()) >= len(kinds) - 1
        assert ids(snapshot, "releases") == sorted(bench.project.releases)
