"""Bulk operations on entries: used where a space offers them, asked for once where it does not, and never relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field, put_changed, put_entries
from space_bench import make_space_bench
from space_state import differences, state_of
from workbench import Cut, RecordingTransport

from sampling import sampled
from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space

COUNT = 300


def fill(space: Space, environment: Environment) -> None:
    """Enough entries for an operation, two of them with an edit above what is live, and a draft."""
    del space
    environment.put_content_type(content_type("page", field("body", "Text")))
    put_entries(environment, COUNT)
    put_changed(environment, "changed", "old words", "new words")
    environment.put_entry(entry("draft", {"title": "a draft"}))


def fill_changed(space: Space, environment: Environment) -> None:
    """All of them with an edit above what is live: the second bodies are many, too."""
    del space
    environment.put_content_type(content_type("page", field("body", "Text")))
    for number in range(COUNT):
        put_changed(environment, f"changed-{number}", f"old {number}", f"new {number}")


def bench_of(root: Path, *, offered: bool, **more: Any) -> SpaceBench:
    fill_it = more.pop("fill", fill)
    return make_space_bench(root / "bench", fill_it, switches=Switches(bulk_operations=offered, **more))


def sent(bench: SpaceBench, what: str) -> int:
    return len([one for one in bench.emulator.log if one.method != "GET" and what in one.path])


def same(bench: SpaceBench) -> bool:
    sides = (state_of(space, history=False) for space in (bench.source, bench.target))
    return [key for key, *_ in differences(*sides) if key[0] == "entries"] == []


def test_many_entries_take_few_requests(root: Path) -> None:
    bench = bench_of(root, offered=True)
    done = bench.import_snapshot(bench.export())
    assert done.gaps == []
    assert same(bench)
    assert sent(bench, "/bulk_operations/entries/create") == 1
    assert bench.writes() < 30


def test_second_bodies_are_updated_in_bulk(root: Path) -> None:
    bench = bench_of(root, offered=True, fill=fill_changed)
    done = bench.import_snapshot(bench.export())
    assert done.gaps == []
    assert same(bench)
    assert sent(bench, "/bulk_operations/entries/update") == 1
    assert bench.writes() < 30


def test_a_space_without_them_is_asked_once(root: Path) -> None:
    bench = bench_of(root, offered=False, fill=fill_changed)
    snapshot = bench.export()

    def cut(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if "/bulk_actions" in request.url.path and not done:
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, cut))
    done = bench.import_snapshot(snapshot)
    assert done.gaps == []
    assert same(bench)
    assert (sent(bench, "/bulk_operations"), sent(bench, "/uploads")) == (1, 1)


def test_few_entries_are_not_worth_it(root: Path) -> None:
    bench = make_space_bench(root / "bench", lambda _, place: put_entries(place, 20))
    bench.source.master.put_content_type(content_type("page", field("body", "Text")))
    bench.import_snapshot(bench.export())
    assert sent(bench, "/bulk_operations") == 0


ENDS = ("/uploads", "/bulk_operations/entries/create", "/bulk_actions/publish")
KILLS = [(end, after) for after in (True, False) for end in ENDS]


@pytest.mark.parametrize("kill", sampled(KILLS, 3), ids=str)
def test_a_kill_doubles_and_loses_nothing(root: Path, kill: tuple[str, bool]) -> None:
    end, after = kill
    bench = bench_of(root, offered=True)
    snapshot = bench.export()

    def cut(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if request.url.path.endswith(end) and done is after:
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, cut))
    done = bench.import_snapshot(snapshot)
    assert done.gaps == []
    assert same(bench)
    assert bench.writes() < 40


def test_what_an_operation_refuses_is_told_in_the_services_words(root: Path) -> None:
    """An entry that somebody made meanwhile, with other words: it stays, and is named."""
    bench = bench_of(root, offered=True)
    snapshot = bench.export()

    class Editor(RecordingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/bulk_operations/entries/create"):
                bench.target.master.put_entry(entry("draft", {"title": "made meanwhile"}))
            return await super().handle_async_request(request)

    done = bench.import_snapshot(snapshot, transport=Editor(bench.emulator))
    assert [(gap["kind"], gap["uid"]) for gap in done.gaps] == [("entries", "draft")]
    body: Any = bench.target.master.entries["draft"].body
    assert body["fields"]["title"]["en-US"] == "made meanwhile"
    assert len(bench.target.master.entries) == COUNT + 2


def test_what_an_operation_does_not_store_is_told(root: Path) -> None:
    """The service drops a key of each entry that it writes in bulk: its outcome says nothing of that."""
    bench = bench_of(root, offered=True)
    snapshot = bench.export()

    class Dropping(RecordingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await super().handle_async_request(request)
            if request.method == "GET" and "/bulk_operations/" in request.url.path:
                bench.target.master.entries["draft"].body["fields"] = {}
                bench.target.master.changed()
            return answer

    done = bench.import_snapshot(snapshot, transport=Dropping(bench.emulator))
    told = [(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps]
    assert told == [("entries", "draft", "/fields/title")]
    assert "sent was" in str(done.gaps[0]["reason"])


@pytest.mark.parametrize("fill_it", [fill, fill_changed])
@pytest.mark.parametrize("offered", [True, False])
def test_requests_are_counted_as_they_are_sent(root: Path, offered: bool, fill_it: Any) -> None:
    """A dry run counts single writes until an import has found out that operations are offered; the minimum follows."""
    bench = bench_of(root, offered=offered, fill=fill_it)
    snapshot = bench.export()
    found: Any = {"identities": lambda *_: bench.root / "map"}
    planned = requests(bench, snapshot, "dry", **found)
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot, **found)
    assert done.gaps == []
    sent = len(bench.emulator.log)
    fewest = sum(done.minimum.values())
    assert fewest <= sent <= 1.02 * fewest + 2
    assert (planned == sent) is not offered
    if offered:
        bench.target.master.entries.clear()
        bench.target.master.changed()
        planned = requests(bench, snapshot, "dry again", on_conflict="update", **found)
        bench.emulator.log.clear()
        bench.import_snapshot(snapshot, "again", on_conflict="update", **found)
        assert planned == len(bench.emulator.log)


def requests(bench: SpaceBench, snapshot: Any, state: str, **options: Any) -> int:
    """The requests that a dry run counts."""
    (last,) = [line for line in bench.plan(snapshot, state, **options) if "requests" in line]
    counts: Any = last["requests"]
    return sum(counts.values())
