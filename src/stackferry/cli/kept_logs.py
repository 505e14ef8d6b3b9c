"""Logs out of the zips that a snapshot keeps."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.library.state import system_of_snapshot
from stackferry.providers.reading.logs import KeepsLogs, members_of
from stackferry.safe_names import display_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.listing import Listed

_SHOWN = 12  # names in a message


class KeptLogs:
    """The zip with the logs of one object. Raises UsageError where the snapshot has none."""

    def __init__(self, snapshot: Snapshot, row: Listed) -> None:
        system = system_of_snapshot(snapshot)
        if not isinstance(system, KeepsLogs):
            raise UsageError(f"{system.name} has no logs of what a snapshot holds")
        self.sha256 = system.log_of(snapshot, row.stream, row.body)
        self._called = f"{row.stream.kind} '{row.view.uid}'"
        if not self.sha256:
            raise UsageError(f"the snapshot has no log of {self._called}")
        self._file = snapshot.bytes_of(self.sha256)

    def lines(self, wanted: str) -> Iterator[tuple[str, Iterator[str]]]:
        """The name and the lines of each log that is of STAGE or STAGE/TASK, in the order of the zip.

        Read each one's lines before the next. Raises UsageError for a stage or a task that has none.
        """
        try:
            with zipfile.ZipFile(self._file) as archive:
                names = [one.filename for one in archive.infolist() if not one.is_dir()]
                found = members_of(names, wanted)
                if not found:
                    raise UsageError(f"no log of {self._called} is of '{wanted}'; there are {_listed(names)}")
                for name in found:
                    yield name, _lines(archive, name)
        except (zipfile.BadZipFile, OSError) as error:
            raise SnapshotCorrupt(f"the log {self._file} cannot be read: {error}") from error


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    with archive.open(name) as opened:
        for line in opened:
            yield line.decode("utf-8", "replace").rstrip("\r\n")


def _listed(names: list[str]) -> str:
    shown = [display_name(name, width=80) for name in names[:_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(names) > _SHOWN else [])]) or "none"
