"""The checkpoint of an import: an intent before each write; an outcome with its identities and gaps, or neither."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from stackferry.errors import CheckpointCorrupt, ExitCode
from stackferry.io.storage.checkpoint import Checkpoint, State
from stackferry.model import Gap, Remark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint.sqlite"


@pytest.fixture
def checkpoint(path: Path) -> Iterator[Checkpoint]:
    one = Checkpoint(path)
    yield one
    one.close()


def reopened(path: Path) -> Checkpoint:
    """The checkpoint as the next run finds it if this process is killed now."""
    copy = path.with_name("copy.sqlite")
    for tail in ("", "-wal"):
        shutil.copy(f"{path}{tail}", f"{copy}{tail}")
    return Checkpoint(copy)


def test_an_intent_is_durable_after_a_commit(checkpoint: Checkpoint, path: Path) -> None:
    """I4, C2: after a kill the next run finds the operation that was in flight, with the note for its probe."""
    checkpoint.intend("a", {"title": "Ä", "number": 10**30})
    checkpoint.commit()
    after = reopened(path)
    found = after.operation("a")
    assert found is not None
    assert (found.state, found.note) == (State.INTENDED, {"title": "Ä", "number": 10**30})
    checkpoint.commit()
    after.close()


def test_an_outcome_its_identities_and_its_gaps_are_one_transaction(
    checkpoint: Checkpoint, path: Path
) -> None:
    """I3."""
    gap = Gap(kind="references", uid="x", reason="gone")
    bad = [("entries", "x", "y"), ("entries", "z", object())]
    with pytest.raises((sqlite3.Error, CheckpointCorrupt)):
        checkpoint.settle("a", State.DONE, {}, bad, [gap])  # type: ignore[arg-type]  # what the disk refuses half-way
    assert checkpoint.operation("a") is None
    assert checkpoint.target("entries", "x") is None
    checkpoint.settle("a", State.DONE, {}, bad[:1], [gap])  # type: ignore[arg-type]  # the good half
    checkpoint.commit()
    after = reopened(path)
    assert (after.target("entries", "x"), after.is_target("entries", "y"), after.gaps()) == (
        "y",
        True,
        [gap.as_json()],
    )
    assert not after.is_target("assets", "y")
    after.close()


def test_an_outcome_is_durable_with_the_next_commit(checkpoint: Checkpoint, path: Path) -> None:
    """I3, I4: a kill before that leaves the operation intended."""
    checkpoint.intend("a", {})
    checkpoint.commit()
    checkpoint.settle("a", State.DONE, {}, [("entries", "x", "y")])
    checkpoint.settle("b", State.DONE, {}, [("entries", "v", "w")])
    killed = reopened(path)
    found = killed.operation("a")
    assert found is not None
    assert (found.state, killed.operation("b"), killed.target("entries", "x")) == (State.INTENDED, None, None)
    killed.close()
    checkpoint.intend("c", {})
    checkpoint.commit()
    after = reopened(path)
    assert [after.target("entries", source) for source in "xv"] == ["y", "w"]
    after.close()


def test_closing_makes_every_outcome_durable(path: Path) -> None:
    """C1: a run that ends without a crash loses nothing."""
    one = Checkpoint(path)
    one.settle("a", State.DONE, {}, [("entries", "x", "y")])
    one.close()
    again = Checkpoint(path)
    assert again.target("entries", "x") == "y"
    again.close()


def test_the_gaps_of_a_repeated_operation_replace_the_first(checkpoint: Checkpoint) -> None:
    """Gaps of other operations stay."""
    for key in ("a", "b"):
        checkpoint.settle(key, State.FAILED, {}, (), [Gap(kind="entries", uid=key, reason="no")])
    checkpoint.settle("a", State.DONE, {})
    assert [gap["uid"] for gap in checkpoint.gaps()] == ["b"]


def test_gaps_of_an_operation_are_found_by_an_index(checkpoint: Checkpoint, path: Path) -> None:
    """Settling takes no longer in an import with very many gaps."""
    checkpoint.settle("one", State.FAILED, {}, gaps=[Gap(kind="entries", uid="a", reason="refused")])
    checkpoint.commit()
    with sqlite3.connect(path) as other:
        other.create_function("row_crc", -1, lambda *_: 0, deterministic=True)
        plan = other.execute("EXPLAIN QUERY PLAN DELETE FROM gap WHERE operation = 'one'").fetchall()
    other.close()
    assert [row[-1].split()[0] for row in plan] == ["SEARCH"]


def test_an_undo_is_stored_before_the_change_and_removed_with_its_reversal(
    checkpoint: Checkpoint, path: Path
) -> None:
    """C10: the first request for a key is kept."""
    checkpoint.add_undo("soften", {"method": "PUT", "body": "whole"})
    checkpoint.add_undo("soften", {"method": "PUT", "body": "already relaxed"})
    after = reopened(path)
    assert after.pending_undos() == [("soften", {"method": "PUT", "body": "whole"})]
    after.close()
    checkpoint.settle("restore", State.DONE, {}, undoes="soften")
    assert checkpoint.pending_undos() == []


def test_a_reset_operation_counts_as_never_made(checkpoint: Checkpoint) -> None:
    """C10: a later run takes a change back before the import is complete, and makes it again."""
    checkpoint.add_undo("soften", {})
    checkpoint.settle("soften", State.DONE, {})
    checkpoint.reset_operation("soften")
    assert checkpoint.operation("soften") is None
    assert checkpoint.pending_undos() == []


def test_identities_are_counted_by_kind(checkpoint: Checkpoint) -> None:
    """The same object twice counts once."""
    checkpoint.settle("a", State.DONE, {}, [("entries", "x", "y"), ("assets", "x", "y")])
    checkpoint.settle("b", State.DONE, {}, [("entries", "x", "z"), ("entries", "w", "v")])
    assert checkpoint.identity_counts() == {"assets": 1, "entries": 2}
    assert [*checkpoint.identities("entries")] == [("w", "v"), ("x", "z")]


@pytest.mark.parametrize(
    "content", [b"not a database" * 400, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 8000]
)
def test_a_file_that_is_no_checkpoint_is_refused(path: Path, content: bytes) -> None:
    """A8: exit code 6, with a message that says what to do; the file is not overwritten."""
    path.write_bytes(content)
    with pytest.raises(CheckpointCorrupt, match="cannot be used") as corrupt:
        Checkpoint(path)
    assert corrupt.value.exit_code is ExitCode.CORRUPT
    assert path.read_bytes() == content


def test_a_truncated_checkpoint_is_refused(path: Path) -> None:
    """A8: it is never resumed from."""
    one = Checkpoint(path)
    for number in range(300):
        one.settle(
            f"operation {number}", State.DONE, {"note": "x" * 100}, [("entries", str(number), str(number))]
        )
    one.close()
    whole = path.read_bytes()
    for share in (0.3, 0.6, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(CheckpointCorrupt):
            Checkpoint(path)


def test_a_checkpoint_whose_description_is_no_text_is_refused(path: Path) -> None:
    """A8: SQLite shows the damaged bytes in its own message, which no text can hold."""
    Checkpoint(path).close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE fact", b"CREATE T\xf1BLE fact"))
    with pytest.raises(CheckpointCorrupt, match="cannot be used"):
        Checkpoint(path)


def test_a_checkpoint_of_a_later_format_is_refused(checkpoint: Checkpoint, path: Path) -> None:
    """A8."""
    checkpoint.set_fact("format", {"number": 2})
    with pytest.raises(CheckpointCorrupt, match="format 2"):
        reopened(path)


def test_remarks_go_with_their_operation(checkpoint: Checkpoint) -> None:
    """In lists by name; an operation that is settled again replaces its own."""
    first = Remark(list="meanwhile", kind="entries", uid="a", reason="somebody wrote it")
    other = Remark(list="mapped", kind="assets", uid="b", target="c", reason="made anew", title="Hen")
    checkpoint.settle("one", State.DONE, {}, remarks=[first])
    checkpoint.settle("two", State.DONE, {}, remarks=[other])
    assert [*checkpoint.remarks().items()] == [
        ("mapped", [other.as_json()]),
        ("meanwhile", [first.as_json()]),
    ]
    checkpoint.settle("one", State.DONE, {})
    assert [*checkpoint.remarks()] == ["mapped"]
