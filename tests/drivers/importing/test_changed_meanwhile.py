"""Somebody changes what has no versions while an import updates it: no answer tells, so it is looked at right before.

What has changed since the plan is a conflict, and the next run writes over it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import ANIMALS, FLOW, GROUP, ROLE, fill_every_kind
from meanwhile import before, meanwhile
from small_stack import FOLDER, RELEASE
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from stackferry.providers.contentstack.system import Contentstack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot

# Of each kind: where it lies, its key in a body, a field that is changed, and the listing that looks at it.
KINDS = {
    "content_types": ("/content_types/page", "content_type", "description", "/content_types"),
    "global_fields": ("/global_fields/seo", "global_field", "description", "/global_fields"),
    "labels": (f"/labels/{ANIMALS}", "label", "name", "/labels"),
    "releases": (f"/releases/{RELEASE}", "release", "name", "/releases"),
    "variant_groups": (f"/variant_groups/{GROUP}", "variant_group", "name", "/variant_groups"),
    "locales": ("/locales/fr-fr", "locale", "name", "/locales"),
    "folders": (f"/assets/folders/{FOLDER}", "asset", "name", "/assets"),
    "roles": (f"/roles/{ROLE}", "role", "description", "/roles"),
    "workflows": (f"/workflows/{FLOW}", "workflow", "name", "/workflows"),
}


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        bench.source.main.releases[RELEASE].raw["locked"] = False
        yield bench


def change(editors: Editors, kind: str, value: str) -> None:
    path, key, field, _ = KINDS[kind]
    body = dict(editors.call("GET", path).json().get(key) or {})
    whole = body if kind in ("content_types", "global_fields", "workflows", "variant_groups") else {}
    answer = editors.call("PUT", path, json={key: {**whole, field: value}})
    answer.raise_for_status()


def value(editors: Editors, kind: str) -> object:
    path, key, field, listing = KINDS[kind]
    if kind not in ("folders", "variant_groups"):
        return editors.call("GET", path).json()[key][field]
    rows: Any = editors.call("GET", listing, params={"query": '{"is_dir":true}'} if kind == "folders" else {})
    (row,) = rows.json()["assets" if kind == "folders" else kind]
    return row[field]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_conflict_and_the_next_run_writes_over_it(bench: Workbench, kind: str) -> None:
    snapshot = bench.export()
    own = Contentstack().parse_kinds([kind]) if kind in ("roles", "workflows") else frozenset()
    run(bench, snapshot, kind, key=SOURCE, in_place=True, only=own)


@pytest.mark.parametrize("kind", ["content_types", "global_fields", "locales"])
def test_in_another_stack_too(bench: Workbench, kind: str) -> None:
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    run(bench, snapshot, kind, key=TARGET)


def run(bench: Workbench, snapshot: Snapshot, kind: str, **options: Any) -> None:
    editors = Editors(bench, key=options["key"])
    asked: dict[str, Any] = {"on_conflict": "update", **options}
    wanted = value(editors, kind)
    change(editors, kind, "Since")
    # The plan's own listing is sorted.
    look = before(match=rf"^GET {KINDS[kind][3]}\?(?!.*asc=)")
    with meanwhile(bench.emulator, (look, lambda: change(editors, kind, "Editor"))):
        done = bench.import_snapshot(snapshot, "again", **asked)
    assert value(editors, kind) == "Editor"
    assert [row["kind"] for row in done.remarks["conflicts"]] == [kind]
    assert kind in {gap["kind"] for gap in done.gaps}
    again = bench.import_snapshot(snapshot, "again", **asked)
    assert "conflicts" not in again.remarks
    assert value(editors, kind) == wanted
