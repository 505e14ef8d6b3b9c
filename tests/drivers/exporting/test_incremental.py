"""Exports on top of an earlier snapshot: the same bytes as a full one, with requests only for what is new."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from disk_faults import FaultyFiles, RecordingFiles
from editors import Editors
from random_stack import fill_random
from small_stack import HEN, fill_small, page
from workbench import (
    SOURCE,
    TARGET,
    Cut,
    RecordingTransport,
    cut_at,
    file_digests,
    make_workbench,
    memory_directory,
)

from sampling import rotated, sampled
from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.errors import ExitCode, SnapshotCorrupt, StackferryError, UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import MANIFEST, WORK, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.files import SystemCall

T = TypeVar("T")
NIGHTS = 3
SHARES = 4  # a run cuts at every fourth request


def run_nights(seed: int, versions: str, *, lists: bool = False) -> Counter[str]:
    """Edit a stack and back it up several times; return how often each edit was made."""
    with memory_directory() as root:
        workbench = make_workbench(root, lambda stack: fill_random(stack, seed))
        editors = Editors(workbench, seed)
        base = workbench.export("night 0", versions=versions).root
        for night in range(1, NIGHTS + 1):
            editors.work(6, naming=not lists)
            base = check_incremental(workbench, base, f"night {night}", versions=versions, lists=lists)
        assert workbench.emulator.defects == []
        return Counter(editors.done)


def check_incremental(
    workbench: Workbench, base: Path, name: str, *, versions: str, lists: bool = False
) -> Path:
    """Compare an incremental and a full export; return the directory of the incremental one."""
    full_transport, incremental_transport = (
        RecordingTransport(workbench.emulator),
        RecordingTransport(workbench.emulator),
    )
    full = workbench.export(f"{name} in full", transport=full_transport, versions=versions)
    made = workbench.export(
        name,
        transport=incremental_transport,
        base=BaseSnapshot(base, trust_version_lists=lists),
        versions=versions,
    )
    assert file_digests(made.root) == file_digests(full.root)
    assert not Counter(incremental_transport.log) - Counter(full_transport.log)
    return made.root


@pytest.mark.parametrize(("seed", "versions"), rotated(range(8), ["latest", "pinned", "all"]))
def test_an_incremental_export_equals_a_full_one(seed: int, versions: str) -> None:
    """I6: byte for byte, after any edits, and on top of another incremental export."""
    run_nights(seed, versions)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def export_base(workbench: Workbench, name: str = "base", **options: Any) -> BaseSnapshot:
    return BaseSnapshot(workbench.export(name, **options).root)


def test_an_unchanged_stack_costs_only_its_listings(workbench: Workbench) -> None:
    """If version lists are trusted, no list of an entry is read."""
    base = export_base(workbench, versions="all")
    for lists in (False, True):
        transport = RecordingTransport(workbench.emulator)
        again = BaseSnapshot(base.root, trust_version_lists=lists)
        workbench.export(f"again {lists}", transport=transport, base=again, versions="all")
        kinds = Counter(_request_sort(request) for request in transport.log)
        assert kinds["version"] == kinds["bytes"] == 0
        assert kinds["list"] == (0 if lists else 4)
        taken = {"asset_versions": 1, "files": 2, "versions": 1}
        assert again.reused == (taken | {"history": 4} if lists else taken)


def test_a_new_version_name_is_missed_only_with_trusted_version_lists(workbench: Workbench) -> None:
    """The name of an older version shows in its list alone. The option says so."""
    base = export_base(workbench, versions="all")
    editors = Editors(workbench, 1)
    path = f"/content_types/page/entries/{HEN}/versions/1/name"
    named = {"entry": {"_version_name": "First hen", "locale": "en-us"}}
    assert editors.call("POST", path, json=named).status_code == 201
    full = file_digests(workbench.export("full", versions="all").root)
    assert file_digests(workbench.export("read", base=base, versions="all").root) == full
    trusting = file_digests(
        workbench.export(
            "believed", base=BaseSnapshot(base.root, trust_version_lists=True), versions="all"
        ).root
    )
    assert {name for name in full if full[name] != trusting[name]} == {
        "history/page/en-us.jsonl",
        "manifest.json",
    }


def _request_sort(request: str) -> str:
    """What a request asks for."""
    if "/versions?" in request:
        return "list"
    if "version=" in request:
        return "version"
    return "bytes" if f"/assets/{SOURCE}/" in request else "page"


def test_an_unchanged_stack_with_every_version_costs_five_percent_of_a_full_export() -> None:
    """By the formula in docs/performance.md."""

    def fill(stack: Stack) -> None:
        fill_small(stack)
        for number in range(296):
            for version in range(1, 4):
                title = f"Chick {number}, version {version}"
                uid = f"bltchick{number:08}"
                stack.main.put_entry_version("page", "en-us", page(uid, version, title, HEN))

    with memory_directory() as root:
        workbench = make_workbench(root, fill)
        full_transport, incremental_transport = (
            RecordingTransport(workbench.emulator),
            RecordingTransport(workbench.emulator),
        )
        full = workbench.export("full", transport=full_transport, versions="all")
        made = workbench.export(
            "made",
            transport=incremental_transport,
            base=BaseSnapshot(full.root, trust_version_lists=True),
            versions="all",
        )
        assert file_digests(made.root) == file_digests(full.root)
        kinds, cells, items, lists, older, files = 17, 3 + 1, 1, 300, 296 * 2 + 1 + 1, 2
        looks = kinds + 2 + items  # the two cells
        settings = 1
        assert full_transport.sent == kinds + cells + items + looks + settings + lists + older + files
        assert incremental_transport.sent == kinds + cells + items + looks + settings
        assert incremental_transport.sent <= 0.05 * full_transport.sent


def test_only_new_versions_and_bytes_are_fetched(workbench: Workbench) -> None:
    """Not even the latest version is fetched if the base holds it."""
    base = export_base(workbench, versions="all")
    editors = Editors(workbench, 1)
    path = f"/content_types/page/entries/{HEN}"
    assert editors.call("PUT", path, json={"entry": {"title": "Hen, once more"}}).status_code == 200
    file = {"asset[upload]": ("new.png", b"new", "image/png")}
    assert editors.call("POST", "/assets", files=file).status_code == 201
    full_transport, incremental_transport = (
        RecordingTransport(workbench.emulator),
        RecordingTransport(workbench.emulator),
    )
    full = workbench.export("full", transport=full_transport, versions="all")
    base = BaseSnapshot(base.root, trust_version_lists=True)
    made = workbench.export("made", transport=incremental_transport, base=base, versions="all")
    assert file_digests(made.root) == file_digests(full.root)
    kinds = Counter(_request_sort(request) for request in incremental_transport.log)
    assert (kinds["list"], kinds["version"], kinds["bytes"]) == (1, 0, 1)
    assert base.reused == {"asset_versions": 1, "files": 2, "history": 3, "versions": 2}


@pytest.mark.parametrize("share", sampled(range(SHARES), 1))
def test_an_incremental_export_cut_at_any_request_resumes_to_the_same_bytes(
    workbench: Workbench, share: int
) -> None:
    """A2, I5, I6."""
    base = export_base(workbench)
    Editors(workbench, 3).work(8)
    expected = file_digests(workbench.export("full", versions="all").root)
    transport = RecordingTransport(workbench.emulator)
    workbench.export("quiet", transport=transport, base=base, versions="all")
    for number in range(1 + share, transport.sent + 1, SHARES):
        name = f"cut at {number}"
        with pytest.raises(Cut):
            workbench.export(
                name,
                transport=RecordingTransport(workbench.emulator, cut_at(number, after=True)),
                base=base,
                versions="all",
            )
        second = BaseSnapshot(base.root)
        assert file_digests(workbench.export(name, base=second, versions="all").root) == expected
        assert second.reused == base.reused


def test_an_unfinished_export_resumes_only_with_its_own_base(workbench: Workbench) -> None:
    """The base may have moved to another directory."""
    base, other = export_base(workbench), export_base(workbench, "other", versions="latest")
    with pytest.raises(Cut):
        workbench.export(transport=RecordingTransport(workbench.emulator, cut_at(9, after=True)), base=base)
    for wrong in (None, other, BaseSnapshot(base.root, trust_version_lists=True)):
        with pytest.raises(UsageError, match="unfinished export"):
            workbench.export(base=wrong)
    shutil.move(base.root, workbench.root / "moved")
    assert workbench.export(base=BaseSnapshot(workbench.root / "moved")).manifest


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ({"versions": "latest"}, {"versions": "all"}),
        ({"versions": "all"}, {"versions": "latest"}),
        ({"assets": False}, {"versions": "all"}),
        ({"versions": "all"}, {"versions": "all", "assets": False}),
        ({"versions": "all"}, {"versions": "all", "locales": frozenset({"fr-fr"})}),
        ({"limit": 1, "with_references": 1, "versions": "all"}, {"versions": "all"}),
        ({"versions": "all"}, {"limit": 1, "with_references": None, "versions": "all"}),
        ({"query": '{"title":"Egg"}', "versions": "all"}, {"query": '{"title":"Egg"}', "versions": "all"}),
        ({"keep_secrets": True}, {}),
        ({}, {"keep_secrets": True}),
    ],
    ids=repr,
)
def test_a_base_with_other_options_is_completed(
    workbench: Workbench, then: dict[str, Any], now: dict[str, Any]
) -> None:
    """What the base does not hold is fetched."""
    credential: Any = {"http_basic_auth": "me", "http_basic_password": "cs-invented-password"}
    workbench.source.put("webhooks", {"uid": "blt_hook", "name": "Hook", "destinations": [credential]})
    base = export_base(workbench, **then)
    Editors(workbench, 5).work(6)
    full = workbench.export("full", **now)
    assert file_digests(workbench.export("made", base=base, **now).root) == file_digests(full.root)


def test_a_base_of_another_stack_or_branch_is_refused(workbench: Workbench) -> None:
    """No directory is created."""
    workbench.source.branches["redesign"] = workbench.source.main.fork("redesign", {"uid": "redesign"})
    for base in (
        export_base(workbench, "stack", key=TARGET),
        export_base(workbench, "branch", branch="redesign"),
    ):
        with pytest.raises(UsageError, match="snapshot of another place"):
            workbench.export(base=base)
    with pytest.raises(UsageError, match="not a complete snapshot"):
        workbench.export(base=BaseSnapshot(workbench.root / "nowhere"))
    assert not (workbench.root / "snapshot").exists()


@pytest.mark.parametrize("victim", ["entries/page/en-us.jsonl", "files", "manifest.json", "assets.jsonl"])
@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_a_damaged_base_is_refused(workbench: Workbench, victim: str, harm: str) -> None:
    """A9: exit code 6; the message names the file and what to do."""
    base = export_base(workbench)
    path = next(path for path in sorted((base.root / victim).rglob("*")) if path.is_file()) if (
        victim == "files"
    ) else base.root / victim  # fmt: skip
    data = path.read_bytes()
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(data[:-2] if harm == "cut" else bytes([data[0] ^ 1]) + data[1:])
    transport = RecordingTransport(workbench.emulator)
    unfinished = victim == "manifest.json" and harm == "remove"
    with pytest.raises(UsageError if unfinished else SnapshotCorrupt) as damaged:
        workbench.export(transport=transport, base=base)
    assert path.name in str(damaged.value)
    if not unfinished:
        assert damaged.value.exit_code is ExitCode.CORRUPT
        assert "name a sound snapshot with --base" in str(damaged.value)
    assert transport.sent == 0
    assert not (workbench.root / "snapshot").exists()


def test_a_base_damaged_during_the_export_ends_it(workbench: Workbench) -> None:
    """A9: with the bytes restored it resumes."""
    base = export_base(workbench)
    aside = workbench.root / "aside"

    def lose(transport: RecordingTransport, _: httpx.Request, done: bool) -> None:
        if transport.sent == 3 and done and not aside.exists():
            shutil.move(base.root / "files", aside)

    with pytest.raises(SnapshotCorrupt, match="missing"):
        workbench.export(transport=RecordingTransport(workbench.emulator, lose), base=base)
    shutil.move(aside, base.root / "files")
    assert file_digests(workbench.export(base=base).root) == file_digests(base.root)


def test_unchanged_files_are_hard_links_to_the_base(workbench: Workbench) -> None:
    """The base can be deleted afterwards."""
    base = export_base(workbench, versions="all")
    before = file_digests(base.root)
    Editors(workbench, 1).call("PUT", f"/content_types/page/entries/{HEN}", json={"entry": {"title": "new"}})
    made = workbench.export("made", base=base, versions="all")
    same = {name for name, digest in file_digests(made.root).items() if before.get(name) == digest}
    assert {name for name in same if name.startswith("files/")} == {
        n for n in before if n.startswith("files/")
    }
    for name in same:
        assert (made.root / name).samefile(base.root / name)
    assert "entries/page/en-us.jsonl" not in same
    assert file_digests(base.root) == before
    shutil.rmtree(base.root)
    made.check()


class OtherFileSystem(Files):
    """A directory on a file system of its own, where hard links to other files fail."""

    def attempt(self, operation: SystemCall, call: Callable[[], T]) -> T:
        if operation.verb == "link":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return call()


def test_unchanged_files_are_copied_where_hard_links_fail(workbench: Workbench) -> None:
    base = export_base(workbench)
    made = workbench.export("made", base=base, disk=OtherFileSystem)
    assert file_digests(made.root) == file_digests(base.root)
    assert not any((made.root / name).samefile(base.root / name) for name in file_digests(made.root))


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", sampled(range(SHARES), 1))
def test_an_incremental_export_resumes_after_any_disk_error(
    workbench: Workbench, share: int, *, late: bool
) -> None:
    """A4, I1: the base is not changed."""
    base = export_base(workbench)
    full_transport = file_digests(base.root)
    recordings: list[RecordingFiles] = []

    def recorded(root: Path) -> Files:
        recordings.append(RecordingFiles(root))
        return recordings[-1]

    workbench.export("quiet", base=base, disk=recorded)
    for at in range(1 + late + 2 * share, len(recordings[0].record) + 1, 2 * SHARES):
        name = f"refused at {at}"
        with contextlib.suppress(StackferryError):
            workbench.export(name, base=base, disk=partial(FaultyFiles, at=at, code=errno.ENOSPC, late=late))
        if (workbench.root / name / MANIFEST).exists() and not (workbench.root / name / WORK).exists():
            made = Snapshot(workbench.root / name)
        else:
            made = workbench.export(name, base=base)
        assert file_digests(made.root) == full_transport
    assert file_digests(base.root) == full_transport
