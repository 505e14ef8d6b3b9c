"""Two snapshots of one place that do not hold the same kinds of things: what one cannot tell is never called gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from random_stack import fill_random
from small_stack import EGG, HEN, PICTURE, RELEASE
from story_stack import STORY, StoryEditor, fill_story, story
from two_nights import lines, move, publish, put, save, send, two_nights
from workbench import SYSTEM, TARGET, make_workbench, memory_directory

from sampling import sampled
from stackferry.drivers.verify_run import diff_snapshots
from stackferry.formats.csdx.convert import csdx_to_snapshot, snapshot_to_csdx
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from two_nights import Edit

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

READINGS: tuple[dict[str, Any], ...] = (
    {"types": frozenset({"page"})},
    {"locales": frozenset({"en-us"})},
    {"query": '{"title":"Egg"}'},
    {"assets": False},
    {"versions": "all"},
    {"versions": "latest"},
    {"max_asset_size": 4},
)


def both_ways(reading: dict[str, Any]) -> list[VerifyResult]:
    """A whole snapshot against one that was made otherwise, and the other way round."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_story)
        whole, other = bench.export("whole"), bench.export("other", **reading)
        return [diff_snapshots(SYSTEM, *pair) for pair in ((whole, other), (other, whole))]


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: " ".join(f"{key}={one[key]}" for key in one))
def test_what_a_snapshot_was_not_asked_for_is_not_gone(reading: dict[str, Any]) -> None:
    for found in both_ways(reading):
        assert lines(found) == []


def test_what_is_not_compared_is_said() -> None:
    for found in both_ways({"assets": False}):
        assert ("assets", "*", "one snapshot was made without assets") in found.not_compared
    for found in both_ways({"types": frozenset({"page"})}):
        assert any("narrowed" in reason for _, _, reason in found.not_compared)


def test_a_credential_that_one_snapshot_redacted_is_a_gap() -> None:
    """Nobody can tell whether it is another; between two that redacted it there is nothing to tell."""

    def fill(stack: Any) -> None:
        fill_story(stack)
        hook = next(iter(stack.webhooks.values()))
        hook["destinations"][0]["http_basic_password"] = "hunter2"

    with memory_directory() as root:
        bench = make_workbench(root, fill)
        plain, kept = bench.export("plain"), bench.export("kept", keep_secrets=True)
        assert lines(diff_snapshots(SYSTEM, plain, plain)) == []
        for pair in ((plain, kept), (kept, plain)):
            found = diff_snapshots(SYSTEM, *pair)
            assert found.differences == []
            assert [(gap["kind"], "credential" in str(gap["reason"])) for gap in found.gaps] == [
                ("webhooks", True)
            ]


@pytest.mark.parametrize(
    ("kind", "listing"),
    [
        ("roles", "roles"),
        ("schedules", "schedules"),
        ("release_items", f"release_items/{RELEASE}"),
        ("terms", "terms/places"),
        ("entries", "entries/story/fr-fr"),
    ],
)
def test_an_object_that_a_gap_explains_is_a_gap(kind: str, listing: str) -> None:
    """The service did not give a listing on one night: what it would hold is not known to be gone."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_story)
        before = bench.export("before")
        after = without(bench.export("after"), kind, listing)
        for pair in ((before, after), (after, before)):
            found = diff_snapshots(SYSTEM, *pair)
            assert found.differences == []
            assert {gap["kind"] for gap in found.gaps} == {kind}


@pytest.mark.parametrize(
    ("kind", "listing"), [("roles", "roles"), ("schedules", "schedules"), ("entries", "entries/story/fr-fr")]
)
def test_between_two_places_it_is_a_gap_as_well(kind: str, listing: str) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill_story)
        fill_story(bench.target)
        here, there = bench.export("here"), without(bench.export("there", key=TARGET), kind, listing)
        for pair in ((here, there), (there, here)):
            found = diff_snapshots(SYSTEM, *pair)
            assert [row for row in found.differences if row["kind"] == kind] == []
            assert kind in {gap["kind"] for gap in found.gaps}


def without(snapshot: Snapshot, kind: str, listing: str) -> Snapshot:
    """The snapshot as an export makes it to which a listing was refused."""
    manifest: Any = snapshot.manifest
    place = (kind, *listing.split("/")[1:]) if kind == "entries" else (kind,)
    gone = [
        one
        for one in manifest["files"]
        if place == tuple(one[name] for name in ("kind", "content_type", "locale") if one.get(name))
    ]
    assert gone
    manifest["files"] = [one for one in manifest["files"] if one not in gone]
    left = manifest["counts"][kind] - sum(one["lines"] for one in gone)
    manifest["counts"] = {**manifest["counts"], kind: left}
    if not left:
        del manifest["counts"][kind]
    manifest["gaps"] = [{"kind": listing, "uid": "*", "reason": "refused to the token"}]
    for one in gone:
        snapshot.files.remove(one["path"])
    return snapshot


SEVERAL: tuple[Edit, ...] = (
    save(put("title", "Port")),
    save(move("sections", 0, 2)),
    save(put("summary", "Bref"), locale="fr-fr"),
    publish("publish", f"/content_types/story/entries/{STORY}", 3, "staging"),
    send("DELETE", f"/content_types/page/entries/{EGG}", params={"delete_all_localized": "true"}),
    send("PUT", f"/assets/{PICTURE}", files={"asset[upload]": ("other.png", b"other bytes", "image/png")}),
    send("PUT", "/environments/staging", json={"environment": {"name": "preview"}}),
)


@pytest.mark.parametrize("versions", ["latest", "pinned", "all"])
def test_several_edits_are_told_once_each(versions: str) -> None:
    assert [line.split(" {")[0] for line in lines(two_nights(*SEVERAL, versions=versions))] == [
        "changed environments preview /name staging->preview",
        "changed assets Hen and egg /file",
        "removed entries Egg",
        "moved entries Port en-us /sections/2 /sections/0",
        "changed entries Port en-us /title Harbour en->Port",
        "changed entries Harbour fr fr-fr /summary Short->Bref",
        "added publications Port en-us /publish_details/preview preview -->3",
    ]


def test_a_version_that_was_named_is_told_where_both_nights_hold_its_name() -> None:
    path = f"/content_types/page/entries/{HEN}/versions/2/name"
    naming = send("POST", path, json={"entry": {"_version_name": "Second", "locale": "en-us"}})
    told = ["changed version_names Hen, revised en-us version 2 -->Second"]
    assert lines(two_nights(naming, versions="all")) == told


@pytest.mark.parametrize("seed", sampled(range(60), 6))
def test_after_any_edits_each_is_told_once_and_only_once(seed: int) -> None:
    """Random editors: no row twice, nothing unknown, no edit missed; and the second night is equal to itself."""
    with memory_directory() as root:
        bench = make_workbench(root, lambda stack: fill_random(stack, seed))
        monday = bench.export("monday", versions="all")
        editors = Editors(bench, seed)
        editors.work(12)
        tuesday = bench.export("tuesday", versions="all")
        found = diff_snapshots(SYSTEM, monday, tuesday)
        assert diff_snapshots(SYSTEM, tuesday, tuesday).differences == []
    names = ("kind", "uid", "content_type", "locale", "path", "change", "item", "at", "environment")
    keys = [tuple(str(row.get(name)) for name in names) for row in found.differences]
    assert sorted(keys) == sorted(set(keys))
    assert found.gaps == []
    titles = {key for key in editors.done if editors.done[key] and key in ("edit", "create", "rename_asset")}
    assert found.differences or not titles


def test_two_exports_of_the_vendor_that_do_not_name_their_stack_are_of_one_place() -> None:
    """Their environments have the same uids: what was edited between two nights is told, twins or not."""

    def twins(stack: Stack) -> None:
        fill_story(stack)
        schema: Any = stack.main.content_types["story"]["schema"]
        schema[0]["unique"] = False
        for code in ("en-us", "fr-fr"):
            stack.main.put_entry_version("story", code, story("bltstory000000003", f"Harbour {code[:2]}"))

    with memory_directory() as root:
        bench = make_workbench(root, twins)
        editor = StoryEditor(bench, 1)
        nights = []
        for name in ("monday", "tuesday"):
            snapshot_to_csdx(bench.export(name), root / f"csdx {name}")
            nights.append(csdx_to_snapshot(root / f"csdx {name}", root / f"back {name}"))
            editor.change(put("title", "Port"))
        assert [as_object(one.manifest["source"])["key"] for one in nights] == ["", ""]
        found = diff_snapshots(SYSTEM, nights[0], nights[1])
        assert lines(found) == ["changed entries Port en-us /title Harbour en->Port"]
