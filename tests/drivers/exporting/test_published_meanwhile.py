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
from workbench import Cut, RecordingTransport, file_digests, make_workbench, memory_directory

from sampling import rotated, sampled
from stackferry.emulators.contentstack import Switches
from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

Row = dict[str, Any]
LATE_ASSET = "bltasset00000011"
LATE_ENTRY = "bltchick00000011"
DUE, OPEN, AT_WORK = "bltdue0000000001", "bltopen000000001", "bltwork000000001"
AT = {"entry": {"environments": [LIVE], "locales": ["en-us"]}, "locale": "en-us"}
ENTRIES = "/content_types/page/entries"
NEWEST, QUEUE = "desc=updated_at", "/publish-queue"


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


def before_looks(bench: Workbench, edit: Callable[[], object]) -> Callable[..., None]:
    """A hook that edits once, when all is read and nothing was looked at again."""
    quiet = RecordingTransport(bench.emulator)
    bench.export(f"quiet {len([*bench.root.iterdir()])}", transport=quiet)
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


def fill_short_queue(stack: Stack) -> None:
    """What waits, on one page."""
    fill_scheduled(stack)
    for uid in [uid for uid in stack.main.queue if uid.startswith("bltrow")]:
        del stack.main.queue[uid]


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_scheduled, switches=Switches(page_rows=5))


def check(fill: Callable[[Stack], None], edit: Callable[[Editors], Any], **switches: Any) -> None:
    """Read again as it is at the end: the snapshot is that of an export after the edit, byte for byte."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(page_rows=5, **switches))
        answers = []
        hook = before_looks(bench, lambda: answers.append(edit(Editors(bench))))
        made = bench.export("made", transport=RecordingTransport(bench.emulator, hook))
        assert [one.status_code < 300 for one in answers] == [True]
        assert [*made.gaps()] == []
        assert file_digests(made.root) == file_digests(bench.export("fresh").root)


@pytest.mark.parametrize(("name", "fill"), rotated(EDITS, [fill_scheduled, fill_short_queue]))
def test_what_is_published_meanwhile_is_in_the_snapshot(name: str, fill: Callable[[Stack], None]) -> None:
    check(fill, EDITS[name])


@pytest.mark.parametrize("name", sampled(EDITS, 4))
def test_a_queue_that_neither_sorts_nor_filters(name: str) -> None:
    check(fill_scheduled, EDITS[name], queue_queries=False)


@pytest.mark.parametrize("rows", ["items", "both"])
def test_what_a_deployment_publishes(rows: str) -> None:
    check(fill_scheduled, deploy, deployment_rows=rows)


def fill_busy(stack: Stack) -> None:
    """An old row of the queue that the service has not yet done, as it says."""
    fill_scheduled(stack)
    stack.main.put_queue_item(queued(AT_WORK, "in-progress", LATE_ENTRY, created_at="2025-01-01"))


def is_done(one: Editors, status: str = "in-progress") -> Any:
    """The service does it: the row may say so later."""
    answer = publish(LATE_ENTRY)(one)
    del one.content.queue[[*one.content.queue][-1]]
    one.content.put_queue_item({**one.content.queue[AT_WORK], "publish_status": status})
    return answer


@pytest.mark.parametrize("status", ["in-progress", "success"])
def test_what_the_service_was_at_is_read_again(status: str) -> None:
    """Whether the row still says that it is under way, or is done and not among the newest."""
    check(fill_busy, lambda one: is_done(one, status))


def test_what_reading_that_again_costs() -> None:
    """Where it has changed nothing: the row of the queue, which no page of the newest shows, and that of the entry."""
    with memory_directory() as root:
        benches = [
            make_workbench(root / name, fill, switches=Switches(page_rows=5))
            for name, fill in (("quiet", fill_scheduled), ("busy", fill_busy))
        ]
        quiet, busy = (requests_of_looks(bench, lambda: None) for bench in benches)
        assert len(about("/entries?", busy)) == len(about("/entries?", quiet)) + 1
        # The row of the queue is asked for along with those that wait; the queue is looked at once more.
        assert len(busy) == len(quiet) + 1 + 2


@pytest.mark.parametrize(("edit", "cells"), [(is_done, [("entries", "page", "en-us")]), (lambda _: None, [])])
def test_what_the_service_was_at_during_a_copy(edit: Callable[[Editors], object], cells: list[Any]) -> None:
    """A gap names it, where it was done after the entry was read."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_busy, switches=Switches(page_rows=5))
        gaps = copied(bench, edit)
        assert [(gap["kind"], gap.get("content_type"), gap.get("locale")) for gap in gaps] == cells


def test_a_release_that_is_created_and_deployed_meanwhile() -> None:
    def edit(one: Editors) -> Any:
        made = one.call("POST", "/releases", json={"release": {"name": "New"}}).json()["release"]
        item: Row = {"action": "publish", "content_type_uid": "page", "uid": LATE_ENTRY, "locale": "en-us"}
        one.call("POST", f"/releases/{made['uid']}/item", json={"item": {**item, "version": 1}})
        return one.call("POST", f"/releases/{made['uid']}/deploy", json={"release": {"environments": [LIVE]}})

    check(fill_scheduled, edit)


def test_a_release_that_is_deployed_and_deleted_meanwhile() -> None:
    def edit(one: Editors) -> Any:
        answer = deploy(one)
        del one.content.releases[OPEN]
        return answer

    check(fill_scheduled, edit)


def test_a_row_that_names_nothing_may_be_about_anything() -> None:
    """As a job of many items may show itself: no page describes all shapes of a row."""

    def edit(one: Editors) -> Any:
        answer = publish(LATE_ENTRY)(one)
        publish_asset(LATE_ASSET)(one)
        for uid in [*one.content.queue][-2:]:
            del one.content.queue[uid]
        job: Row = {"uid": "bltjob0000000001", "type": "bulk", "action": "publish", "bulkJobId": "b1"}
        one.content.put_queue_item({**job, **STAMPS, "created_at": "2099-01-01", "publish_status": "success"})
        return answer

    check(fill_scheduled, edit)


def test_variants_that_are_published_meanwhile() -> None:
    """No listing of variants is looked at again, but the queue names the entry."""

    def fill(stack: Stack) -> None:
        fill_scheduled(stack)
        group: Row = {"uid": "bltgroup", "name": "Seasons", "content_types": ["page"], **STAMPS}
        stack.main.put("variant_groups", {**group, "variants": [{"uid": "bltsummer", "name": "Summer"}]})
        about: Row = {"_uid": "bltsummer", "_change_set": ["title"], "_order": []}
        row: Row = {"uid": LATE_ENTRY, "title": "In summer", "locale": "en-us", "_version": 1, **STAMPS}
        stack.main.put_variant("page", LATE_ENTRY, "en-us", {**row, "_variant": about})

    where: Row = {"environments": [LIVE], "locales": ["en-us"]}
    check(fill, publish(LATE_ENTRY, entry={**where, "variants": [{"uid": "bltsummer", "version": 1}]}))


def test_many_rows_more_than_a_page() -> None:
    def edit(one: Editors) -> Any:
        for number in range(12):
            publish(f"bltchick{number:08}")(one)
        return publish(HEN, "unpublish")(one)

    check(fill_scheduled, edit)
    check(fill_short_queue, edit)


def requests_of_looks(bench: Workbench, edit: Callable[[], object]) -> list[str]:
    """The requests of an export that come when all is read, and somebody has edited."""
    number = 0

    def edit_then() -> None:
        nonlocal number
        number = len(transport.log)
        edit()

    transport = RecordingTransport(bench.emulator, before_looks(bench, edit_then))
    bench.export(f"made {len([*bench.root.iterdir()])}", transport=transport)
    return transport.log[number:]


def about(part: str, log: list[str]) -> list[str]:
    return [line for line in log if part in line]


def test_what_a_look_at_the_queue_costs(bench: Workbench) -> None:
    """Its newest rows, and by one query those that wait and are not among them: they become no newer."""
    log = requests_of_looks(bench, lambda: None)
    assert [line.partition("?")[0] for line in about(QUEUE, log)] == [f"GET /v3{QUEUE}"] * 2


def test_what_one_publication_costs(bench: Workbench) -> None:
    """The row of the entry in the language that it has, and another look at the queue: no listing is read again."""
    quiet = requests_of_looks(bench, lambda: None)
    edited = requests_of_looks(bench, lambda: publish(LATE_ENTRY)(Editors(bench)))
    assert len(about(QUEUE, edited)) == 2 * len(about(QUEUE, quiet)) == 4
    assert len(about("/entries?", edited)) == len(about("/entries?", quiet)) + 1
    assert len(edited) == len(quiet) + 3


def test_what_the_edit_of_one_row_costs(bench: Workbench) -> None:
    """The look shows the row as it is now; another one, and one at the queue, find that nothing else has moved."""
    quiet = requests_of_looks(bench, lambda: None)
    edited = requests_of_looks(bench, lambda: Editors(bench).save("page", "bltchick00000005"))
    assert len(about("/entries?", edited)) == len(about("/entries?", quiet)) + 1
    assert len(edited) == len(quiet) + 1 + 2


def test_rows_that_are_too_old_for_the_queue_go_by_themselves(bench: Workbench) -> None:
    """A queue holds thirty days, so in a stack in use it loses rows at any time."""
    quiet = requests_of_looks(bench, lambda: None)

    def age() -> None:
        for number in range(3):
            del bench.source.main.queue[f"bltrow{number:08}"]
        bench.source.main.changed()

    assert requests_of_looks(bench, age) == quiet


def test_what_never_rests_is_a_gap(bench: Workbench) -> None:
    editors, number = Editors(bench), 0

    def hook(transport: RecordingTransport, _: httpx.Request, done: bool) -> None:
        nonlocal number
        if not done and "desc=created_at" in transport.log[-1]:
            number += 1
            publish(LATE_ENTRY, ("publish", "unpublish")[number % 2])(editors)

    made = bench.export("made", transport=RecordingTransport(bench.emulator, hook))
    (gap,) = made.gaps()
    assert (gap["kind"], gap["content_type"], gap["locale"]) == ("entries", "page", "en-us")
    assert LATE_ENTRY in str(gap["reason"])
    assert number == 4


@pytest.mark.parametrize("step", [3, 4, 6])
def test_an_export_that_dies_while_it_reads_them_resumes(step: int) -> None:
    """It dies after every few answers, once somebody has published."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_scheduled, switches=Switches(page_rows=5))
        rows = len(bench.source.main.queue)
        edit = before_looks(bench, lambda: in_bulk(Editors(bench)))
        answered, cuts = 0, 0

        def hook(transport: RecordingTransport, request: httpx.Request, done: bool) -> None:
            nonlocal answered
            edit(transport, request, done)
            answered += done and len(bench.source.main.queue) > rows
            if answered > step:
                raise Cut

        while cuts < 50:
            answered = 0
            try:
                made = bench.export("made", transport=RecordingTransport(bench.emulator, hook))
                break
            except Cut:
                cuts += 1
        assert 2 < cuts < 50
        assert file_digests(made.root) == file_digests(bench.export("fresh").root)


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_queue_that_is_refused(bench: Workbench, status: int) -> None:
    """Then nothing tells what was published meanwhile: the gap says so."""
    body = b'{"error_message": "You may not.", "error_code": 161}'
    bench.emulator.faults.add(Fault(path=QUEUE, status=status, body=body, times=ALWAYS, carried_out=False))
    (gap,) = bench.export().gaps()
    assert gap["kind"] == "schedules"
    assert "You may not." in str(gap["reason"])
    assert "published or unpublished during the export" in str(gap["reason"])


# --- copies ---


def copied(bench: Workbench, edit: Callable[[Editors], object]) -> list[Row]:
    """The gaps of a copy during which somebody edits, when all is read."""
    quiet = RecordingTransport(bench.emulator)
    bench.export("quiet", transport=quiet)
    reads = next(at for at, line in enumerate(quiet.log) if line in quiet.log[:at] or NEWEST in line)
    answered = 0

    def hook(_: RecordingTransport, __: httpx.Request, done: bool) -> None:
        nonlocal answered
        answered += done
        if done and answered == reads:
            edit(Editors(bench))

    snapshot, _ = bench.copy(transports=(RecordingTransport(bench.emulator, hook), None))
    return [*snapshot.gaps()]


@pytest.mark.parametrize("fill", [fill_scheduled, fill_short_queue])
@pytest.mark.parametrize(
    ("edit", "cells"),
    [
        (publish(LATE_ENTRY), {("entries", "page", "en-us")}),
        (publish_asset(LATE_ASSET), {("assets", None, None)}),
        (comes_due, {("entries", "page", "en-us"), ("schedules", None, None)}),
        (cancelled, {("schedules", None, None)}),
        (lambda _: None, set()),
    ],
)
def test_what_is_published_during_a_copy_is_a_gap(
    fill: Callable[[Stack], None], edit: Callable[[Editors], object], cells: set[tuple[str, str, str]]
) -> None:
    """The target was written by then. It names the cell and the objects, and the queue only for what waits."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(page_rows=5))
        gaps = copied(bench, edit)
        assert {(gap["kind"], gap.get("content_type"), gap.get("locale")) for gap in gaps} == cells
        named = "".join(str(gap["reason"]) for gap in gaps if gap["kind"] != "schedules")
        assert all(kind == "schedules" or "blt" in named for kind, *_ in cells)


def test_what_a_copy_has_read_already_is_no_gap(bench: Workbench) -> None:
    """Published after the queue was read, and before the entry was."""
    seen = 0

    def hook(transport: RecordingTransport, _: httpx.Request, done: bool) -> None:
        nonlocal seen
        if not done and "/entries?" in transport.log[-1]:
            seen += 1
            if seen == 1:
                publish(LATE_ENTRY)(Editors(bench))

    snapshot, _ = bench.copy(transports=(RecordingTransport(bench.emulator, hook), None))
    assert seen
    assert [*snapshot.gaps()] == []
