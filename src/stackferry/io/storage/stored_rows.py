"""A list of JSON objects that need not be in memory: in a nameless temporary file, which is closed with the list."""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from stackferry import exact_json
from stackferry.io.storage.os_errors import explained
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

_BUFFER = 1 << 16  # bytes that are written at once
_NAMELESS = "a temporary file"


class StoredRows(Sequence["JsonObject"]):
    """Rows in their order, each read when it is asked for, in any thread. A change to a row that was read is not kept.

    Raises StackferryError where the disk refuses.
    """

    def __init__(self, rows: Iterable[JsonObject]) -> None:
        self._ends = array("Q", [0])  # where each row begins, and the last one ends
        with explained("write", _NAMELESS):
            file = tempfile.TemporaryFile(buffering=_BUFFER)  # noqa: SIM115 - it is closed with this list
        weakref.finalize(self, file.close)
        self._descriptor = file.fileno()
        for row in rows:
            line = exact_json.dumps(row)
            with explained("write", _NAMELESS):
                file.write(line)
            self._ends.append(self._ends[-1] + len(line))
        with explained("write", _NAMELESS):
            file.flush()

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> JsonObject: ...
    @overload
    def __getitem__(self, index: slice) -> list[JsonObject]: ...
    def __getitem__(self, index: int | slice) -> JsonObject | list[JsonObject]:
        found = range(len(self))[index]
        return self._row(found) if isinstance(found, int) else [self._row(one) for one in found]

    def _row(self, number: int) -> JsonObject:
        begin, end = self._ends[number : number + 2]
        with explained("read", _NAMELESS):
            return as_object(exact_json.loads(os.pread(self._descriptor, end - begin, begin)))
