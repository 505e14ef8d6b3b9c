"""What an import with --on-conflict update leaves in a target beyond the source is told, and costs no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import OF_HEN, STAGES, SUMMER, fill_every_kind
from random_stack import STAMPS
from small_stack import EGG, HEN, LIVE
from test_published_before_localization import ENTRIES, call, create, fill, publish, write
from workbench import SOURCE, TARGET, RecordingTransport, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.model import JsonObject


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """Both sides hold an English meadow that is live, in a release, and a picture."""
    with memory_directory() as root:
        made = make_workbench(root, fill)
        path = create(made, "Meadow")
        publish(made, path, "en-us")
        made.source.main.put_asset({**PICTURE, **STAMPS}, b"x")
        release = call(made, "POST", "/releases", {"release": {"name": "Spring", "description": ""}})
        add_item(made, SOURCE, release["release"]["uid"], path)
        made.import_snapshot(made.export("first"), "first state")
        yield made


PICTURE: dict[str, Any] = {
    "uid": "bltpicture", "filename": "a.png", "title": "a", "content_type": "image/png", "file_size": "1",
    "description": "", "is_dir": False, "_version": 1, "tags": [], "publish_details": [],
}  # fmt: skip


def add_item(bench: Workbench, key: str, release: str, path: str, version: int = 1, **facts: str) -> None:
    item = {"uid": path.rpartition("/")[2], "content_type_uid": "page", "action": "publish", **facts}
    items = {"items": [{"locale": "en-us", **item, "version": version}]}
    call(bench, "POST", f"/releases/{release}/items", items, key)


def target_path(bench: Workbench) -> str:
    (entry,) = bench.target.main.entries["page"].values()
    return f"{ENTRIES}/{entry.uid}"


def told(bench: Workbench, name: str = "again", **options: Any) -> list[JsonObject]:
    """What an import that updates says it left, without the reasons."""
    read = {one: options.pop(one) for one in ("locales", "types") if one in options}
    snapshot = bench.export(name, **read)
    imported = bench.import_snapshot(snapshot, f"{name} state", **{"on_conflict": "update", **options})
    assert imported.gaps == []
    assert all(row.pop("reason") for row in imported.left)
    return imported.left


def test_of_equal_places_nothing_is_left(bench: Workbench) -> None:
    assert told(bench) == []


def test_what_is_live_where_the_source_publishes_nothing_is_told(bench: Workbench) -> None:
    """The source's last publication in that environment is gone. Elsewhere it is taken down: `test_unpublish`."""
    (entry,) = bench.source.main.entries["page"].values()
    entry.live.clear()
    (row,) = told(bench)
    assert (row["kind"], row["locale"], row["environment"]) == ("publications", "en-us", "live")


def test_a_language_that_the_source_has_not_is_told(bench: Workbench) -> None:
    path = target_path(bench)
    write(bench, path, "Wiese", "de-de", TARGET)
    (row,) = told(bench)
    assert row == {
        "kind": "localizations", "content_type": "page", "locale": "de-de",
        "count": 1, "uids": [path.rpartition("/")[2]], "titles": ["Wiese"],
    }  # fmt: skip


def test_release_items_that_the_source_has_not_are_told(bench: Workbench) -> None:
    """In another language; the item that both have is none of them."""
    path = target_path(bench)
    write(bench, path, "Wiese", "de-de", TARGET)
    (release,) = bench.target.main.releases
    add_item(bench, TARGET, release, path, locale="de-de")
    assert told(bench)[1] == {
        "kind": "release_items", "content_type": "page", "locale": "de-de", "release": release,
        "count": 1, "uids": [path.rpartition("/")[2]], "titles": ["Wiese"],
    }  # fmt: skip


def test_only_what_was_looked_for_counts(bench: Workbench) -> None:
    """A narrowed export, an import of other kinds or one that publishes nothing says nothing of the rest."""
    path = target_path(bench)
    write(bench, path, "Wiese", "de-de", TARGET)
    publish(bench, path, "de-de", source="de-de", key=TARGET)
    assert told(bench, "english", locales=frozenset({"en-us"})) == []
    assert [row["kind"] for row in told(bench, "unpublished", publish="none")] == ["localizations"]
    assert told(bench, "assets", only=frozenset({"assets"})) == []
    assert told(bench, "skipped", on_conflict="skip") == []


def test_it_costs_no_request_and_is_told_again_by_the_same_command(bench: Workbench) -> None:
    write(bench, target_path(bench), "Wiese", "de-de", TARGET)
    snapshot = bench.export("again")
    sent, left = [], []
    for policy in ("skip", "update", "update"):
        transport = RecordingTransport(bench.emulator)
        imported = bench.import_snapshot(snapshot, f"{policy} state", transport=transport, on_conflict=policy)
        sent.append(sorted(transport.log))
        left.append([row["kind"] for row in imported.left])
    assert sent[0] == sent[1]
    assert left == [[], ["localizations"], ["localizations"]]


def test_a_variant_that_stays_live_is_told() -> None:
    """No call that takes it down is known for sure to leave its entry alone."""
    with memory_directory() as root:
        made = make_workbench(root, fill_every_kind)
        made.import_snapshot(made.export("first"), "first state")
        entry = made.source.main.entries["page"][HEN]
        for variant in entry.variants.values():
            variant.live.clear()
        assert [(row["kind"], row["environment"], row["count"]) for row in told(made)] == [
            ("variant_publications", "live", 1)
        ]


@pytest.mark.parametrize("mirror", [False, True])
def test_a_variant_that_only_the_target_has(mirror: bool) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        snapshot = bench.export()
        options: dict[str, Any] = {"key": SOURCE, "in_place": True, "mirror": mirror}
        before = bench.import_snapshot(snapshot, "before", on_conflict="update", **options).left
        assert not [row for row in before if row["kind"] == "variants"]
        body = {"title": "Egg in summer", "_variant": {"_change_set": ["title"], "_order": []}}
        path = f"/content_types/page/entries/{EGG}/variants/{SUMMER}?locale=en-us"
        Editors(bench).call("PUT", path, json={"entry": body}).raise_for_status()
        done = bench.import_snapshot(snapshot, "after", on_conflict="update", **options)
        (row,) = [row for row in done.left if row["kind"] == "variants"]
        assert (row["content_type"], row["locale"], row["uids"]) == ("page", "en-us", [f"{EGG}/{SUMMER}"])
        assert (SUMMER, "en-us") in bench.source.main.entries["page"][EGG].variants


def test_a_record_of_an_extension_that_only_the_target_has() -> None:
    """Beside an object that the snapshot has."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        snapshot, branch = bench.export(), bench.source.main
        options: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
        row = {**branch.metadata[OF_HEN], "uid": "csaaaaaaaaaaaaaa99", "entity_uid": EGG}
        branch.put("metadata", row)
        (told,) = bench.import_snapshot(snapshot, "after", **options).left
        assert (told["kind"], told["content_type"], told["uids"]) == ("metadata", "page", [row["uid"]])


@pytest.mark.parametrize("is_live", [False, True])
def test_a_taxonomy_of_the_stack_that_is_live_otherwise(is_live: bool) -> None:
    """Taken down since, or published in another place: no branch's import changes that."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        snapshot = bench.export()
        options: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
        assert bench.import_snapshot(snapshot, "before", **options).left == []
        live: Any = bench.source.taxonomies["plain" if is_live else "places"].live
        live.clear()
        if is_live:
            live[LIVE, "en-us"] = {"environment": LIVE, "locale": "en-us"}
        told = bench.import_snapshot(snapshot, "after", **options).left
        assert {(one["kind"], one["environment"]) for one in told} == {("taxonomy_publications", "live")}


def test_a_stage_that_no_call_takes_an_entry_out_of() -> None:
    """The snapshot has the entry in no stage; somebody has put it into one since."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        bench.source.publish_rules.clear()
        snapshot = bench.export()
        options: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
        assert bench.import_snapshot(snapshot, "before", **options).left == []
        bench.source.main.entries["page"][EGG].documents["fr-fr"].workflow = {
            "uid": STAGES[1],
            "name": "Done",
        }
        (told,) = bench.import_snapshot(snapshot, "after", **options).left
        assert (told["kind"], told["locale"], told["uids"]) == ("workflow_stages", "fr-fr", [EGG])


def test_a_term_and_a_record_that_is_live_elsewhere() -> None:
    """A term of a taxonomy of both; where the source publishes nothing, what extensions keep stays live."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        bench.import_snapshot(bench.export("first"), "first state")
        editors = Editors(bench, key=TARGET)
        bench.target.put("environments", {"uid": "bltelsewhere", "name": "elsewhere", "urls": [], **STAMPS})
        term = {"term": {"uid": "harbour", "name": "Harbour", "parent_uid": "sea", "order": 2}}
        editors.call("POST", "/taxonomies/places/terms", json=term).raise_for_status()
        editors.call(
            "POST", "/taxonomies", json={"taxonomy": {"uid": "own", "name": "Own"}}
        ).raise_for_status()
        own = {"term": {"uid": "inner", "name": "Inner", "parent_uid": None}}
        editors.call("POST", "/taxonomies/own/terms", json=own).raise_for_status()
        (record,) = (uid for uid, row in bench.target.main.metadata.items() if row["type"] == "entry")
        where = {"metadata": {"environments": ["elsewhere"], "locales": ["en-us"]}}
        editors.call("POST", f"/metadata/{record}/publish", json=where).raise_for_status()
        rows = told(bench)
        found = [(row["kind"], row.get("environment"), row["uids"]) for row in rows]
        assert found == [
            ("environments", None, ["bltelsewhere"]),
            ("metadata_publications", "elsewhere", [record]),
            ("taxonomies", None, ["own"]),
            ("terms", None, ["places/harbour"]),
        ]


def test_a_publish_rule_that_only_the_target_has() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        bench.import_snapshot(bench.export("first"), "first state")
        (rule,) = bench.target.publish_rules.values()
        flow: Any = next(iter(bench.target.workflows.values()))
        stage = flow["workflow_stages"][0]["uid"]
        bench.target.put("publish_rules", {**rule, "uid": "bltotherrule", "workflow_stage": stage})
        assert [(row["kind"], row["uids"]) for row in told(bench)] == [("publish_rules", ["bltotherrule"])]
