"""A target that takes some of the locales only: what is in the others arrives, and what is in these is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field, locale
from space_bench import SpaceBench, make_space_bench

from stackferry.emulators.contentful import Fault
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space

NO_LOCALE = "the target has no such locale"
FULL = b'{"sys": {"type": "Error", "id": "AccessDenied"}, "message": "You are not authorized or exceeded your limits."}'
BAD = b'{"sys": {"type": "Error", "id": "ValidationFailed"}, "message": "no such code"}'


def fill(_: Space, environment: Environment) -> None:
    """Two entries: one live in all three locales, one live in the first and edited in the second."""
    environment.put("locales", locale("en-US", default=True))
    for code in ("de", "fr"):
        environment.put("locales", locale(code, "en-US"))
    defaults = field("mood", localized=True, defaultValue={"en-US": "calm", "fr": "calme"})
    environment.put_content_type(content_type("page", defaults))
    words: dict[str, Any] = {"title": {"en-US": "tide", "de": "Flut", "fr": "marée"}}
    environment.put_entry(entry("all", words, 2, 1))
    states = {"en-US": "published", "de": "draft", "fr": "draft"}
    environment.put_entry(entry("first", words, 3, 2, status=states))


def told(bench: SpaceBench, *arguments: Any, **options: Any) -> list[tuple[object, object, object]]:
    gaps = bench.import_snapshot(*arguments, **options).gaps
    return sorted((gap["kind"], gap["uid"], gap.get("path", "")) for gap in gaps)


LOST = [
    ("content_types", "page", "/fields/1/defaultValue/fr"),
    ("entries", "all", "/fields/title/fr"),
    ("entries", "first", "/fields/title/fr"),
    ("locales", "fr", ""),
]


@pytest.mark.parametrize(("status", "body"), [(403, FULL), (422, BAD)], ids=["no room", "refused"])
def test_all_but_the_values_in_that_locale_arrives(root: Path, status: int, body: bytes) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    full = Fault(
        method="POST", path="/locales$", after=1, times=2, carried_out=False, status=status, body=body
    )
    bench.emulator.faults.add(full)
    assert told(bench, snapshot) == LOST
    target = bench.target.master
    for uid, live in (("all", {"en-US", "de"}), ("first", {"en-US"})):
        fields: Any = target.entries[uid].body["fields"]
        assert fields["title"] == {"en-US": "tide", "de": "Flut"}
        assert target.entries[uid].live_locales == live
    verified = bench.verify(snapshot)
    assert verified.differences == []
    assert len(verified.gaps) == len(LOST)

    bench.emulator.log.clear()
    assert told(bench, snapshot, "again", on_conflict="update") == LOST
    assert [one.path.rpartition("/")[2] for one in bench.emulator.log if one.method != "GET"] == ["locales"]
    bench.emulator.faults.clear()
    assert told(bench, snapshot, "whole", on_conflict="update") == []
    assert bench.verify(snapshot, "whole").differences == []
    assert target.entries["all"].live_locales == {"en-US", "de", "fr"}


def test_it_says_that_the_plan_may_have_no_room(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    bench.emulator.limits = replace(bench.emulator.limits, locales=2)
    (gap,) = [one for one in bench.import_snapshot(snapshot).gaps if one["kind"] == "locales"]
    assert "the plan has no room for it" in str(gap["reason"])


def test_the_locales_that_are_asked_for_come_first(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    bench.emulator.limits = replace(bench.emulator.limits, locales=2)
    bench.import_snapshot(snapshot, selection=Selection(locales=frozenset({"en-US", "fr"})))
    assert sorted(map(str, bench.target.master.locale_codes)) == ["en-US", "fr"]
