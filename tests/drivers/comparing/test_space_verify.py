"""`verify --against` a place: a clone of an environment is equal, and what was changed in it is told."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from space_bench import DATASETS, SOURCE, SYSTEM, SpaceBench, dataset, make_space_bench
from workbench import memory_directory

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.emulators.contentful import Switches
from stackferry.model import Stream
from stackferry.providers.secrets.redacted import REDACTED_REASON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.emulators.contentful import Environment, Space
    from stackferry.model import JsonObject


def with_clone(root: Any, fill: Callable[[Space, Environment], None]) -> tuple[SpaceBench, Environment]:
    """A bench whose source has an environment "copy" that holds all that its master holds."""
    bench = make_space_bench(root, fill)
    space, master = bench.source, bench.source.master
    raw = {**master.raw, "name": "copy", "sys": {**master.raw["sys"], "id": "copy"}}  # type: ignore[dict-item]
    there = space.environments["copy"] = master.fork("copy", raw)
    # What the service leaves behind when it makes a clone.
    for name in ("workflow_definitions", "workflows", "tasks", "comments"):
        setattr(there, name, copy.deepcopy(getattr(master, name)))
    for row in [*space.scheduled_actions.values()]:
        made: Any = copy.deepcopy(row)
        made["sys"]["id"] += "-copy"
        made["environment"]["sys"]["id"] = "copy"
        space.put("scheduled_actions", made)
    return bench, there


def unexplained(found: VerifyResult) -> list[JsonObject]:
    """The gaps but those of credentials, which no snapshot holds."""
    return [gap for gap in found.gaps if gap["reason"] != REDACTED_REASON]


def lines(bench: SpaceBench) -> list[str]:
    """What verify tells of the clone, a line each."""
    found = bench.verify(bench.export(), None, key=SOURCE, environment="copy")
    assert unexplained(found) == []
    return [_line(row) for row in found.differences]


def _line(row: JsonObject) -> str:
    words = [str(row[name]) for name in ("kind", "uid", "path") if name in row]
    return f"{' '.join(words)}: {row.get('left')} → {row.get('right')}"


@pytest.mark.parametrize("name", DATASETS)
def test_a_clone_of_a_real_space_is_equal(name: str) -> None:
    with memory_directory() as root:
        bench, _ = with_clone(root, dataset(name))
        snapshot = bench.export()
        found = bench.verify(snapshot, None, key=SOURCE, environment="copy")
        assert (found.differences, unexplained(found)) == ([], [])
        counts = snapshot.manifest["counts"]
        assert isinstance(counts, dict)
        assert {kind: found.compared[kind] for kind in ("entries", "assets", "content_types")} == {
            kind: counts[kind] for kind in ("entries", "assets", "content_types")
        }


@pytest.fixture
def cloned() -> Iterator[tuple[SpaceBench, Environment]]:
    with memory_directory() as root:
        yield with_clone(root, fill_every_kind)


Cloned = tuple["SpaceBench", "Environment"]


def test_a_clone_with_every_state_is_equal(cloned: Cloned) -> None:
    assert lines(cloned[0]) == []


def test_states_live_bodies_and_bytes_are_compared(cloned: Cloned) -> None:
    bench, there = cloned
    hen, egg = there.entries["hen"], there.entries["egg"]
    hen.live_locales = frozenset({"en-US"})
    egg.live = copy.deepcopy(egg.live or {})
    egg.live["fields"]["title"]["de"] = "Eier"  # type: ignore[index,call-overload]
    partly = there.entries["partly"]
    partly.body = {**partly.body, "fields": {"title": {"en-US": "Goose", "de": "Ganter"}}}
    sound = bench.source.files[f"/{SOURCE}/of-sound.mp3/token/sound.mp3"]
    picture = there.assets["sound"]
    picture.live = copy.deepcopy(picture.live or {})
    picture.live["fields"]["file"]["en-US"]["url"] = f"/{SOURCE}/other/token/sound.mp3"  # type: ignore[index,call-overload]
    bench.source.files[f"/{SOURCE}/other/token/sound.mp3"] = type(sound)(b"another sound    ", "audio/mpeg")
    told = lines(bench)
    assert [line for line in told if "sha256" not in line] == [
        "publications egg /published/fields/title/de: Ei → Eier",
        "publications hen /state/de: published → draft",
        "entries partly /fields/title/de: Gans → Ganter",
    ]
    assert len(told) == 4
    assert "assets sound /published/fields/file/en-US/sha256" in told[0]


def test_what_is_gone_and_what_is_more_is_told(cloned: Cloned) -> None:
    bench, there = cloned
    del there.entries["fox"], there.tags["bird"]
    there.put_entry(
        {**bench.source.master.entries["hen"].body, "sys": {"id": "new", "type": "Entry", "version": 1}}
    )
    there.entries["new"].sys["contentType"] = bench.source.master.entries["hen"].sys["contentType"]
    there.entries["owl"].sys.pop("archivedVersion")
    assert lines(bench) == [
        "tags bird: Bird → None",
        "entries fox: Fox → None",
        "publications owl /state/de: archived → draft",
        "publications owl /state/en-US: archived → draft",
        "entries new: None → Hen",
    ]


def test_what_only_one_snapshot_was_asked_for_is_not_gone(root: Path) -> None:
    """Tasks and comments, and concepts that nothing uses: told as not compared, whichever side has them."""
    bench = make_space_bench(root, fill_every_kind)
    more, fewer = bench.export("more", editorial=True, taxonomy=frozenset({"all"})), bench.export("fewer")
    assert any(more.objects(Stream("comments")))
    for pair in ((more, fewer), (fewer, more)):
        found = diff_snapshots(SYSTEM, *pair)
        assert found.differences == []
        told = {kind for kind, _, reason in found.not_compared if "was made without --" in reason}
        assert told == {"tasks", "comments", "concepts", "concept_schemes"}


def test_a_comment_that_is_gone_is_told(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    before = bench.export("before", editorial=True)
    bench.source.master.comments.clear()
    bench.source.master.changed()
    found = diff_snapshots(SYSTEM, before, bench.export("after", editorial=True))
    assert {row["kind"] for row in found.differences} == {"comments"}


def test_what_an_editor_interface_could_not_get_is_no_difference(root: Path) -> None:
    """A control of a field that is gone stands before the others; another one has a widget that is not there."""
    bench = make_space_bench(root / "bench", fill_every_kind, switches=Switches(unknown_widgets="refused"))
    layout: Any = bench.source.master.editor_interfaces["page"]
    first, *others = layout["controls"]
    unknown = {**first, "widgetNamespace": "extension", "widgetId": "nowhere"}
    layout["controls"] = [{"fieldId": "gone", "widgetId": "singleLine"}, unknown, *others]
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot)
    lost = {f"/controls/{name}" for name in ("gone", first["fieldId"])}
    assert {gap.get("path") for gap in imported.gaps if gap["kind"] == "editor_interfaces"} == lost
    found = bench.verify(snapshot)
    assert [row for row in found.differences if row["kind"] == "editor_interfaces"] == []
    moved: Any = bench.target.master.editor_interfaces["page"]["controls"]
    moved.reverse()
    assert {row["kind"] for row in bench.verify(snapshot).differences} == {"editor_interfaces"}


def test_a_type_whose_version_is_the_published_one_is_published(root: Path) -> None:
    """As other tools write a type that nobody has edited since; a change counts from the second version after it."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    page = bench.source.master.content_types["page"]
    page.sys["publishedVersion"] = page.version
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    assert bench.verify(snapshot).differences == []
