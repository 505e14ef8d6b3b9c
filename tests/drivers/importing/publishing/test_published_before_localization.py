"""A language that was localized after it was published shows what it fell back to, until it is published itself.

The judge is the emulator's own table of what is live: whose document, in which version.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest
from random_stack import STAMPS, TITLE
from workbench import (
    SOURCE,
    TARGET,
    TOKEN,
    Cut,
    RecordingTransport,
    cut_at,
    file_digests,
    make_workbench,
    memory_directory,
    run_async,
)

from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.emulators.contentstack import Switches
from stackferry.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

Reading = Literal["master", "document", "both"]
READINGS: tuple[Reading, ...] = ("master", "document", "both")
LIVE = "bltaaaaaaaaaaaaaa01"
# By language: whose document is live there, in which version.
Shown = dict[str, tuple[str, int]]


def fill(stack: Stack) -> None:
    """Three languages, each falling back to the one before it, and one content type."""
    for code, fallback in (("de-de", "en-us"), ("de-at", "de-de")):
        uid = f"bltlocale{code.replace('-', '')}"
        row: dict[str, Any] = {"code": code, "uid": uid, "name": code, "fallback_locale": fallback}
        stack.main.put_locale({**row, **STAMPS})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    page: dict[str, Any] = {"uid": "page", "title": "Page", "description": "", "schema": [TITLE]}
    page["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    stack.main.put_content_type({**page, **STAMPS})


def ticking_clock() -> Callable[[], datetime]:
    """A second passes between two looks at it, so that no two things happen at the same time."""
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def tick() -> datetime:
        nonlocal now
        now += timedelta(seconds=1)
        return now

    return tick


@pytest.fixture(params=READINGS)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """Run under every reading of who lists such a publication; a second passes between two looks at the clock."""
    with memory_directory() as root:
        made = make_workbench(root, fill, switches=Switches(prelocal_details=request.param))
        made.emulator.clock = ticking_clock()
        yield made


def call(bench: Workbench, method: str, path: str, body: Any, key: str = SOURCE, **params: str) -> Any:
    """One request, as an editor's browser sends it."""

    async def run() -> Any:
        transport = httpx.ASGITransport(app=bench.emulator)
        async with httpx.AsyncClient(transport=transport, base_url=f"{bench.origin}/v3") as client:
            headers = {"api_key": key, "authorization": TOKEN, "content-type": "application/json"}
            answer = await client.request(method, path, headers=headers, params=params, content=dumps(body))
            assert answer.status_code < 300, answer.text
            return answer.json()

    return run_async(run)


ENTRIES = "/content_types/page/entries"


def create(bench: Workbench, title: str, key: str = SOURCE) -> str:
    """An English entry; its path."""
    made = call(bench, "POST", ENTRIES, {"entry": {"title": title}}, key)
    return f"{ENTRIES}/{made['entry']['uid']}"


def write(bench: Workbench, path: str, title: str, locale: str, key: str = SOURCE) -> None:
    """A version of a language; its first one localizes the entry."""
    call(bench, "PUT", path, {"entry": {"title": title}}, key, locale=locale)


def publish(bench: Workbench, path: str, *locales: str, source: str = "en-us", key: str = SOURCE) -> None:
    """Publish the latest version of a language's document in some languages."""
    sent = {"entry": {"environments": ["live"], "locales": [*locales]}, "locale": source}
    call(bench, "POST", f"{path}/publish", sent, key)


def shown(bench: Workbench, key: str = TARGET) -> dict[str, Shown]:
    """What is live of each entry, by its English title."""
    stack = bench.source if key == SOURCE else bench.target
    return {
        str(entry.documents["en-us"].latest["title"]): {
            locale: (live.source, live.version) for (_, locale), live in sorted(entry.live.items())
        }
        for entry in stack.main.entries["page"].values()
    }


def published_then_localized(bench: Workbench, title: str = "Meadow") -> str:
    path = create(bench, title)
    publish(bench, path, "en-us", "de-de")
    write(bench, path, f"{title} auf Deutsch", "de-de")
    return path


def test_the_draft_of_a_language_localized_later_does_not_go_live(bench: Workbench) -> None:
    published_then_localized(bench)
    assert shown(bench, SOURCE) == {"Meadow": {"de-de": ("en-us", 1), "en-us": ("en-us", 1)}}
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot)
    assert shown(bench) == shown(bench, SOURCE)
    assert imported.gaps == []
    assert bench.verify(snapshot).differences == []


def test_verify_sees_that_the_draft_is_live_instead(bench: Workbench) -> None:
    """Although its number is that of the version which should be."""
    published_then_localized(bench)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    (entry,) = bench.target.main.entries["page"].values()
    publish(bench, f"{ENTRIES}/{entry.uid}", "de-de", source="de-de", key=TARGET)
    assert shown(bench)["Meadow"]["de-de"] == ("de-de", 1)
    assert [row["kind"] for row in bench.verify(snapshot).differences] == ["publications"] * 2


def test_a_language_that_was_published_itself_since_shows_its_own(bench: Workbench) -> None:
    path = published_then_localized(bench)
    publish(bench, path, "de-de", source="de-de")
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot)
    assert shown(bench) == {"Meadow": {"de-de": ("de-de", 1), "en-us": ("en-us", 1)}}
    assert imported.gaps == []
    assert bench.verify(snapshot).differences == []


def test_an_older_version_stays_live_whatever_came_later(bench: Workbench) -> None:
    """Of the master too, and of a language that falls back to one which itself was localized."""
    path = published_then_localized(bench)
    write(bench, path, "Wiese 2", "de-de")
    publish(bench, path, "de-at", source="de-de")
    write(bench, path, "Meadow", "en-us")
    write(bench, path, "Wies'n", "de-at")
    write(bench, path, "Wies'n 2", "de-at")
    expected = {"de-at": ("de-de", 2), "de-de": ("en-us", 1), "en-us": ("en-us", 1)}
    assert shown(bench, SOURCE) == {"Meadow": expected}
    snapshot = bench.export(versions="all")
    imported = bench.import_snapshot(snapshot, versions="all")
    assert shown(bench) == {"Meadow": expected}
    assert imported.gaps == []
    assert bench.verify(snapshot, versions="all").differences == []


def test_a_language_without_a_document_shows_the_nearest_one_that_there_was(bench: Workbench) -> None:
    path = create(bench, "Meadow")
    publish(bench, path, "de-at")
    write(bench, path, "Wiese", "de-de")
    other = published_then_localized(bench, "Hill")
    publish(bench, other, "de-at", source="de-de")
    expected = {
        "Meadow": {"de-at": ("en-us", 1)},
        "Hill": {"de-at": ("de-de", 1), "de-de": ("en-us", 1), "en-us": ("en-us", 1)},
    }
    assert shown(bench, SOURCE) == expected
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot)
    assert shown(bench) == expected
    assert imported.gaps == []
    assert bench.verify(snapshot).differences == []


def test_an_equal_target_is_not_published_again(bench: Workbench) -> None:
    published_then_localized(bench)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = bench.writes()
    again = bench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert (bench.writes(), again.gaps) == (before, [])


@pytest.mark.parametrize("draft_is_live", [False, True])
def test_where_the_target_is_localized_already_it_is_a_gap(bench: Workbench, draft_is_live: bool) -> None:
    """No call publishes what a localized language fell back to: none is sent, and verify tells the same."""
    published_then_localized(bench)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    (entry,) = bench.target.main.entries["page"].values()
    del entry.live[next(place for place in entry.live if place[1] == "de-de")]
    if draft_is_live:
        publish(bench, f"{ENTRIES}/{entry.uid}", "de-de", source="de-de", key=TARGET)
    before = bench.writes()
    again = bench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert bench.writes() == before
    assert [(gap["kind"], gap["locale"]) for gap in again.gaps] == [("publications", "de-de")]
    assert "localized" in str(again.gaps[0]["reason"])
    assert bench.verify(snapshot, None).differences != []


def test_a_version_that_the_source_has_lost_is_a_gap(bench: Workbench) -> None:
    path = create(bench, "Meadow")
    publish(bench, path, "en-us", "de-de")
    write(bench, path, "Meadow", "en-us")
    publish(bench, path, "en-us")
    write(bench, path, "Wiese", "de-de")
    (entry,) = bench.source.main.entries["page"].values()
    del entry.documents["en-us"].versions[1]
    imported = bench.import_snapshot(bench.export())
    assert shown(bench) == {"Meadow": {"en-us": ("en-us", 1)}}
    assert [(gap["kind"], gap["locale"]) for gap in imported.gaps if gap["kind"] == "publications"] == [
        ("publications", "de-de")
    ]


def test_an_import_that_is_cut_at_any_write_ends_the_same(bench: Workbench) -> None:
    """Also between the publication and the localization."""
    path = published_then_localized(bench)
    write(bench, path, "Wiese 2", "de-de")
    publish(bench, path, "de-at", source="de-de")
    write(bench, path, "Wies'n", "de-at")
    snapshot, number = bench.export(), 0
    while True:
        number += 1
        bench.target = bench.emulator.add_stack(api_key=TARGET, management_token=TOKEN)
        transport = RecordingTransport(bench.emulator, cut_at(number, after=True, only="write"))
        try:
            imported = bench.import_snapshot(snapshot, f"state {number}", transport=transport)
        except Cut:
            imported = bench.import_snapshot(snapshot, f"state {number}")
        else:
            break
        assert shown(bench)["Meadow"]["de-de"] == ("en-us", 1)
        assert shown(bench)["Meadow"]["de-at"][0] == "de-de"
        assert imported.gaps == []
    assert number > 5


def test_an_export_from_a_base_has_the_same_bytes(bench: Workbench) -> None:
    path = create(bench, "Meadow")
    publish(bench, path, "en-us", "de-de")
    base = bench.export("base")
    write(bench, path, "Wiese", "de-de")
    write(bench, path, "Hill", "en-us")
    publish(bench, path, "en-us")
    whole = bench.export("whole")
    found = bench.export("found", base=BaseSnapshot(base.root))
    assert file_digests(found.root) == file_digests(whole.root)
    bench.import_snapshot(found)
    assert shown(bench)["Hill"]["de-de"] == ("en-us", 1)
