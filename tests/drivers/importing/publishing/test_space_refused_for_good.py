"""What a space refuses to publish or to take for good is not sent again by each update, and told each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import content_type, entry, field, link, store_file
from space_bench import TARGET, make_space_bench
from space_editor import edit

from stackferry.emulators.contentful import Switches
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space

AGAIN = "; it was not asked for again (--only {} does that)"


class Nights:
    """A snapshot that is imported again and again into the same place, each time with a new checkpoint."""

    def __init__(
        self, root: Path, fill: Callable[[Space, Environment], None], switches: Switches | None = None
    ) -> None:
        self.bench: SpaceBench = make_space_bench(root / "bench", fill, switches=switches)
        self.snapshot = self.bench.export()
        self.number = 0

    def night(self, **options: Any) -> list[str]:
        """Import; the reasons of the gaps of what was refused."""
        self.number += 1
        self.bench.emulator.log.clear()
        identities, options = self.bench.root / "map", {"on_conflict": "update", **options}
        found = self.bench.import_snapshot(
            self.snapshot, f"state{self.number}", identities=lambda *_: identities, **options
        )
        reasons = (str(gap["reason"]) for gap in found.gaps if gap["kind"] != "references")
        return [re.sub(r" \[request \w+\]", "", reason) for reason in reasons]

    def is_quiet(self, first: list[str], kind: str) -> bool:
        """Whether two more nights tell the same gaps and write nothing."""
        told = [f"{reason}{AGAIN.format(kind)}" for reason in first]
        return all((self.night(), self.bench.writes()) == (told, 0) for _ in range(2))

    def edit(self, path: str, body: dict[str, Any], *more: tuple[str, str, Any]) -> None:
        edit(self.bench, ("PUT", path, body), *more, key=TARGET)


def leads_nowhere(_: Space, environment: Environment) -> None:
    """An entry that is live and links to what is nowhere."""
    environment.put_content_type(content_type("page", field("next", "Link", linkType="Entry")))
    environment.put_entry(entry("broken", {"title": "Broken", "next": link("Entry", "gone")}, 2, 1))
    environment.put_entry(entry("sound", {"title": "Sound"}, 2, 1))


def edited_since(space: Space, environment: Environment) -> None:
    """The same, where an edit above that links to nothing."""
    leads_nowhere(space, environment)
    live = entry("broken", {"title": "Broken", "next": link("Entry", "gone")}, 3, 2)
    environment.put_entry(entry("broken", {"title": "Mended"}, 5, 2), live)


@pytest.mark.parametrize("fill", [leads_nowhere, edited_since])
def test_an_entry_that_cannot_be_published(root: Path, fill: Callable[[Space, Environment], None]) -> None:
    nights = Nights(root, fill)
    first = nights.night()
    assert len(first) == 1
    assert nights.is_quiet(first, "entries")
    assert nights.bench.target.master.entries["sound"].state == "published"


def test_an_import_of_some_entries_does_not_ask_again(root: Path) -> None:
    """It writes some kinds alone, which nobody has named."""
    nights = Nights(root, leads_nowhere)
    some: Any = {"selection": Selection(types=frozenset({"page"}))}
    (first,) = nights.night(**some)
    for _ in range(2):
        assert nights.night(**some) == [f"{first}{AGAIN.format('entries')}"]
        assert nights.bench.writes() == 0


def test_what_is_live_is_too_large_and_its_edit_is_not(root: Path) -> None:
    def fill(_: Space, environment: Environment) -> None:
        environment.put_content_type(content_type("page"))
        live = entry("broken", {"title": "herring " * 30}, 3, 2)
        environment.put_entry(entry("broken", {"title": "Short"}, 5, 2), live)

    nights = Nights(root, fill)
    nights.bench.emulator.limits.entry_bytes = 200
    first = nights.night()
    assert len(first) == 1
    assert nights.is_quiet(first, "entries")
    assert nights.bench.target.master.entries["broken"].body["fields"] == {"title": {"en-US": "Short"}}


def test_it_is_published_once_what_it_links_to_is_there(root: Path) -> None:
    nights = Nights(root, leads_nowhere)
    nights.night()
    nights.night()
    nights.bench.target.master.put_entry(entry("gone", {"title": "Back"}, 2, 1))
    assert nights.night() == []
    assert nights.bench.target.master.entries["broken"].state == "published"
    assert (nights.night(), nights.bench.writes()) == ([], 0)


@pytest.mark.parametrize("link_check", ["exists", "published"])
def test_what_a_later_snapshot_brings_counts_in_the_night_that_brings_it(root: Path, link_check: Any) -> None:
    """A chain of entries, two of which link to each other, waits for an entry that the later snapshot has."""

    def fill(space: Space, environment: Environment) -> None:
        leads_nowhere(space, environment)
        fields = (field("next", "Link", linkType="Entry"), field("more", "Link", linkType="Entry"))
        environment.put_content_type(content_type("page", *fields))
        links = {"next": link("Entry", "gone"), "more": link("Entry", "twin")}
        environment.put_entry(entry("broken", {"title": "Broken", **links}, 2, 1))
        for uid, other in (("twin", "broken"), ("far", "twin"), ("away", "far")):
            environment.put_entry(entry(uid, {"title": uid, "next": link("Entry", other)}, 2, 1))

    nights = Nights(root, fill, Switches(link_check=link_check))
    assert nights.is_quiet(nights.night(), "entries")
    nights.bench.source.master.put_entry(entry("gone", {"title": "Brought"}, 2, 1))
    nights.snapshot = nights.bench.export("later")
    assert nights.night() == []
    assert {one.state for one in nights.bench.target.master.entries.values()} == {"published"}
    assert (nights.night(), nights.bench.writes()) == ([], 0)


def test_it_is_asked_for_where_somebody_has_edited_it(root: Path) -> None:
    """In the target the link is taken away and the entry published: the update brings the link back and tries."""
    nights = Nights(root, leads_nowhere)
    first = nights.night()
    nights.edit("/entries/broken", {"fields": {"title": {"en-US": "By hand"}}})
    assert nights.night() == first
    assert nights.is_quiet(first, "entries")


def test_it_is_asked_for_where_the_kind_is_named(root: Path) -> None:
    nights = Nights(root, leads_nowhere)
    first = nights.night()
    assert nights.night(only=frozenset({"entries"})) == first
    assert nights.bench.writes() > 0
    assert nights.is_quiet(first, "entries")


def test_it_is_asked_for_where_the_snapshot_has_changed(root: Path) -> None:
    nights = Nights(root, leads_nowhere)
    nights.night()
    nights.bench.source.master.put_entry(entry("broken", {"title": "Mended"}, 4, 3))
    nights.snapshot = nights.bench.export("later")
    assert nights.night() == []
    assert nights.bench.target.master.entries["broken"].state == "published"


def test_a_value_that_another_entry_has_is_asked_for_again(root: Path) -> None:
    """Which one that is, the service does not say, and it may be gone by the next night.

    The type belongs to a template, so its rules cannot be softened.
    """
    page = content_type(
        "page", field("slug", validations=[{"unique": True}]), metadata={"template": link("Template", "blog")}
    )

    def fill(_: Space, environment: Environment) -> None:
        environment.put_content_type(page)
        environment.put_entry(entry("ours", {"title": "Ours", "slug": "herring"}, 2, 1))

    nights = Nights(root, fill)
    target = nights.bench.target.master
    target.put_content_type(page)
    target.put_entry(entry("theirs", {"title": "Theirs", "slug": "herring"}, 2, 1))
    assert any("Same field value" in reason or "unique" in reason for reason in nights.night())
    del target.entries["theirs"]
    assert nights.night() == []
    assert target.entries["ours"].state == "published"


@pytest.mark.parametrize("is_edited", [False, True])
def test_a_content_type_that_the_target_refuses(root: Path, is_edited: bool) -> None:
    """It has more fields than the space takes; of an edited one only the edit has."""

    def fill(_: Space, environment: Environment) -> None:
        large = content_type("page", *(field(f"more{number}") for number in range(9)), version=5, published=2)
        small = content_type("page", version=3, published=2)
        environment.put_content_type(large, small if is_edited else None)
        environment.put_content_type(content_type("sound"))

    nights = Nights(root, fill)
    nights.bench.emulator.limits.fields = 5
    first = nights.night()
    assert len(first) == 1
    assert nights.is_quiet(first, "content_types")
    nights.bench.emulator.limits.fields = 50
    assert nights.night(only=frozenset({"content_types"})) == []
    assert (nights.night(), nights.bench.writes()) == ([], 0)


def too_long(space: Space, environment: Environment) -> None:
    """In the campaign an entry has a title that is longer than any may be."""
    fill_every_kind(space, environment)
    body: Any = environment.releases["campaign"].entries["hen"].body
    body["fields"]["title"]["en-US"] = "herring " * 40


def too_long_and_archived(space: Space, environment: Environment) -> None:
    too_long(space, environment)
    raw: Any = environment.releases["campaign"].raw
    raw["sys"]["status"] = "archived"


def too_long_with_a_file(space: Space, environment: Environment) -> None:
    """… and an asset, which has a file of its own there."""
    too_long(space, environment)
    picture: Any = environment.releases["campaign"].assets["picture"].body
    path = store_file(space, f"/{space.id}/new/token/new.png", b"new")
    picture["fields"]["title"]["en-US"] = "herring " * 40
    file: Any = {"fileName": "new.png", "contentType": "image/png", "url": path, "details": {"size": 3}}
    picture["fields"]["file"]["en-US"] = file


@pytest.mark.parametrize("fill", [too_long, too_long_and_archived, too_long_with_a_file])
def test_a_body_in_a_release(root: Path, fill: Callable[[Space, Environment], None]) -> None:
    nights = Nights(root, fill)
    first = nights.night()
    assert any("release" in reason for reason in first)
    second = nights.night()
    assert nights.bench.writes() == 0
    assert (nights.night(), nights.bench.writes()) == (second, 0)
    assert [reason.partition(";")[0] for reason in second if "not asked" in reason] == [
        reason.partition(";")[0] for reason in first if "refused it" in reason
    ]


def test_a_body_in_a_release_that_somebody_has_changed(root: Path) -> None:
    nights = Nights(root, too_long)
    first = nights.night()
    nights.night()
    releases = nights.bench.target.master.releases.values()
    (hen,) = (one.entries["hen"] for one in releases if one.raw["title"] == "Campaign")
    hen.body = {"fields": {"title": {"en-US": "By hand"}}}
    hen.sys = {**hen.sys, "version": hen.version + 1}
    assert nights.night() == first
    assert nights.bench.writes() == 1


def test_a_widget_that_the_target_lacks(root: Path) -> None:
    """What was written without it is left so, until somebody changes it or the app is there."""

    def fill(_: Space, environment: Environment) -> None:
        environment.put_content_type(content_type("page"))
        layout: Any = {
            "sys": {
                "type": "EditorInterface",
                "id": "default",
                "version": 2,
                "contentType": link("ContentType", "page"),
            },
            "controls": [{"fieldId": "title", "widgetId": "own-app", "widgetNamespace": "app"}],
        }
        environment.put_editor_interface(layout)

    nights = Nights(root, fill, Switches(unknown_widgets="refused"))
    first = nights.night()
    assert first == ["the target has no app 'own-app': it was left out"]
    for _ in range(2):
        assert (nights.night(), nights.bench.writes()) == (first, 0)
    with_it = nights.bench.import_snapshot(nights.snapshot, f"state{nights.number}")
    assert [gap["reason"] for gap in with_it.gaps] == first
    layout: Any = nights.bench.target.master.editor_interfaces["page"]
    layout["sidebar"] = [{"widgetId": "publication-widget", "widgetNamespace": "sidebar-builtin"}]
    assert nights.night() == first
    assert "sidebar" not in nights.bench.target.master.editor_interfaces["page"]
    app: Any = {"type": "AppInstallation", "appDefinition": link("AppDefinition", "own-app")}
    nights.bench.target.master.app_installations["own-app"] = {"sys": app, "parameters": {}}
    assert nights.night() == []


def test_an_entry_that_has_another_type_in_the_target(root: Path) -> None:
    def fill(_: Space, environment: Environment) -> None:
        environment.put_content_type(content_type("page"))
        environment.put_content_type(content_type("note"))
        environment.put_entry(entry("one", {"title": "One"}, 2, 1, kind="note"))

    nights = Nights(root, fill)
    nights.bench.target.master.put_content_type(content_type("page"))
    nights.bench.target.master.put_entry(entry("one", {"title": "Other"}, 2, 1))
    first = nights.night()
    assert len(first) == 1
    assert "of the type 'page'" in first[0]
    assert (nights.night(), nights.bench.writes()) == (first, 0)
    assert nights.bench.target.master.entries["one"].version == 2


def edited_in_a_circle(_: Space, environment: Environment) -> None:
    """Two that were edited since they went live and link to each other, one to what is nowhere; and one to them."""
    other = field("also", "Link", linkType="Entry")
    environment.put_content_type(content_type("page", field("next", "Link", linkType="Entry"), other))
    for uid, to, also in (("one", "two", "gone"), ("two", "one", "one")):
        body = {"title": uid, "next": link("Entry", to), "also": link("Entry", also)}
        environment.put_entry(entry(uid, {**body, "title": "edited"}, 5, 2), entry(uid, body, 3, 2))
    environment.put_entry(entry("third", {"title": "third", "next": link("Entry", "two")}, 2, 1))


def test_edits_above_what_was_refused_do_not_ask_for_each_other_again(root: Path) -> None:
    """Each night wrote what is live of both and the edit above it: a new version, which was taken for a change."""
    switches = Switches(link_check="published", bulk_atomic=True)
    nights = Nights(root, edited_in_a_circle, switches)
    assert len(nights.night()) == 3
    assert len(nights.night()) == 3
    assert (len(nights.night()), nights.bench.writes()) == (3, 0)
