"""An archive under faults: sign-in pages as they are, zips that are cut, tokens of pages that the service forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ids, project_bench

from stackferry.emulators.azure_devops import Fault
from stackferry.errors import NotSignedIn, StackferryError
from stackferry.model import Stream

if TYPE_CHECKING:
    import httpx
    from workbench import RecordingTransport

HTML = (("content-type", "text/html; charset=utf-8"),)
REASON = ("x-tfs-serviceerror", "The%20Personal%20Access%20Token%20used%20has%20expired.")
PAGE = b"<html><head><title>Azure DevOps Services | Sign In</title></head></html>"
LOCATION = ("location", "https://spsprodweu4.vssps.visualstudio.com/_signin?realm=dev.azure.com")


@pytest.mark.parametrize(
    ("path", "after"), [("/releases/", 1), ("/logs", 1), ("/deployments", 0), ("/revisions/", 1)]
)
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 203, "headers": (*HTML, REASON), "body": PAGE},
        {"status": 302, "headers": (LOCATION, REASON)},
        {"status": 401, "headers": (REASON,)},
    ],
    ids=["203", "302", "401"],
)
def test_a_sign_in_page_in_the_middle_ends_the_run(fault: dict[str, Any], path: str, after: int) -> None:
    with project_bench(6) as bench:
        bench.emulator.faults.add(Fault(path=path, after=after, times=99, carried_out=False, **fault))
        with pytest.raises(NotSignedIn, match="has expired"):
            bench.export()
        bench.emulator.faults.clear()
        assert ids(bench.export(), "releases") == sorted(bench.project.releases)


def test_a_zip_that_is_cut_is_read_again() -> None:
    with project_bench(8) as bench:
        bench.emulator.faults.add(Fault(path="/logs", times=3, status=200, body=b"PK\x03\x04 and no more"))
        snapshot = bench.export()
        assert snapshot.gaps() == []
        assert (
            len([line for line in bench.log if "/logs" in line])
            == len([*snapshot.objects(Stream("files"))]) + 3
        )


def test_a_zip_that_is_always_damaged_is_a_gap_of_its_release() -> None:
    with project_bench(8) as bench:
        number = max(
            row["id"] for row in bench.raw.values() if any(one["deploySteps"] for one in row["environments"])
        )
        bench.emulator.faults.add(
            Fault(path=f"/releases/{number}/logs", times=999, status=200, body=b"PK no zip")
        )
        snapshot = bench.export()
        (gap,) = snapshot.gaps()
        assert (gap["kind"], gap["uid"]) == ("files", str(number))
        assert "no whole zip" in str(gap["reason"])
        again = bench.export("again", base=snapshot)
        assert [line for line in bench.log if f"/releases/{number}/logs" in line], (
            "what was lost is asked for again"
        )
        assert len(again.gaps()) == 1


def test_a_page_whose_token_the_service_forgets_is_begun_again() -> None:
    with project_bench(16, page_rows=5) as bench:
        body = b'{"typeKey": "InvalidContinuationTokenException", "message": "The token is not valid."}'
        bench.emulator.faults.add(Fault(path="/releases[?].*continuationToken", status=400, body=body))
        assert ids(bench.export(), "releases") == sorted(bench.project.releases)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_fails_for_a_while_arrives(status: int) -> None:
    with project_bench(6) as bench:
        bench.emulator.faults.add(Fault(path="/_apis/", after=5, times=12, status=status, carried_out=False))
        snapshot = bench.export()
        assert snapshot.gaps() == []
        assert ids(snapshot, "releases") == sorted(bench.project.releases)


def test_a_release_that_is_refused_stays_as_an_earlier_archive_has_it() -> None:
    with project_bench(6) as bench:
        first, lost = bench.export("first"), max(bench.project.releases)
        bench.raw[lost]["modifiedOn"] = "2026-11-01T00:00:00Z"
        body = b'{"typeKey": "AccessDeniedException", "message": "VS402904: Access denied."}'
        refused = Fault(path=f"/releases/{lost}[?]", times=99, status=403, body=body, carried_out=False)
        bench.emulator.faults.add(refused)
        without = bench.export("without")
        assert [(gap["kind"], gap["uid"]) for gap in without.gaps()] == [("releases", str(lost))]
        assert lost not in ids(without, "releases")
        second = bench.export("second", base=first)
        assert [(gap["kind"], gap["uid"]) for gap in second.gaps()] == [("releases", str(lost))]
        assert ids(second, "releases") == ids(first, "releases")
        bench.emulator.faults.clear()
        third = bench.export("third", base=second)
        (row,) = [row for row in third.objects(Stream("releases")) if row["id"] == lost]
        assert row["modifiedOn"] == "2026-11-01T00:00:00Z"
        assert third.gaps() == []


def test_a_list_that_leads_nowhere_is_told() -> None:
    with project_bench(6) as bench:

        def repeat(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
            del request, done

        bench.emulator.faults.add(
            Fault(
                path="/releases[?]", times=999, status=200, body=b'{"count": 0, "value": []}', carried_out=False,
                headers=(("content-type", "application/json"), ("x-ms-continuationtoken", "7")),
            )
        )  # fmt: skip
        with pytest.raises(StackferryError, match="same page again"):
            bench.export(hook=repeat)


def test_a_revision_that_is_not_given_is_named_with_its_number() -> None:
    with project_bench(4) as bench:
        number = max(one for one, held in bench.project.definitions.items() if held.deleted_at is None)
        bench.emulator.faults.add(
            Fault(
                path=f"/definitions/{number}/revisions/1", times=9, status=404, body=b"{}", carried_out=False
            )
        )
        (gap,) = bench.export().gaps()
        assert (gap["kind"], gap["uid"]) == ("definition_revisions", f"{number}/1")
