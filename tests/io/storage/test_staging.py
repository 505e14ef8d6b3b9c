"""The export's working store: what is in it is durable, sorted and never more than was brought."""

from __future__ import annotations

import random
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackferry.errors import CheckpointCorrupt
from stackferry.io.storage.staging import Staging
from stackferry.model import Gap, Record, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES = Stream("entries", "page", "en-us")


@pytest.fixture
def staging(tmp_path: Path) -> Iterator[Staging]:
    one = Staging(tmp_path / "staging.sqlite")
    yield one
    one.close()


def line(uid: str, number: int = 0, **values: str) -> Record:
    return Record(uid, {"uid": uid, **values}, number)


def test_rows_come_out_sorted(staging: Staging) -> None:
    """I6: by uid byte for byte, then by number, in whatever order they came."""
    rows = [
        line(uid, number)
        for uid in ("a", "B", "é", "a b", "aa", "\U0001f600", "\uffff")
        for number in (10, 9)
    ]
    random.Random(7).shuffle(rows)
    for number, row in enumerate(rows):
        staging.keep(f"job {number}", [(ENTRIES, row)])
    found = [str(row["uid"]) for row in staging.objects(ENTRIES)]
    assert found == sorted(found, key=lambda uid: uid.encode())
    assert [staging.get(ENTRIES, "a", number) for number in (9, 10, 11)] == [{"uid": "a"}, {"uid": "a"}, None]


def test_a_page_is_all_or_nothing(staging: Staging, tmp_path: Path) -> None:
    """I3: a job is done when all that it brought is on disk; a copy taken at any time agrees with itself."""
    bad = Record("x", {"uid": float("nan")})
    with pytest.raises(Exception, match=r"nan|finite"):
        staging.keep("page", [(ENTRIES, line("a")), (ENTRIES, bad)], listing="entries", total=2, seen=2)
    assert not staging.is_done("page")
    assert staging.count(ENTRIES) == 0
    staging.keep("page", [(ENTRIES, line("a"))], listing="entries", total=1, seen=1)
    for name in ("staging.sqlite", "staging.sqlite-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"copy{name.removeprefix('staging')}")
    copy = Staging(tmp_path / "copy.sqlite")
    assert copy.is_done("page")
    assert copy.count(ENTRIES) == 1
    copy.close()


def test_forgotten_listing(staging: Staging) -> None:
    """B3: a listing that is begun again leaves nothing of its first reading, and nothing of another one goes."""
    names = ("entries/a", "entries/a*", "entries/[a]", "entries/ab")
    for name in names:
        stream = Stream("entries", name, "en-us")
        staging.keep(f"{name}@0", [(stream, line("x"))], listing=name, total=2, seen=1)
    staging.forget("entries/a*")
    assert [name for name in names if staging.is_done(f"{name}@0")] == [
        "entries/a",
        "entries/[a]",
        "entries/ab",
    ]
    assert [stream.type for stream in staging.streams()] == ["entries/[a]", "entries/a", "entries/ab"]
    assert [staging.total(name) for name in names] == [2, None, 2, 2]


def test_whole_listing(staging: Staging) -> None:
    """B2: a listing is whole when its pages hold as many rows as it announced; before that page it is not."""
    assert not staging.is_whole("entries")
    staging.keep("entries@0", [(ENTRIES, line("a"))], listing="entries", total=3, seen=2)
    assert not staging.is_whole("entries")
    staging.keep("entries@2", [], listing="entries", total=3, seen=1)
    assert staging.is_whole("entries")


def test_row_that_came_twice(staging: Staging) -> None:
    """B3: a row on two pages is kept once and tells that another row may have slipped through."""
    staging.keep(
        "entries@0", [(ENTRIES, line("a")), (ENTRIES, line("b"))], listing="entries", total=3, seen=2
    )
    assert not staging.repeats("entries")
    staging.keep("entries@2", [(ENTRIES, line("b", 0, title="newer"))], listing="entries", total=3, seen=1)
    assert staging.repeats("entries")
    assert staging.get(ENTRIES, "b") == {"uid": "b", "title": "newer"}


def test_gaps_and_redactions_are_told_once(staging: Staging) -> None:
    """A gap that is found again is the same gap; both lists are sorted."""
    gaps = [Gap(kind="files", uid=uid, reason="gone") for uid in ("b", "a", "b")]
    staging.keep("one", gaps=gaps, redacted=["z", "y"])
    staging.keep("two", gaps=gaps[:1], redacted=["y"])
    assert [gap["uid"] for gap in staging.gaps()] == ["a", "b"]
    assert staging.redacted() == ["y", "z"]


def test_facts(staging: Staging) -> None:
    """A fact is what was said last."""
    assert staging.fact("claim") is None
    staging.set_fact("claim", {"a": 1})
    staging.set_fact("claim", {"a": 10**30})
    assert staging.fact("claim") == {"a": 10**30}


def test_file_that_is_no_database(tmp_path: Path) -> None:
    """A8: a checkpoint that cannot be read says so, and how to begin afresh."""
    (tmp_path / "staging.sqlite").write_bytes(b"\0" * 5000)
    with pytest.raises(CheckpointCorrupt, match=r"staging\.sqlite cannot be used"):
        Staging(tmp_path / "staging.sqlite")


def test_row_that_was_edited(staging: Staging, tmp_path: Path) -> None:
    """A8: a row that is no object any more is refused, not passed on."""
    staging.set_fact("claim", {})
    other = sqlite3.connect(tmp_path / "staging.sqlite")
    other.create_function(
        "row_crc", -1, lambda *_: 0, deterministic=True
    )  # whatever the file sums up its rows with
    other.execute("UPDATE fact SET value = X'5B5D'")
    other.commit()
    other.close()
    with pytest.raises(CheckpointCorrupt):
        staging.fact("claim")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(value=VALUES)
def test_values_survive(staging: Staging, value: object) -> None:
    """I7: what is put in comes out, to the digit and the character."""
    staging.keep("job", [(ENTRIES, Record("a", {"value": value}))])  # type: ignore[dict-item]  # JSON all the same
    assert staging.get(ENTRIES, "a") == {"value": value}
