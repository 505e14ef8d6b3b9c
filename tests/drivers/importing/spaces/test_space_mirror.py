"""`--mirror` takes away what the snapshot does not hold, and tells each; without it the same is `left`."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind, link
from space_bench import SpaceBench, make_space_bench
from space_oracle import compare, dump
from workbench import Cut, RecordingTransport, cut_at, memory_directory

from stackferry.emulators.contentful import Switches
from stackferry.errors import UsageError
from stackferry.formats.contentful.convert import contentful_file_to_snapshot, snapshot_to_contentful_file
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

# What no mirror takes away, and a space's own webhook and role.
KEPT = {"content_types", "tags"}


def add_surplus(bench: SpaceBench) -> None:
    """A draft, a live and an archived entry, a live asset, a release, a tag and a type that only the target has."""
    there, hen = bench.target.master, bench.source.master.entries["hen"]
    states: dict[str, dict[str, Any]] = {
        "draft": {"version": 1},
        "live": {"version": 3, "publishedVersion": 2},
        "owls": {"version": 3, "archivedVersion": 2},
    }
    for uid, facts in states.items():
        sys = {"type": "Entry", "id": f"surplus-{uid}", "createdAt": "2030-01-01T00:00:00.000Z", **facts}
        title: JsonObject = {"title": {"en-US": f"Surplus, {uid}"}, "slug": {"en-US": uid}}
        there.put_entry({"sys": {**sys, "contentType": hen.sys["contentType"]}, "fields": title})
    picture = copy.deepcopy(bench.source.master.assets["picture"])
    there.put_asset({**picture.body, "sys": {**picture.sys, "id": "surplus-asset"}})
    release = copy.deepcopy(bench.source.master.releases["launch"].raw)
    there.put_release({**release, "sys": {**release["sys"], "id": "surplus-release"}, "title": "Surplus"})  # type: ignore[dict-item]
    own: JsonObject = {"type": "Tag", "id": "own", "visibility": "private"}
    there.put("tags", {"sys": own, "name": "Own"})


@pytest.fixture
def filled() -> Iterator[tuple[SpaceBench, Snapshot]]:
    """A target that an import filled, and that got more since."""
    with memory_directory() as root:
        bench = make_space_bench(root, fill_every_kind)
        snapshot = bench.export()
        bench.import_snapshot(snapshot)
        add_surplus(bench)
        bench.emulator.log.clear()
        yield bench, snapshot


Filled = tuple["SpaceBench", "Snapshot"]


def told(rows: Any) -> list[str]:
    return [" ".join(str(row[name]) for name in ("kind", "uid", "title") if name in row) for row in rows]


def test_without_it_the_same_is_left_and_told(filled: Filled) -> None:
    bench, snapshot = filled
    result = bench.import_snapshot(snapshot, "again", on_conflict="update")
    left = [(row["kind"], row.get("content_type"), row["uids"]) for row in result.left]
    assert left == [
        ("tags", None, ["own"]),
        ("assets", None, ["surplus-asset"]),
        ("entries", "page", ["surplus-draft", "surplus-live", "surplus-owls"]),
        ("releases", None, ["surplus-release"]),
    ]
    assert bench.writes() == 0


def test_it_takes_away_what_the_snapshot_does_not_hold(filled: Filled) -> None:
    bench, snapshot = filled
    asked: list[Any] = []

    def agree(counts: Any) -> bool:
        asked.append(dict(counts))
        return True

    result = bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True, agree=agree)
    assert asked == [{"releases": 1, "entries": 3, "assets": 1}]
    assert told(result.remarks["removed"]) == [
        "assets surplus-asset Picture",
        "entries surplus-draft Surplus, draft",
        "entries surplus-live Surplus, live",
        "entries surplus-owls Surplus, owls",
        "releases surplus-release Surplus",
    ]
    assert [(row["kind"], row["uids"]) for row in result.left] == [("tags", ["own"])]
    there = compare(dump(bench.source), dump(bench.target))
    kinds = ("entries", "assets", "releases", "content_types", "tags")
    assert [line for line in there if line.startswith(kinds)] == ["tags own: is too many"]
    writes = [
        (one.method, one.path.rpartition("/environments/master")[2])
        for one in bench.emulator.log
        if one.method != "GET"
    ]
    assert writes[0] == ("DELETE", "/releases/surplus-release")
    assert sorted(writes[1:3]) == [
        ("DELETE", "/assets/surplus-asset/published"),
        ("DELETE", "/entries/surplus-live/published"),
    ]
    assert len(writes) == 7


@pytest.mark.parametrize("shown", ["mixed", "v1"])
def test_releases_of_both_generations_are_deleted(root: Path, shown: str) -> None:
    """A list of releases that names no schema version may hold Launch releases alone: what it lacks is not gone."""
    switches = Switches(release_list=shown)  # type: ignore[arg-type]  # one of two words
    bench = make_space_bench(root / "bench", fill_every_kind, switches=switches)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    for one in ("launch", "campaign"):
        raw: Any = copy.deepcopy(bench.source.master.releases[one].raw)
        raw |= {"sys": {**raw["sys"], "id": f"surplus-{one}"}, "title": f"Surplus {one}"}
        bench.target.master.put_release({**raw, "entities": {"sys": {"type": "Array"}, "items": []}})
    result = bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True)
    surplus = ["surplus-campaign", "surplus-launch"]
    assert [row["uid"] for row in result.remarks["removed"]] == surplus
    assert [uid for uid in surplus if uid in bench.target.master.releases] == []


def test_a_second_run_deletes_nothing_more(filled: Filled) -> None:
    bench, snapshot = filled
    bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True)
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "third", on_conflict="update", mirror=True)
    assert bench.writes() == 0


def test_nothing_is_deleted_that_nobody_agreed_to(filled: Filled) -> None:
    bench, snapshot = filled
    with pytest.raises(UsageError, match="not confirmed"):
        bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True, agree=lambda _: False)
    assert bench.writes() == 0


def test_what_somebody_changed_since_stays(filled: Filled) -> None:
    bench, snapshot = filled

    draft = bench.target.master.entries["surplus-draft"]

    def agree(_: Any) -> bool:
        """An editor saves the entry when the mirror has read the target."""
        draft.sys["version"] = 7
        return True

    result = bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True, agree=agree)
    reason = "somebody has changed it since it was read: it was not deleted"
    gaps = [gap for gap in result.gaps if gap["uid"] == "surplus-draft"]
    assert [gap["reason"] for gap in gaps] == [reason]
    assert [row["uid"] for row in result.remarks["meanwhile"]] == ["surplus-draft"]
    assert "surplus-draft" in bench.target.master.entries
    assert "surplus-live" not in bench.target.master.entries


def test_every_deletion_is_in_the_plan(filled: Filled) -> None:
    bench, snapshot = filled
    lines = bench.plan(snapshot, "planned", on_conflict="update", mirror=True)
    deletions = [f"{row['kind']} {row['uid']}" for row in lines if row.get("action") == "delete"]
    assert deletions == [
        "releases surplus-release",
        *(f"entries surplus-{one}" for one in ("draft", "live", "owls")),
        "assets surplus-asset",
    ]
    assert bench.writes() == 0


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("narrowed", "the snapshot was narrowed when it was made"),
        ("file", "is a file of contentful-export, which leaves out drafts"),
        (
            "gap",
            "the source has what the snapshot could not be given (releases/others *, releases/timeline *)",
        ),
    ],
)
def test_missing_is_not_deleted(filled: Filled, what: str, reason: str) -> None:
    bench, snapshot = filled
    if what == "narrowed":
        snapshot = bench.export("without", assets=False)
    if what == "file":
        snapshot_to_contentful_file(snapshot, bench.root / "file")
        snapshot = contentful_file_to_snapshot(bench.root / "file", bench.root / "from file")
    if what == "gap":
        bench.source.refused["releases"] = 403
        snapshot = bench.export("refused")
    bench.emulator.log.clear()
    with pytest.raises(UsageError) as refused:
        bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True)
    assert reason in str(refused.value)
    assert bench.writes() == 0


def test_a_space_is_put_back_after_an_accident() -> None:
    """Scenario 1: archived, deleted, edited, unpublished, a file replaced: all of it comes back, and nothing else."""
    with memory_directory() as root:
        bench = make_space_bench(root, fill_every_kind)
        snapshot, before = bench.export(), dump(bench.source)
        home = bench.source.master
        home.entries["fox"].sys |= {"archivedVersion": 2, "version": 3}
        del home.entries["owl"]
        hen = home.entries["hen"]
        hen.body = {**hen.body, "fields": {"title": {"en-US": "Gone"}}}
        hen.sys["version"] = 9
        picture = home.assets["picture"]
        picture.sys = {name: value for name, value in picture.sys.items() if "ublished" not in name}
        picture.live, picture.live_locales = None, frozenset()
        home.tags["bird"] = {**home.tags["bird"], "name": "Fowl"}
        home.put_entry(
            {
                "sys": {
                    "type": "Entry",
                    "id": "new",
                    "version": 1,
                    "contentType": link("ContentType", "page"),
                },
                "fields": {},
            }
        )
        assert compare(before, dump(bench.source)) != []
        options: dict[str, Any] = {"key": "invented-source", "on_conflict": "update", "in_place": True}
        result = bench.import_snapshot(snapshot, **options)
        assert compare(before, dump(bench.source)) == ["entries new: is too many"]
        assert [row["uids"] for row in result.left] == [["new"]]
        bench.emulator.log.clear()
        bench.import_snapshot(snapshot, "again", **options)
        assert bench.writes() == 0


@pytest.mark.parametrize(
    "switches", [Switches(), Switches(bulk_atomic=True)], ids=["one by one", "as a whole"]
)
def test_a_value_that_must_be_unique_is_freed_first(switches: Switches) -> None:
    """The wanted entry is published although one that is to go has its slug; no type is changed for that."""
    with memory_directory() as root:
        bench = make_space_bench(root, fill_every_kind, switches=switches)
        snapshot = bench.export()
        bench.import_snapshot(snapshot)
        add_surplus(bench)
        there = bench.target.master
        for document, slug in ((there.entries["hen"], "other"), (there.entries["surplus-live"], "hen")):
            for body in (document.body, document.live):
                assert body is not None
                body["fields"] = {**as_object(body["fields"]), "slug": {"en-US": slug}}
        there.live_values.clear()
        bench.emulator.log.clear()
        cut = RecordingTransport(bench.emulator, cut_at(3, after=True, only="write"))
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True, transport=cut)
        result = bench.import_snapshot(snapshot, "again", on_conflict="update", mirror=True)
        # The header's value is in no snapshot.
        gaps = [gap for gap in result.gaps if gap["kind"] != "webhooks"]
        assert (gaps, there.entries["hen"].state) == ([], "published")
        assert as_object(as_object(there.entries["hen"].live)["fields"])["slug"] == {"en-US": "hen"}
        assert not [path for path in bench.paths("PUT") if path.startswith("content_types")]
        assert len([path for path in bench.paths("DELETE") if path == "entries/surplus-live"]) == 1
        kinds = ("entries", "assets", "releases", "content_types")
        assert [
            line for line in compare(dump(bench.source), dump(bench.target)) if line.startswith(kinds)
        ] == []
