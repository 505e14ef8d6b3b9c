"""The bytes of assets: cut, wrong or unavailable, they are asked for again, and never taken for what they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import HEN, PICTURE, fill_small
from storm import HTML, PAGE, weathered
from workbench import memory

from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import ServiceError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from field_maker import Row
    from storm import Weathered

    from stackferry.io.storage.snapshot import Snapshot

BYTES, OTHER = "/v3/assets/blt_invented_source/", "bltother"


@pytest.fixture
def one() -> Iterator[Weathered]:
    with memory() as root:
        yield from weathered(root, fill_small)


def asset(one: Weathered, kind: str, content: bytes, size: int) -> None:
    """One asset more in the source, whose row says what it likes of its size."""
    row: Row = {"uid": OTHER, "filename": "other.bin", "title": "Other", "content_type": kind, "tags": []}
    facts: Row = {"file_size": str(size), "is_dir": False, "parent_uid": None, "_version": 1}
    one.source.main.put_asset({**row, **facts}, content)


def kept(snapshot: Snapshot, uid: str) -> list[bytes]:
    rows = [row for row in snapshot.rows(Stream("files")) if row["uid"] == uid]
    return [snapshot.bytes_of(str(row["sha256"])).read_bytes() for row in rows]


def sound(snapshot: Snapshot) -> Snapshot:
    """Nothing is left over of a download that was begun again."""
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
def test_a_download_that_goes_wrong_is_begun_again(one: Weathered, harm: Any) -> None:
    """B1: the run goes on where an asset's bytes stop short, or are not as many as its row says."""
    one.emulator.faults.add(Fault(path=BYTES, **harm))
    snapshot = sound(one.export())
    assert (one.counts.asset, one.counts.retried) == (3, 1)
    assert snapshot.gaps() == []
    assert kept(snapshot, PICTURE) == [b"picture 1", b"picture 2"]


def test_a_download_that_is_always_cut_is_a_gap(one: Weathered) -> None:
    """B1: one asset that cannot be had is a gap when it was tried as often as any read; the rest arrives."""
    asset(one, "text/plain", b"whole", 5)
    one.emulator.faults.add(Fault(path=BYTES + OTHER, keep=3, times=ALWAYS))
    snapshot = sound(one.export())
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["uid"]) == ("files", OTHER)
    assert "cut short" in str(gap["reason"])
    assert one.counts.retried == 14  # as often as any read, and after the others once more
    assert kept(snapshot, PICTURE) == [b"picture 1", b"picture 2"]


def test_an_outage_makes_no_gaps(one: Weathered) -> None:
    """B5, I7: where no bytes are to be had at all the run ends, to be taken up, and claims no gap."""
    one.emulator.faults.add(Fault(path=BYTES, status=503, times=ALWAYS))
    with pytest.raises(ServiceError):
        one.export()
    one.emulator.faults.clear()
    snapshot = sound(one.export())
    assert snapshot.gaps() == []
    assert kept(snapshot, PICTURE) == [b"picture 1", b"picture 2"]


def test_a_version_that_is_never_given_is_a_gap(one: Weathered) -> None:
    """B5, I7: one object at which the service fails for ever is a gap that repeats its words; the rest arrives."""
    quiet = one.export("quiet", versions="all")
    body = b'{"error_message": "invented: this one is broken"}'
    one.emulator.faults.add(Fault(path=rf"/entries/{HEN}\?.*version=1", status=500, body=body, times=ALWAYS))
    snapshot = sound(one.export(versions="all"))
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["uid"]) == ("versions", HEN)
    assert "this one is broken" in str(gap["reason"])
    assert snapshot.lines().keys() | {Stream("versions", "page", "en-us")} == quiet.lines().keys()


def test_an_address_that_cannot_be_used_is_a_gap(one: Weathered) -> None:
    """B5: nor does an address that nobody can use end a run."""
    asset(one, "text/plain", b"whole", 5)
    one.emulator.faults.add(
        Fault(path=BYTES + OTHER, status=302, headers=(("location", "ftp://x/"),), times=ALWAYS)
    )
    (gap,) = sound(one.export()).gaps()
    assert gap["uid"] == OTHER


def test_bytes_that_are_not_as_many_as_said_are_a_gap(one: Weathered) -> None:
    """B1: what stays of another size is kept, for the row may be wrong, and told with both sizes."""
    asset(one, "application/pdf", b"half a docum", 23)
    snapshot = sound(one.export())
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["uid"]) == ("files", OTHER)
    assert gap["reason"] == "it is said to have 23 bytes and 12 came: kept as they came"
    assert kept(snapshot, OTHER) == [b"half a docum"]
    assert one.counts.asset == 4  # it was asked for twice


def test_a_picture_may_be_encoded_anew(one: Weathered, caplog: pytest.LogCaptureFixture) -> None:
    """B1: delivery networks do that: a picture that comes twice the same is whole, and the size is mentioned."""
    asset(one, "image/jpeg", b"smaller", 23)
    snapshot = sound(one.export())
    assert snapshot.gaps() == []
    assert kept(snapshot, OTHER) == [b"smaller"]
    assert f"asset {OTHER}: it is said to have 23 bytes and 7 came" in caplog.text


def test_a_web_page_is_no_picture(one: Weathered) -> None:
    """B1: a sign-in page in place of a picture stays a gap however often it comes."""
    asset(one, "image/jpeg", b"picture", 7)
    one.emulator.faults.add(Fault(path=BYTES + OTHER, status=200, body=PAGE, headers=HTML, times=ALWAYS))
    (gap,) = sound(one.export()).gaps()
    assert gap["uid"] == OTHER


def test_a_size_that_is_not_told_is_not_missed(one: Weathered) -> None:
    """A row without a size, or with one that is no number, is no reason to ask twice."""
    asset(one, "text/plain", b"whole", 5)
    for version in one.source.main.assets[OTHER].versions.values():
        version.raw["file_size"] = "many"
    assert sound(one.export()).gaps() == []
    assert one.counts.retried == 0
