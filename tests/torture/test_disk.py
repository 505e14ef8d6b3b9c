"""A disk that fails, is full or loses power, during a whole export or import."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest
from command_runner import FAST, CommandRunner, command_runner
from disk_faults import FaultyFiles, RecordingFiles, crash_states
from small_stack import fill_small
from workbench import (
    SOURCE,
    SYSTEM,
    TOKEN,
    UNLIMITED,
    InstantClock,
    RecordingTransport,
    Workbench,
    file_digests,
    make_workbench,
    memory_directory,
    run_async,
)

from sampling import sampled
from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.errors import StackferryError
from stackferry.io.http.session import open_session
from stackferry.io.storage.snapshot import MANIFEST, Snapshot
from stackferry.model import Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.io.storage.files import Files, SystemCall

T = TypeVar("T")
CODES = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def export_on(workbench: Workbench, name: str, disk: Callable[[Path], Files]) -> Snapshot:
    """An export with the test's own file system layer."""
    place = workbench.place(SOURCE)

    async def run() -> Snapshot:
        async with open_session(
            workbench.origin,
            headers(place, ("token", Secret(TOKEN))),
            rates=UNLIMITED,
            transport=RecordingTransport(workbench.emulator),
            clock=InstantClock(),
        ) as session:
            options = ReadOptions(versions="all")
            return await export(Run(SYSTEM, session, place), workbench.root / name, options, disk=disk)

    return run_async(run)


def operations(workbench: Workbench) -> int:
    """The number of disk operations of an undisturbed export."""
    made: list[RecordingFiles] = []

    def disk(root: Path) -> Files:
        made.append(RecordingFiles(root))
        return made[-1]

    export_on(workbench, "counted", disk)
    return len(made[0].record)


def fail_at(workbench: Workbench, at: int, code: int, *, late: bool, for_good: bool) -> None:
    """The export ends with an error that tells what to do, seals nothing, and completes on a sound disk."""
    expected = file_digests(workbench.root / "counted")
    name = f"refused{at}"
    try:
        snapshot = export_on(
            workbench, name, partial(FaultyFiles, at=at, code=code, late=late, for_good=for_good)
        )
    except StackferryError as error:
        assert "run the same command again" in str(error) or "can be written to" in str(error)  # noqa: PT017 - of both
        if (workbench.root / name / MANIFEST).exists():  # only what comes after the seal failed
            Snapshot(workbench.root / name).check()
        snapshot = export_on(workbench, name, RecordingFiles)
    assert file_digests(snapshot.root) == expected
    assert not list(workbench.root.rglob("*.partial"))
    shutil.rmtree(snapshot.root)


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_an_export_resumes_after_a_failed_disk_operation(workbench: Workbench, code: int) -> None:
    """A4, I1, I6: a sample of the operations; one fails, or all from there on."""
    count = operations(workbench)
    for at in range(1 + 2 * CODES.index(code), count + 1, 2 * len(CODES) + 1):
        fail_at(workbench, at, code, late=at % 2 == 0, for_good=at % 3 == 0)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_an_export_resumes_after_every_failed_disk_operation(
    workbench: Workbench, code: int, late: bool, for_good: bool
) -> None:
    """A4: every operation, with every error, before and after it happened, once and for good."""
    for at in range(1, operations(workbench) + 1):
        fail_at(workbench, at, code, late=late, for_good=for_good)


class SealRecorder(RecordingFiles):
    """Records operations, and copies the checkpoint when sealing begins."""

    began = 0

    def attempt(self, operation: SystemCall, call: Callable[[], T]) -> T:
        if (
            not self.began
            and operation.verb == "create"
            and not operation.name.startswith((".work/", "files/"))
        ):
            self.began = len(self.record)
            shutil.copytree(self.root / ".work", self.root.parent / "checkpoint")
        return super().attempt(operation, call)


def power_cuts(workbench: Workbench) -> int:
    """Cut the power between any two operations of sealing; return how many states of the disk were resumed."""
    made: list[SealRecorder] = []

    def disk(root: Path) -> Files:
        made.append(SealRecorder(root))
        return made[-1]

    expected = file_digests(export_on(workbench, "whole", disk).root)
    seen, states = set(), 0
    for done, fate, files in crash_states(made[0].record):
        state = frozenset((name, hash(data)) for name, data in files.items())
        if done < made[0].began or state in seen:
            continue
        seen.add(state)
        states += 1
        assert file_digests(after_the_cut(workbench, files)) == expected, (done, fate)
    return states


def after_the_cut(workbench: Workbench, files: dict[str, bytes]) -> Path:
    """What the same command makes of the directory as a power cut left it."""
    root = workbench.root / "cut"
    shutil.rmtree(root, ignore_errors=True)
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    if MANIFEST in files:
        Snapshot(root).check()
    else:
        shutil.copytree(workbench.root / "checkpoint", root / ".work", dirs_exist_ok=True)
    return (
        workbench.export("cut", versions="all").root
        if MANIFEST not in files or (root / ".work").is_dir()
        else root
    )


def test_a_snapshot_survives_a_power_failure_while_it_is_sealed(workbench: Workbench) -> None:
    """A1, I1-I3, I6: after each operation, with unsynced data lost, torn or kept."""
    states = power_cuts(workbench)
    print(f"\n{states} states after a power cut, each resumed to the same bytes")  # noqa: T201 - the counts
    assert states > 60


# --- a real disk ---


@pytest.mark.parametrize("size", sampled([100_000, 100], 1))
def test_a_file_size_limit_is_reported_and_the_run_resumes(tmp_path: Path, size: int) -> None:
    """A4: the kernel refuses writes of real commands, those of SQLite included."""
    with command_runner(tmp_path, 9) as runner:
        whole = tmp_path / "whole"
        assert runner.run("export", runner.place(), whole, *FAST).code == 0
        export_words = ("export", runner.place(), tmp_path / "limited", *FAST)
        import_words = ("import", whole, runner.place(runner.new_target()), "--schedules", *FAST)
        for words in (export_words, import_words):
            assert "run the same command again" in limited(runner, size, words)
            assert runner.run(*words).code == 0
        assert file_digests(tmp_path / "limited") == file_digests(whole)


def limited(runner: CommandRunner, size: int, words: tuple[object, ...]) -> str:
    """The messages of a command that may write no file larger than `size` bytes."""
    bound = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    process = runner.start(*words, preexec_fn=bound)
    _, err = process.communicate()
    assert process.returncode == 1, err
    assert b"unexpected" not in err
    assert b"Traceback" not in err
    return err.decode()


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_a_full_disk_is_reported_and_the_export_resumes(tmp_path: Path) -> None:
    """A5: a real file system of 64 KiB that is enlarged step by step."""
    small = tmp_path / "small"
    small.mkdir()
    if os.geteuid() != 0 or not mounted(small, 64):
        pytest.skip("mounting a small file system needs a privileged user")
    try:
        with command_runner(tmp_path, 9) as runner:
            whole, words = tmp_path / "whole", ("export", runner.place(), small / "s", *FAST)
            assert runner.run("export", runner.place(), whole, *FAST).code == 0
            for size in (64, 128, 192, 256, 320):
                mounted(small, size, "remount,")
                ended = runner.run(*words)
                assert ended.code == 1
                assert "run the same command again" in ended.err
                assert not (small / "s" / MANIFEST).exists()
            mounted(small, 65_536, "remount,")
            assert runner.run(*words).code == 0
            assert file_digests(small / "s") == file_digests(whole)
    finally:
        subprocess.run(["umount", small], check=False)  # noqa: S603, S607 - the system's own


def mounted(where: Path, kilobytes: int, how: str = "") -> bool:
    words = ["mount", "-t", "tmpfs", "-o", f"{how}size={kilobytes}k", "tmpfs", str(where)]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0  # noqa: S603 - the system's own
