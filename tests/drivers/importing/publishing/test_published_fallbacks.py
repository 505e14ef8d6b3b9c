"""What languages fall back to is published in bulk, and exactly, whatever a bulk call makes of an item's version.

The judge is the emulator's own table of what is live: whose document, in which version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from test_published_before_localization import ENTRIES, create, fill, publish, shown, ticking_clock, write
from workbench import SOURCE, TARGET, RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture(params=["latest", "named"])
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """Both readings of the version that a bulk item names."""
    reading: Literal["latest", "named"] = request.param
    with memory_directory() as root:
        made = make_workbench(root, fill, switches=Switches(bulk_fallback_version=reading))
        made.emulator.clock = ticking_clock()
        yield made


def import_logged(bench: Workbench, **options: Any) -> list[str]:
    """The publish calls of an import that shows everything as the source does."""
    transport = RecordingTransport(bench.emulator)
    snapshot = bench.export(f"export {bench.writes()}")
    imported = bench.import_snapshot(snapshot, f"state {bench.writes()}", transport=transport, **options)
    assert [gap for gap in imported.gaps if gap["kind"] == "publications"] == []
    assert shown(bench) == shown(bench, SOURCE)
    return [call for call in transport.log if call.startswith("POST") and call.endswith("/publish")]


def test_twelve_fallbacks_take_two_bulk_calls(bench: Workbench) -> None:
    for number in range(12):
        publish(bench, create(bench, f"Meadow {number}"), "de-de")
    assert import_logged(bench) == ["POST /v3/bulk/publish"] * 2


def test_a_fallback_goes_with_what_the_language_shows_of_its_own(bench: Workbench) -> None:
    """Also one of a language that is not the master."""
    path, other = create(bench, "Meadow"), create(bench, "Hill")
    write(bench, path, "Wiese", "de-de")
    write(bench, other, "Hügel", "de-de")
    write(bench, other, "Bichl", "de-at")
    publish(bench, path, "de-at", source="de-de")
    publish(bench, other, "de-at", source="de-at")
    assert import_logged(bench) == ["POST /v3/bulk/publish"]
    assert {name: live["de-at"] for name, live in shown(bench).items()} == {
        "Meadow": ("de-de", 1),
        "Hill": ("de-at", 1),
    }


def test_an_older_version_and_a_farther_language_go_alone(bench: Workbench) -> None:
    """Austrian readers see the English text, although there is a German one by now."""
    older, farther = create(bench, "Meadow"), create(bench, "Hill")
    publish(bench, older, "de-de")
    write(bench, older, "Meadow", "en-us")
    publish(bench, farther, "de-at")
    write(bench, farther, "Hügel", "de-de")
    calls = import_logged(bench)
    assert len(calls) == 2
    assert "POST /v3/bulk/publish" not in calls


def test_a_target_that_is_localized_further_is_shown_the_right_document(bench: Workbench) -> None:
    """Its editors wrote a German text: Austrian would show that if a bulk call published the latest."""
    publish(bench, create(bench, "Meadow"), "de-at")
    import_logged(bench)
    (entry,) = bench.target.main.entries["page"].values()
    write(bench, f"{ENTRIES}/{entry.uid}", "Wiese", "de-de", TARGET)
    entry.live.clear()
    calls = import_logged(bench, on_conflict="update")
    assert calls == [f"POST /v3{ENTRIES}/{entry.uid}/publish"]


def test_languages_that_fall_back_elsewhere_in_the_target_are_published_singly(bench: Workbench) -> None:
    """Austrian falls back to German in the source, and to English in the target."""
    path = create(bench, "Meadow")
    write(bench, path, "Wiese", "de-de")
    publish(bench, path, "de-at", source="de-de")
    for code in ("de-de", "de-at"):
        row = dict(bench.source.main.locales[code])
        bench.target.main.put_locale({**row, "fallback_locale": "en-us"})
    calls = import_logged(bench, on_conflict="skip")
    assert "POST /v3/bulk/publish" not in calls
    assert len(calls) == 1
