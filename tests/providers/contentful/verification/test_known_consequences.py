"""What follows from a gap is no difference; and a name is one only where it can mean something of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import OBJECTS, fill_every_kind
from small_space import content_type, locale
from space_bench import SOURCE, make_space_bench

from stackferry.emulators.contentful import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space

NOT_VALID = b'{"sys": {"type": "Error", "id": "ValidationFailed"}, "message": "Size must be at most 50"}'
REFUSED = {
    "a type": ("PUT", "/content_types/page$"),
    "the publishing of a type": ("PUT", "/content_types/page/published$"),
    "a locale": ("POST", "/locales$"),
    "an editor interface": ("PUT", "/editor_interface$"),
    "the saved views": ("PUT", "/ui_config$"),
    "a body in a release": ("PUT", "/releases/[^/]+/entries/"),
    "an entry in a release": ("PUT", "/entries/fox$"),
    "an asset": ("PUT", "/environments/master/assets/picture$"),
    "processing": ("PUT", "/assets/picture/files/[^/]+/process$"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_follows_from_a_refusal_is_known(root: Path, what: str) -> None:
    """Concepts that no entry uses any more, a release without items, older versions without a locale …"""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export(versions="all", editorial=True)
    method, path = REFUSED[what]
    bench.emulator.faults.add(
        Fault(method=method, path=path, status=422, body=NOT_VALID, carried_out=False, times=99)
    )
    told = bench.import_snapshot(snapshot, versions="all").gaps
    assert [gap for gap in told if "Size must be at most 50" in str(gap["reason"])]
    assert bench.verify(snapshot).differences == []


def test_an_edit_beside_a_gap_is_told(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    bench.emulator.faults.add(
        Fault(method="PUT", path="/content_types/page$", status=422, body=NOT_VALID, carried_out=False)
    )
    bench.import_snapshot(snapshot)
    bench.target.organization.concepts["birds"]["prefLabel"] = {"en-US": "Fowl"}
    bench.target.roles["author"]["permissions"] = {"ContentModel": []}
    told = {(row["kind"], row["path"]) for row in bench.verify(snapshot).differences}
    assert told == {("concepts", "/prefLabel/en-US"), ("roles", "/permissions")}


def test_names_of_widgets_and_fields_are_not_the_source_space(root: Path) -> None:
    """An extension, a group or a type may be called what the space is called; in settings that means the space."""

    def fill(_: Space, environment: Environment) -> None:
        environment.put("locales", locale("en-US", default=True))
        environment.put_content_type(content_type("page"))
        own: Any = {"name": SOURCE, "fieldTypes": [], "src": "https://invented.example"}
        environment.put("extensions", {"sys": {"id": SOURCE, "type": "Extension"}, "extension": own})
        control = {"fieldId": "title", "widgetId": SOURCE, "widgetNamespace": "extension"}
        interface: Any = {**OBJECTS["editor_interfaces"][0], "controls": [control]}
        for name in ("editor", "editorLayout", "groupControls"):
            interface.pop(name)
        interface["sidebar"] = [
            {"widgetId": SOURCE, "widgetNamespace": "extension", "settings": {"in": SOURCE}}
        ]
        environment.put_editor_interface(interface)

    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    for gaps in (bench.import_snapshot(snapshot).gaps, bench.verify(snapshot).gaps):
        assert [gap["path"] for gap in gaps] == ["/sidebar/0/settings/in"]
    assert bench.verify(snapshot).differences == []
