"""Ids that are kept on disk: of what is selected there may be very much. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.providers.source import Table, TempTables


class Uids:
    """A set of ids. Implements `Container`."""

    def __init__(self, scratch: TempTables, uids: Iterable[str] = ()) -> None:
        self._table: Table = scratch.table(1, ((uid,) for uid in uids))

    def add(self, uid: str) -> None:
        self._table.add([(uid,)])

    def __contains__(self, uid: object) -> bool:
        return bool(self._table.of(str(uid)))
