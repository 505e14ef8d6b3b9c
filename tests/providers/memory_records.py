"""Stores in memory for tests of plans: no database, no file, no event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from stackferry.model import JsonObject, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import Record, Row


class MemoryRecords:
    """A `RecordStore`; `put` takes an object as the API answers it."""

    def __init__(self, rows: dict[Stream, dict[tuple[str, int], JsonObject]] | None = None) -> None:
        self._rows = rows or {}

    def put(
        self, kind: str, row: JsonObject, content_type: str = "", locale: str = "", number: int = 0
    ) -> None:
        uid = row.get("code") if kind == "locales" else row.get("uid", row.get("release"))
        serial = len(self._rows.get(Stream(kind), ())) if kind == "release_items" else number
        self._rows.setdefault(Stream(kind, content_type, locale), {})[str(uid), serial] = row

    def put_record(self, stream: Stream, record: Record) -> None:
        """As an export stores it."""
        self._rows.setdefault(stream, {})[record.uid, record.number] = record.body

    def without(self, stream: Stream, uid: str, number: int = 0) -> Self:
        """The same records but one."""
        kept = {key: row for key, row in self._rows[stream].items() if key != (uid, number)}
        return type(self)({**self._rows, stream: kept})

    def locale(self, code: str, fallback: str | None = None) -> None:
        self.put("locales", {"code": code, "fallback_locale": fallback})

    def entry(
        self, uid: str, locale: str, version: int, *shown: tuple[str, str, int], kind: str = "page"
    ) -> None:
        """An entry's latest document; `shown` are (environment, locale, version)."""
        row: JsonObject = {
            "uid": uid,
            "locale": locale,
            "_version": version,
            "publish_details": [*details(*shown)],
        }
        self.put("entries", row, kind, locale)

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        yield from (row for _, row in sorted(self._rows.get(stream, {}).items(), key=lambda pair: pair[0]))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        return self._rows.get(stream, {}).get((uid, number))

    def of(self, stream: Stream, uid: str) -> Iterator[JsonObject]:
        yield from (
            row
            for (own, _), row in sorted(self._rows.get(stream, {}).items(), key=lambda pair: pair[0])
            if own == uid
        )

    def streams(self) -> list[Stream]:
        return sorted(self._rows)


class MemoryIdentities:
    """An `Identity` from dicts: kind=source uid → target uid."""

    def __init__(self, **targets: dict[str, str]) -> None:
        self._targets = targets

    def target(self, kind: str, source: str) -> str | None:
        return self._targets.get(kind, {}).get(source)

    def is_target(self, kind: str, target: str) -> bool:
        return target in self._targets.get(kind, {}).values()


class MemoryTables:
    """`TempTables` in sets: nothing has to be closed."""

    def table(self, width: int, rows: Iterable[Row] = ()) -> MemoryTable:
        made = MemoryTable(width)
        made.add(rows)
        return made


class MemoryTable:
    """A `Table`."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: set[Row] = set()

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            assert len(row) == self._width
            self._rows.add(row)

    def of(self, *first: str | int | bytes) -> Sequence[Row]:
        return [*self.each(*first)]

    def each(self, *first: str | int | bytes) -> Iterator[Row]:
        return (row for row in self if row[: len(first)] == first)

    def __iter__(self) -> Iterator[Row]:
        """In SQLite's order: numbers before texts."""
        return iter(sorted(self._rows, key=lambda row: [(isinstance(value, str), value) for value in row]))


def details(*shown: tuple[str, str, int]) -> list[JsonObject]:
    return [{"environment": env, "locale": locale, "version": version} for env, locale, version in shown]
