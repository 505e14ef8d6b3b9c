"""Files that cannot be had, whatever the reason, never stop an export for good: they end as gaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from small_stack import HEN, PICTURE, fill_small
from workbench import Cut, RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import ServiceError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from random_fields import Row
    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot

LOST, DEAD_HOST = "bltlost", "files.dead.invented"
NOWHERE, NO_PICTURE = (f"https://{DEAD_HOST}/{name}" for name in ("lost.bin", "picture.bin"))
FILES = "/v3/assets/blt_invented_source/"


@dataclass
class OtherAddresses(RecordingTransport):
    """Gives assets the addresses in `urls` (by uid); nothing can connect to `DEAD_HOST`."""

    urls: dict[str, str] = field(default_factory=dict)
    is_dead: bool = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == DEAD_HOST:
            if not self.is_dead:
                return httpx.Response(200, content=b"lost" if request.url == NOWHERE else b"picture")
            raise httpx.ConnectError("invented: no such host")
        answer = await super().handle_async_request(request)
        if not request.url.path.startswith("/v3/assets") or request.url.path.startswith(FILES):
            return answer
        body = answer.json()
        for asset in [*body.get("assets", []), body.get("asset", {})]:
            if asset.get("uid") in self.urls:
                asset["url"] = self.urls[asset["uid"]]
        return httpx.Response(answer.status_code, json=body)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        row: Row = {"uid": LOST, "filename": "lost.bin", "title": "Lost", "content_type": "text/plain"}
        facts: Row = {"tags": [], "is_dir": False, "parent_uid": None, "_version": 1}
        bench.source.main.put_asset({**row, **facts}, b"lost")
        yield bench


def exported(workbench: Workbench, urls: dict[str, str], **options: Any) -> Snapshot:
    return workbench.export(transport=OtherAddresses(workbench.emulator, urls=urls), **options)


def lost_files(snapshot: Snapshot) -> set[tuple[Any, Any]]:
    return {(gap["kind"], gap["uid"]) for gap in snapshot.gaps()}


@pytest.mark.parametrize(
    "url", ["data:text/plain;base64,bG9zdA==", "", "ftp://x/", "http://[::1", NOWHERE, "//..../x"]
)
def test_one_asset_whose_address_leads_nowhere_is_a_gap(workbench: Workbench, url: str) -> None:
    assert lost_files(exported(workbench, {LOST: url})) == {("files", LOST)}


@pytest.mark.parametrize("url", ["data:text/plain;base64,bG9zdA==", "ftp://x/"])
def test_an_address_that_no_attempt_can_use_is_a_gap_although_no_other_file_arrives(
    workbench: Workbench, url: str
) -> None:
    assert lost_files(exported(workbench, {LOST: url, PICTURE: url})) == {("files", LOST), ("files", PICTURE)}


@pytest.mark.parametrize("killed", [False, True])
def test_what_no_host_delivers_stops_the_first_run_and_is_a_gap_in_the_next(
    workbench: Workbench, killed: bool
) -> None:
    """A host that is down for all files may come back: the first run says so. The next one ends."""
    urls = {LOST: NOWHERE, PICTURE: NO_PICTURE}
    with pytest.raises(ServiceError, match="run the same command again"):
        exported(workbench, urls)
    if killed:  # a run that did not even ask for the files changes nothing
        with pytest.raises(Cut):
            workbench.export(transport=RecordingTransport(workbench.emulator, hook=_die))
    assert lost_files(exported(workbench, urls)) == {("files", LOST), ("files", PICTURE)}


def _die(*_: object) -> None:
    raise Cut


def test_a_host_that_comes_back_delivers_everything(workbench: Workbench) -> None:
    with pytest.raises(ServiceError):
        exported(workbench, {LOST: NOWHERE, PICTURE: NO_PICTURE})
    snapshot = workbench.export(transport=OtherAddresses(workbench.emulator, is_dead=False))
    assert [row["size"] for row in snapshot.objects(Stream("files")) if row["uid"] == LOST] == [4]
    assert all("kept as they came" in str(gap["reason"]) for gap in snapshot.gaps())


def test_a_file_that_failed_in_an_earlier_run_is_a_gap_when_nothing_else_is_left(
    workbench: Workbench,
) -> None:
    """Its host answers 500 for ever, and on resume nothing else is asked for that could show that it is up."""
    workbench.emulator.faults.add(Fault(path=FILES, status=500, times=ALWAYS))
    with pytest.raises(ServiceError):
        exported(workbench, {})
    workbench.emulator.faults.clear()
    workbench.emulator.faults.add(Fault(path=FILES + LOST, status=500, times=ALWAYS))
    assert lost_files(exported(workbench, {})) == {("files", LOST)}


def test_the_rest_of_a_stage_is_read_before_a_host_that_is_down_stops_the_run(workbench: Workbench) -> None:
    with pytest.raises(ServiceError):
        exported(workbench, {LOST: NOWHERE, PICTURE: NO_PICTURE})
    transport = OtherAddresses(workbench.emulator, urls={LOST: NOWHERE, PICTURE: NO_PICTURE})
    workbench.export(transport=transport)
    assert len([line for line in transport.log if "/entries?" in line]) == 2  # second looks, at two languages


def test_a_version_that_alone_is_left_and_never_answers_is_a_gap(workbench: Workbench) -> None:
    """The service answers other calls, so it is up."""
    fault = Fault(path=rf"/entries/{HEN}\?.*version=1", status=500, times=ALWAYS)
    workbench.emulator.faults.add(fault)
    snapshot = workbench.export(versions="all")
    assert lost_files(snapshot) == {("versions", HEN)}
