"""Waves of entries: in whatever parts they arrive, each is created and completed once, and never too early."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from memory_records import MemoryIdentities, MemoryRecords

from stackferry.io.storage.sqlite import TempTables
from stackferry.model import Stream
from stackferry.providers.contentstack.exporting.parts import arrange, members_of, parts_staged
from stackferry.providers.contentstack.importing.entries.waves import Wave, Waves
from stackferry.providers.target import ImportContext, RunningExport, WaitFor, WriteOptions

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.source import LocalRecords

SCHEMA: JsonObject = {
    "uid": "page",
    "schema": [
        {"uid": "title", "data_type": "text"},
        {"uid": "links", "data_type": "reference", "reference_to": ["page"]},
    ],
}
Links = list[list[int]]


@st.composite
def webs(draw: st.DrawFn) -> tuple[Links, Links]:
    """Who refers to whom, in the first version and in the latest one."""
    size = draw(st.integers(1, 9))
    links = st.lists(st.lists(st.integers(0, size - 1), max_size=3), min_size=size, max_size=size)
    return draw(links), draw(links)


def uid(number: int) -> str:
    return f"blt{number:02}"


def staged(first: Links, latest: Links) -> MemoryRecords:
    """Entries in two versions."""
    rows = MemoryRecords()
    rows.locale("en-us")
    rows.put("content_types", SCHEMA)
    for number, (before, now) in enumerate(zip(first, latest, strict=True)):
        for version, links in ((1, before), (2, now)):
            there: list[JsonObject] = [{"uid": uid(one), "_content_type_uid": "page"} for one in links]
            row: JsonObject = {"uid": uid(number), "title": f"{number} {version}", "links": [*there]}
            row |= {"_version": version, "locale": "en-us", "created_at": f"2025-01-01T00:00:{number:02}Z"}
            kind, at = ("entries", 0) if version == 2 else ("versions", 1)
            rows.put(kind, row, "page", "en-us", number=at)
    return rows


def in_parts(rows: MemoryRecords, least: int) -> None:
    """Write the parts down, as an export does that needs two requests for each entry."""
    with closing(TempTables()) as scratch:
        for note in arrange(rows, scratch, lambda _: 2, least):
            keep(rows, note)


def keep(rows: MemoryRecords, note: LocalRecords) -> None:
    for stream, line in note.records:
        rows.put_record(stream, line)


def context(
    rows: MemoryRecords, scratch: TempTables, running_export: RunningExport | None = None
) -> ImportContext:
    """An import into an empty target: from a snapshot, or of what arrives."""
    return ImportContext(
        source=rows,
        target=MemoryRecords(),
        identity=MemoryIdentities(),
        options=WriteOptions(versions="all"),
        bytes_of=Path,
        scratch=scratch,
        running_export=running_export,
    )


def waves_of(rows: MemoryRecords) -> list[Wave]:
    """The waves of a copy, of which everything is there."""
    with closing(TempTables()) as scratch:
        waves = Waves(context(rows, scratch, RunningExport(rows, lambda _: True)))
        return [wave for wave in waves if not isinstance(wave, WaitFor)]


@given(web=webs(), least=st.integers(1, 9))
def test_every_entry_comes_whole_once(web: tuple[Links, Links], least: int) -> None:
    """Whole in one part; before that, if at all, once with what creates it."""
    rows = staged(*web)
    in_parts(rows, least)
    members = [one for part in range(parts_staged(rows)) for one in members_of(rows, part)]
    whole = [one.uid for one in members if one.whole]
    assert sorted(whole) == [uid(number) for number in range(len(web[0]))]
    early = [one.uid for one in members if not one.whole]
    assert len(set(early)) == len(early)
    assert all(
        members.index(one) < members.index(one._replace(whole=True)) for one in members if not one.whole
    )


@given(web=webs(), least=st.integers(1, 9))
def test_nothing_is_written_before_what_it_refers_to(web: tuple[Links, Links], least: int) -> None:
    """An entry is created once, after all that its first version needs but for what is cut, which is in its own ring;
    it is completed once, when all that it refers to in any version is created, in this wave at the latest."""
    first, latest = web
    rows = staged(first, latest)
    in_parts(rows, least)
    created: set[int] = set()
    completed: list[int] = []
    for wave in waves_of(rows):
        assert sorted(wave.order) == sorted(wave.created)
        for here in wave.order:
            cut = wave.cut.get(here, frozenset())
            assert here not in created
            assert set(first[here]) - cut <= created
            assert cut <= set(wave.created)
            created.add(here)
        completed += wave.completed
        for here in wave.completed:
            assert {here, *first[here], *latest[here]} <= created
    assert created == set(range(len(first)))
    assert sorted(completed) == sorted(created)


@given(web=webs(), least=st.integers(1, 9))
def test_rings_are_cut_as_little_as_from_a_snapshot(web: tuple[Links, Links], least: int) -> None:
    """Entries that arrive in parts are no more often created incomplete."""
    rows = staged(*web)
    in_parts(rows, least)
    with closing(TempTables()) as scratch:
        assert sum(len(wave.cut) for wave in waves_of(rows)) == len(Waves(context(rows, scratch)).cut)


def test_parts_are_written_down_once() -> None:
    """A run that takes an export up finds the parts as they were."""
    rows = staged([[]], [[]])
    in_parts(rows, 1)
    with closing(TempTables()) as scratch:
        assert [*arrange(rows, scratch, lambda _: 2, 1)] == []
    assert rows.get(Stream(".parts"), "") == {"parts": 1}
