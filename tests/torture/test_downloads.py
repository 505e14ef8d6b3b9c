"""Downloads of assets that are cut, wrong or unavailable: repeated, and a gap if they stay so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from faulty_bench import HTML, PAGE, faulty_bench
from small_stack import HEN, PICTURE, fill_small
from workbench import memory_directory

from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import ServiceError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faulty_bench import FaultyBench
    from random_fields import Row

    from stackferry.io.storage.snapshot import Snapshot

BYTES, OTHER = "/v3/assets/blt_invented_source/", "bltother"


@pytest.fixture
def workbench() -> Iterator[FaultyBench]:
    with memory_directory() as root:
        yield from faulty_bench(root, fill_small)


def asset(workbench: FaultyBench, kind: str, content: bytes, size: int) -> None:
    """Add an asset to the source whose row has the given size, true or not."""
    row: Row = {"uid": OTHER, "filename": "other.bin", "title": "Other", "content_type": kind, "tags": []}
    facts: Row = {"file_size": str(size), "is_dir": False, "parent_uid": None, "_version": 1}
    workbench.source.main.put_asset({**row, **facts}, content)


def kept(snapshot: Snapshot, uid: str) -> list[bytes]:
    rows = [row for row in snapshot.objects(Stream("files")) if row["uid"] == uid]
    return [snapshot.bytes_of(str(row["sha256"])).read_bytes() for row in rows]


def verified(snapshot: Snapshot) -> Snapshot:
    """The snapshot, which holds nothing that a repeated download left behind."""
    assert [*snapshot.verify()] == []
    return snapshot


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param({"keep": 3}, id="cut"),
        pytest.param({"keep": 3, "reset": True}, id="reset"),
        pytest.param({"keep": 5, "chunked": True}, id="no last chunk"),
        pytest.param({"length": 900}, id="too few"),
        pytest.param({"length": 4}, id="too many"),
        pytest.param({"status": 200, "body": b"pict"}, id="other bytes"),
        pytest.param({"status": 200, "body": PAGE, "headers": HTML}, id="web page"),
    ],
)
def test_a_broken_download_is_repeated(workbench: FaultyBench, harm: Any) -> None:
    """B1: where the bytes are cut, or differ in number from the row's size."""
    workbench.emulator.faults.add(Fault(path=BYTES, **harm))
    snapshot = verified(workbench.export())
    assert (workbench.counts.asset, workbench.counts.retried) == (3, 1)
    assert snapshot.gaps() == []
    assert kept(snapshot, PICTURE) == [b"picture 1", b"picture 2"]


def test_a_download_that_is_always_cut_is_a_gap(workbench: FaultyBench) -> None:
    """B1: after as many attempts as for any read; the other assets arrive."""
    asset(workbench, "text/plain", b"whole", 5)
    workbench.emulator.faults.add(Fault(path=BYTES + OTHER, keep=3, times=ALWAYS))
    snapshot = verified(workbench.export())
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["uid"]) == ("files", OTHER)
    assert "cut short" in str(gap["reason"])
    assert workbench.counts.retried == 14  # as often as any read, and after the others once more
    assert kept(snapshot, PICTURE) == [b"picture 1", b"picture 2"]


def test_an_outage_of_all_downloads_ends_the_run_without_gaps(workbench: FaultyBench) -> None:
    """B5, I7: the run can be resumed."""
    workbench.emulator.faults.add(Fault(path=BYTES, status=503, times=ALWAYS))
    with pytest.raises(ServiceError):
        workbench.export()
    workbench.emulator.faults.clear()
    snapshot = verified(workbench.export())
    assert snapshot.gaps() == []
    assert kept(snapshot, PICTURE) == [b"picture 1", b"picture 2"]


def test_a_version_that_the_service_never_delivers_is_a_gap(workbench: FaultyBench) -> None:
    """B5, I7: the gap has the service's message; everything else arrives."""
    undisturbed = workbench.export("undisturbed", versions="all")
    body = b'{"error_message": "invented: this one is broken"}'
    workbench.emulator.faults.add(
        Fault(path=rf"/entries/{HEN}\?.*version=1", status=500, body=body, times=ALWAYS)
    )
    snapshot = verified(workbench.export(versions="all"))
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["uid"]) == ("versions", HEN)
    assert "this one is broken" in str(gap["reason"])
    assert (
        snapshot.record_counts().keys() | {Stream("versions", "page", "en-us")}
        == undisturbed.record_counts().keys()
    )


def test_an_invalid_asset_url_is_a_gap(workbench: FaultyBench) -> None:
    """B5: it does not end the run."""
    asset(workbench, "text/plain", b"whole", 5)
    workbench.emulator.faults.add(
        Fault(path=BYTES + OTHER, status=302, headers=(("location", "ftp://x/"),), times=ALWAYS)
    )
    (gap,) = verified(workbench.export()).gaps()
    assert gap["uid"] == OTHER


def test_bytes_of_another_size_than_announced_are_kept_with_a_gap(workbench: FaultyBench) -> None:
    """B1: the row may be wrong; the gap names both sizes."""
    asset(workbench, "application/pdf", b"half a docum", 23)
    snapshot = verified(workbench.export())
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["uid"]) == ("files", OTHER)
    assert gap["reason"] == "it is said to have 23 bytes and 12 came: kept as they came"
    assert kept(snapshot, OTHER) == [b"half a docum"]
    assert workbench.counts.asset == 4  # it was downloaded twice


def test_a_picture_that_was_encoded_anew_is_kept_with_a_warning(
    workbench: FaultyBench, caplog: pytest.LogCaptureFixture
) -> None:
    """B1: delivery networks encode pictures anew: one that arrives twice the same is complete."""
    asset(workbench, "image/jpeg", b"smaller", 23)
    snapshot = verified(workbench.export())
    assert snapshot.gaps() == []
    assert kept(snapshot, OTHER) == [b"smaller"]
    assert f"asset {OTHER}: it is said to have 23 bytes and 7 came" in caplog.text


def test_a_web_page_in_place_of_a_picture_is_a_gap(workbench: FaultyBench) -> None:
    """B1: a sign-in page, however often it arrives."""
    asset(workbench, "image/jpeg", b"picture", 7)
    workbench.emulator.faults.add(
        Fault(path=BYTES + OTHER, status=200, body=PAGE, headers=HTML, times=ALWAYS)
    )
    (gap,) = verified(workbench.export()).gaps()
    assert gap["uid"] == OTHER


def test_an_asset_without_a_size_is_downloaded_once(workbench: FaultyBench) -> None:
    """Or with a size that is no number."""
    asset(workbench, "text/plain", b"whole", 5)
    for version in workbench.source.main.assets[OTHER].versions.values():
        version.raw["file_size"] = "many"
    assert verified(workbench.export()).gaps() == []
    assert workbench.counts.retried == 0
