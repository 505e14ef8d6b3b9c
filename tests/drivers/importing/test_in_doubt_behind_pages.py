"""What a killed import has just made is found again, however many objects an editor has made since.

The emulator gives one row a page, so what is newer stands on other pages.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from crossed_stack import fill_crossed
from workbench import Cut, RecordingTransport, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    import httpx
    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot

LATER = "2999-01-01T00:00:00.000Z"
EDITORS = ("bltffffffffffff0001", "bltffffffffffff0002")
NAMES: dict[str, Any] = {  # what such an object is known by, beside its name or title
    "metadata": {"entity_uid": "bltffffffffffff0003"},
    "publish_rules": {"environment": "bltffffffffffff0003"},
    "workflows": {"content_types": [], "workflow_stages": []},
}


def rows(bench: Workbench, kind: str) -> dict[str, Any]:
    stack, branch = bench.target, bench.target.main
    if kind in ("entries", "assets", "folders"):
        of_type: Any = branch.entries.get("page", {}) if kind == "entries" else branch.assets
        return {
            uid: one
            for uid, one in of_type.items()
            if kind == "entries" or one.is_folder is (kind == "folders")
        }
    if kind == "schedules":
        return {uid: row for uid, row in branch.queue.items() if row.get("scheduled_at")}
    found: dict[str, Any] = getattr(stack if hasattr(stack, kind) else branch, kind)
    return found


def make_more(bench: Workbench, kind: str) -> None:
    """What an editor makes: two objects that have other names than the one that the import has made."""
    branch, stamps = bench.target.main, {"created_at": LATER, "updated_at": LATER}
    ours = [*rows(bench, kind).values()][-1]
    for number, uid in enumerate(EDITORS):
        new: Any = {"uid": uid, "name": f"editors-{number}", "title": f"Editor's {number}", **stamps}
        if kind == "entries":
            branch.put_entry_version("page", "en-us", {**new, "_version": 1})
        elif kind in ("assets", "folders"):
            branch.put_asset({**ours.latest, **new, "_version": 1}, b"editor's")
        elif kind == "releases":
            branch.put_release({**ours.raw, **new})
        elif kind == "schedules":
            branch.put_queue_item({"uid": uid, "publish_status": "published", **stamps})
        else:
            rows(bench, kind)[uid] = {**deepcopy(ours), **new, **NAMES.get(kind, {})}


def stop_when_made(bench: Workbench, snapshot: Snapshot, path: str) -> None:
    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.method == "POST" and request.url.path.endswith(path):
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, hook))


MADE = [
    ("environments", "/environments"),
    ("extensions", "/extensions"),
    ("folders", "/assets/folders"),
    ("assets", "/assets"),
    ("entries", "/content_types/page/entries/import"),
    ("labels", "/labels"),
    ("roles", "/roles"),
    ("workflows", "/workflows"),
    ("publish_rules", "/workflows/publishing_rules"),
    ("variant_groups", "/variant_groups"),
    ("metadata", "/metadata"),
    ("releases", "/releases"),
    ("schedules", "/unpublish"),
    ("webhooks", "/webhooks"),
]


@cache
def undisturbed() -> dict[str, int]:
    """How many objects of each kind an import makes."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_crossed)
        bench.import_snapshot(bench.export())
        return {kind: len(rows(bench, kind)) for kind, _ in MADE}


@pytest.mark.parametrize("made", sampled(MADE, 5), ids=lambda made: made[0])
def test_what_was_made_is_found_behind_newer_objects(made: tuple[str, str]) -> None:
    kind, path = made
    with memory_directory() as root:
        bench = make_workbench(root, fill_crossed, switches=Switches(page_rows=1))
        snapshot = bench.export()
        stop_when_made(bench, snapshot, path)
        assert rows(bench, kind)
        make_more(bench, kind)
        imported = bench.import_snapshot(snapshot)
        assert imported.gaps == []
        assert len(rows(bench, kind).keys() - {*EDITORS}) == undisturbed()[kind]
