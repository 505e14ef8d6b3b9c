"""The second look at the end of an export: what it costs, what it finds, and what it says of what never rests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from linked_stack import fill_linked
from random_stack import STAMPS
from small_stack import ABROAD, EGG, HEN, LIVE, fill_small
from workbench import Cut, RecordingTransport, file_digests, make_workbench, memory_directory

from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.drivers.reading.second_look import ROUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from workbench import Workbench

    from stackferry.drivers.events import Event
    from stackferry.emulators.contentstack import Stack

EVERYWHERE = {"delete_all_localized": "true"}
LOOK = "desc=updated_at"
ENTRIES = "/v3/content_types/page/entries?locale=en-us"


def fill_large(stack: Stack) -> None:
    """Of one type and language more entries than a page holds."""
    fill_small(stack)
    for number in range(150):
        row: Any = {"uid": f"bltchick{number:08}", "title": f"Chick {number}", "tags": [], "_version": 1}
        row["partner"] = [{"uid": HEN, "_content_type_uid": "page"}]
        stack.main.put_entry_version("page", "en-us", {**row, "publish_details": [], **STAMPS})


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.fixture
def large() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_large)


def before(part: str, edit: Callable[[int], object], times: int = 1) -> Callable[..., None]:
    """A hook that edits before each of the first requests whose line holds `part`."""
    seen = 0

    def hook(transport: RecordingTransport, _: httpx.Request, done: bool) -> None:
        nonlocal seen
        if not done and part in transport.log[-1] and seen < times:
            seen += 1
            edit(seen)

    return hook


def title(editors: Editors, uid: str, text: str) -> int:
    sent = {"entry": {"title": text}}
    return editors.call("PUT", f"/content_types/page/entries/{uid}", json=sent).status_code


def edits_at_second_listing(editors: Editors, uid: str) -> tuple[Callable[..., None], list[int]]:
    """A hook that edits before the first listing of entries that is asked for again; and the numbers of all of them."""
    seen: list[int] = []

    def edit(number: int) -> None:
        seen.append(number)
        if number == 2:
            title(editors, uid, "Edited")

    return before(ENTRIES, edit, times=99), seen


def test_of_a_long_listing_the_newest_rows_are_asked_for(large: Workbench) -> None:
    transport = RecordingTransport(large.emulator)
    large.export(transport=transport)
    assert len([line for line in transport.log if LOOK in line]) == 1
    assert len([line for line in transport.log if ENTRIES in line]) == 3


def test_what_is_read_again_is_counted_once(workbench: Workbench) -> None:
    done: Counter[str] = Counter()
    total: Counter[str] = Counter()

    def count(event: Event) -> None:
        done[event.kind] += event.done if event.stage == "export" else 0
        total[event.kind] += event.total if event.stage == "export" else 0

    hook, seen = edits_at_second_listing(Editors(workbench, 1), HEN)
    made = workbench.export(
        transport=RecordingTransport(workbench.emulator, hook), emit=count, versions="all"
    )
    assert len(seen) > 1
    held = Counter(dict.fromkeys(done, 0))
    for stream, records in made.record_counts().items():
        held[stream.kind] += records
    assert {kind: number for kind, number in done.items() if number > held[kind]} == {}
    assert done["entries"] == total["entries"] == held["entries"]


@pytest.mark.parametrize("uid", [HEN, "bltchick00000149"])
def test_an_edit_of_a_long_listing_is_read(large: Workbench, uid: str) -> None:
    editors = Editors(large, 1)
    hook = before(LOOK, lambda _: title(editors, uid, "Edited"))
    made = large.export("made", transport=RecordingTransport(large.emulator, hook))
    assert file_digests(made.root) == file_digests(large.export("fresh").root)


def test_deleted_and_created_in_a_long_listing(large: Workbench) -> None:
    """The count is the same."""
    editors = Editors(large, 1)

    def exchange(_: int) -> None:
        editors.call("DELETE", "/content_types/page/entries/bltchick00000000")
        link = [{"uid": HEN, "_content_type_uid": "page"}]
        made = editors.call(
            "POST", "/content_types/page/entries", json={"entry": {"title": "New", "partner": link}}
        )
        assert made.status_code == 201

    made = large.export("made", transport=RecordingTransport(large.emulator, before(LOOK, exchange)))
    assert file_digests(made.root) == file_digests(large.export("fresh").root)


def test_what_never_rests_is_a_gap(workbench: Workbench) -> None:
    """Its rounds are few, and the gap says type, language and what to do."""
    editors = Editors(workbench, 1)
    hook = before(ENTRIES, lambda number: title(editors, HEN, f"Hen {number}"), times=99)
    transport = RecordingTransport(workbench.emulator, hook)
    snapshot = workbench.export(transport=transport)
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["content_type"], gap["locale"]) == ("entries", "page", "en-us")
    assert "edited again and again" in str(gap["reason"])
    assert HEN in str(gap["reason"])
    assert len([line for line in transport.log if ENTRIES in line]) == 1 + ROUNDS + 1


@pytest.mark.parametrize(
    "options",
    [{"types": frozenset({"page"})}, {"query": '{"title":{"$regex":"."}}'}, {"limit": 2}],
)
def test_a_narrowed_export_follows_what_an_editor_has_linked(options: dict[str, Any]) -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_linked)
        editors = Editors(workbench, 1)
        quiet = RecordingTransport(workbench.emulator)
        workbench.export("quiet", transport=quiet, **options)
        first = next(number for number, line in enumerate(quiet.log) if line in quiet.log[:number])
        hook = after(first, lambda: editors.work(6))
        made = workbench.export("made", transport=RecordingTransport(workbench.emulator, hook), **options)
        assert sum(editors.done.values())
        assert file_digests(made.root) == file_digests(workbench.export("fresh", **options).root)


def after(number: int, edit: Callable[[], object], cut: int = 0) -> Callable[..., None]:
    """A hook that edits after so many requests, and dies after `cut` of them."""
    answered = 0

    def hook(_: RecordingTransport, __: httpx.Request, done: bool) -> None:
        nonlocal answered
        answered += done
        if done and answered == number:
            edit()
        if cut and answered >= cut:
            raise Cut

    return hook


def test_an_incremental_export_trusts_no_base_for_what_was_edited(workbench: Workbench) -> None:
    base = workbench.export("base", versions="all")
    editors = Editors(workbench, 2)

    def edit() -> None:
        assert title(editors, HEN, "Hen, once more") == 200
        where = {"entry": {"environments": [LIVE], "locales": ["en-us"]}, "locale": "en-us", "version": 2}
        assert (
            editors.call("POST", f"/content_types/page/entries/{HEN}/publish", json=where).status_code < 300
        )
        assert (
            editors.call("DELETE", f"/content_types/page/entries/{ABROAD}", params=EVERYWHERE).status_code
            < 300
        )

    hook = after(20, edit)
    transport = RecordingTransport(workbench.emulator, hook)
    made = workbench.export("made", transport=transport, base=BaseSnapshot(base.root), versions="all")
    assert file_digests(made.root) == file_digests(workbench.export("fresh", versions="all").root)


@pytest.mark.parametrize("step", [3, 7])
def test_an_export_that_dies_while_it_reads_again_resumes_to_the_edited_source(step: int) -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        quiet = RecordingTransport(workbench.emulator)
        workbench.export("quiet", transport=quiet)
        first = next(number for number, line in enumerate(quiet.log) if line in quiet.log[:number])
        editors = Editors(workbench, 3)
        hook = after(first, lambda: editors.work(8), cut=first + 1)
        with pytest.raises(Cut):
            workbench.export("made", transport=RecordingTransport(workbench.emulator, hook))
        for number in range(step, 99, step):
            try:
                made = workbench.export(
                    "made", transport=RecordingTransport(workbench.emulator, after(0, print, cut=number))
                )
            except Cut:
                continue
            break
        assert file_digests(made.root) == file_digests(workbench.export("fresh").root)


def test_what_is_edited_during_a_copy_is_a_gap(workbench: Workbench) -> None:
    hook, seen = edits_at_second_listing(Editors(workbench, 1), EGG)
    snapshot, result = workbench.copy(transports=(RecordingTransport(workbench.emulator, hook), None))
    assert len(seen) == 2
    (gap,) = snapshot.gaps()
    assert (gap["kind"], gap["content_type"], gap["locale"]) == ("entries", "page", "en-us")
    assert "edited while it was copied" in str(gap["reason"])
    assert EGG in str(gap["reason"])
    assert gap in result.gaps
