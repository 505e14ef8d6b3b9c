"""Which objects of one place are which objects of another: one file for all imports between the two.

First the two places, then one identity each, sorted (`identity_file`). A file of some hundred thousand lines is read
and written in a few seconds; in memory there is never more than a line. Must never know what an identity is good for.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from stackferry.errors import CorruptError, JsonRefused, UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.identity_file import FORMAT, Head, Row, read, written
from stackferry.io.storage.os_errors import shown
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from stackferry.io.storage.sqlite import Table, TempTables
    from stackferry.model import JsonObject


class IdentityMap:
    """The identities in a file: kind, uid in the source, uid in the target. A file that is not there holds none.

    Without `path`, and where it is not to `keep` what is added, nothing is written. Raises UsageError for the map of
    other places, CorruptError for a damaged one.
    """

    def __init__(
        self,
        path: Path | None,
        source: str,
        target: str,
        scratch: TempTables,
        *,
        keep: bool = True,
    ) -> None:
        self._path, self._keep, self._scratch = path, keep, scratch
        self._head: JsonObject = {"format": FORMAT, "source": source, "target": target}
        self._rows = scratch.table(3, self._read())
        self._by_target: Table | None = None

    def target(self, kind: str, source: str) -> str | None:
        """The uid that an object of the source was given in the target, which may have lost it since."""
        found = self._rows.of(kind, source)
        return found[0][2] if found else None

    def source(self, kind: str, target: str) -> str | None:
        """The uid in the source of an object of the target, if an import has found or made it."""
        if self._by_target is None:
            rows = ((kind, target, source) for kind, source, target in self._rows)
            self._by_target = self._scratch.table(3, rows)
        found = self._by_target.of(kind, target)
        return text(found[0][2]) if found else None

    def identities(self) -> Iterator[tuple[str, str, str]]:
        """Every identity: kind, uid in the source, uid in the target."""
        return ((text(kind), text(source), text(target)) for kind, source, target in self._rows)

    def add(self, identities: Iterable[tuple[str, str, str]]) -> None:
        """Add identities; each replaces that of the same object. Durable when this returns."""
        added = self._scratch.table(3, identities)
        if all(self._rows.of(*row) for row in added):
            return
        merged = self._scratch.table(3, (row for row in self._rows if not added.of(*row[:2])))
        merged.add(added)
        self._rows, self._by_target = merged, None
        if self._path is None or not self._keep:
            return
        head = Head(text(self._head["source"]), text(self._head["target"]))
        rows = (Row(text(row[0]), text(row[1]), text(row[2])) for row in merged)
        Files(self._path.parent).write_atomically(self._path.name, written(self._path.name, head, rows))

    def _read(self) -> Iterator[tuple[str, str, str]]:
        if self._path is None:
            return
        files, name = Files(self._path.parent), self._path.name
        number = 0
        try:
            for number, row in enumerate(
                read(name, files.lines(name) if files.exists(name) else iter(())), 1
            ):
                if number == 1:
                    self._check(row)
                    continue
                kind, source, target = row.get("kind"), row.get("source"), row.get("target")
                if not (isinstance(kind, str) and isinstance(source, str) and isinstance(target, str)):
                    raise self._damaged(number)
                yield kind, source, target
        except (JsonRefused, ValueError, csv.Error) as error:
            raise self._damaged(number + 1) from error

    def _check(self, head: JsonObject) -> None:
        if head.get("format") != FORMAT:
            raise self._damaged(1)
        for side in ("source", "target"):
            if head.get(side) != (wanted := self._head[side]):
                raise UsageError(
                    f"{self._shown} holds identities of another {side}, {head.get(side)}, not of {wanted}; name the "
                    "file of these two places with --identities"
                )

    def _damaged(self, number: int) -> CorruptError:
        return CorruptError(
            f"{self._shown}, line {number}: this is no line of an identity map; restore the file, or move it away: "
            "objects are then matched by uid, url and title"
        )

    @property
    def _shown(self) -> str:
        return shown(str(self._path))
