"""What the service refused for good is not sent again by each update: it stays a gap until there is reason to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from small_space import asset, content_type, entry, link, store_file
from space_bench import TARGET, make_space_bench
from space_editor import edit

from stackferry.errors import Different

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space
    from stackferry.model import JsonObject

LONG, APP = "herring " * 30, "app_installations"


def fill(space: Space, environment: Environment) -> None:
    """An app of the marketplace, a webhook, a large entry that is a draft, a large file of an asset that is one."""
    environment.put_content_type(content_type("page"))
    environment.put_entry(entry("large", {"title": LONG}))
    environment.put_entry(entry("small", {"title": "Herring"}))
    path = store_file(space, "/invented-source/map/token/map.png", LONG.encode())
    environment.put_asset(asset("map", {"en-US": path}, version=1, published=0, size=len(LONG)))
    app: JsonObject = {"type": "AppInstallation", "appDefinition": link("AppDefinition", "market")}
    environment.app_installations["market"] = {"sys": app, "parameters": {}}
    space.webhooks["build"] = {
        "sys": {"type": "WebhookDefinition", "id": "build", "version": 0},
        "name": "build",
        "url": "https://hooks.invalid/build",
        "topics": ["*.*"],
    }


@dataclass
class Line:
    """A bench, and the snapshot of its source."""

    bench: SpaceBench
    snapshot: Any

    def import_(self, state: str, **options: Any) -> Any:
        """One of several imports between the same two places: what each finds out is kept for the next."""
        self.bench.emulator.log.clear()
        options = {"on_conflict": "update", **options}
        identities = self.bench.root / "map"
        return self.bench.import_snapshot(self.snapshot, state, identities=lambda *_: identities, **options)


@pytest.fixture
def line(root: Path) -> Line:
    bench = make_space_bench(root / "bench", fill)
    sys: JsonObject = {"type": "AppDefinition", "id": "market"}
    bench.target.organization.app_definitions["market"] = {"name": "Market", "marketplace": True, "sys": sys}
    return Line(bench, bench.export())


def told(result: Any, kind: str) -> list[str]:
    return [str(gap["reason"]) for gap in result.gaps if gap["kind"] == kind]


def refusals(bench: SpaceBench) -> int:
    return sum(one.status >= 400 for one in bench.emulator.log)


def test_an_app_whose_terms_were_not_accepted(line: Line) -> None:
    bench = line.bench
    (first,) = told(line.import_("first"), APP)
    assert "have not been accepted" in first
    assert refusals(bench) == 1
    for state in ("second", "third"):
        assert told(line.import_(state), APP) == [
            f"{first}; it was not asked for again (--only {APP} does that)"
        ]
        assert bench.writes() == 0
    assert "market" not in bench.target.master.app_installations


def test_it_is_asked_for_where_the_terms_are_accepted(line: Line) -> None:
    """Also in the same checkpoint, and once more where somebody has taken the app away again."""
    bench = line.bench
    line.import_("state")
    for _ in range(2):
        assert told(line.import_("state", accept_app_terms=True), APP) == []
        assert bench.target.master.app_installations.pop("market")


def test_an_import_that_names_the_kind_asks_again(line: Line) -> None:
    bench = line.bench
    line.import_("first")
    bench.target.organization.app_definitions["market"]["marketplace"] = False
    assert told(line.import_("second"), APP) != []
    assert told(line.import_("third", only=frozenset({APP})), APP) == []
    assert "market" in bench.target.master.app_installations


def test_what_lacked_a_right_or_room_in_the_plan_is_asked_for_again(line: Line) -> None:
    bench = line.bench
    bench.emulator.limits.webhooks = 0
    assert "the limit of 0" in told(line.import_("first"), "webhooks")[0]
    bench.emulator.limits.webhooks = 5
    assert told(line.import_("second"), "webhooks") == []
    assert "build" in bench.target.webhooks


def test_what_is_too_large_is_sent_once(line: Line) -> None:
    """An entry and a file; each gap says that the target refused it, and where the file was to be."""
    bench = line.bench
    bench.emulator.limits.entry_bytes, bench.emulator.limits.file_bytes = 200, 200
    first = line.import_("first")
    (of_entry,), (of_file,) = told(first, "entries"), told(first, "assets")
    assert "too large" in of_entry
    assert of_file == "the target refused its bytes: the asset was written without it"
    assert any("too large" in reason for reason in told(first, "files"))
    second = line.import_("second")
    assert bench.writes() == 0
    assert told(second, "entries") == [f"{of_entry}; it was not asked for again (--only entries does that)"]
    (of_file,) = told(second, "assets")
    assert "it was not asked for again (--only assets does that)" in of_file
    bench.emulator.limits.entry_bytes = bench.emulator.limits.file_bytes = 10_000
    third = line.import_("third", only=frozenset({"entries", "assets"}))
    assert [gap for gap in third.gaps if gap["kind"] in ("entries", "assets")] == []
    assert bench.verify(line.snapshot, "third").differences == []


def test_what_has_changed_since_is_sent(line: Line) -> None:
    bench = line.bench
    bench.emulator.limits.entry_bytes = 200
    line.import_("first")
    bench.source.master.entries["large"].body["fields"]["title"]["en-US"] = "Shorter"  # type: ignore[index, call-overload] # JSON
    line.snapshot = bench.export("later")
    assert told(line.import_("second"), "entries") == []
    assert bench.target.master.entries["large"].body["fields"] == {"title": {"en-US": "Shorter"}}


def test_a_finished_import_is_given_the_terms(line: Line) -> None:
    """Without --on-conflict, what an option asks for besides is done; the rest stays as it is."""
    line.import_("state", on_conflict="")
    assert told(line.import_("state", on_conflict="", accept_app_terms=True), APP) == []
    assert "market" in line.bench.target.master.app_installations
    assert line.bench.writes() == 1


@pytest.mark.parametrize("is_updated", [False, True])
def test_what_was_not_asked_for_hides_no_edit(line: Line, is_updated: bool) -> None:
    """The target has an older entry than the one that is too large for it; later somebody edits that."""
    bench = line.bench
    bench.target.master.put_content_type(content_type("page"))
    bench.target.master.put_entry(entry("large", {"title": "Older"}))
    bench.emulator.limits.entry_bytes = 200
    for _ in range(1 + is_updated):
        line.import_("state")
    assert "large" in {gap["uid"] for gap in line.import_("state", on_conflict="").gaps}
    ruined = {"fields": {"title": {"en-US": "Ruined"}}}
    edit(bench, ("PUT", "/entries/large", ruined), key=TARGET)
    with pytest.raises(Different, match="large"):
        line.import_("state", on_conflict="")
