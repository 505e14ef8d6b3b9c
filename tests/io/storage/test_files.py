"""Files: written whole or not at all, never through a link; every failure says what to do."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from disk_faults import FaultyFiles, RecordingFiles, crash_states
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackferry.errors import BusyError, SnapshotCorrupt, StackferryError
from stackferry.io.storage.files import PARTIAL, FileDigest, Files, SystemCall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "entries/page/en-us.jsonl"
OLD, NEW = b"the old file\n", [b"the new ", b"file, ", b"longer\n"]
WHOLE = b"".join(NEW)
STEPS = range(1, 17)  # three directories made and synced, then at most ten operations on the file itself
CODES = [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.ESTALE]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshot"


def content(root: Path) -> dict[str, bytes]:
    """All files really there, hidden ones too."""
    found = (path for path in root.rglob("*") if path.is_file() or path.is_symlink())
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def failure_of(files: Files) -> str:
    """What is said when the new file cannot be written; nothing if it can."""
    try:
        files.write_atomically(NAME, NEW)
    except StackferryError as error:
        return str(error)
    return ""


def test_a_file_is_written_whole(root: Path) -> None:
    """write_atomically makes the directories, replaces the old file and tells the digest."""
    files = Files(root)
    files.write_atomically(NAME, [OLD])
    digest = files.write_atomically(NAME, NEW)
    assert content(root) == {NAME: WHOLE}
    assert digest == FileDigest(hashlib.sha256(WHOLE).hexdigest(), len(WHOLE)) == files.digest(NAME)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
@pytest.mark.parametrize("at", STEPS)
@pytest.mark.parametrize("old", [OLD, None], ids=["replacing", "new"])
def test_any_operation_may_fail(root: Path, at: int, code: int, late: bool, old: bytes | None) -> None:
    """Whichever operation fails, and however: the target is old, absent or whole; nothing else is left."""
    if old is not None:
        Files(root).write_atomically(NAME, [old])
    files = FaultyFiles(root, at=at, code=code, late=late)
    message = failure_of(files)
    if files.failed:
        assert os.strerror(code) in message
        assert str(root) in message
    else:
        assert not message
    left = content(root)
    assert left in ({NAME: old} if old is not None else {}, {NAME: WHOLE})
    assert Files(root).write_atomically(NAME, NEW).size == len(WHOLE)
    assert content(root) == {NAME: WHOLE}


@pytest.mark.parametrize("at", STEPS)
def test_a_disk_that_stays_full(root: Path, at: int) -> None:
    """The first failure is reported even when cleaning up fails too, and the target is intact."""
    Files(root).write_atomically(NAME, [OLD])
    files = FaultyFiles(root, at=at, for_good=True)
    message = failure_of(files)
    if files.failed:
        assert "No space left on device: free some space and run the same command again" in message
    assert content(root)[NAME] in (OLD, WHOLE)
    Files(root).write_atomically(NAME, NEW)
    assert content(root) == {NAME: WHOLE}


@pytest.mark.parametrize("before", [{NAME: OLD}, {}], ids=["replacing", "new"])
def test_the_power_may_fail_at_any_instant(root: Path, before: dict[str, bytes]) -> None:
    """After a crash at any operation the target is old, absent or whole; after the last one it is whole."""
    for name, data in before.items():
        Files(root).write_atomically(name, [data])
    files = RecordingFiles(root)
    files.write_atomically(NAME, NEW)
    fates = set()
    for done, fate, found in crash_states(files.record, before):
        target = found.pop(NAME, None)
        assert target in (before.get(NAME), WHOLE), (done, fate)
        assert all(name.endswith(PARTIAL) or not data for name, data in found.items())
        assert target == WHOLE or done < len(files.record), fate
        fates.add(target)
    assert fates == {before.get(NAME), WHOLE}


@pytest.fixture
def other(tmp_path: Path) -> Files:
    """Another directory, which holds the new file."""
    files = Files(tmp_path / "other")
    files.write_atomically(NAME, NEW)
    return files


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("code", [*CODES, errno.EXDEV, errno.EMLINK], ids=errno.errorcode.get)
@pytest.mark.parametrize("old", [OLD, None], ids=["replacing", "new"])
def test_taking_over_may_fail(root: Path, other: Files, code: int, late: bool, old: bytes | None) -> None:
    """A file is taken over whole or not at all, whichever operation fails, and never changes where it was."""
    for at in STEPS:
        here = root / str(at)
        if old is not None:
            Files(here).write_atomically(NAME, [old])
        files = FaultyFiles(here, at=at, code=code, late=late)
        try:
            files.link_or_copy(other, NAME)
        except StackferryError:
            assert files.failed
            assert content(here) in ({NAME: old} if old is not None else {}, {NAME: WHOLE})
        else:
            assert content(here) == {NAME: WHOLE}
        Files(here).link_or_copy(other, NAME)
        Files(here).link_or_copy(other, NAME)  # it is the same file already
        assert content(here) == content(other.root) == {NAME: WHOLE}


def test_the_power_may_fail_while_a_file_is_taken_over(root: Path, other: Files) -> None:
    """After a crash at any operation there is no such file or the whole one; after the last one it is whole."""
    files = RecordingFiles(root)
    files.link_or_copy(other, NAME)
    assert (root / NAME).samefile(other.root / NAME)
    elsewhere = {f"{other.root}/{NAME}": WHOLE}
    fates = set()
    for done, fate, found in crash_states(files.record, elsewhere):
        fates.add(found.get(NAME))
        assert found.get(NAME) == WHOLE or done < len(files.record), fate
    assert fates == {None, WHOLE}


@pytest.mark.parametrize("missing", ["fsync", "fsync_dir"])
def test_the_crash_model_sees_what_is_not_synced(root: Path, missing: str) -> None:
    """Without one of the syncs the model finds a state that breaks the promise: it is able to fail."""
    files = RecordingFiles(root)
    files.write_atomically(NAME, NEW)
    careless = [operation for operation in files.record if operation.verb != missing]
    ends = [found.get(NAME) for done, _, found in crash_states(careless) if done == len(careless)]
    assert ends.count(WHOLE) < len(ends)


def test_a_partial_file_moves_in_whole(root: Path) -> None:
    """seal gives a synced file its final name; a crash leaves it under one of the two names, whole."""
    files = RecordingFiles(root)
    files.mkdir(".work")
    part = files.create(".work/download")
    for chunk in NEW:
        files.write(part, chunk)
    files.fsync(part)
    files.close(part)
    files.fsync_dir(".work")
    synced = len(files.record)
    files.seal(".work/download", "files/ab/abcd")
    assert content(root) == {"files/ab/abcd": WHOLE}
    for done, fate, found in crash_states(files.record):
        if done >= synced:
            held = [found[name] for name in (".work/download", "files/ab/abcd") if name in found]
            assert held, (done, fate)
            assert set(held) == {WHOLE}, (done, fate)


def test_an_interrupted_source_leaves_nothing(root: Path) -> None:
    """When the bytes stop coming, for whatever reason, no part of the file is left."""

    def stopping() -> Iterator[bytes]:
        yield b"some"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Files(root).write_atomically("manifest.json", stopping())
    assert content(root) == {}


def test_two_writers_of_one_name_do_not_mix(root: Path) -> None:
    """Workers that write the same file at the same time each write a whole one; the last one stays."""
    files = Files(root)

    def slowly() -> Iterator[bytes]:
        yield b"AAAA"
        files.write_atomically("files/ab/abcd", [b"BBBB"])
        yield b"AAAA"

    files.write_atomically("files/ab/abcd", slowly())
    assert content(root) == {"files/ab/abcd": b"AAAAAAAA"}


def test_a_real_limit_on_size(root: Path) -> None:
    """A write that the system cuts short is an error, not a short file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StackferryError, match="File too large: raise the limit"):
            Files(root).write_atomically("a", [b"x" * 4096])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert content(root) == {}


def test_names_sizes_and_trees(root: Path) -> None:
    """exists, size, listing, walk and remove_tree report and do what they say."""
    files = Files(root)
    for name in ("b/2", "b/1", "a", "b/3"):
        files.write_atomically(name, [name.encode()])
    assert [files.exists(name) for name in ("a", "b", "b/2", "c", "c/d")] == [True, True, True, False, False]
    assert files.size("b/3") == 3
    assert files.listing() == ["a", "b"]
    assert files.listing("c") == []
    assert list(files.walk()) == ["a", "b/1", "b/2", "b/3"]
    files.remove_tree("b")
    files.remove_tree("b")
    files.remove("b", missing_ok=True)
    assert list(files.walk()) == ["a"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "a//b", "a/.", "./a", "a\x00b", "a/"])
def test_a_name_never_leaves_the_root(root: Path, name: str) -> None:
    """A name from a hostile manifest that leads out of the snapshot is refused before anything is touched."""
    files = Files(root)
    files.mkdir("a")
    for use in (files.read, files.exists, files.remove, files.create, files.path, files.mkdir):
        with pytest.raises(SnapshotCorrupt, match="does not name a file inside"):
            use(name)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "f").write_bytes(b"precious")
    return victim


@pytest.mark.parametrize("use", ["read", "size", "exists", "digest"])
@pytest.mark.parametrize("planted", ["file", "directory"])
def test_links_are_refused(root: Path, victim: Path, use: str, planted: str) -> None:
    """A link planted in a snapshot is named and not followed, as the file or on the way to it."""
    files = Files(root)
    files.mkdir("entries")
    (root / "entries/page").symlink_to(victim if planted == "directory" else victim / "f")
    name = "entries/page/f" if planted == "directory" else "entries/page"
    with pytest.raises(SnapshotCorrupt, match=r"entries/page.*: a link or a device"):
        getattr(files, use)(name)
    assert content(victim) == {"f": b"precious"}


def test_writing_never_goes_through_a_link(root: Path, victim: Path) -> None:
    """Writing over a link replaces the link; removing one removes the link; a linked directory is refused."""
    files = Files(root)
    files.mkdir("d")
    for name in ("d/over", "d/gone", "tree"):
        (root / name).symlink_to(victim / "f" if name != "tree" else victim)
    files.write_atomically("d/over", [b"new"])
    files.remove("d/gone")
    with pytest.raises(SnapshotCorrupt, match="a link"):
        files.write_atomically("tree/f", [b"new"])
    with pytest.raises(SnapshotCorrupt, match="a link"):
        files.remove_tree("tree")
    with pytest.raises(SnapshotCorrupt, match=r"tree: a link"):
        list(files.walk())
    assert content(root / "d") == {"over": b"new"}
    assert content(victim) == {"f": b"precious"}


def test_what_is_no_file_is_refused(root: Path) -> None:
    """A pipe, a socket or a directory in the place of a file is refused, and reading one never hangs."""
    files = Files(root)
    files.mkdir("directory")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "socket"))
        for name in ("directory", "pipe", "socket"):
            with pytest.raises(SnapshotCorrupt, match=f"{name}: a link or a device"):
                files.read(name)


def test_a_missing_file_is_named(root: Path) -> None:
    """Reading what is not there says which file is missing."""
    files = Files(root)
    files.mkdir("")
    for use in (files.read, files.size, files.digest, files.remove):
        with pytest.raises(SnapshotCorrupt, match=r"locales\.jsonl: missing"):
            use("locales.jsonl")


def test_names_that_cannot_be_synced_are_logged(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where a file system cannot sync a directory the work goes on, and the log says so."""

    class NoDirectorySync(Files):
        def attempt(self, operation: SystemCall, call):  # type: ignore[no-untyped-def]  # the base's types, one case less
            if operation.verb == "fsync_dir":
                raise OSError(errno.EINVAL, "Invalid argument")
            return super().attempt(operation, call)

    NoDirectorySync(root).write_atomically("a", [b"x"])
    assert "cannot make names durable" in caplog.text
    assert content(root) == {"a": b"x"}


HOLD = """
import sys, pathlib
from stackferry.io.storage.files import Files
with Files(pathlib.Path(sys.argv[1])).lock(".work/lock"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_with_the_process_id_of_the_first(root: Path) -> None:
    """The lock names the process that holds it, is free as soon as that one is killed, and leaves no file."""
    with subprocess.Popen(  # noqa: S603  # this interpreter and the text above
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(BusyError, match=f"process {other.pid} is running here"),
            Files(root).lock(".work/lock"),
        ):
            pytest.fail("two runs hold one lock")
        other.kill()
        other.wait()
    assert (root / ".work/lock").read_text() == f"{other.pid}\n"
    with Files(root).lock(".work/lock"):
        assert (root / ".work/lock").read_text() == f"{os.getpid()}\n"
    assert content(root) == {}


def test_a_lock_is_held_once_in_a_process(root: Path) -> None:
    """Two runs in one process keep each other out too, and the lock can be taken again afterwards."""
    for _ in range(2):
        with (
            Files(root).lock("lock"),
            pytest.raises(BusyError, match=f"process {os.getpid()} is"),
            Files(root).lock("lock"),
        ):
            pytest.fail("held twice")
    with pytest.raises(ZeroDivisionError), Files(root).lock("lock"):
        raise ZeroDivisionError
    assert content(root) == {}


def test_a_lock_is_not_taken_through_a_link(root: Path, victim: Path) -> None:
    """A link in the place of the lock file is refused and what it points at is left alone."""
    Files(root).mkdir("")
    (root / "lock").symlink_to(victim / "f")
    with pytest.raises(SnapshotCorrupt, match="lock: a link"), Files(root).lock("lock"):
        pytest.fail("locked a link")
    assert content(victim) == {"f": b"precious"}


@given(data=st.binary(max_size=50), sizes=st.lists(st.integers(0, 9), max_size=9), size=st.integers(1, 20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_come_back(root: Path, data: bytes, sizes: list[int], size: int) -> None:
    """Whatever the pieces it was written in and is read in, a file holds the bytes that were given."""
    files, pieces, rest = Files(root), [], data
    for length in sizes:
        pieces.append(rest[:length])
        rest = rest[length:]
    files.write_atomically("x", [*pieces, rest])
    assert b"".join(files.chunks("x", size)) == data
    assert b"".join(files.lines("x")) == data
    assert files.digest("x").size == len(data)
