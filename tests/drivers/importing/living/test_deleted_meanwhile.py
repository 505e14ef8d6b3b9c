"""Somebody deletes what a killed import had made: the same command makes it anew, with all that depends on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from every_kind_stack import fill_every_kind
from round_trip import explain_differences
from small_stack import EGG, HEN, PICTURE, fill_small
from workbench import (
    SOURCE,
    TARGET,
    TOKEN,
    Cut,
    RecordingTransport,
    cut_at,
    make_workbench,
    memory_directory,
    serve_emulator,
)

from stackferry.emulators.contentstack import Switches
from stackferry.io.storage.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

HEADERS = {"api_key": TARGET, "authorization": TOKEN}


def interrupted(
    root: Path, fill: Callable[[Stack], None], number: int, *, holds: bool = False
) -> tuple[Workbench, Snapshot] | None:
    """An import that died at the `number`-th write; None if it has no more than that."""
    workbench = make_workbench(root, fill, switches=Switches(trash_holds_unique=holds))
    snapshot = workbench.export()
    try:
        workbench.import_snapshot(
            snapshot,
            transport=RecordingTransport(workbench.emulator, cut_at(number, after=False, only="write")),
        )
    except Cut:
        return workbench, snapshot
    return None


def made(workbench: Workbench, kind: str, uid: str) -> str | None:
    checkpoint = Checkpoint(workbench.root / "state" / "checkpoint.sqlite")
    try:
        return checkpoint.target(kind, uid)
    finally:
        checkpoint.close()


def delete(workbench: Workbench, path: str) -> None:
    """What an editor does in the target."""
    with serve_emulator(workbench) as served:
        answer = httpx.delete(f"{served.origin}/v3{path}", headers=HEADERS)
        assert answer.status_code < 300, answer.text


def differences(workbench: Workbench, imported: ImportResult) -> set[str]:
    """What is wrong in the target and told nowhere."""
    found = explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), imported.gaps).unexplained
    told = {str(gap["uid"]) for gap in imported.gaps}
    # What was published to an environment that is gone, or planned for an asset that is, stays in the service's lists.
    stays = {line for line in found if "has also" in line or re.match("schedule .* is too many", line)}
    left = {line for line in set(found) - stays if not any(f"({uid})" in line for uid in told)}
    return left - {line for line in left if line.startswith("workflow") and "/description" in line}


DELETED = [
    ("assets", PICTURE, "/assets/{}"),
    ("entries", EGG, "/content_types/page/entries/{}?delete_all_localized=true"),
    ("entries", HEN, "/content_types/page/entries/{}?delete_all_localized=true"),
]

# Whether titles are taken as long as their entry is in the trash: the service may do either.
HOLDS = pytest.mark.parametrize("holds", [False, True], ids=["free titles", "taken titles"])


@pytest.mark.torture
@pytest.mark.parametrize("number", range(6, 28))
@pytest.mark.parametrize(("kind", "uid", "path"), DELETED, ids=["asset", "egg", "hen"])
@HOLDS
def test_what_was_deleted_is_made_anew_wherever_the_run_died(
    kind: str, uid: str, path: str, number: int, holds: bool
) -> None:
    check_made_anew(kind, uid, path, number, holds=holds)


@pytest.mark.parametrize(("what", "number"), [(0, 10), (0, 20), (0, 21), (1, 17), (2, 13), (2, 22)], ids=str)
@HOLDS
def test_what_was_deleted_is_made_anew(what: int, number: int, holds: bool) -> None:
    """What refers to it arrives, and what was written before is written again or told."""
    check_made_anew(*DELETED[what], number, holds=holds)


def check_made_anew(kind: str, uid: str, path: str, number: int, *, holds: bool) -> None:
    with memory_directory() as root:
        if (run := interrupted(root, fill_small, number, holds=holds)) is None:
            return
        workbench, snapshot = run
        if (target := made(workbench, kind, uid)) is None:
            return
        delete(workbench, path.format(target))
        imported = workbench.import_snapshot(snapshot)
        assert differences(workbench, imported) == set()
        assert imported.resumed["made_anew"]
        sent = workbench.writes()
        assert workbench.import_snapshot(snapshot).resumed["made_anew"] == 0
        assert workbench.writes() == sent


def test_it_costs_nothing_else() -> None:
    """An asset that is gone when no entry is written yet: no gap at all."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        snapshot = workbench.export()

        def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
            if not done and request.url.path.endswith("/entries/import"):
                raise Cut

        with pytest.raises(Cut):
            workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, hook))
        delete(workbench, f"/assets/{made(workbench, 'assets', PICTURE)}")
        imported = workbench.import_snapshot(snapshot)
        assert imported.gaps == []
        assert differences(workbench, imported) == set()


def without_egg(root: Path) -> tuple[Workbench, Snapshot, str]:
    """An import that died after it had made an entry, which an editor has deleted since."""
    workbench = make_workbench(root, fill_small)
    snapshot = workbench.export()
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot,
            transport=RecordingTransport(workbench.emulator, cut_at(17, after=False, only="write")),
        )
    target = made(workbench, "entries", EGG)
    assert target is not None
    delete(workbench, DELETED[1][2].format(target))
    return workbench, snapshot, target


def test_what_comes_back_keeps_its_uid_and_is_told() -> None:
    """Its title is taken as long as the trash holds it: so the trash is asked first."""
    with memory_directory() as root:
        workbench, snapshot, target = without_egg(root)
        imported = workbench.import_snapshot(snapshot)
        assert made(workbench, "entries", EGG) == target
        told = [(row["uid"], row["locale"], row["target"]) for row in imported.remarks["restored"]]
        assert told == [(EGG, "en-us", target), (EGG, "fr-fr", target)]
        assert not imported.remarks.get("meanwhile")
        assert {gap["kind"] for gap in imported.gaps} <= {"releases"}
        assert differences(workbench, imported) == set()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_run_that_dies_while_it_asks_the_trash_goes_on(after: bool) -> None:
    """It asks no second time where the first call was answered in time, and publishes all the same."""
    with memory_directory() as root:
        workbench, snapshot, target = without_egg(root)
        with pytest.raises(Cut):
            workbench.import_snapshot(
                snapshot,
                transport=RecordingTransport(workbench.emulator, cut_at(1, after=after, only="write")),
            )
        imported = workbench.import_snapshot(snapshot)
        assert made(workbench, "entries", EGG) == target
        assert differences(workbench, imported) == set()


def test_a_title_that_the_trash_holds_is_told() -> None:
    """One of an entry that this import has not made: nothing but emptying the trash helps."""
    with memory_directory() as root:
        workbench, snapshot, _ = without_egg(root)
        trash = workbench.target.main.trash.entries["page"]
        for uid, locale in [*trash]:
            trash[f"{uid}other", locale] = trash.pop((uid, locale))
        imported = workbench.import_snapshot(snapshot)
        assert any("one in the trash may hold it" in str(gap["reason"]) for gap in imported.gaps)


KINDS = [
    ("environments", "bltaaaaaaaaaaaaaa01", "/environments/live"),
    ("folders", "bltaaaaaaaaaaaaaa02", "/assets/folders/{}"),
    ("locales", "fr-fr", "/locales/fr-fr"),
    ("extensions", "bltaaaaaaaaaaaaaa40", "/extensions/{}"),
    ("taxonomies", "places", "/taxonomies/places?force=true"),
    ("content_types", "horse", "/content_types/horse?force=true"),
    ("releases", "bltaaaaaaaaaaaaaa21", "/releases/{}"),
    ("roles", "bltaaaaaaaaaaaaaa43", "/roles/{}"),
    ("labels", "bltaaaaaaaaaaaaaa41", "/labels/{}"),
]


@pytest.mark.parametrize(("kind", "uid", "path"), KINDS, ids=[row[0] for row in KINDS])
def test_other_kinds_are_made_anew_or_told(kind: str, uid: str, path: str) -> None:
    """What named it before it was deleted is a gap, or is right."""
    with memory_directory() as root:
        run = interrupted(root, fill_every_kind, 40)
        assert run is not None
        workbench, snapshot = run
        if (target := made(workbench, kind, uid)) is None:
            return
        delete(workbench, path.format(target))
        imported = workbench.import_snapshot(snapshot)
        assert imported.resumed["made_anew"]
        assert differences(workbench, imported) == set()
