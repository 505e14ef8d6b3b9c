"""The working store of an export: durable, sorted, and a page stored whole or not at all."""

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


def record(uid: str, number: int = 0, **values: str) -> Record:
    return Record(uid, {"uid": uid, **values}, number)


def test_records_come_out_sorted_by_key(staging: Staging) -> None:
    """I6: by uid (by code points), then by number, whatever order they were stored in."""
    rows = [
        record(uid, number)
        for uid in ("a", "B", "é", "a b", "aa", "\U0001f600", "\uffff")
        for number in (10, 9)
    ]
    random.Random(7).shuffle(rows)
    for number, row in enumerate(rows):
        staging.keep(f"job {number}", [(ENTRIES, row)])
    found = [str(row["uid"]) for row in staging.objects(ENTRIES)]
    assert found == sorted(found, key=lambda uid: uid.encode())
    assert [staging.get(ENTRIES, "a", number) for number in (9, 10, 11)] == [{"uid": "a"}, {"uid": "a"}, None]


def test_a_page_is_stored_whole_or_not_at_all(staging: Staging, tmp_path: Path) -> None:
    """I3: a job is done only with all its records; a copy of the files taken at any time is consistent."""
    bad = Record("x", {"uid": float("nan")})
    with pytest.raises(Exception, match=r"nan|finite"):
        staging.keep("page", [(ENTRIES, record("a")), (ENTRIES, bad)], listing="entries", total=2, seen=2)
    assert not staging.is_done("page")
    assert staging.count(ENTRIES) == 0
    staging.keep("page", [(ENTRIES, record("a"))], listing="entries", total=1, seen=1)
    for name in ("staging.sqlite", "staging.sqlite-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"copy{name.removeprefix('staging')}")
    copy = Staging(tmp_path / "copy.sqlite")
    assert copy.is_done("page")
    assert copy.count(ENTRIES) == 1
    copy.close()


def test_forgetting_a_listing_deletes_its_records_and_no_others(staging: Staging) -> None:
    """B3: signs that mean something in a GLOB pattern are taken literally."""
    names = ("entries/a", "entries/a*", "entries/[a]", "entries/ab")
    for name in names:
        stream = Stream("entries", name, "en-us")
        staging.keep(f"{name}@0", [(stream, record("x"))], listing=name, total=2, seen=1)
    staging.forget("entries/a*")
    assert [name for name in names if staging.is_done(f"{name}@0")] == [
        "entries/a",
        "entries/[a]",
        "entries/ab",
    ]
    assert [stream.type for stream in staging.streams()] == ["entries/[a]", "entries/a", "entries/ab"]
    assert [staging.total(name) for name in names] == [2, None, 2, 2]


def test_a_listing_is_whole_when_its_pages_hold_what_it_announced(staging: Staging) -> None:
    """B2: before its last page it is not."""
    assert not staging.is_whole("entries")
    staging.keep("entries@0", [(ENTRIES, record("a"))], listing="entries", total=3, seen=2)
    assert not staging.is_whole("entries")
    staging.keep("entries@2", [], listing="entries", total=3, seen=1)
    assert staging.is_whole("entries")


def test_a_row_on_two_pages_is_reported(staging: Staging) -> None:
    """B3: it is stored once, in its later form; another row may have been missed between the two pages."""
    staging.keep(
        "entries@0", [(ENTRIES, record("a")), (ENTRIES, record("b"))], listing="entries", total=3, seen=2
    )
    assert not staging.repeats("entries")
    staging.keep("entries@2", [(ENTRIES, record("b", 0, title="newer"))], listing="entries", total=3, seen=1)
    assert staging.repeats("entries")
    assert staging.get(ENTRIES, "b") == {"uid": "b", "title": "newer"}


def test_gaps_and_redactions_are_stored_once(staging: Staging) -> None:
    """Both lists are sorted."""
    gaps = [Gap(kind="files", uid=uid, reason="gone") for uid in ("b", "a", "b")]
    staging.keep("one", gaps=gaps, redacted=["z", "y"])
    staging.keep("two", gaps=gaps[:1], redacted=["y"])
    assert [gap["uid"] for gap in staging.gaps()] == ["a", "b"]
    assert staging.redacted() == ["y", "z"]


def test_a_fact_is_the_value_set_last(staging: Staging) -> None:
    assert staging.fact("claim") is None
    staging.set_fact("claim", {"a": 1})
    staging.set_fact("claim", {"a": 10**30})
    assert staging.fact("claim") == {"a": 10**30}


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    """A8: the message says how to start again."""
    (tmp_path / "staging.sqlite").write_bytes(b"\0" * 5000)
    with pytest.raises(CheckpointCorrupt, match=r"staging\.sqlite cannot be used"):
        Staging(tmp_path / "staging.sqlite")


def test_an_edited_row_is_refused(staging: Staging, tmp_path: Path) -> None:
    """A8: a row that is no longer a JSON object is never returned."""
    staging.set_fact("claim", {})
    other = sqlite3.connect(tmp_path / "staging.sqlite")
    other.create_function("row_crc", -1, lambda *_: 0, deterministic=True)  # in place of the checksum
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
def test_values_are_kept_exactly(staging: Staging, value: object) -> None:
    """I7: to the digit and the character."""
    staging.keep("job", [(ENTRIES, Record("a", {"value": value}))])  # type: ignore[dict-item]  # JSON all the same
    assert staging.get(ENTRIES, "a") == {"value": value}
