"""An editor renames what a killed import has just made: the same command finds it, or says that it cannot tell.

The answer to a creation is lost with the process. The next run searches for the name that was sent; the object that
was made has another one by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_kind_stack import fill_every_kind
from small_stack import fill_small
from workbench import TARGET, TOKEN, Cut, RecordingTransport, make_workbench, memory_directory, serve_emulator

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

HEADERS = {"api_key": TARGET, "authorization": TOKEN}


@pytest.fixture
def small() -> Iterator[tuple[Workbench, Snapshot]]:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        yield workbench, workbench.export()


def stop_when_made(workbench: Workbench, snapshot: Snapshot, path: str, number: int = 1) -> None:
    """Run an import that dies when the service has carried out the `number`-th creation at a path."""
    seen = 0

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal seen
        if request.method == "POST" and request.url.path.removeprefix("/v3") == path:
            seen += not done
            if seen >= number and done:
                raise Cut

    with pytest.raises(Cut):
        workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, hook))


def edit(workbench: Workbench, path: str, body: dict[str, Any]) -> None:
    """What an editor does in the target."""
    with serve_emulator(workbench) as served:
        answer = httpx.put(f"{served.origin}/v3{path}", headers=HEADERS, json=body)
        assert answer.status_code < 300, answer.text


def told(imported: ImportResult, kind: str) -> list[str]:
    return [str(gap["reason"]) for gap in imported.gaps if gap["kind"] == kind]


def test_a_renamed_entry_is_known_by_its_first_version(small: tuple[Workbench, Snapshot]) -> None:
    """It is not made twice, everything that refers to it arrives, and its new name is told, and what it gave way to."""
    workbench, snapshot = small
    stop_when_made(workbench, snapshot, "/content_types/page/entries/import")
    (uid,) = workbench.target.main.entries["page"]
    edit(workbench, f"/content_types/page/entries/{uid}", {"entry": {"title": "Rooster"}})
    imported = workbench.import_snapshot(snapshot)
    assert len(workbench.target.main.entries["page"]) == 3
    renamed, written_over = told(imported, "entries")
    assert "'Rooster'" in renamed
    assert uid in renamed
    assert "somebody else wrote version 2 of it" in written_over
    assert [gap["kind"] for gap in imported.gaps] == ["entries", "entries"]


def test_a_renamed_asset_is_known_by_its_first_version(small: tuple[Workbench, Snapshot]) -> None:
    workbench, snapshot = small
    stop_when_made(workbench, snapshot, "/assets")
    (uid,) = files_of(workbench)
    edit(workbench, f"/assets/{uid}", {"asset": {"title": "Rooster"}})
    imported = workbench.import_snapshot(snapshot)
    assert files_of(workbench) == [uid]
    assert told(imported, "entries") == told(imported, "references") == []


def test_an_entry_that_an_editor_made_meanwhile_is_none_of_ours(tmp_path: Path) -> None:
    """It was edited too, but its first version says something else."""
    workbench = make_workbench(tmp_path, fill_small, switches=Switches(trash_holds_unique=False))
    snapshot = workbench.export()
    stop_when_made(workbench, snapshot, "/content_types/page/entries/import")
    with serve_emulator(workbench) as served:
        path = f"{served.origin}/v3/content_types/page/entries"
        (uid,) = workbench.target.main.entries["page"]
        httpx.delete(f"{path}/{uid}", headers=HEADERS).raise_for_status()
        made = httpx.post(path, headers=HEADERS, json={"entry": {"title": "Own"}}).json()
    edit(workbench, f"/content_types/page/entries/{made['entry']['uid']}", {"entry": {"title": "Mine"}})
    imported = workbench.import_snapshot(snapshot)
    assert imported.gaps == []
    assert len(workbench.target.main.entries["page"]) == 4


RENAMED = [
    ("environments", "/environments", "name", "environment"),
    ("folders", "/assets/folders", "name", "asset"),
    ("releases", "/releases", "name", "release"),
    ("labels", "/labels", "name", "label"),
    ("webhooks", "/webhooks", "name", "webhook"),
    ("extensions", "/extensions", "title", "extension"),
    ("workflows", "/workflows", "name", "workflow"),
    ("roles", "/roles", "name", "role"),
]


@pytest.mark.parametrize(("kind", "path", "field", "key"), RENAMED, ids=[row[0] for row in RENAMED])
def test_of_other_kinds_two_readings_remain(kind: str, path: str, field: str, key: str) -> None:
    """No version tells what it was called: none is made a second time, and the gap says what to do."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_every_kind)
        snapshot = workbench.export()
        before = set(uids_of(workbench, kind))
        stop_when_made(workbench, snapshot, path)
        made = [uid for uid in uids_of(workbench, kind) if uid not in before]
        for uid in made:
            place = workbench.target.environments[uid]["name"] if kind == "environments" else uid
            edit(workbench, f"{path}/{place}", {key: {field: f"rooster-{uid[-4:]}"}})
        imported = workbench.import_snapshot(snapshot)
        doubtful = [reason for reason in told(imported, kind) if "may be the same" in reason]
        assert doubtful
        for uid in made:
            assert any(f"rooster-{uid[-4:]}" in reason and uid in reason for reason in doubtful)
        assert all("--on-conflict update" in reason for reason in doubtful)
        assert len(uids_of(workbench, kind)) <= len(before) + len(of_source(workbench, kind))


def of_source(workbench: Workbench, kind: str) -> list[str]:
    return [*rows_of(workbench.source, kind)]


def rows_of(stack: Stack, kind: str) -> dict[str, Any]:
    branch = stack.main
    if kind == "folders":
        return {uid: asset for uid, asset in branch.assets.items() if is_folder(asset)}
    return {**(getattr(branch, kind) if hasattr(branch, kind) else getattr(stack, kind))}


def uids_of(workbench: Workbench, kind: str) -> list[str]:
    return [*rows_of(workbench.target, kind)]


def is_folder(asset: Any) -> bool:
    return bool(max(asset.versions.items())[1].raw.get("is_dir"))


def files_of(workbench: Workbench) -> list[str]:
    return [uid for uid, asset in workbench.target.main.assets.items() if not is_folder(asset)]
