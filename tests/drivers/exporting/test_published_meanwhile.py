"""What is published while an export runs changes no time of an entry: the publish queue names it.

The emulator answers pages of five rows, so that listings of a dozen rows are long ones: of these a second look sees the
rows that were changed last, and not those that were published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from random_stack import STAMPS
from small_stack import EGG, FOLDER, HEN, LIVE, PICTURE, fill_small, page
from workbench import RecordingTransport, file_digests, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

Row = dict[str, Any]
LATE_ASSET = "bltasset00000011"
LATE_ENTRY = "bltchick00000011"
DUE, OPEN = "bltdue0000000001", "bltopen000000001"
AT = {"entry": {"environments": [LIVE], "locales": ["en-us"]}, "locale": "en-us"}
ENTRIES = "/content_types/page/entries"
NEWEST = "desc=updated_at"


def fill_long(stack: Stack) -> None:
    """A dozen entries, assets and rows of the queue more than the small stack has."""
    fill_small(stack)
    put = stack.main
    for number in range(12):
        put.put_entry_version("page", "en-us", page(f"bltchick{number:08}", 1, f"Chick {number}", HEN))
        asset: Row = {"uid": f"bltasset{number:08}", "filename": "chick.png", "title": f"Chick {number}"}
        asset |= {"parent_uid": FOLDER, "is_dir": False, "content_type": "image/png", "_version": 1}
        asset["url"] = f"https://images.invented.example/v3/assets/blt_old/{asset['uid']}/1/chick.png"
        put.put_asset({**asset, "file_size": "5", "tags": [], **STAMPS}, b"chick")
    release: Row = {"uid": OPEN, "name": "Open", "description": "", "locked": False, "status": []}
    item: Row = {"action": "publish", "content_type_uid": "page", "uid": LATE_ENTRY, "locale": "en-us"}
    put.put_release({**release, **STAMPS}, [{**item, "version": 1, "title": "Chick 11"}])
    for number in range(12):
        put.put_queue_item(queued(f"bltrow{number:08}", "success", created_at=f"2025-02-{number + 1:02}"))


def queued(uid: str, status: str, entry: str = HEN, **more: str) -> Row:
    row: Row = {"uid": uid, "type": "entry", "action": "publish", "content_type": {"uid": "page"}}
    row |= {"entry": {"uid": entry, "locale": "en-us", "version": 1}, "publish_status": status}
    return {**row, "environment": [LIVE], "locale": ["en-us"], **STAMPS, **more}


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_long, switches=Switches(page_rows=5))


def before_looks(bench: Workbench, edit: Callable[[], object]) -> Callable[..., None]:
    """A hook that edits once, when all is read and nothing was looked at again."""
    quiet = RecordingTransport(bench.emulator)
    bench.export("quiet", transport=quiet)
    number = next(at for at, line in enumerate(quiet.log) if line in quiet.log[:at] or NEWEST in line)

    answered = 0

    def hook(_: RecordingTransport, __: httpx.Request, done: bool) -> None:
        nonlocal answered
        answered += done
        if done and answered == number:
            edit()

    return hook


def publish(uid: str, action: str = "publish", **more: Any) -> Callable[[Editors], Any]:
    return lambda one: one.call("POST", f"{ENTRIES}/{uid}/{action}", json={**AT, **more})


def publish_asset(uid: str, action: str = "publish") -> Callable[[Editors], Any]:
    return lambda one: one.call("POST", f"/assets/{uid}/{action}", json={"asset": AT["entry"]})


def in_bulk(one: Editors) -> Any:
    entry: Row = {"uid": LATE_ENTRY, "content_type": "page", "locale": "en-us", "version": 1}
    where: Row = {"environments": [LIVE], "locales": ["en-us", "fr-fr"]}
    return one.call("POST", "/bulk/publish", json={"entries": [entry], **where})


def comes_due(one: Editors) -> Any:
    """A row that waited, as the service shows it when it was carried out: with the time at which it was made."""
    row = one.content.queue[DUE]
    answer = one.call("POST", f"{ENTRIES}/{LATE_ENTRY}/publish", json=AT)
    del one.content.queue[[*one.content.queue][-1]]
    one.content.put_queue_item({**row, "publish_status": "success"})
    return answer


def deploy(one: Editors) -> Any:
    return one.call("POST", f"/releases/{OPEN}/deploy", json={"release": {"environments": [LIVE]}})


def cancelled(one: Editors) -> Any:
    return one.call("GET", f"/publish-queue/{DUE}/unschedule")


EDITS: dict[str, Callable[[Editors], Any]] = {
    "an entry": publish(LATE_ENTRY),
    "an older version": publish(HEN, version=1),
    "a language that falls back": publish(LATE_ENTRY, entry={"environments": [LIVE], "locales": ["fr-fr"]}),
    "an entry is unpublished": publish(EGG, "unpublish"),
    "an asset": publish_asset(LATE_ASSET),
    "an asset is unpublished": publish_asset(PICTURE, "unpublish"),
    "in bulk": in_bulk,
    "a schedule comes due": comes_due,
    "a schedule is cancelled": cancelled,
    "a release is deployed": deploy,
}


def fill_scheduled(stack: Stack) -> None:
    fill_long(stack)
    stack.main.put_queue_item(queued(DUE, "scheduled", LATE_ENTRY, scheduled_at="2098-01-01T00:00:00.000Z"))


@pytest.mark.parametrize("is_queue_long", [True, False])
@pytest.mark.parametrize("name", EDITS)
def test_what_is_published_meanwhile_is_in_the_snapshot(name: str, is_queue_long: bool) -> None:
    """Read again as it is at the end: the snapshot is that of an export after the edit, byte for byte."""

    def fill(stack: Stack) -> None:
        fill_scheduled(stack)
        for uid in [] if is_queue_long else [uid for uid in stack.main.queue if uid.startswith("bltrow")]:
            del stack.main.queue[uid]

    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(page_rows=5))
        answers = []
        hook = before_looks(bench, lambda: answers.append(EDITS[name](Editors(bench))))
        made = bench.export("made", transport=RecordingTransport(bench.emulator, hook))
        assert [one.status_code < 300 for one in answers] == [True]
        assert file_digests(made.root) == file_digests(bench.export("fresh").root)
