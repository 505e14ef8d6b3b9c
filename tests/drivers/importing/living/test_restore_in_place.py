"""A snapshot restored where it comes from: what has changed since is written back, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors, edit_page
from every_kind_stack import SUMMER, fill_every_kind
from small_stack import HEN, RELEASE
from workbench import SOURCE, TARGET, RecordingTransport, make_workbench, memory_directory

from stackferry.errors import UsageError
from stackferry.providers.contentstack.system import Contentstack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def restore(
    bench: Workbench, snapshot: Snapshot, state: str = "restore", **options: Any
) -> tuple[ImportResult, list[str]]:
    """Restored over what is there, and the writes that were sent."""
    transport = RecordingTransport(bench.emulator)
    asked = {"in_place": True, "on_conflict": "update", **options}
    done = bench.import_snapshot(snapshot, state, key=SOURCE, transport=transport, **asked)
    return done, [call for call in transport.log if not call.startswith("GET")]


def title(bench: Workbench, uid: str) -> object:
    return bench.source.main.entries["page"][uid].documents["en-us"].latest["title"]


def test_without_in_place_the_source_is_no_target(bench: Workbench) -> None:
    """The message says how it is done."""
    with pytest.raises(UsageError, match="--in-place"):
        bench.import_snapshot(bench.export(), key=SOURCE, on_conflict="update")


def test_another_stack_or_branch_is_not_in_place(bench: Workbench) -> None:
    """It names the place that the snapshot comes from."""
    snapshot = bench.export()
    bench.source.branches["dev"] = bench.emulator.new_branch("dev", "en-us", bench.source.user)
    for key, branch in ((TARGET, "main"), (SOURCE, "dev")):
        with pytest.raises(UsageError, match=f"{SOURCE}.*main"):
            bench.import_snapshot(snapshot, key=key, branch=branch, in_place=True, on_conflict="update")


def test_nothing_changed_is_nothing_written(bench: Workbench) -> None:
    done, writes = restore(bench, bench.export())
    assert writes == []
    assert (done.gaps, done.left) == ([], [])


def test_an_edited_entry_is_what_it_was_under_its_own_uid(bench: Workbench) -> None:
    """And published again; a second time nothing is sent, with the same checkpoint or another."""
    snapshot = bench.export()
    before = edit_page(bench.source.main, HEN, title="Edited since")
    done, writes = restore(bench, snapshot)
    assert done.gaps == []
    assert title(bench, HEN) == before["title"]
    assert [call.split("?")[0] for call in writes if "publish" not in call] == [
        f"PUT /v3/content_types/page/entries/{HEN}"
    ]
    assert restore(bench, snapshot)[1] == []
    assert restore(bench, snapshot, "another")[1] == []


def test_what_the_whole_stack_has_in_common_is_restored_on_request_only(bench: Workbench) -> None:
    snapshot = bench.export()
    role, hook = next(iter(bench.source.roles)), next(iter(bench.source.webhooks))
    description = bench.source.roles[role].get("description")
    bench.source.roles[role] = {**bench.source.roles[role], "description": "changed since"}
    bench.source.webhooks[hook] = {**bench.source.webhooks[hook], "name": "changed since"}
    done, writes = restore(bench, snapshot)
    assert writes == []
    assert {row["kind"] for row in done.left} == {"roles", "webhooks"}
    _, writes = restore(bench, snapshot, only=Contentstack().parse_kinds(["roles"]))
    assert [call.split("?")[0] for call in writes] == [f"PUT /v3/roles/{role}"]
    assert bench.source.roles[role].get("description") == description
    assert bench.source.webhooks[hook]["name"] == "changed since"


def test_a_field_that_a_type_was_given_since_stays_with_its_values(bench: Workbench) -> None:
    snapshot = bench.export()
    page = bench.source.main.content_types["page"]
    added: JsonObject = {"uid": "since", "data_type": "text", "display_name": "Since", "mandatory": False}
    fields: Any = page["schema"]
    changed: JsonObject = {**page, "schema": [fields[0], added, *fields[1:]], "title": "Page, renamed"}
    bench.source.main.content_types["page"] = changed
    edit_page(bench.source.main, HEN, title="Edited since", since="a value")
    done, writes = restore(bench, snapshot)
    assert [(row["kind"], row["content_type"], row["uids"]) for row in done.left] == [
        ("fields", "page", ["since"])
    ]
    kept: Any = bench.source.main.content_types["page"]
    assert [field["uid"] for field in kept["schema"]][1] == "since"
    assert kept["title"] == page["title"]
    document = bench.source.main.entries["page"][HEN].documents["en-us"].latest
    assert (document["since"], document["title"]) != ("a value", "Edited since")
    assert document["since"] == "a value"
    assert (
        len(
            [
                call
                for call in writes
                if call.startswith("PUT /v3/content_types/page?") or call.endswith("/page")
            ]
        )
        == 1
    )
    assert restore(bench, snapshot)[1] == []


def test_a_field_that_was_added_inside_of_a_group_stays_too(bench: Workbench) -> None:
    """A group is written as a whole: what its instances hold in the added field goes with them."""
    main = bench.source.main
    group: JsonObject = {
        "uid": "facts",
        "data_type": "group",
        "display_name": "Facts",
        "multiple": True,
        "schema": [{"uid": "name", "data_type": "text", "display_name": "Name"}],
    }
    fields: Any = main.content_types["page"]["schema"]
    main.content_types["page"] = {**main.content_types["page"], "schema": [*fields, group]}
    facts = [{"name": one, "_metadata": {"uid": f"cs{one}"}} for one in ("a", "b")]
    edit_page(bench.source.main, HEN, facts=facts)
    snapshot = bench.export()
    since: JsonObject = {"uid": "since", "data_type": "text", "display_name": "Since"}
    inner: Any = group["schema"]
    larger: JsonObject = {**group, "schema": [*inner, since]}
    main.content_types["page"] = {**main.content_types["page"], "schema": [*fields, larger]}
    edited = [{**facts[1], "since": "of b"}, {**facts[0], "name": "changed", "since": "of a"}]
    edit_page(bench.source.main, HEN, facts=edited)
    done, _ = restore(bench, snapshot)
    assert [(row["kind"], row["uids"]) for row in done.left] == [("fields", ["facts.since"])]
    held: Any = main.entries["page"][HEN].documents["en-us"].latest["facts"]
    assert [(one["name"], one["since"]) for one in held] == [("a", "of a"), ("b", "of b")]
    assert restore(bench, snapshot)[1] == []


def test_kinds_that_are_not_restored_list_no_versions(bench: Workbench) -> None:
    """Their versions are only matched, and have other numbers since somebody edited one, and edited it back."""
    snapshot, before = bench.export(), title(bench, HEN)
    for words in ("Edited since", before):
        edit_page(bench.source.main, HEN, title=words)
    done, _ = restore(bench, snapshot, only=Contentstack().parse_kinds(["roles"]))
    assert done.renumbered.read_text() == ""
    assert restore(bench, snapshot, "all")[0].renumbered.read_text() != ""


def test_an_older_version_of_a_variant_is_live_and_pinned_again(tmp_path: Path) -> None:
    """No call reads it for a snapshot; but where that comes from the variant has the same versions."""
    bench = make_workbench(tmp_path, fill_every_kind)
    editors, branch = Editors(bench), bench.source.main
    bench.source.publish_rules.clear()
    path = f"/content_types/page/entries/{HEN}"
    body = {"entry": {"title": "Summer, edited", "_variant": {"_change_set": ["title"], "_order": []}}}
    editors.call("PUT", f"{path}/variants/{SUMMER}", json=body).raise_for_status()
    item: dict[str, Any] = {"uid": HEN, "content_type_uid": "page", "locale": "en-us", "action": "publish"}
    branch.releases[RELEASE].items.append({**item, "version": 1, "variant_id": SUMMER})
    snapshot = bench.export()
    variant = branch.entries["page"][HEN].variants[SUMMER, "en-us"]
    before = dict(variant.live)
    options: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
    assert bench.import_snapshot(snapshot, "untouched", **options).gaps == []
    variant.live.clear()
    branch.releases[RELEASE].items.pop()
    assert bench.import_snapshot(snapshot, "again", **options).gaps == []
    assert {place: one.version for place, one in variant.live.items()} == {
        place: one.version for place, one in before.items()
    }
    assert [one["version"] for one in branch.releases[RELEASE].items if one.get("variant_id")] == [1]
    transport = RecordingTransport(bench.emulator)
    assert bench.import_snapshot(snapshot, "third", transport=transport, **options).gaps == []
    assert [call for call in transport.log if not call.startswith("GET")] == []
