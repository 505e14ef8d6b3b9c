"""`--base`: what has not moved is taken from an earlier snapshot, and the result is that of a full export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import HEN, fill_every_kind
from small_space import content_type, entry, entry_id, fill_small, ids, link, put_entries
from space_bench import DATASETS, TARGET, SpaceBench, dataset, make_space_bench
from space_editor import edit
from space_edits import EDITS, REQUESTS, edit_after
from workbench import Cut, RecordingTransport, cut_at, file_digests

from sampling import rotated, sampled
from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.emulators.contentful import Switches
from stackferry.errors import UsageError
from stackferry.model import Stream
from stackferry.providers.contentful.kinds import sys_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space
    from stackferry.io.storage.snapshot import Snapshot

TYPE = "/content_types/page"
MOST_LISTS = 30  # 22 pages of lists, and a look at five of them
ALL: Any = {"versions": "all"}


def on(snapshot: Snapshot) -> BaseSnapshot:
    return BaseSnapshot(snapshot.root)


def snapshot_of(raw: Any, number: int) -> Any:
    """A snapshot that the service made of an entry when this version was published."""
    facts = {"id": f"{raw['sys']['id']}-{number}", "type": "Snapshot", "snapshotType": "publish"}
    return {"sys": facts, "snapshot": {**raw, "sys": {**raw["sys"], "version": number}}}


def put_published(environment: Environment, uid: str, *numbers: int) -> None:
    """An entry that was published once for each of these versions."""
    raw = entry(uid, {"title": uid}, numbers[-1], numbers[-1] - 1, counter=len(numbers))
    environment.put_entry(raw, None, [snapshot_of(raw, number) for number in numbers])


def fill_history(count: int) -> Any:
    def fill(_: Space, environment: Environment) -> None:
        environment.put_content_type(content_type("page"))
        for number in range(count):
            put_published(environment, entry_id(number), 2, 4)

    return fill


@pytest.mark.parametrize(
    ("edit", "versions"),
    rotated([None, *EDITS], ["pinned", "all"]),
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_it_is_byte_identical_to_a_full_export(root: Path, edit: Any, versions: str) -> None:
    bench = make_space_bench(root, fill_every_kind)
    before = bench.export("before", versions=versions)
    if edit is not None:
        edit(bench.source, bench.source.master)
    full = bench.export("full", versions=versions)
    bench.emulator.log.clear()
    part = bench.export("part", versions=versions, base=on(before))
    assert file_digests(part.root) == file_digests(full.root)
    part.check()
    files = [one for one in bench.emulator.log if one.path.endswith((".png", ".mp3"))]
    assert len(files) == (1 if getattr(edit, "__name__", "") == "replace_file" else 0)


def _without_field(bench: SpaceBench) -> None:
    """Omitted in one publish, deleted in the next: the values of entries are gone, and their versions stay."""
    page: Any = bench.source.master.content_types["page"].body
    for mark in ({"omitted": True}, {"omitted": True, "deleted": True}):
        fields = [{**one, **mark} if one["id"] == "body" else one for one in page["fields"]]
        edit(bench, ("PUT", TYPE, {**page, "fields": fields}), ("PUT", f"{TYPE}/published", None))


def _made_anew(bench: SpaceBench) -> None:
    """The same, and then somebody makes a field of that name: the type has the same fields as before."""
    page: Any = bench.source.master.content_types["page"].body
    _without_field(bench)
    edit(bench, ("PUT", TYPE, page), ("PUT", f"{TYPE}/published", None))


def _without_locale(bench: SpaceBench) -> None:
    (uid,) = (uid for uid, row in bench.source.master.locales.items() if row["code"] == "de")
    edit(bench, ("DELETE", f"/locales/{uid}", None))


def _without_tag(bench: SpaceBench) -> None:
    edit(bench, ("DELETE", "/tags/birds", None))


@pytest.mark.parametrize("versions", ["latest", "pinned", "all"])
@pytest.mark.parametrize("change", [_without_field, _made_anew, _without_locale, _without_tag])
def test_values_that_went_without_an_edit_are_not_taken_from_the_base(
    root: Path, change: Callable[[SpaceBench], None], versions: str
) -> None:
    """Real exports show it: a field that is taken out of a type takes its values with it, at the same versions."""

    def fill(space: Space, environment: Environment) -> None:
        fill_small(space, environment)
        birds: Any = {"type": "Tag", "id": "birds", "visibility": "public", "version": 1}
        environment.put("tags", {"sys": birds, "name": "Birds"})
        tags: Any = {"tags": [link("Tag", "birds")]}
        environment.put_entry(
            {**entry("tagged", {"title": "Tagged", "body": "Heron"}, 2, 1), "metadata": tags}
        )
        both: Any = {"title": {"en-US": "Both", "de": "Beide"}, "body": {"en-US": "One"}}
        environment.put_entry(entry("both", both, 5, 2), entry("both", both, 3, 2))

    bench = make_space_bench(root, fill)
    before = bench.export("before", versions=versions)
    change(bench)
    full = bench.export("full", versions=versions)
    part = bench.export("part", versions=versions, base=on(before))
    assert file_digests(part.root) == file_digests(full.root)
    assert file_digests(full.root) != file_digests(before.root)


def test_types_that_are_not_ahead_have_no_second_body(root: Path) -> None:
    """Where the list of published types cannot be narrowed, which no page says."""
    switches = Switches(published_type_ids="ignored")
    bench = make_space_bench(root, fill_every_kind, switches=switches)
    bench.source.master.put_content_type(content_type("plain"))
    before = bench.export("before")
    assert "plain" not in {sys_id(row) for row in before.objects(Stream("published_content_types"))}
    full, part = bench.export("full"), bench.export("part", base=on(before))
    assert file_digests(part.root) == file_digests(full.root)


@pytest.mark.parametrize("name", DATASETS)
def test_a_real_space_that_rests_is_read_by_its_lists_alone(root: Path, name: str) -> None:
    bench = make_space_bench(root, dataset(name))
    full = bench.export("full", versions="all")
    asked = bench.counts.read
    bench.emulator.log.clear()
    base = on(full)
    part = bench.export("part", versions="all", base=base)
    assert file_digests(part.root) == file_digests(full.root)
    assert not [path for path in bench.paths() if "snapshots" in path or path.startswith("public/")]
    assert bench.counts.asset == 0
    assert bench.counts.read < asked
    assert bench.counts.read <= MOST_LISTS
    assert base.reused["files"] == sum(1 for _ in full.objects(Stream("files")))


def test_a_thousand_entries_with_history_take_three_of_a_hundred_requests(root: Path) -> None:
    bench = make_space_bench(root, fill_history(1_000))
    full = bench.export("full", **ALL)
    asked = bench.counts.read
    assert asked > 1_000
    part = bench.export("part", **ALL, base=on(full))
    assert file_digests(part.root) == file_digests(full.root)
    assert bench.counts.read <= 0.03 * asked


def test_only_what_moved_is_asked_for(root: Path) -> None:
    bench = make_space_bench(root, fill_history(300))
    before = bench.export("before", **ALL)
    put_published(bench.source.master, entry_id(7), 2, 4, 6)
    put_published(bench.source.master, "new", 2, 4)
    del bench.source.master.entries[entry_id(8)]
    full = bench.export("full", **ALL)
    bench.emulator.log.clear()
    part = bench.export("part", **ALL, base=on(before))
    assert file_digests(part.root) == file_digests(full.root)
    asked = [path for path in bench.paths() if "/snapshots" in path]
    assert sorted(asked) == [f"entries/{entry_id(7)}/snapshots", "entries/new/snapshots"]


def test_where_all_have_moved_the_whole_list_is_read(root: Path) -> None:
    def fill(_: Space, environment: Environment) -> None:
        environment.put_content_type(content_type("page"))
        put_entries(environment, 1_200)

    bench = make_space_bench(root, fill)
    before = bench.export("before")
    for document in bench.source.master.entries.values():
        document.sys = {**document.sys, "version": 3, "updatedAt": "2031-01-01T00:00:00.000Z"}
    full = bench.export("full")
    asked = bench.counts.read
    part = bench.export("part", base=on(before))
    assert file_digests(part.root) == file_digests(full.root)
    assert bench.counts.read <= asked + 2


def test_snapshots_that_the_service_has_lost_are_kept_and_named(root: Path) -> None:
    bench = make_space_bench(root, fill_history(3))
    before = bench.export("before", **ALL)
    moved, rested = (bench.source.master.entries[entry_id(number)] for number in (0, 1))
    for document in (moved, rested):
        document.snapshots = document.snapshots[1:]
    raw: Any = {**moved.body, "sys": {**moved.sys, "version": 5, "updatedAt": "2031-01-01T00:00:00.000Z"}}
    bench.source.master.put_entry(raw, {**moved.body, "sys": moved.live_sys}, moved.snapshots)
    full = bench.export("full", **ALL)
    part = bench.export("part", **ALL, base=on(before))
    numbers = {
        name: [row["snapshot"]["sys"]["version"] for row in one.objects(Stream("entry_snapshots", "page"))]  # type: ignore[call-overload, index]
        for name, one in (("full", full), ("part", part))
    }
    assert numbers == {"full": [4, 4, 2, 4], "part": [2, 4, 2, 4, 2, 4]}
    assert part.manifest["kept_from_base"] == [f"entry_snapshots {entry_id(0)} 2"]
    again = bench.export("again", **ALL, base=on(part))
    assert file_digests(again.root) == file_digests(part.root), "it stays named"


def test_an_entry_made_anew_under_an_old_id_keeps_nothing_of_the_old_one(root: Path) -> None:
    bench = make_space_bench(root, fill_history(2))
    before = bench.export("before", **ALL)
    bench.source.master.put_entry(
        entry(entry_id(0), {"title": "another"}, createdAt="2031-01-01T00:00:00.000Z", updatedAt="2031")
    )
    full, part = bench.export("full", **ALL), bench.export("part", **ALL, base=on(before))
    assert file_digests(part.root) == file_digests(full.root)


@pytest.mark.parametrize(
    "options", [{"versions": "latest"}, {"assets": False}, {"locales": frozenset({"de"})}], ids=str
)
def test_a_base_that_holds_less_gives_what_it_holds(root: Path, options: Any) -> None:
    bench = make_space_bench(root, fill_every_kind)
    before, full = bench.export("before", **options), bench.export("full", **ALL)
    part = bench.export("part", **ALL, base=on(before))
    assert file_digests(part.root) == file_digests(full.root)


def test_a_file_that_was_a_gap_in_the_base_is_asked_for_again(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    path = next(path for path in bench.source.files if path.endswith("bild.png"))
    content, bench.source.files[path].content = bench.source.files[path].content, None
    before = bench.export("before")
    assert [gap["kind"] for gap in before.gaps()] == ["files"]
    bench.source.files[path].content = content
    part = bench.export("part", base=on(before))
    assert part.gaps() == []
    assert len([*part.objects(Stream("files"))]) == 4


def test_the_snapshot_of_another_environment_is_no_base(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    other = bench.export("other", key=TARGET)
    with pytest.raises(UsageError, match="is a snapshot of another place"):
        bench.export("part", base=on(other))


@pytest.mark.parametrize("number", sampled([*range(2, REQUESTS, 2)], 2))
@pytest.mark.parametrize("edit", EDITS[::3], ids=lambda edit: edit.__name__)
def test_an_edit_while_it_runs_is_in_it_as_in_a_full_export(root: Path, edit: Any, number: int) -> None:
    bench = make_space_bench(root, fill_every_kind)
    base = bench.export("base", **ALL)
    raw: Any = {**HEN, "sys": {**HEN["sys"], "version": 6, "updatedAt": "2030-04-04T08:00:00.000Z"}}
    history = bench.source.master.entries["hen"].snapshots
    bench.source.master.put_entry({**raw, "fields": {"title": {"en-US": "Hen, earlier"}}}, snapshots=history)
    before = file_digests(bench.export("before", **ALL).root)
    part = bench.export("part", **ALL, base=on(base), transport=edit_after(bench, number, edit))
    if bench.source.master.entries["hen"].body.get("fields") != HEN["fields"]:
        after = file_digests(bench.export("after", **ALL).root)
        assert file_digests(part.root) in (before, after)
    assert part.gaps() == []


@pytest.mark.parametrize("number", [3, 9, 15, 21])
def test_a_killed_one_goes_on(root: Path, number: int) -> None:
    bench = make_space_bench(root, fill_history(150))
    base = bench.export("base", **ALL)
    put_published(bench.source.master, entry_id(7), 2, 4, 6)
    full = file_digests(bench.export("full", **ALL).root)
    cut = RecordingTransport(bench.emulator, cut_at(number, after=bool(number % 2)))
    with pytest.raises(Cut):
        bench.export("part", **ALL, base=on(base), transport=cut)
    assert file_digests(bench.export("part", **ALL, base=on(base)).root) == full


def test_a_list_that_is_read_short_keeps_its_order(root: Path) -> None:
    def check(bench: SpaceBench) -> None:
        before = bench.export("before")
        assert ids(before.objects(Stream("entries", "page"))) == sorted(bench.source.master.entries)

    check(make_space_bench(root, fill_history(5)))
